import type { Statement } from "./kernel-contract.ts";

/** Sections 14 to 19, 23 and 24: addresses that are looked up, and what becomes of the packet. */
export const PACKET_STATEMENTS: readonly Statement[] = [
  {
    section: "4 TCP flags",
    says: "flags that make no sense are dropped before any rule",
    rules: "pass flags any",
    lines: `
      in em0 tcp 10.10.0.5 5000 10.20.0.5 80 fl=SR => drop -
      in em0 tcp 10.10.0.5 5000 10.20.0.5 80 fl=F => drop -
      in em0 tcp 10.10.0.5 5000 10.20.0.5 80 fl=P => drop -
      in em0 tcp 10.10.0.5 5000 10.20.0.5 80 fl=FA => pass 0 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 80 fl=SF => pass 0 new`,
  },
  {
    section: "14 rtable",
    says: "the table of the last rule that matched counts for tests of routes, and leaves with the packet",
    rules: `
      block
      match in on vlan20 rtable 1
      pass from no-route
      pass in on vlan20 proto udp to port 53 rtable 2
      pass on rdomain 0 proto udp to port 54`,
    lines: `
      in vlan20 udp 10.30.0.5 5000 10.20.0.5 9 => drop 0 m=1
      in vlan20 udp 10.29.255.255 5000 10.20.0.5 9 => pass 2 new m=1 rtable=1
      in vlan20 udp 10.31.0.0 5000 10.20.0.5 9 => pass 2 new m=1 rtable=1
      in em0 udp 10.31.0.0 5000 10.20.0.5 9 => drop 0
      in vlan20 udp 10.30.0.5 5000 10.20.0.5 53 => pass 3 new m=1 rtable=2
      in vlan20 udp 10.30.0.5 5000 10.20.0.5 54 => pass 4 new m=1 rtable=1
      in em0 udp 10.30.0.5 5000 10.20.0.5 54 rt=2 => pass 4 new rtable=0`,
  },
  {
    section: "15 tables",
    says: "the longest entry decides, and a negated one says no; no table, or an empty one, holds nothing",
    rules: `
      table <some> { 10.0.0.0/8, !10.10.0.0/16, 10.10.0.64/26, !10.10.0.65, 2001:db8:10::/64 }
      table <none> { !10.10.0.5 }
      block
      pass from <some>
      pass proto udp from <none> to port 1
      pass proto udp from ! <none> to port 2
      pass proto udp from <absent> to port 3
      pass proto udp from ! <absent> to port 4`,
    lines: `
      in em0 udp 9.255.255.255 5000 10.20.0.5 9 => drop 0
      in em0 udp 10.0.0.0 5000 10.20.0.5 9 => pass 1 new
      in em0 udp 10.9.255.255 5000 10.20.0.5 9 => pass 1 new
      in em0 udp 10.10.0.0 5000 10.20.0.5 9 => drop 0
      in em0 udp 10.10.0.63 5000 10.20.0.5 9 => drop 0
      in em0 udp 10.10.0.64 5000 10.20.0.5 9 => pass 1 new
      in em0 udp 10.10.0.65 5000 10.20.0.5 9 => drop 0
      in em0 udp 10.10.0.66 5000 10.20.0.5 9 => pass 1 new
      in em0 udp 10.10.0.127 5000 10.20.0.5 9 => pass 1 new
      in em0 udp 10.10.0.128 5000 10.20.0.5 9 => drop 0
      in em0 udp 10.11.0.0 5000 10.20.0.5 9 => pass 1 new
      in em0 udp 11.0.0.0 5000 10.20.0.5 9 => drop 0
      in em0 udp 2001:db8:10:: 5000 2001:db8:20::5 9 => pass 1 new
      in em0 udp 2001:db8:10:1:: 5000 2001:db8:20::5 9 => drop 0
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 => drop 0
      in em0 udp 10.10.0.5 5000 10.20.0.5 2 => pass 3 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 3 => drop 0
      in em0 udp 10.10.0.5 5000 10.20.0.5 4 => pass 5 new`,
  },
  {
    section: "15 tables",
    says: "an anchor has its own table or the main ruleset's of that name",
    rules: `
      table <t> { 10.10.0.5 }
      table <u> { 10.10.0.5 }
      block
      anchor "a" {
        table <t> { 10.10.0.6 }
        pass proto udp from <t>
        pass proto tcp from <u>
      }`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 9 => drop 0
      in em0 udp 10.10.0.6 5000 10.20.0.5 9 => pass a#0 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 9 => pass a#1 new
      in em0 tcp 10.10.0.6 5000 10.20.0.5 9 => drop 0`,
  },
  {
    section: "15 dynamic addresses",
    says: "those of the interface or of all members of the group, their networks, masks and broadcasts",
    rules: `
      block
      pass from (vlan10)
      pass proto udp to (tenant:network) port 1
      pass inet proto udp to (vlan10:broadcast) port 2
      pass inet proto udp to (em0)/30 port 3
      pass proto udp to ! (vlan9) port 4`,
    lines: `
      in em0 udp 10.10.0.1 5000 10.20.0.5 9 => pass 1 new
      in em0 udp 10.10.0.0 5000 10.20.0.5 9 => drop 0
      in em0 udp 10.10.0.2 5000 10.20.0.5 9 => drop 0
      in em0 udp 2001:db8:10::1 5000 2001:db8:20::5 9 => pass 1 new
      in em0 udp 10.9.0.5 5000 10.10.0.0 1 => pass 2 new
      in em0 udp 10.9.0.5 5000 10.20.0.255 1 => pass 2 new
      in em0 udp 10.9.0.5 5000 10.19.255.255 1 => drop 0
      in em0 udp 10.9.0.5 5000 10.20.1.0 1 => drop 0
      in em0 udp 10.9.0.5 5000 10.10.0.255 2 => pass 3 new
      in em0 udp 10.9.0.5 5000 10.10.0.254 2 => drop 0
      in em0 udp 10.9.0.5 5000 192.0.2.0 3 => pass 4 new
      in em0 udp 10.9.0.5 5000 192.0.2.3 3 => pass 4 new
      in em0 udp 10.9.0.5 5000 192.0.2.4 3 => drop 0
      in em0 udp 10.9.0.5 5000 10.10.0.5 4 => pass 5 new`,
  },
  {
    section: "15 routes",
    says: "no-route, urpf-failed and the label of a route",
    rules: `
      pass
      block in on vlan10 from urpf-failed
      block on rdomain 1 to no-route
      pass to route uplink`,
    lines: `
      in vlan10 udp 10.10.0.0 5000 10.20.0.5 9 => pass 0 new
      in vlan10 udp 10.10.0.255 5000 10.20.0.5 9 => pass 0 new
      in vlan10 udp 10.9.255.255 5000 10.20.0.5 9 => drop 1
      in vlan10 udp 10.11.0.0 5000 10.20.0.5 9 => drop 1
      in vlan30 udp 10.30.0.5 5000 10.20.0.255 9 => pass 0 new
      in vlan30 udp 10.30.0.5 5000 10.21.0.0 9 => drop 2
      in vlan20 udp 10.20.0.5 5000 10.21.0.0 9 => pass 3 new`,
  },
  {
    section: "16 translation",
    says: "that of a match rule is seen by every later rule, anchors too; that of a pass rule by none",
    rules: `
      block
      match in proto udp to 192.0.2.1 port 80 rdr-to 10.20.0.5 port 8080
      pass in proto udp to 192.0.2.1
      pass in proto tcp to 192.0.2.1 port 80 rdr-to 10.20.0.5 port 8080
      pass in proto tcp to 10.20.0.5 no state
      anchor "a" to 10.20.0.5 {
        pass in proto udp to port 8080
      }`,
    lines: `
      in em0 udp 10.10.0.5 5000 192.0.2.1 79 => pass 2 new
      in em0 udp 10.10.0.5 5000 192.0.2.1 80 => pass a#0 new m=1 to=10.20.0.5@8080
      in em0 udp 10.10.0.5 5000 192.0.2.1 81 => pass 2 new
      in em0 udp 10.10.0.5 5000 192.0.2.2 80 => drop 0
      in em0 tcp 10.10.0.5 5000 192.0.2.1 80 => pass 3 new to=10.20.0.5@8080`,
  },
  {
    section: "16 translation",
    says: "several add up, the deciding rule's on top; source and destination are apart",
    rules: `
      match out on em0 inet proto udp from 10.10.0.0/24 nat-to 192.0.2.2 static-port
      match out on em0 inet proto udp from 192.0.2.2 nat-to 192.0.2.3 static-port
      match out on em0 inet proto udp to 198.51.100.1 rdr-to 198.51.100.2
      pass out on em0
      pass out on em0 inet proto udp from 192.0.2.3 to port 53 nat-to 192.0.2.4 static-port`,
    lines: `
      fwd em0 udp 10.9.255.255 5000 198.51.100.9 9 rcv=vlan10 => pass 3 new
      fwd em0 udp 10.10.0.0 5000 198.51.100.9 9 rcv=vlan10 => pass 3 new m=0,1 from=192.0.2.3@5000
      fwd em0 udp 10.10.0.0 5000 198.51.100.1 9 rcv=vlan10 => pass 3 new m=0,1,2 from=192.0.2.3@5000 to=198.51.100.2@9
      fwd em0 udp 10.10.0.255 5000 198.51.100.9 53 rcv=vlan10 => pass 4 new m=0,1 from=192.0.2.4@5000`,
  },
  {
    section: "16 translation",
    says: "without a state nothing is translated, although later rules saw it",
    rules: `
      match in proto udp to 192.0.2.1 rdr-to 10.20.0.5
      pass in
      pass in proto udp to 10.20.0.5 no state`,
    lines: `
      in em0 udp 10.10.0.5 5000 192.0.2.1 80 => pass 2 m=0
      in em0 udp 10.10.0.5 5000 192.0.2.2 80 => pass 1 new`,
  },
  {
    section: "17 pools and ports",
    says: "the base of a network, bitmask, NAT's own ports, port ranges of rdr-to",
    rules: `
      pass
      pass out on em0 inet proto udp to port 1 nat-to 192.0.2.8/29
      pass out on em0 inet proto udp from 10.10.0.0/24 to port 2 nat-to 198.51.100.0/24 bitmask static-port
      pass out on em0 inet proto udp to port 3 nat-to 192.0.2.9 port 7000
      pass in on em0 inet proto udp to port 1000:1999 rdr-to 10.20.0.5 port 8000:*
      pass in on em0 inet proto udp to port 2000:2999 rdr-to 10.20.0.5 port 8000:8009`,
    lines: `
      fwd em0 udp 10.10.0.5 5000 203.0.113.1 1 rcv=vlan10 => pass 1 new from=192.0.2.8@*
      fwd em0 udp 10.10.0.0 5000 203.0.113.1 2 rcv=vlan10 => pass 2 new from=198.51.100.0@5000
      fwd em0 udp 10.10.0.255 5000 203.0.113.1 2 rcv=vlan10 => pass 2 new from=198.51.100.255@5000
      fwd em0 udp 10.10.0.5 5000 203.0.113.1 3 rcv=vlan10 => pass 3 new from=192.0.2.9@7000
      in em0 udp 203.0.113.1 5000 192.0.2.1 999 => pass 0 new
      in em0 udp 203.0.113.1 5000 192.0.2.1 1000 => pass 4 new to=10.20.0.5@8000
      in em0 udp 203.0.113.1 5000 192.0.2.1 1999 => pass 4 new to=10.20.0.5@8999
      in em0 udp 203.0.113.1 5000 192.0.2.1 2000 => pass 5 new to=10.20.0.5@8000
      in em0 udp 203.0.113.1 5000 192.0.2.1 2009 => pass 5 new to=10.20.0.5@8009
      in em0 udp 203.0.113.1 5000 192.0.2.1 2010 => pass 5 new to=10.20.0.5@8000
      in em0 udp 203.0.113.1 5000 192.0.2.1 3000 => pass 0 new`,
  },
  {
    section: "19 after the rules",
    says: "allow-opts counts on the deciding rule only",
    rules: `
      pass allow-opts
      pass proto udp to port 53`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 52 opts=3 => pass 0 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 opts=3 => drop 1
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 opts=1 => drop 1`,
  },
  {
    section: "19 after the rules",
    says: "without a state only what the deciding rule sets counts",
    rules: `
      match set tos 16 scrub (min-ttl 70)
      match set prio 6
      pass
      pass proto udp to port 1 no state
      pass proto udp to port 2 no state set tos 8`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 9 => pass 2 new m=0,1 tos=16 ttl=70 priority=6
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 => pass 3 m=0,1
      in em0 udp 10.10.0.5 5000 10.20.0.5 2 => pass 4 m=0,1 tos=8`,
  },
  {
    section: "23 block and its answers",
    says: "RST to TCP, unreachable to the rest, nothing to RST, errors and fragments",
    rules: `
      block
      block return proto { tcp, udp, icmp, icmp6 } 
      block return-rst proto tcp to port 1
      block return-icmp(2) proto tcp to port 2
      block drop proto tcp to port 3`,
    lines: `
      in em0 gre 10.10.0.5 0 10.20.0.5 0 => drop 0
      in em0 tcp 10.10.0.5 5000 10.20.0.5 9 => drop 1 sends=tcp:20
      in em0 tcp 10.10.0.5 5000 10.20.0.5 9 fl=R => drop 1 sends=icmp:3:3
      in em0 tcp 10.10.0.5 5000 10.20.0.5 9 fl=SR => drop -
      in em0 tcp 2001:db8:10::5 5000 2001:db8:20::5 9 fl=R => drop 1 sends=icmp:1:4
      in em0 udp 10.10.0.5 5000 10.20.0.5 9 => drop 2 sends=icmp:3:3
      out em0 udp 10.10.0.5 5000 10.20.0.5 9 => drop 2 sends=icmp:3:3
      in em0 udp 2001:db8:10::5 5000 2001:db8:20::5 9 => drop 2 sends=icmp:1:4
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 type=8 => drop 3 sends=icmp:3:3
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 type=3 => drop 3
      in em0 tcp 10.10.0.5 5000 10.20.0.5 1 => drop 5 sends=tcp:20
      in em0 tcp 10.10.0.5 5000 10.20.0.5 1 fl=R => drop 5
      in em0 tcp 10.10.0.5 5000 10.20.0.5 2 => drop 6 sends=icmp:3:2
      in em0 tcp 10.10.0.5 5000 10.20.0.5 3 => drop 7`,
  },
  {
    section: "1 life of a packet",
    says: "pf is not asked on an interface that is skipped",
    rules: `
      set skip on { lo, vlan20 }
      block`,
    lines: `
      in lo0 udp 127.0.0.1 5000 127.0.0.1 53 => pass -
      in vlan20 udp 10.20.0.5 5000 10.10.0.5 53 => pass -
      in vlan20 udp 10.20.0.5 5000 10.10.0.5 53 opts=3 => pass -
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 53 => drop 0`,
  },
];
