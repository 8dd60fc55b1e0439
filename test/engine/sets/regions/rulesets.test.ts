import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { meaningful } from "../../../../engine/sets/regions/meaning.ts";
import { regionSet } from "../../../../engine/sets/regions/region-set.ts";
import { regionsOf } from "../../../../engine/sets/regions.ts";
import type { AddressRange } from "../../../../model/address.ts";
import { parsePrefix } from "../../../../model/address-text.ts";
import { addressBits } from "../../../../model/packet.ts";
import { regionsLines } from "../../../../report/region.ts";
import type { KernelEnv } from "../../../conformance/kernel-surroundings.ts";
import { TENANTS } from "../../../support/kernel-host.ts";
import { passedBy } from "./passed.ts";

/** Names of address lists, as a caller knows them from tables and interfaces. */
const NAMES = new Map(
  Object.entries({
    "<services>": ["10.20.0.10", "10.20.0.11", "10.20.0.12/30", "2001:db8:20::10"],
    "<bad>": ["203.0.113.0/24", "198.51.100.7", "2001:db8:bad::/48"],
    "<private>": ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
    "<admins>": ["198.51.100.16/28", "198.51.100.80"],
    "<mail>": ["192.0.2.25", "192.0.2.26"],
    "vlan10:network": ["10.10.0.0/24", "2001:db8:10::/64"],
    "vlan20:network": ["10.20.0.0/24", "2001:db8:20::/64"],
  }).map(([name, texts]) => [name, texts.map(rangeOf)] as const),
);

function rangeOf(text: string): AddressRange {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(`no prefix: ${text}`);
  const { family, value, length } = prefix;
  return { family, first: value, last: value + (1n << BigInt(addressBits(family) - length)) - 1n };
}

/** The lines for what a text passes, after the laws have been checked for both implementations. */
function linesFor(text: string, where: string, env: KernelEnv = TENANTS): string {
  const [lines, others] = (["intervals", "bdd"] as const).map((name) => {
    const { sets, set, rules } = passedBy(text, where, env, name);
    expect(meaningful(sets, set)).toBe(set);
    const found = regionsOf(sets, set, { regions: 50 });
    const union = found.regions.map((it) => regionSet(sets, it)).reduce(sets.or.bind(sets));
    expect(union).toBe(set);
    expect(found.complete).toBe(true);
    expect(found.regions.length).toBeLessThanOrEqual(rules + 1);
    return regionsLines(found, NAMES).join("\n");
  });
  expect(others).toBe(lines);
  return lines ?? "";
}

