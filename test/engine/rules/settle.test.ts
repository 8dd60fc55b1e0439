import { describe, expect, it } from "vitest";
import type { Rule, Table } from "../../../model/rule.ts";
import { firewall } from "../../support/firewall.ts";
import { endpoint, packet, rule, rulesetOf, table, unread } from "../../support/rules.ts";

const PACKET = packet("10.10.0.5", "10.20.0.5");
const maybe = (action: Rule["action"], id: string, fields: Partial<Rule> = {}): Rule =>
  rule(action, { uncertain: [unread(id)], ...fields });

function told(rules: readonly Rule[], tables: readonly Table[] = []): readonly string[] {
  const { ask, states } = firewall(rulesetOf({ "": rules }, { tables }));
  const outcome = ask("in", "vlan10", PACKET);
  expect(states.size).toBe(outcome.made === undefined ? 0 : 1);
  return [outcome.verdict, ...outcome.unread.map(({ id }) => id)];
}

describe("a rule that may match", () => {
  it("leaves the verdict open if it would change it", () => {
    expect(told([rule("block"), maybe("pass", "a")])).toEqual(["unknown", "a"]);
    expect(told([rule("pass"), maybe("block", "a", { quick: true })])).toEqual(["unknown", "a"]);
  });

  it("does not matter if a certain rule overrides it", () => {
    expect(told([maybe("pass", "a"), rule("block")])).toEqual(["block"]);
    expect(told([rule("block", { quick: true }), maybe("pass", "a")])).toEqual(["block"]);
    expect(told([maybe("pass", "a", { quick: true }), rule("block")])).toEqual(["unknown", "a"]);
  });

  it("does not matter if its criteria fail for certain", () => {
    expect(told([rule("block"), maybe("pass", "a", { direction: "out" })])).toEqual(["block"]);
  });

  it("does not matter if it does the same", () => {
    expect(told([rule("block"), maybe("block", "a")])).toEqual(["block"]);
    expect(told([rule("pass"), maybe("pass", "a")])).toEqual(["pass"]);
  });

  it("matters if it keeps a state, sets a tag, a table or a translation", () => {
    expect(told([rule("pass"), maybe("pass", "a", { state: "none" })])).toEqual(["unknown", "a"]);
    expect(told([rule("pass"), maybe("pass", "a", { binding: "if-bound" })])).toEqual([
      "unknown",
      "a",
    ]);
    expect(told([maybe("match", "a", { tag: "T" }), rule("pass")])).toEqual(["unknown", "a"]);
    expect(told([maybe("match", "a", { rtable: 9 }), rule("pass")])).toEqual(["unknown", "a"]);
    const rdr = { address: { kind: "fixed", family: "inet", value: 9n } } as const;
    expect(told([maybe("match", "a", { rdr }), rule("pass")])).toEqual(["unknown", "a"]);
    expect(told([maybe("match", "a", { rdr }), rule("block")])).toEqual(["block"]);
  });

  it("is told with another when only both together change the verdict", () => {
    const tagged = { tagged: { tag: "T", negated: false } };
    const rules = [maybe("match", "a", { tag: "T" }), rule("block", { tag: "U" })];
    const both = maybe("pass", "b", tagged);
    expect(told([...rules.slice(0, 1), rule("block"), both])).toEqual(["unknown", "a", "b"]);
    expect(told([...rules, both])).toEqual(["block"]);
  });

  it("names only lines that matter", () => {
    const rules = [maybe("match", "a"), rule("block"), maybe("pass", "b"), maybe("block", "c")];
    expect(told(rules)).toEqual(["unknown", "b"]);
  });

  it("may be an anchor", () => {
    const anchors = {
      "": [rule("block"), maybe("anchor", "a", { calls: { path: "x", wildcard: false } })],
      x: [rule("pass")],
    };
    const outcome = firewall(rulesetOf(anchors)).ask("in", "vlan10", PACKET);
    expect(outcome).toMatchObject({ verdict: "unknown", unread: [{ id: "a" }] });
  });

  it("is one of too many to try: then nothing is said", () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      maybe("match", `m${index}`, { tag: "T" }),
    );
    expect(told([...many, rule("block")])[0]).toBe("unknown");
    const idle = Array.from({ length: 12 }, (_, index) => maybe("block", `m${index}`));
    expect(told([rule("block"), ...idle])).toEqual(["block"]);
  });

  it("is any with a probability, which the network chooses", () => {
    const { ask } = firewall(
      rulesetOf({ "": [rule("block"), rule("pass", { probability: 0.5 })] }),
    );
    expect(ask("in", "vlan10", PACKET)).toMatchObject({
      verdict: "unknown",
      unread: [],
      reason: "probability is the network's choice",
    });
    const sure = [rule("block"), rule("pass", { probability: 1 })];
    expect(told(sure)).toEqual(["pass"]);
    expect(told([rule("pass"), rule("block", { probability: 0 })])).toEqual(["pass"]);
  });
});

describe("a line that was not understood", () => {
  it("may do anything to what it admits", () => {
    const line = maybe("unread", "a", { direction: "in" });
    expect(told([rule("block"), line])).toEqual(["unknown", "a"]);
    expect(told([line, rule("block", { quick: true })])).toEqual(["unknown", "a"]);
  });

  it("does nothing to what it does not admit, or never sees", () => {
    expect(told([rule("pass"), maybe("unread", "a", { direction: "out" })])).toEqual(["pass"]);
    expect(told([rule("pass", { quick: true }), maybe("unread", "a")])).toEqual(["pass"]);
  });
});

describe("contents of run time", () => {
  it("of a table leave both the test and its negation open", () => {
    const tables = [table("t", ["10.99.0.1"], { unread: unread("t") })];
    for (const text of ["<t>", "! <t>"]) {
      const rules = [rule("block"), rule("pass", { source: endpoint(text) })];
      expect(told(rules, tables)).toEqual(["unknown", "t"]);
    }
  });

  it("of an interface lie in no network that another interface declares", () => {
    const from = (text: string, source: string) =>
      firewall(rulesetOf({ "": [rule("block"), rule("pass", { source: endpoint(text) })] })).ask(
        "in",
        "em8",
        packet(source, "198.51.100.1"),
      ).verdict;
    expect(from("(em8)", "203.0.113.5")).toBe("unknown");
    expect(from("! (em8)", "203.0.113.5")).toBe("unknown");
    expect(from("(em8)", "10.10.0.5")).toBe("block");
    expect(from("! (em8)", "10.10.0.5")).toBe("pass");
    expect(from("(em8)", "2001:db8::5")).toBe("block");
  });

  it("of an interface leave a translation to its address open", () => {
    const nat = {
      address: { kind: "dynamic", name: "em8", part: "address", first: false },
    } as const;
    const outcome = firewall(rulesetOf({ "": [rule("pass", { nat })] })).ask("out", "em8", PACKET);
    expect(outcome.verdict).toBe("unknown");
    expect(outcome.unread).toHaveLength(1);
  });
});

describe("a once rule that may have matched", () => {
  it("leaves later packets open", () => {
    const { ask } = firewall(
      rulesetOf({ "": [rule("pass", { state: "none" }), maybe("block", "a", { once: true })] }),
    );
    expect(ask("in", "vlan10", PACKET).verdict).toBe("unknown");
    expect(ask("in", "vlan10", PACKET).verdict).toBe("unknown");
  });
});
