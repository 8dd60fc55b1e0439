import type { Statement } from "./kernel-contract.ts";

/** Sections 11 to 13: what a rule does when it matches, anchors, tags. */
export const ANCHOR_STATEMENTS: readonly Statement[] = [
  {
    section: "11 what a match does",
    says: "a rule marked once matches once, whoever decides",
    rules: `
      pass proto udp once
      block proto udp to port 53`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 53 => drop 1
      in em0 udp 10.10.0.5 5000 10.20.0.5 54 => pass -`,
  },
  {
    section: "12 anchors",
    says: "inside and outside compete by order; numbers begin anew in every anchor",
    rules: `
      block
      anchor "a" on vlan10 {
        pass proto udp to port 1024:2047
        anchor "b" {
          block proto udp to port 2047
        }
      }
      pass proto udp to port 1025`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1023 => drop 0
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1024 => pass a#0 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1025 => pass 2 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2046 => pass a#0 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2047 => drop a/b#0
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2048 => drop 0
      in vlan20 udp 10.10.0.5 5000 10.20.0.5 1024 => drop 0`,
  },
  {
    section: "12 anchors",
    says: "quick at an anchor ends only what its immediate children decide; match is no decision",
    rules: `
      anchor "a" quick {
        match proto udp to port 1
        pass proto udp to port 2
        anchor "b" {
          pass proto udp to port 3
        }
        anchor "c" quick {
          pass proto udp to port 4
        }
      }
      block`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 => drop 1 m=a#0
      in em0 udp 10.10.0.5 5000 10.20.0.5 2 => pass a#1 new
      in em0 udp 10.10.0.5 5000 10.20.0.5 3 => drop 1
      in em0 udp 10.10.0.5 5000 10.20.0.5 4 => pass a/c#0 new`,
  },
  {
    section: "12 anchors",
    says: "name/* calls the anchors below name in the order of their names, and neither name nor what is deeper",
    rules: `
      block
      anchor "a/*"
      anchor "a" on vlan20 {
        pass proto udp
        anchor "z" {
          pass proto udp to port { 1, 2 }
        }
        anchor "b" {
          block proto udp to port 2
          anchor "deep" {
            pass proto udp to port 3
          }
        }
      }`,
    lines: `
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 1 => pass a/z#0 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 2 => pass a/z#1 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 3 => pass a/b/deep#0 new
      in vlan10 udp 10.10.0.5 5000 10.20.0.5 4 => drop 0
      in vlan20 udp 10.10.0.5 5000 10.20.0.5 2 => drop a/b#0`,
  },
  {
    section: "13 tags",
    says: "any rule that matches sets the tag, also one that blocks or is overridden; later tests see it",
    rules: `
      block proto udp tag A
      pass proto udp to port 1 tagged A
      match proto udp to port 2 tag B
      pass proto udp to port 2 tagged A
      pass proto udp to port 2:3 ! tagged A`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 => pass 1 new tag=A
      in em0 udp 10.10.0.5 5000 10.20.0.5 2 => pass 4 new m=2 tag=B
      in em0 udp 10.10.0.5 5000 10.20.0.5 3 => drop 0
      in em0 tcp 10.10.0.5 5000 10.20.0.5 3 tag=C => pass -`,
  },
  {
    section: "13 tags",
    says: "an anchor's tag is set when its rule matches, and stays outside",
    rules: `
      anchor "a" proto udp to port 1:2 tag A {
        match proto udp to port 2 tag B
      }
      block
      pass tagged A`,
    lines: `
      in em0 udp 10.10.0.5 5000 10.20.0.5 1 => pass 2 new tag=A
      in em0 udp 10.10.0.5 5000 10.20.0.5 2 => drop 1 m=a#0
      in em0 udp 10.10.0.5 5000 10.20.0.5 3 => drop 1
      in em0 udp 10.10.0.5 5000 10.20.0.5 3 tag=A => pass 2 new`,
  },
];