describe("what a ruleset passes, as a person would write it", () => {
  it("rules come back as they were", () => {
    const text = `
      block
      pass in proto tcp from { 10.0.0.0/24 10.0.2.0/24 } to 192.0.2.5 port { 22 80 }
      pass in proto tcp to 192.0.2.5 port 443
      pass in proto { tcp udp } to { 192.0.2.1 2001:db8::1 } port 53
      pass in inet proto icmp icmp-type { echoreq unreach code needfrag }
      pass in proto esp no state
      pass in from 10.10.0.0/24`;
    expect(linesFor(text, "in em0")).toMatchInlineSnapshot(`
      "proto { tcp udp } from any to { 192.0.2.1 2001:db8::1 } port 53 flags S/SA
      inet proto tcp from any to 192.0.2.5 port 443 flags S/SA
      inet proto tcp from { 10.0.0.0/24 10.0.2.0/24 } to 192.0.2.5 port { 22 80 } flags S/SA
      inet from vlan10:network to any flags S/SA no icmp replies
      inet proto icmp all icmp-type { unreach code 4 echoreq }
      proto esp all"
    `);
  });

  it("names stand for lists", () => {
    const text = `
      table <services> { 10.20.0.10 10.20.0.11 10.20.0.12/30 2001:db8:20::10 }
      table <bad> { 203.0.113.0/24 198.51.100.7 2001:db8:bad::/48 }
      block
      block in quick from <bad>
      pass in proto tcp to <services> port { 80 443 8000:8099 }
      pass in from vlan10:network to vlan20:network`;
    expect(linesFor(text, "in em0")).toMatchInlineSnapshot(`
      "proto tcp from ! <bad> to <services> port { 80 443 8000:8099 } flags S/SA
      from vlan10:network to vlan20:network flags S/SA no icmp replies"
    `);
  });

  it("what is blocked from all is cut out", () => {
    const text = `
      block
      pass in
      block in from vlan10:network to vlan20:network
      block in proto tcp from vlan10:network to any port 25`;
    expect(linesFor(text, "in em0")).toMatchInlineSnapshot(`
      "all flags S/SA no icmp replies
        except proto tcp from vlan10:network to any port 25
        except from vlan10:network to vlan20:network"
    `);
  });

  it("flags, options, fragments and tos are said where they matter", () => {
    const text = `
      block
      pass in proto tcp to port 22 flags any
      pass in proto tcp to port 80 flags A/SA no state
      pass in proto igmp allow-opts
      pass in inet fragment
      pass in proto udp to port 5060 tos ef`;
    expect(linesFor(text, "in em0")).toMatchInlineSnapshot(`
      "proto tcp from any to any port 22
      proto tcp from any to any port 80 flags A/SA
      inet all fragment
      proto udp from any to any port 5060 tos 184:187
      proto igmp all whole allow-opts
      inet6 proto igmp all allow-opts"
    `);
  });

  it("ICMP replies are said where they are not left out", () => {
    const text = `
      block
      pass in inet proto icmp from 10.0.0.0/8
      pass in inet proto icmp to 10.0.0.1 icmp-type echorep no state
      pass in inet6 proto icmp6 no state`;
    expect(linesFor(text, "in em0")).toMatchInlineSnapshot(`
      "inet proto icmp from any to 10.0.0.1 icmp-type echorep
      inet proto icmp from 10.0.0.0/8 to any no icmp replies
      inet6 proto icmp6 all"
    `);
  });

  it("a host of two tenants", () => {
    const text = readFileSync("scenarios/multi-tenant-host/vmm/etc/pf.conf", "utf8");
    const told = ["in em0", "in vport10", "in em2", "out em0 vport10", "out vport20 em0"].map(
      (where) => `${where}\n${linesFor(text, where, VMM)}`,
    );
    expect(told.join("\n\n")).toMatchInlineSnapshot(`
      "in em0
      proto tcp from ! { 0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.2.0/24 192.168.0.0/16 224.0.0.0/3 ::/8 2001:db8:f::/64 2001:db8:100::/48 fc00::/7 fe80::/10 ff00::/8 } to { 192.0.2.10/31 2001:db8:100:10::5 2001:db8:100:20::5 } port 443 flags S/SA
      inet proto icmp from ! { 0.0.0.0/8 10.10.0.0/24 10.11.0.0/24 10.20.0.0/24 10.21.0.0/24 10.100.0.0/24 127.0.0.0/8 192.0.2.10/31 192.0.2.255 224.0.0.0/3 } to 192.0.2.10/31 icmp-type echoreq
      inet6 proto icmp6 all icmp6-type { neighbrsol neighbradv }
      inet6 proto icmp6 from ! { ::/8 2001:db8:f::10 2001:db8:100:10::/64 2001:db8:100:20::/64 fe80::/10 ff00::/8 } to 2001:db8:f::10 icmp6-type echoreq

      in vport10
      from ! { 0.0.0.0/8 10.10.0.1 10.10.0.255 10.11.0.0/24 10.20.0.0/24 10.21.0.0/24 10.100.0.0/24 127.0.0.0/8 192.0.2.0/24 224.0.0.0/3 ::/8 2001:db8:f::/64 2001:db8:100:10::1 2001:db8:100:20::/64 fe80::/10 ff00::/8 } to ! { 0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.2.0/24 192.168.0.0/16 224.0.0.0/3 ::/8 2001:db8:f::/64 2001:db8:100::/48 fc00::/7 fe80::/10 ff00::/8 } flags S/SA no icmp replies
      inet from { 10.10.0.0 10.10.0.2 - 10.10.0.254 } to { 10.11.0.0 10.11.0.2 - 10.11.0.254 } flags S/SA no icmp replies
      proto udp from ! { 0.0.0.0/8 10.10.0.1 10.10.0.255 10.11.0.0/24 10.20.0.0/24 10.21.0.0/24 10.100.0.0/24 127.0.0.0/8 192.0.2.0/24 224.0.0.0/3 ::/8 2001:db8:f::/64 2001:db8:100:10::1 2001:db8:100:20::/64 fe80::/10 ff00::/8 } to { 10.10.0.1 10.20.0.1 2001:db8:100:10::1 2001:db8:100:20::1 } port 53
      inet proto icmp from ! { 0.0.0.0/8 10.10.0.1 10.10.0.255 10.11.0.0/24 10.20.0.0/24 10.21.0.0/24 10.100.0.0/24 127.0.0.0/8 192.0.2.0/24 224.0.0.0/3 } to { 10.10.0.1 10.20.0.1 } icmp-type echoreq
      inet6 proto icmp6 all icmp6-type { neighbrsol neighbradv }
      inet6 proto icmp6 from ! { ::/8 2001:db8:f::/64 2001:db8:100:10::1 2001:db8:100:20::/64 fe80::/10 ff00::/8 } to { 2001:db8:100:10::1 2001:db8:100:20::1 } icmp6-type echoreq

      in em2
      inet proto udp from { 10.100.0.21 10.100.0.22 } port 4789 to 10.100.0.10 port 4789

      out em0 vport10
      all flags S/SA no icmp replies

      out vport20 em0
      all no icmp replies"
    `);
  });

  it("a router with an office, guests and servers", () => {
    expect(linesFor(OFFICE, "in em0")).toMatchInlineSnapshot(`
      "inet proto tcp from ! <private> to <mail> port { 25 465 587 993 } flags S/SA
      inet proto { tcp udp } from ! <private> to 192.0.2.53 port 53 flags S/SA
      inet proto tcp from ! <private> to 192.0.2.80/31 port { 80 443 } flags S/SA
      inet proto tcp from ! <private> to 192.0.2.81 port 8443 flags S/SA
      inet proto tcp from ! <private> to 192.0.2.90/31 port 10000:10099 flags S/SA
      inet proto tcp from ! <private> to 192.0.2.91 port 1024:65535 flags S/SA
      inet proto tcp from <admins> to 192.0.2.0/24 port 22 flags S/SA
      inet proto tcp from <admins> to 192.0.2.1 port 8006 flags S/SA
      inet proto tcp from 198.51.100.53 to 192.0.2.53 port 853 flags S/SA
      inet from 203.0.113.7 to 192.0.2.99 flags S/SA no icmp replies
        except proto { tcp udp } from any to any port { 135 139 445 }
      inet proto udp from ! <private> to 192.0.2.1 port { 500 4500 51820 }
      inet proto udp from ! <private> to 192.0.2.80 port 443
      inet proto udp from 203.0.113.0/24 to 192.0.2.123 port 123
      inet proto icmp from ! <private> to 192.0.2.0/24 icmp-type echoreq
      inet proto gre from 203.0.113.8 to 192.0.2.1
      inet proto esp from ! <private> to 192.0.2.1
      inet6 proto icmp6 all icmp6-type { toobig echoreq neighbrsol neighbradv }"
    `);
    expect(linesFor(OFFICE, "in vlan10")).toMatchInlineSnapshot(`
      "all flags S/SA no icmp replies
        except proto tcp from any to any port 25
        except inet from any to { 10.20.0.0/24 10.30.0.0/24 }
      inet proto { tcp udp } from any to 10.20.0.1 port 53 flags S/SA
      inet proto tcp from any to 10.20.0.5 port { 631 9100 } flags S/SA
      inet from any to <mail> flags S/SA no icmp replies"
    `);
  });
});

