import { describe, expect, it } from "vitest";
import type { Rule } from "../../../model/rule.ts";
import { firewall } from "../../support/firewall.ts";
import { packet, rule, rulesetOf } from "../../support/rules.ts";

const PACKET = packet("10.10.0.5", "10.20.0.5");

function call(path: string, fields: Partial<Rule> = {}): Rule {
  const wildcard = path.endsWith("/*");
  const name = wildcard ? path.slice(0, -2) : path;
  return rule("anchor", { calls: { path: name, wildcard }, ...fields });
}

function decide(anchors: Readonly<Record<string, readonly Rule[]>>): string {
  const { verdict, rule: decision } = firewall(rulesetOf(anchors)).ask("in", "vlan10", PACKET);
  return `${verdict} ${decision === undefined ? "default" : `${decision.anchor}#${decision.number}`}`;
}

describe("anchors", () => {
  it("take part in the same last match as the rules around them", () => {
    expect(decide({ "": [rule("block"), call("a")], a: [rule("pass")] })).toBe("pass a#0");
    expect(decide({ "": [call("a"), rule("block")], a: [rule("pass")] })).toBe("block #1");
  });

  it("are skipped when the anchor rule does not match", () => {
    const out = call("a", { direction: "out" });
    expect(decide({ "": [rule("block"), out], a: [rule("pass")] })).toBe("block #0");
  });

  it("end everything with a quick rule inside", () => {
    const anchors = { "": [call("a"), rule("pass")], a: [rule("block", { quick: true })] };
    expect(decide(anchors)).toBe("block a#0");
  });

  it("named with a wildcard are the ones directly below, in byte order", () => {
    const anchors = {
      "": [call("t/*")],
      t: [rule("block", { quick: true })],
      "t/b": [rule("pass")],
      "t/B": [rule("block")],
      "t/b/deep": [rule("block", { quick: true })],
      tt: [rule("block", { quick: true })],
    };
    expect(decide(anchors)).toBe("pass t/b#0");
  });

  it("that are quick end evaluation if an immediate rule decided", () => {
    const quick = call("a", { quick: true });
    expect(decide({ "": [quick, rule("block")], a: [rule("pass")] })).toBe("pass a#0");
    expect(decide({ "": [quick, rule("block")], a: [rule("match")] })).toBe("block #1");
    const nested = { "": [quick, rule("block")], a: [call("a/b")], "a/b": [rule("pass")] };
    expect(decide(nested)).toBe("block #1");
    const inner = { ...nested, a: [call("a/b", { quick: true })] };
    expect(decide(inner)).toBe("pass a/b#0");
  });

  it("that are quick do not count what another call of the same anchor decided", () => {
    const anchors = {
      "": [call("a"), call("a", { quick: true, direction: "in" }), rule("block")],
      a: [rule("pass", { tagged: { tag: "X", negated: true }, tag: "X" })],
    };
    expect(decide(anchors)).toBe("block #2");
  });

  it("set their tag even if nothing inside matches", () => {
    const anchors = {
      "": [
        call("a", { tag: "A" }),
        rule("block"),
        rule("pass", { tagged: { tag: "A", negated: false } }),
      ],
      a: [],
    };
    expect(decide(anchors)).toBe("pass #2");
  });

  it("that call each other in a circle drop the packet", () => {
    expect(decide({ "": [rule("pass"), call("a")], a: [call("a")] })).toBe("block #0");
  });
});
