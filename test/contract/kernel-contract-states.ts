import type { Statement } from "./kernel-contract.ts";

/** Sections 6 to 8, 16, 20 to 22 and 27, 28: packets in order, on states that earlier ones made. */
export const STATE_STATEMENTS: readonly Statement[] = [
  {
    section: "7 state lookup",
    says: "a floating state lets the flow and its replies through everywhere, by direction",
    rules: `
      block
      pass in on vlan10 proto udp`,
    lines: `
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => drop 0
      in vlan10 udp 10.10.0.5 5000 198.51.100.9 53 => pass 1 new
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => pass 1 hit
      out em0 udp 198.51.100.9 53 10.10.0.5 5000 => pass 1 hit
      in em0 udp 10.10.0.5 5000 198.51.100.9 53 => pass 1 hit
      out em0 udp 10.10.0.5 5000 198.51.100.9 53 => drop 0
      in em0 udp 198.51.100.9 53 10.10.0.5 5000 => drop 0
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5001 => drop 0
      out vlan10 udp 198.51.100.9 52 10.10.0.5 5000 => drop 0
      out vlan10 udp 198.51.100.8 53 10.10.0.5 5000 => drop 0
      out vlan10 tcp 198.51.100.9 53 10.10.0.5 5000 fl=SA => drop 0
      states => 1`,
  },
  {
    section: "7 state lookup",
    says: "an if-bound state only where it was made",
    rules: `
      block
      pass in on vlan10 proto udp keep state (if-bound)`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 198.51.100.9 53 => pass 1 new
      out em0 udp 198.51.100.9 53 10.10.0.5 5000 => drop 0
      in em0 udp 10.10.0.5 5000 198.51.100.9 53 => drop 0
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => pass 1 hit`,
  },
  {
    section: "7 state lookup",
    says: "only within the routing domain",
    rules: `
      block
      pass in on vlan20 proto udp
      pass in on vlan31 proto tcp`,
    lines: `
      in vlan20 udp 10.20.0.5 5000 10.30.0.5 53 => pass 1 new
      out vlan31 udp 10.30.0.5 53 10.20.0.5 5000 => drop 0
      in vlan31 udp 10.20.0.5 5000 10.30.0.5 53 => drop 0
      out vlan20 udp 10.30.0.5 53 10.20.0.5 5000 => pass 1 hit`,
  },
  {
    section: "8.1 UDP, 27 timeouts",
    says: "60 seconds after the first packet, 30 while one end sends, 60 once both did",
    rules: `
      block
      pass in proto udp`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 198.51.100.9 53 => pass 1 new
      advance 59
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => pass 1 hit
      advance 29
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => pass 1 hit
      advance 29
      in vlan10 udp 10.10.0.5 5000 198.51.100.9 53 => pass 1 hit
      advance 59
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => pass 1 hit
      states => 1
      advance 60
      states => 0
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => drop 0
      in vlan10 udp 10.10.0.5 5000 198.51.100.9 53 => pass 1 new
      advance 60
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => drop 0`,
  },
  {
    section: "8.2 TCP",
    says: "a handshake, data in the window and a reset; a SYN into a connection is questioned",
    rules: `
      block
      pass in proto tcp`,
    lines: `
      in em0 tcp 198.51.100.9 4000 10.20.0.5 80 fl=S seq=1000 => pass 1 new
      out em0 tcp 10.20.0.5 80 198.51.100.9 4000 fl=SA seq=5000 ack=1001 => pass 1 hit
      in em0 tcp 198.51.100.9 4000 10.20.0.5 80 fl=A seq=1001 ack=5001 => pass 1 hit
      in em0 tcp 198.51.100.9 4000 10.20.0.5 80 fl=PA seq=1001 ack=5001 len=100 => pass 1 hit
      in em0 tcp 198.51.100.9 4000 10.20.0.5 80 fl=PA seq=900000 ack=5001 len=100 => drop - hit
      in em0 tcp 198.51.100.9 4000 10.20.0.5 80 fl=S seq=7000 => drop - hit sends=tcp:16
      in em0 tcp 198.51.100.9 4000 10.20.0.5 80 fl=R seq=1103 => drop - hit
      in em0 tcp 198.51.100.9 4000 10.20.0.5 80 fl=R seq=1101 => pass 1 hit
      in em0 tcp 198.51.100.9 4000 10.20.0.5 80 fl=S seq=7000 => pass 1 new`,
  },
  {
    section: "13 tags",
    says: "a state gives its tag to every packet, and also one that it merely read",
    rules: `
      block
      pass in proto udp to port 1 tag A
      pass in proto udp to port 2
      pass in proto tcp to port 3 tagged B`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 tag=B => pass 1 new tag=A
      out vlan10 udp 10.20.0.5 1 10.10.0.5 5000 => pass 1 hit tag=A
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2 tag=B => pass 2 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2 => pass 2 hit
      in vlan10 tcp 10.10.0.5 5000 10.20.0.5 3 tag=B => pass 3 new
      out vlan10 tcp 10.20.0.5 3 10.10.0.5 5000 fl=SA ack=1001 => pass 3 hit tag=B`,
  },
  {
    section: "13 tags",
    says: "a tag counts as read only if the tests before it came so far",
    rules: `
      pass in proto udp
      block in proto udp to port 1 tagged A
      block in proto udp to port 3 tos 16 tagged A`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 tag=B => pass 0 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2 tag=B => pass 0 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 3 tag=B => pass 0 new
      out vlan10 udp 10.20.0.5 1 10.10.0.5 5000 => pass 0 hit tag=B
      out vlan10 udp 10.20.0.5 3 10.10.0.5 5000 => pass 0 hit
      out vlan10 udp 10.20.0.5 2 10.10.0.5 5000 => pass 0 hit`,
  },
  {
    section: "14 rtable",
    says: "a state keeps the table for its own direction",
    rules: `
      block
      pass in on vlan10 rtable 2`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 198.51.100.9 53 => pass 1 new rtable=2
      in vlan10 udp 10.10.0.5 5000 198.51.100.9 53 => pass 1 hit rtable=2
      out vlan10 udp 198.51.100.9 53 10.10.0.5 5000 => pass 1 hit`,
  },
  {
    section: "14 rtable",
    says: "a table of another domain makes a state that lies in both",
    rules: `
      block
      pass in on vlan20 rtable 1`,
    lines: `
      in vlan20 udp 10.20.0.5 5000 10.30.0.5 53 => pass 1 new rtable=1
      out vlan20 udp 10.30.0.5 53 10.20.0.5 5000 => drop 0
      out vlan20 udp 10.30.0.5 53 10.20.0.5 5000 rt=1 => pass 1 hit rtable=0`,
  },
  {
    section: "16 translation",
    says: "replies are turned back; what is translated already does not come in",
    rules: `
      block
      match out on em0 inet from 10.10.0.0/24 nat-to 192.0.2.1
      match in on em0 inet proto tcp to 192.0.2.1 port 80 rdr-to 10.20.0.5 port 8080
      pass out on em0
      pass in on em0 proto tcp to port 8080`,
    lines: `
      fwd em0 udp 10.10.0.5 5000 198.51.100.9 53 rcv=vlan10 => pass 3 new m=1 from=192.0.2.1@*
      reply in em0 => pass 3 hit m=1 to=10.10.0.5@5000
      in em0 udp 198.51.100.9 53 10.10.0.5 5000 => drop 0
      in em0 tcp 198.51.100.9 4000 192.0.2.1 80 => pass 4 new m=2 to=10.20.0.5@8080
      reply out em0 => pass 4 hit m=2 from=192.0.2.1@80
      in em0 tcp 198.51.100.9 4000 10.20.0.5 8080 => drop 4`,
  },
  {
    section: "17 pools and ports",
    says: "round robin goes on with every packet; a taken port is not given again",
    rules: `
      block
      pass out on em0 inet proto udp to port 1 nat-to { 192.0.2.8, 192.0.2.9 } static-port
      pass out on em0 inet proto udp to port 2 nat-to 192.0.2.9 port 60000:60001`,
    lines: `
      fwd em0 udp 10.10.0.5 5000 203.0.113.1 1 rcv=vlan10 => pass 1 new from=192.0.2.8@5000
      fwd em0 udp 10.10.0.6 5000 203.0.113.1 1 rcv=vlan10 => pass 1 new from=192.0.2.9@5000
      fwd em0 udp 10.10.0.7 5001 203.0.113.1 1 rcv=vlan10 => pass 1 new from=192.0.2.8@5001
      fwd em0 udp 10.10.0.5 5000 203.0.113.1 2 rcv=vlan10 => pass 2 new from=192.0.2.9@*
      fwd em0 udp 10.10.0.6 5000 203.0.113.1 2 rcv=vlan10 => pass 2 new from=192.0.2.9@*
      fwd em0 udp 10.10.0.7 5000 203.0.113.1 2 rcv=vlan10 => drop 2
      fwd em0 udp 10.10.0.7 5000 203.0.113.2 2 rcv=vlan10 => pass 2 new from=192.0.2.9@*
      states => 6`,
  },
  {
    section: "20 making a state",
    says: "limits drop: of the table, of the rule; a state counts until the second after it went",
    rules: `
      set limit states 3
      pass in proto udp to port 1 keep state (max 1)
      pass in proto udp to port 2`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => pass 0 new
      in vlan10 udp 10.10.0.6 5000 10.20.0.5 1 => drop 0
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2 => pass 1 new
      in vlan10 udp 10.10.0.6 5000 10.20.0.5 2 => pass 1 new
      in vlan10 udp 10.10.0.7 5000 10.20.0.5 2 => drop 1
      flush
      states => 3
      in vlan10 udp 10.10.0.6 5000 10.20.0.5 1 => drop 0
      advance 1
      states => 0
      in vlan10 udp 10.10.0.6 5000 10.20.0.5 1 => pass 0 new`,
  },
  {
    section: "21 limits by source",
    says: "states of one source, and sources",
    rules: "pass in proto udp keep state (source-track rule, max-src-states 2, max-src-nodes 2)",
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => pass 0 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2 => pass 0 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 3 => drop 0
      in vlan10 udp 10.10.0.6 5000 10.20.0.5 1 => pass 0 new
      in vlan10 udp 10.10.0.7 5000 10.20.0.5 1 => drop 0
      states => 3`,
  },
  {
    section: "22 ICMP",
    says: "a query's reply, and an error about a flow, come in where a reply to it would",
    rules: `
      block
      pass out on em0`,
    lines: `
      out em0 icmp 192.0.2.1 0 198.51.100.9 0 type=8 id=7 => pass 1 new
      in em0 icmp 198.51.100.9 0 192.0.2.1 0 type=0 id=7 => pass 1 hit
      in em0 icmp 198.51.100.9 0 192.0.2.1 0 type=0 id=8 => drop 0
      out em0 udp 192.0.2.1 5000 198.51.100.9 53 => pass 1 new
      in em0 icmp 203.0.113.1 0 192.0.2.1 0 type=3 code=1 quote=udp,192.0.2.1,5000,198.51.100.9,53 => pass 1 hit
      in em0 icmp 203.0.113.1 0 192.0.2.1 0 type=3 code=1 quote=udp,192.0.2.1,5000,198.51.100.9,54 => drop 0
      in em0 icmp 203.0.113.1 0 192.0.2.2 0 type=3 code=1 quote=udp,192.0.2.1,5000,198.51.100.9,53 => drop 0
      states => 2`,
  },
  {
    section: "11 what a match does",
    says: "once is for ever, whatever becomes of states",
    rules: `
      block
      pass in proto udp once`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => pass 1 new
      in vlan10 udp 10.10.0.6 5000 10.20.0.5 1 => drop 0
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => pass 1 hit
      flush
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => drop 0`,
  },
  {
    section: "15 tables, 12 anchors",
    says: "tables change under running rules; anchors are filled later",
    rules: `
      table <t> persist
      block
      pass in proto udp from <t>
      anchor "a"`,
    anchors: { a: "pass in proto tcp to port 80" },
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => drop 0
      table t add 10.10.0.4/31
      in vlan10 udp 10.10.0.3 5000 10.20.0.5 1 => drop 0
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => pass 1 new
      table t replace 10.10.0.3
      in vlan10 udp 10.10.0.3 5000 10.20.0.5 1 => pass 1 new
      in vlan10 udp 10.10.0.4 5000 10.20.0.5 1 => drop 0
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => pass 1 hit
      in vlan10 tcp 10.10.0.5 5000 10.20.0.5 80 => pass a#0 new`,
  },
];
