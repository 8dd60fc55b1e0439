/** Ports of the services in OpenBSD 7.8's services(5), tcp before udp: `port:name,alias …`. */
const TABLE = `
1:tcpmux 7:echo 9:discard,sink,null 11:systat,users 13:daytime 15:netstat 17:qotd,quote 18:msp
19:chargen,ttytst,source 20:ftp-data 21:ftp 22:ssh 23:telnet 25:smtp,mail 37:time,timserver
39:rlp,resource 42:nameserver,name 43:whois,nicname 49:tacacs,tacas+ 53:domain 57:mtp 67:bootps
68:bootpc 69:tftp 70:gopher 77:rje,netrjs 79:finger 80:www,http 87:link,ttylink
88:kerberos,kerberos-sec 95:supdup 101:hostnames,hostname 102:iso-tsap,tsap 103:x400
104:x400-snd 105:csnet-ns,cso-ns 106:pop3pw,poppassd 107:rtelnet 110:pop3
111:sunrpc,portmap,rpcbind 113:auth,authentication,tap,ident 115:sftp 117:uucp-path
119:nntp,readnews,untp 123:ntp 129:pwdgen 135:epmap 137:netbios-ns 138:netbios-dgm
139:netbios-ssn 143:imap,imap2 152:bftp 161:snmp 162:snmp-trap,snmptrap 163:cmip-man
164:cmip-agent 177:xdmcp 178:nextstep,NeXTStep,NextStep 179:bgp 191:prospero 194:irc 199:smux
201:at-rtmp 202:at-nbp 204:at-echo 206:at-zis 210:z3950,wais 213:ipx 323:rpki-rtr 372:ulistserv
389:ldap 427:svrloc 433:nnsp,usenet 443:https 444:snpp 445:microsoft-ds 464:kpasswd
465:submissions,smtps 468:photuris 500:isakmp 512:biff,comsat,exec 513:who,whod,login
514:syslog,shell,cmd 515:printer,spooler 517:talk 518:ntalk 520:route,router,routed 521:efs
525:timed,timeserver 526:tempo,newdate 530:courier,rpc 531:conference,chat 532:netnews
533:netwall 540:uucp,uucpd 543:klogin 544:kshell,krcmd 545:ekshell 546:dhcpv6-client
547:dhcpv6-server 548:afpovertcp 554:rtsp 556:remotefs,rfs_server,rfs 587:submission,msa
623:asf-rmcp 631:ipp 636:ldaps 646:ldp 705:agentx 706:silc 749:kerberos-adm 750:kerberos-iv,kdc
751:kerberos_master 754:krb_prop,hprop 760:krbupdate,kreg 853:domain-s 873:rsync 993:imaps
995:pop3s,spop3 1080:socks 1109:kpop 1194:openvpn 1433:ms-sql-s,Microsoft-SQL-Server
1434:ms-sql-m,Microsoft-SQL-Monitor 1524:ingreslock 1525:prospero-np 1645:datametrics
1646:sa-msg-port 1701:l2tp 1723:pptp 1812:radius 1813:radacct,radius-acct 1883:mqtt 1900:ssdp
2049:nfsd,nfs 2105:eklogin 2106:ekshell2 2108:rkinit 2110:kf 2111:kx 2112:kip 2120:kauth
2121:iprop 2401:cvspserver 2600:zebrasrv 2601:zebra 2602:ripd 2603:ripng 2604:ospfd 2605:bgpd
2606:ospf6d 2607:ospfapi 2608:isisd 2627:webster 2983:netplan 3031:eppc 3109:conserver
3260:iscsi 3306:mysql 3389:rdp 3517:iapp,802-11-iapp 3689:daap 3690:svn 3784:bfd-control
3785:bfd-echo 4190:sieve 4444:krb524 4500:ipsec-nat-t,ipsec-msft 4559:hylafax 4754:gre-in-udp
4755:gre-udp-dtls 4789:vxlan 5002:rfe 5060:sip 5222:xmpp-client 5269:xmpp-server 5280:xmpp-bosh
5298:presence 5353:mdns 5354:mdnsresponder 5432:postgresql 5540:matter 5680:canna 5900:rfb,vnc
6112:dtspc 6514:syslog-tls 6566:sane-port 7000:afs3-fileserver 7001:afs3-callback
7002:afs3-prserver 7003:afs3-vlserver 7004:afs3-kaserver 7005:afs3-volser 7006:afs3-errors
7007:afs3-bos 7008:afs3-update 7009:afs3-rmtsys 7326:icb 8025:spamd-sync,spamd 8026:spamd-cfg
8067:dhcpd-sync 8140:puppet 8448:matrix-fed 8883:secure-mqtt 8953:ub-dns-control 9100:jetdirect
9418:git 10050:zabbix-agent 10051:zabbix-trapper 16992:amt-soap-http 16993:amt-soap-https
16994:amt-redir-tcp 16995:amt-redir-tls 20005:openwebnet,xcept 26740:hunt`;

/** Port of a service name; names are case sensitive. */
export const SERVICES: ReadonlyMap<string, number> = new Map(
  TABLE.trim()
    .split(/\s+/)
    .flatMap((entry) => {
      const [port = "", names = ""] = entry.split(":");
      return names.split(",").map((name) => [name, Number(port)] as const);
    }),
);