/** The host of scenarios/multi-tenant-host. */
const VMM: KernelEnv = {
  ifs: [
    { n: "lo0", loop: 1, a: ["127.0.0.1/8", "::1/128"] },
    { n: "em0", g: ["egress"], a: ["192.0.2.10/24", "192.0.2.11/32", "2001:db8:f::10/64"] },
    { n: "em2", a: ["10.100.0.10/24"] },
    { n: "vport10", g: ["guests", "tenant1-net"], a: ["10.10.0.1/24", "2001:db8:100:10::1/64"] },
    { n: "vport20", g: ["guests", "tenant2-net"], a: ["10.20.0.1/24", "2001:db8:100:20::1/64"] },
    { n: "vxlan1001", g: ["tenant1-net"], a: ["10.11.0.1/24"] },
    { n: "vxlan1002", g: ["tenant2-net"], a: ["10.21.0.1/24"] },
  ],
  rtables: [[0, 0]],
  routes: [],
};

/** 30 rules and more for one interface. */
const OFFICE = `
  table <private> { 10.0.0.0/8 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16 }
  table <admins> { 198.51.100.16/28 198.51.100.80 }
  table <mail> { 192.0.2.25 192.0.2.26 }
  block
  block in quick on em0 from <private>
  block in quick on em0 proto { tcp udp } to port { 135 139 445 }
  pass in on em0 proto tcp to 192.0.2.80 port { 80 443 }
  pass in on em0 proto tcp to 192.0.2.81 port { 80 443 8443 }
  pass in on em0 proto udp to 192.0.2.80 port 443
  pass in on em0 proto tcp to <mail> port { 25 465 587 993 }
  pass in on em0 proto { tcp udp } to 192.0.2.53 port 53
  pass in on em0 proto tcp from 198.51.100.53 to 192.0.2.53 port 853
  pass in on em0 proto udp from 203.0.113.0/24 to 192.0.2.123 port 123
  pass in on em0 proto tcp from <admins> to 192.0.2.0/24 port 22
  pass in on em0 proto tcp from <admins> to 192.0.2.1 port { 22 8006 }
  pass in on em0 proto udp to 192.0.2.1 port { 500 4500 51820 }
  pass in on em0 proto esp to 192.0.2.1
  pass in on em0 inet proto icmp to 192.0.2.0/24 icmp-type echoreq
  pass in on em0 inet6 proto icmp6 icmp6-type { neighbrsol neighbradv toobig echoreq } no state
  pass in on em0 proto tcp to 192.0.2.90 port 10000:10099
  pass in on em0 proto tcp to 192.0.2.91 port > 1023
  pass in on em0 from 203.0.113.7 to 192.0.2.99
  pass in on em0 proto gre from 203.0.113.8 to 192.0.2.1
  pass in on vlan10
  block in on vlan10 to { 10.20.0.0/24 10.30.0.0/24 }
  pass in on vlan10 proto tcp to 10.20.0.5 port { 631 9100 }
  pass in on vlan10 proto { tcp udp } to 10.20.0.1 port 53
  block in on vlan10 proto tcp to port 25
  pass in on vlan10 proto tcp to <mail> port 25
`;
