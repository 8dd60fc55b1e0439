import { describe, expect, it } from "vitest";
import { boundariesOf } from "../../../engine/claims/boundaries.ts";
import { parseAddress } from "../../../model/address-text.ts";
import { walkedHost } from "../../support/walked.ts";

function has(rules: readonly string[], address: string): boolean {
  const { family, value } = parseAddress(address) ?? { family: "inet" as const, value: 0n };
  return boundariesOf([walkedHost(rules)]).addresses[family].includes(value);
}

describe("the boundaries of hosts", () => {
  it("are the ends of every range that a rule names, and one step past them", () => {
    const rules = ["pass from 172.16.4.0/24 to 172.20.0.1"];
    const ends = ["172.16.3.255", "172.16.4.0", "172.16.4.255", "172.16.5.0", "172.20.0.2"];
    expect(ends.map((it) => has(rules, it))).toEqual(ends.map(() => true));
    expect(ends.some((it) => has(["pass"], it))).toBe(false);
    expect(has(rules, "172.16.4.77")).toBe(false);
  });

  it("are those of tables, pools and next hops as well", () => {
    const table = "table <t> { 172.16.9.1, ! 2001:db8:99::/48 }";
    expect(has([table, "pass from <t>"], "172.16.9.1")).toBe(true);
    expect(has([table, "pass from <t>"], "2001:db8:99::")).toBe(true);
    expect(has(["pass out inet nat-to 172.30.0.1"], "172.30.0.1")).toBe(true);
    expect(has(["pass in inet route-to 172.30.0.2"], "172.30.0.2")).toBe(true);
    expect(has(['anchor "x" {\npass from 172.30.0.3\n}'], "172.30.0.3")).toBe(true);
  });

  it("are ports, protocols and ICMP types", () => {
    const rules = [
      "pass proto tcp to port 8000:9000",
      "pass in inet proto tcp rdr-to 10.20.0.5 port 2222",
      "pass inet proto icmp icmp-type timereq",
      "pass inet6 proto 47",
    ];
    const { ports, protocols, icmpTypes } = boundariesOf([walkedHost(rules)]);
    expect(ports).toEqual(expect.arrayContaining([7999, 8000, 8001, 8999, 9000, 9001, 2222]));
    expect(icmpTypes).toMatchObject({ inet: expect.arrayContaining([13]) });
    expect([protocols.inet.includes(47), protocols.inet6.includes(47)]).toEqual([false, true]);
    expect([...ports].toSorted((a, b) => a - b)).toEqual(ports);
    expect(new Set(ports).size).toBe(ports.length);
  });
});
