import { entriesOf, lazily, namesByNumber, numbersByName } from "./table.ts";

/** Services that OpenBSD 7.8's services(5) has for tcp and udp alike: `port:name,alias …`. */
const BOTH = `
7:echo 9:discard,sink,null 13:daytime 18:msp 19:chargen,ttytst,source 22:ssh 37:time,timserver
49:tacacs,tacas+ 53:domain 67:bootps 68:bootpc 70:gopher 88:kerberos,kerberos-sec
105:csnet-ns,cso-ns 107:rtelnet 111:sunrpc,portmap,rpcbind 123:ntp 129:pwdgen 135:epmap
137:netbios-ns 138:netbios-dgm 139:netbios-ssn 163:cmip-man 164:cmip-agent 177:xdmcp
178:nextstep,NeXTStep,NextStep 191:prospero 199:smux 201:at-rtmp 202:at-nbp 204:at-echo 206:at-zis
210:z3950,wais 213:ipx 372:ulistserv 389:ldap 427:svrloc 443:https 445:microsoft-ds 464:kpasswd
468:photuris 554:rtsp 631:ipp 636:ldaps 646:ldp 749:kerberos-adm 853:domain-s 1194:openvpn
1433:ms-sql-s,Microsoft-SQL-Server 1434:ms-sql-m,Microsoft-SQL-Monitor 1524:ingreslock
1525:prospero-np 1723:pptp 1900:ssdp 2049:nfsd,nfs 2401:cvspserver 3031:eppc 3517:iapp,802-11-iapp
3689:daap 4444:krb524 4500:ipsec-nat-t,ipsec-msft 5002:rfe 5060:sip 5298:presence 5353:mdns
5354:mdnsresponder 5432:postgresql 5540:matter 7000:afs3-fileserver 7001:afs3-callback
7002:afs3-prserver 7003:afs3-vlserver 7004:afs3-kaserver 7005:afs3-volser 7006:afs3-errors
7007:afs3-bos 7008:afs3-update 7009:afs3-rmtsys 9418:git 10050:zabbix-agent 10051:zabbix-trapper
16992:amt-soap-http 16993:amt-soap-https 16994:amt-redir-tcp 16995:amt-redir-tls
20005:openwebnet,xcept 750:kerberos-iv,kdc 751:kerberos_master`;

/** Those of tcp alone, or with other aliases than in udp. */
const TCP_ONLY = `
1:tcpmux 11:systat,users 15:netstat 17:qotd,quote 20:ftp-data 21:ftp 23:telnet 25:smtp,mail
42:nameserver,name 43:whois,nicname 57:mtp 77:rje,netrjs 79:finger 80:www,http 87:link,ttylink
95:supdup 101:hostnames,hostname 102:iso-tsap,tsap 103:x400 104:x400-snd 110:pop3
113:auth,authentication,tap,ident 115:sftp 117:uucp-path 119:nntp,readnews,untp 143:imap,imap2
152:bftp 179:bgp 194:irc 323:rpki-rtr 433:nnsp,usenet 444:snpp 465:submissions,smtps 512:exec
513:login 514:shell,cmd 515:printer,spooler 521:efs 526:tempo,newdate 530:courier,rpc
531:conference,chat 532:netnews,readnews 540:uucp,uucpd 543:klogin 544:kshell,krcmd 545:ekshell
556:remotefs,rfs_server,rfs 548:afpovertcp 587:submission,msa 705:agentx 706:silc 873:rsync
993:imaps 995:pop3s,spop3 1080:socks 1109:kpop 1883:mqtt 2105:eklogin 2108:rkinit 2110:kf 2111:kx
2112:kip 2120:kauth 2121:iprop 2600:zebrasrv 2601:zebra 2602:ripd 2603:ripng 2604:ospfd 2605:bgpd
2606:ospf6d 2607:ospfapi 2608:isisd 2983:netplan 3260:iscsi 3306:mysql 3389:rdp 3690:svn
4190:sieve 4559:hylafax 5222:xmpp-client 5269:xmpp-server 5280:xmpp-bosh 5900:rfb,vnc 6112:dtspc
6514:syslog-tls 8140:puppet 8448:matrix-fed 8883:secure-mqtt 8953:ub-dns-control
106:pop3pw,poppassd 754:krb_prop,hprop 760:krbupdate,kreg 2106:ekshell2 2627:webster
3109:conserver 5680:canna 6566:sane-port 7326:icb 8025:spamd 8026:spamd-cfg 9100:jetdirect`;

const UDP_ONLY = `
39:rlp,resource 69:tftp 80:www 161:snmp 162:snmp-trap,snmptrap 500:isakmp 512:biff,comsat
513:who,whod 514:syslog 517:talk 518:ntalk 520:route,router,routed 525:timed,timeserver
533:netwall 546:dhcpv6-client 547:dhcpv6-server 623:asf-rmcp 1646:sa-msg-port 1701:l2tp
1812:radius 1813:radacct,radius-acct 3784:bfd-control 3785:bfd-echo 4754:gre-in-udp
4755:gre-udp-dtls 4789:vxlan 1645:datametrics 8025:spamd-sync 8067:dhcpd-sync 26740:hunt`;

const tables = lazily(() => {
  const both = entriesOf(BOTH);
  const entries = {
    tcp: [...both, ...entriesOf(TCP_ONLY)],
    udp: [...both, ...entriesOf(UDP_ONLY)],
  };
  return {
    ports: numbersByName([...entries.tcp, ...entries.udp]),
    names: { tcp: namesByNumber(entries.tcp), udp: namesByNumber(entries.udp) },
  };
});

/**
 * Port of a service by name or alias, exact case: the one of tcp if there is one, else of udp,
 * whatever the protocol of the rule (follows pfctl).
 */
export function servicePort(name: string): number | undefined {
  return tables().ports.get(name);
}

/** Official name of the service at a port, as `pfctl -P` prints it. */
export function serviceName(port: number, protocol: "tcp" | "udp"): string | undefined {
  return tables().names[protocol].get(port);
}
