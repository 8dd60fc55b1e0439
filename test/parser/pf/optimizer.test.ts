import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PfEndpoint, PfRule } from "../../../model/pf-rule.ts";
import { tableText } from "../../../parser/pf/configuration-text.ts";
import { optimizeRules } from "../../../parser/pf/optimizer/optimizer.ts";
import { ruleText } from "../../../parser/pf/rule-text.ts";
import { end, PASS, rule } from "../../support/pass-rule.ts";
import { optimizedByPairs } from "./optimizer-by-pairs.ts";

describe("optimizeRules", () => {
  it("removes repeated rules and those that a wider one covers, wherever it stands", () => {
    expect(optimized(rule(), rule())).toEqual(["pass all no state"]);
    expect(optimized(rule({ direction: "in", interface: "em0" }), rule())).toEqual([
      "pass all no state",
    ]);
    expect(optimized(from("10.0.0.0/8"), from("10.1.0.0/16"), from("10.0.0.0/7"))).toEqual([
      "pass inet from 10.0.0.0/7 to any no state",
    ]);
    expect(optimized(rule({ flags: 2, flagMask: 18, protocol: 6 }), rule({ protocol: 6 }))).toEqual(
      ["pass proto tcp all no state"],
    );
  });

  it("takes a wider network for another family, or of an address with another sign, for no cover", () => {
    const inet6 = { ...rule({ family: "inet6" }), source: end("::/0") };
    expect(optimized(inet6, from("10.0.0.0/8"))).toHaveLength(2);
    const not = { ...from("10.0.0.0/8"), source: { ...end("10.0.0.0/8"), negated: true } };
    expect(optimized(not, from("10.1.0.0/16"))).toHaveLength(2);
    expect(
      optimized(from("10.1.0.0/16"), { ...not, source: { ...not.source, port: undefined } }),
    ).toHaveLength(2);
  });

  it("ignores max-mss, min-ttl and the value of set tos", () => {
    const scrub = { noDf: false, randomId: false, reassembleTcp: false, minTtl: 5, maxMss: 100 };
    expect(optimized(rule({ scrub }), rule({}), rule({ scrub: { ...scrub, minTtl: 6 } }))).toEqual([
      "pass all no state scrub (min-ttl 5 max-mss 100)",
    ]);
    const tos = (value: number): PfRule =>
      rule({
        set: { prio: -1, lowDelayPrio: -1, queue: "", lowDelayQueue: "", tos: value, delay: -1 },
      });
    expect(optimized(tos(4), tos(8))).toEqual(["pass all set (tos 0x04) no state"]);
    expect(optimized(tos(4), rule())).toHaveLength(2);
  });

  it("makes a table of six addresses, whichever rules stand between them", () => {
    expect(optimized(...hosts(6), rule({ direction: "in", family: "inet6" }))).toEqual([
      "table <__automatic_0> const { 10.0.0.0 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 }",
      "pass inet from <__automatic_0> to any no state",
      "pass in inet6 all no state",
    ]);
    expect(optimized(...hosts(5))).toHaveLength(5);
  });

  it("makes tables of negated and of inet6 addresses", () => {
    const negated = hosts(6).map((it) => ({ ...it, source: { ...it.source, negated: true } }));
    expect(optimized(...negated).at(-1)).toBe("pass inet from ! <__automatic_0> to any no state");
    const inet6 = hosts(6).map((it, at) => ({
      ...it,
      family: "inet6" as const,
      destination: end(`2001:db8::${at + 1}/128`),
      source: end("any"),
    }));
    expect(optimized(...inet6)).toEqual([
      `table <__automatic_0> const { ${[1, 2, 3, 4, 5, 6].map((it) => `2001:db8::${it}`).join(" ")} }`,
      "pass inet6 from any to <__automatic_0> no state",
    ]);
  });

  it("counts a collection that is too small for a table", () => {
    const names = { next: 3 };
    const [tcp, udp] = [6, 17].map((protocol) => hosts(6).map((it) => ({ ...it, protocol })));
    const { tables } = optimizeRules([...tcp!.slice(1), ...udp!], names, "a/b");
    expect(tables.map(({ name, anchor }) => [name, anchor])).toEqual([["__automatic_4", "a/b"]]);
    expect(names.next).toBe(5);
  });

  it("leaves rules alone that differ in what splits blocks", () => {
    const apart: Partial<PfRule>[] = [
      { quick: true },
      { label: "x" },
      { probability: 5 },
      { rtable: 0 },
      { interface: "egress" },
      { stateOptions: { ...PASS.stateOptions, max: 5 } },
      { stateOptions: { ...PASS.stateOptions, sourceTrack: "rule" } },
    ];
    for (const change of apart) {
      expect(optimized(rule(change), rule())).toHaveLength(2);
      expect(optimized(rule(), rule(change))).toHaveLength(2);
    }
    expect(optimized(rule({ label: "x" }), rule({ label: "x" }))).toHaveLength(2);
    expect(optimized(rule({ interface: "egress" }), rule({ interface: "egress" }))).toHaveLength(1);
  });

  it("brings the largest group to the front", () => {
    const to = (on: string, protocol: number, port: number): PfRule =>
      rule({
        interface: on,
        protocol,
        direction: "in",
        destination: { ...end("any"), port: { operator: "=", first: port, last: 0 } },
      });
    const rules = [to("em0", 6, 22), to("em1", 6, 80), to("em0", 17, 53), to("em1", 6, 443)];
    expect(optimized(...rules)).toEqual([
      "pass in on em1 proto tcp from any to any port = 80 no state",
      "pass in on em1 proto tcp from any to any port = 443 no state",
      "pass in on em0 proto tcp from any to any port = 22 no state",
      "pass in on em0 proto udp from any to any port = 53 no state",
    ]);
  });

  it("equals the comparison of every pair of rules", () => {
    fc.assert(
      fc.property(fc.array(anyRule(), { maxLength: 40 }), (rules) => {
        expect(optimized(...rules)).toEqual(optimizedByPairs(rules));
      }),
      { numRuns: 300 },
    );
  });

  it("takes a hundred thousand rules of one block in seconds", () => {
    const rules = Array.from({ length: 100_000 }, (_, at) => ({
      ...from(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}/32`),
      destination: end(`192.0.2.${at % 200}/32`),
      direction: at % 3 === 0 ? ("in" as const) : ("out" as const),
    }));
    expect(optimizeRules(rules, { next: 0 }).tables).toHaveLength(400);
  }, 20_000);
});

function from(prefix: string): PfRule {
  return rule({ family: "inet", source: end(prefix) });
}

function hosts(count: number): PfRule[] {
  return Array.from({ length: count }, (_, at) => from(`10.0.0.${at}`));
}

function optimized(...rules: readonly PfRule[]): string[] {
  const { tables, rules: left } = optimizeRules(rules, { next: 0 });
  return [...tables.map(tableText), ...left.map((it) => ruleText(it))];
}

const HOSTS = ["any", "any", "<t>", "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/25"];

function anyRule(): fc.Arbitrary<PfRule> {
  const host = fc.oneof(
    fc.constantFrom(...HOSTS),
    fc.integer({ min: 0, max: 9 }).map((it) => `10.0.0.${it}/32`),
  );
  const port = fc.constantFrom(undefined, undefined, 80, 443);
  const sides = fc.tuple(host, fc.integer({ min: 0, max: 9 }), port);
  const rest = fc.record({
    quick: fc.integer({ min: 0, max: 19 }).map((it) => it === 0),
    interface: fc.constantFrom("", "", "em0", "em1"),
    direction: fc.constantFrom(undefined, "in" as const, "out" as const),
    protocol: fc.constantFrom(6, 6, 17),
    flagMask: fc.constantFrom(0, 0, 18),
  });
  return fc.tuple(sides, sides, rest, fc.boolean()).map(([source, destination, others, inet]) => {
    const [a, b] = [sideOf(source), sideOf(destination)];
    const plain = [a, b].some(({ address }) => address.kind === "prefix");
    const hosts = { source: a, destination: b };
    return rule({ ...others, ...hosts, family: plain || inet ? "inet" : undefined });
  });
}

function sideOf([text, sign, port]: readonly [string, number, number | undefined]): PfEndpoint {
  return {
    address: end(text).address,
    negated: sign === 0 && text !== "any",
    port: port === undefined ? undefined : { operator: "=", first: port, last: 0 },
  };
}
