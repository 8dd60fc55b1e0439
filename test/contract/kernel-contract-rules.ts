import type { Statement } from "./kernel-contract.ts";

/** Sections 9 and 10: which rule decides. Rules are numbered from 0. */
export const RULE_STATEMENTS: readonly Statement[] = [
  {
    section: "9 evaluation",
    says: "the last rule that matches decides; without one the implicit rule passes and keeps no state",
    rules: `
      pass in on vlan10 proto udp to port 53
      block in on vlan10 proto udp to 10.20.0.0/24`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.0 53 => drop 1
      in vlan10 udp 10.10.0.5 5000 10.20.0.255 53 => drop 1
      in vlan10 udp 10.10.0.5 5000 10.19.255.255 53 => pass 0 new
      in vlan10 udp 10.10.0.5 5000 10.21.0.0 53 => pass 0 new
      in vlan10 udp 10.10.0.5 5000 10.21.0.0 54 => pass -`,
  },
  {
    section: "9 evaluation",
    says: "quick ends the evaluation",
    rules: `
      block quick proto udp to port 1024:2047
      pass`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 1023 => pass 1 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 1024 => drop 0
      in em0 udp 10.10.0.5 5000 10.20.0.5 2047 => drop 0
      in em0 udp 10.10.0.5 5000 10.20.0.5 2048 => pass 1 new`,
  },
  {
    section: "9 evaluation",
    says: "match never decides, but match quick ends the evaluation",
    rules: `
      pass proto udp
      match quick proto udp to port 53
      block`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 => pass 0 new m=1
      in em0 udp 10.10.0.5 5000 10.20.0.5 54 => drop 2`,
  },
  {
    section: "9 evaluation",
    says: "the implicit rule drops packets with options",
    rules: "block on em0",
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 53 => pass -
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 53 opts=3 => drop -
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 53 opts=2 => drop -`,
  },
  {
    section: "10.2 interface",
    says: "a name, a group, any but loopbacks, their negation; a name that is not there",
    rules: `
      pass on vlan10
      pass on tenant proto udp to port 1
      pass on any proto udp to port 2
      pass on ! tenant proto udp to port 3
      pass on em9 proto udp to port 4
      pass on ! em9 proto udp to port 5
      pass on lo proto udp to port 6`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 9 => pass 0 new
      in vlan20 udp 10.10.0.5 5000 10.20.0.5 9 => pass -
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => pass 1 new
      in vlan20 udp 10.10.0.5 5000 10.20.0.5 1 => pass 1 new
      in vlan30 udp 10.10.0.5 5000 10.20.0.5 1 => pass -
      in em0 udp 10.10.0.5 5000 10.20.0.5 2 => pass 2 new
      in lo0 udp 10.10.0.5 5000 10.20.0.5 2 => pass -
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 3 => pass 0 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 3 => pass 3 new
      in lo0 udp 10.10.0.5 5000 10.20.0.5 3 => pass 3 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 4 => pass -
      in em0 udp 10.10.0.5 5000 10.20.0.5 5 => pass 5 new
      in lo0 udp 10.10.0.5 5000 10.20.0.5 6 => pass 6 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 6 => pass -`,
  },
  {
    section: "10.3 direction",
    says: "forwarded packets go out as well",
    rules: `
      pass in
      block out`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 53 => pass 0 new
      out vlan10 udp 10.10.0.5 5000 10.20.0.5 53 => drop 1
      fwd vlan10 udp 10.10.0.5 5000 10.20.0.5 53 rcv=em0 => drop 1`,
  },
  {
    section: "10.4 routing domain",
    says: "that of the packet's table; its negation matches nothing",
    rules: `
      pass on rdomain 1
      block on ! rdomain 1
      block on ! rdomain 7`,
    lines: `
      in vlan30 udp 10.30.0.5 5000 10.20.0.5 53 => pass 0 new
      in em0 udp 10.30.0.5 5000 10.20.0.5 53 => pass -
      in vlan20 udp 10.30.0.5 5000 10.20.0.5 53 => pass -`,
  },
  {
    section: "10.5 family and 10.6 protocol",
    says: "those of the packet",
    rules: `
      block
      pass inet proto udp
      pass inet6 proto udp
      pass proto 50
      pass inet6 proto ipv6-icmp`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 => pass 1 new
      in em0 udp 2001:db8:10::5 5000 2001:db8:20::5 53 => pass 2 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 53 => drop 0
      in em0 49 10.10.0.5 0 10.20.0.5 0 => drop 0
      in em0 50 10.10.0.5 0 10.20.0.5 0 => pass 3 new
      in em0 51 10.10.0.5 0 10.20.0.5 0 => drop 0
      in em0 icmp6 2001:db8:10::5 0 2001:db8:20::5 0 => pass 4 new
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 => drop 0`,
  },
  {
    section: "10.7 source and 10.8 destination",
    says: "networks, addresses, ranges, all of them with both ends; negation",
    rules: `
      block
      pass inet from 10.10.0.64/26 to 10.20.0.7
      pass inet proto udp from ! 10.10.0.0/16 to 10.30.0.0/30
      pass from 2001:db8:10::/64 to 2001:db8:20::1 - 2001:db8:20::3`,
    lines: `
      in em0 udp 10.10.0.63 5000 10.20.0.7 53 => drop 0
      in em0 udp 10.10.0.64 5000 10.20.0.7 53 => pass 1 new
      in em0 udp 10.10.0.127 5000 10.20.0.7 53 => pass 1 new
      in em0 udp 10.10.0.128 5000 10.20.0.7 53 => drop 0
      in em0 udp 10.10.0.64 5000 10.20.0.6 53 => drop 0
      in em0 udp 10.10.0.64 5000 10.20.0.8 53 => drop 0
      in em0 udp 10.9.255.255 5000 10.30.0.0 53 => pass 2 new
      in em0 udp 10.10.0.0 5000 10.30.0.0 53 => drop 0
      in em0 udp 10.10.255.255 5000 10.30.0.3 53 => drop 0
      in em0 udp 10.11.0.0 5000 10.30.0.3 53 => pass 2 new
      in em0 udp 10.11.0.0 5000 10.30.0.4 53 => drop 0
      in em0 udp 2001:db8:10:: 5000 2001:db8:20:: 53 => drop 0
      in em0 udp 2001:db8:10:: 5000 2001:db8:20::1 53 => pass 3 new
      in em0 udp 2001:db8:10::ffff:ffff:ffff:ffff 5000 2001:db8:20::3 53 => pass 3 new
      in em0 udp 2001:db8:10:: 5000 2001:db8:20::4 53 => drop 0
      in em0 udp 2001:db8:10:1:: 5000 2001:db8:20::3 53 => drop 0
      in em0 udp 2001:db8:f:ffff:ffff:ffff:ffff:ffff 5000 2001:db8:20::3 53 => drop 0`,
  },
  {
    section: "10.7 source and 10.8 destination",
    says: "two negated elements of a list are two rules and match everything; the negation of all nothing",
    rules: `
      block
      pass inet proto udp from { ! 10.10.0.5, ! 10.10.0.6 }
      pass inet proto tcp from ! 0.0.0.0/0`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 => pass 2 new
      in em0 udp 10.10.0.6 5000 10.20.0.5 53 => pass 1 new
      in em0 udp 10.10.0.7 5000 10.20.0.5 53 => pass 2 new
      in em0 tcp 10.10.0.7 5000 10.20.0.5 53 => drop 0`,
  },
  {
    section: "10.9 ports",
    says: "every operator at its ends",
    rules: `
      block
      pass proto udp to port = 100
      pass proto udp from port 1 to port 199 >< 203
      pass proto udp from port 2 to port 300 <> 302
      pass proto udp from port 3 to port < 400
      pass proto udp from port 4 to port <= 400
      pass proto udp from port 5 to port > 500
      pass proto udp from port 6 to port >= 500
      pass proto udp from port 7 to port != 600
      pass proto udp from port 8 to port 700:702`,
    lines: `
      in em0 udp 10.10.0.5 9 10.20.0.5 99 => drop 0
      in em0 udp 10.10.0.5 9 10.20.0.5 100 => pass 1 new
      in em0 udp 10.10.0.5 9 10.20.0.5 101 => drop 0
      in em0 udp 10.10.0.5 1 10.20.0.5 199 => drop 0
      in em0 udp 10.10.0.5 1 10.20.0.5 200 => pass 2 new
      in em0 udp 10.10.0.5 1 10.20.0.5 202 => pass 2 new
      in em0 udp 10.10.0.5 1 10.20.0.5 203 => drop 0
      in em0 udp 10.10.0.5 2 10.20.0.5 299 => pass 3 new
      in em0 udp 10.10.0.5 2 10.20.0.5 300 => drop 0
      in em0 udp 10.10.0.5 2 10.20.0.5 302 => drop 0
      in em0 udp 10.10.0.5 2 10.20.0.5 303 => pass 3 new
      in em0 udp 10.10.0.5 3 10.20.0.5 399 => pass 4 new
      in em0 udp 10.10.0.5 3 10.20.0.5 400 => drop 0
      in em0 udp 10.10.0.5 4 10.20.0.5 400 => pass 5 new
      in em0 udp 10.10.0.5 4 10.20.0.5 401 => drop 0
      in em0 udp 10.10.0.5 5 10.20.0.5 500 => drop 0
      in em0 udp 10.10.0.5 5 10.20.0.5 501 => pass 6 new
      in em0 udp 10.10.0.5 6 10.20.0.5 499 => drop 0
      in em0 udp 10.10.0.5 6 10.20.0.5 500 => pass 7 new
      in em0 udp 10.10.0.5 7 10.20.0.5 600 => drop 0
      in em0 udp 10.10.0.5 7 10.20.0.5 601 => pass 8 new
      in em0 udp 10.10.0.5 8 10.20.0.5 699 => drop 0
      in em0 udp 10.10.0.5 8 10.20.0.5 700 => pass 9 new
      in em0 udp 10.10.0.5 8 10.20.0.5 702 => pass 9 new
      in em0 udp 10.10.0.5 8 10.20.0.5 703 => drop 0
      in em0 tcp 10.10.0.5 9 10.20.0.5 100 => drop 0`,
  },
  {
    section: "10.9 flags",
    says: "a pass rule that keeps state wants SYN without ACK, of TCP only; flags any takes all",
    rules: `
      block
      pass
      pass proto tcp to port 2 flags any
      pass proto tcp to port 3 flags A/SA
      pass proto tcp to port 4 no state`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 => pass 1 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 1 fl=S => pass 1 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 1 fl=SPU => drop -
      in em0 tcp 10.10.0.5 5000 10.20.0.5 1 fl=SF => pass 1 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 1 fl=SA => drop 0
      in em0 tcp 10.10.0.5 5000 10.20.0.5 1 fl=A => drop 0
      in em0 tcp 10.10.0.5 5000 10.20.0.5 2 fl=A => pass 2 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 2 fl=R => pass 2 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 3 fl=S => pass 1 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 3 fl=PA => pass 3 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 3 fl=SA => drop 0
      in em0 tcp 10.10.0.5 5000 10.20.0.5 4 fl=A => pass 4`,
  },
  {
    section: "10.9 user and group",
    says: "of the socket; unknown where there is none, which is not root",
    rules: `
      block
      pass proto tcp user root
      pass proto udp to port 53 group 53
      pass proto tcp to port 80 user != root
      pass proto tcp to port 81 user unknown
      pass proto tcp to port 82 user >= 0`,
    lines: `
      in em0 tcp 10.10.0.5 5000 192.0.2.1 22 => pass 1 new
      in em0 tcp 10.10.0.5 5000 192.0.2.2 22 => drop 0
      in em0 udp 10.10.0.5 5000 192.0.2.1 53 => pass 2 new
      out em0 tcp 192.0.2.1 22 10.10.0.5 5000 => pass 1 new
      fwd em0 tcp 192.0.2.1 22 10.10.0.5 5000 rcv=vlan10 => drop 0
      in em0 tcp 10.10.0.5 5000 192.0.2.1 80 => pass 3 new
      in em0 tcp 10.10.0.5 5000 192.0.2.1 81 => pass 4 new
      in em0 tcp 10.10.0.5 5000 192.0.2.1 82 => drop 0`,
  },
  {
    section: "10.9 ICMP",
    says: "type and code; a rule that keeps state does not match a reply, others do",
    rules: `
      block
      pass inet proto icmp icmp-type echoreq
      pass inet proto icmp icmp-type echorep
      pass inet proto icmp icmp-type unreach code 1
      pass inet proto icmp from 10.10.0.6 icmp-type echorep no state
      pass inet proto icmp from 10.10.0.7 icmp-type echorep keep state (sloppy)`,
    lines: `
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 type=8 => pass 1 new
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 type=7 => drop 0
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 type=0 => drop 0
      in em0 icmp 10.10.0.6 0 10.20.0.5 0 type=0 => pass 4
      in em0 icmp 10.10.0.7 0 10.20.0.5 0 type=0 => pass 5 new
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 type=3 code=0 => drop 0
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 type=3 code=1 => pass 3
      in em0 icmp 10.10.0.5 0 10.20.0.5 0 type=3 code=2 => drop 0`,
  },
  {
    section: "10.10 fragments",
    says: "not reassembled, they match no rule with ports or flags, and make no state",
    rules: `
      set reassemble no
      block
      pass proto udp
      pass proto udp to port 53
      pass proto tcp
      pass proto gre fragment`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 => pass 2 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 frag=2 => pass 1
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 frag=1 => pass 1
      in em0 tcp 10.10.0.5 5000 10.20.0.5 53 => pass 3 new
      in em0 tcp 10.10.0.5 5000 10.20.0.5 53 frag=1 => drop 0
      in em0 gre 10.10.0.5 0 10.20.0.5 0 => drop 0
      in em0 gre 10.10.0.5 0 10.20.0.5 0 frag=1 => pass 4`,
  },
  {
    section: "10.11 tos to 10.15 prio",
    says: "TOS less its ECN bits; certain and impossible chance; where it came in; its priority",
    rules: `
      block
      pass proto udp to port 1 tos 16
      pass proto udp to port 2 probability 100%
      pass proto udp to port 3 probability 0%
      pass out proto udp to port 4 received-on vlan10
      pass out proto udp to port 5 ! received-on vlan10
      pass in proto udp to port 6 received-on tenant
      pass proto udp to port 7 prio 0`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 tos=16 => pass 1 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 tos=19 => pass 1 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 tos=20 => drop 0
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 tos=12 => drop 0
      in em0 udp 10.10.0.5 5000 10.20.0.5 2 => pass 2 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 3 => drop 0
      fwd em0 udp 10.10.0.5 5000 10.20.0.5 4 rcv=vlan10 => pass 4 new
      fwd em0 udp 10.10.0.5 5000 10.20.0.5 4 rcv=vlan20 => drop 0
      out em0 udp 10.10.0.5 5000 10.20.0.5 4 => drop 0
      fwd em0 udp 10.10.0.5 5000 10.20.0.5 5 rcv=vlan10 => drop 0
      out em0 udp 10.10.0.5 5000 10.20.0.5 5 => pass 5 new
      in vlan20 udp 10.10.0.5 5000 10.20.0.5 6 => pass 6 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 6 => drop 0
      in em0 udp 10.10.0.5 5000 10.20.0.5 7 prio=0 => pass 7 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 7 prio=1 => drop 0`,
  },
];
