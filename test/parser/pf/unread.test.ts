import { describe, expect, it } from "vitest";
import type { Rule } from "../../../model/rule.ts";
import { parsePf } from "../../../parser/pf/parse.ts";
import { FIREWALL } from "./surroundings.ts";

describe("parsePf", () => {
  it("leaves an unread rule where a line is not understood, no wider than its words", () => {
    const [first, second] = rulesOf("pass in on em0 proto tcp flooh\nblock quick in\n");
    expect(first).toMatchObject({ action: "unread", direction: "in", number: 0 });
    expect(first?.interface).toEqual({ name: "em0", negated: false });
    expect(second).toMatchObject({ action: "unread", quick: true, number: 1 });
    expect(second?.direction).toBeUndefined();
  });

  it("goes on with the line after the error", () => {
    const rules = rulesOf("pass from { 10.0.0.1,\nblock out\npass in\n");
    expect(rules.map((it) => it.text)).toEqual([
      "pass from { 10.0.0.1 ,",
      "block drop out all",
      "pass in all flags S/SA",
    ]);
  });

  it.each([
    ["route-to", "pass in route-to 192.0.2.254"],
    ["reply-to", "pass in reply-to 192.0.2.254"],
    ["af-to", "pass in inet6 af-to inet from 192.0.2.1"],
    ["a pool", "pass out nat-to { 192.0.2.7, 192.0.2.8 }"],
    ["a pool that is a network", "pass out nat-to 192.0.2.0/28"],
    ["an interface with two addresses", "pass out on em0 inet nat-to (vlan10)"],
    ["divert-to", "pass in proto tcp divert-to 127.0.0.1 port 80"],
  ])("makes a rule with %s unread", (_, text) => {
    const [rule] = rulesOf(text);
    expect(rule?.action).toBe("unread");
    expect(rule?.uncertain[0]?.scope).toEqual({ kind: "rule", host: "fw1", anchor: "" });
    expect(rule?.uncertain[0]?.id).toBe("pf.conf:1");
  });

  it.each([
    ["os", "pass in proto tcp os Linux"],
    ["user", "pass out proto tcp user root"],
    ["a route label", "block in from route foo"],
    ["a name that only DNS knows", "block in from ! evil.example"],
  ])("keeps a rule with %s, uncertain", (_, text) => {
    const [rule] = rulesOf(text);
    expect(rule?.action).not.toBe("unread");
    expect(rule?.uncertain.length).toBe(1);
    if (rule?.source.address.kind === "any") expect(rule.source.negated).toBe(false);
  });

  it("marks tables that are filled at run time", () => {
    const text = [
      "table <a> persist",
      "table <b> { 10.0.0.1 }",
      'table <c> persist file "/nowhere"',
      "pass in proto tcp keep state (max-src-conn 3, overload <b>)",
      "pass in proto tcp keep state (max-src-conn 3, overload <d>)",
      "pass from <e>",
    ].join("\n");
    const { tables } = parsePf({ file: "pf.conf", text }, FIREWALL).ruleset;
    expect(tables.map(({ name, unread }) => [name, unread !== undefined])).toEqual([
      ["a", true],
      ["b", true],
      ["c", true],
      ["d", true],
    ]);
  });

  it("opens anchors that are filled at run time, and no others", () => {
    const text = 'anchor "relayd/*"\nanchor "foo"\nanchor "in" {\n pass\n}\nanchor "in"\n';
    const { anchors } = parsePf({ file: "pf.conf", text }, FIREWALL).ruleset;
    const actions = [...anchors].map(([path, rules]) => [path, rules.map((it) => it.action)]);
    expect(actions).toEqual([
      ["", ["anchor", "anchor", "anchor", "anchor"]],
      ["in", ["pass"]],
      ["relayd/*", ["unread"]],
      ["foo", ["unread"]],
    ]);
  });
});

function rulesOf(text: string): readonly Rule[] {
  return parsePf({ file: "pf.conf", text }, FIREWALL).ruleset.anchors.get("") ?? [];
}
