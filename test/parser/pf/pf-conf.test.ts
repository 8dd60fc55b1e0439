import { describe, expect, it } from "vitest";
import type { PfConf } from "../../../model/pf-conf.ts";
import type { PfRule } from "../../../model/pf-rule.ts";
import { parsePf } from "../../../parser/pf/parse.ts";
import { ruleText } from "../../../parser/pf/rule-text.ts";
import { FIREWALL } from "./surroundings.ts";

describe("pfConfOf", () => {
  it("puts a rule without effects where a line is not understood, no wider than its words", () => {
    const conf = confOf("pass in on em0 proto tcp flooh\nblock quick in\n");
    const [first, second] = rulesOf(conf);
    expect(first).toMatchObject({ action: "match", direction: "in", interface: "em0", number: 0 });
    expect(second).toMatchObject({ action: "match", quick: true, number: 1, interface: "" });
    expect(second?.direction).toBeUndefined();
    expect(conf.openRules).toMatchObject([
      { anchor: "", number: 0, what: "anything" },
      { anchor: "", number: 1, what: "anything" },
    ]);
    expect(conf.openRules[0]?.unread[0]).toMatchObject({
      id: "pf.conf:1",
      scope: { kind: "rule", host: "fw1", anchor: "" },
      words: "pass in on em0 proto tcp flooh",
    });
  });

  it("counts unread lines where they stand", () => {
    const conf = confOf("block\npass in from flooh bar\npass out\nblock from bar baz\npass in\n");
    expect(rulesOf(conf).map((rule) => [rule.number, rule.action])).toEqual([
      [0, "block"],
      [1, "match"],
      [2, "pass"],
      [3, "match"],
      [4, "pass"],
    ]);
    expect(conf.openRules.map((it) => it.number)).toEqual([1, 3]);
  });

  it("moves no rule across a line that is not understood", () => {
    // the optimizer would drop the first pass, which the last makes superfluous
    const text = "pass in on em0 from 10.0.0.1\npass in on em0 flooh\npass in on em0\n";
    expect(rulesOf(confOf(text)).map((it) => it.action)).toEqual(["pass", "match", "pass"]);
    const whole = text.replace("pass in on em0 flooh\n", "");
    expect(rulesOf(confOf(whole)).map((it) => ruleText(it))).toEqual([
      "pass in on em0 all flags S/SA",
    ]);
  });

  it("takes routes, pools, families and diversions as they are", () => {
    const texts = [
      "pass in route-to 192.0.2.254",
      "pass in reply-to 192.0.2.254",
      "pass in inet6 af-to inet from 192.0.2.1",
      "pass out nat-to { 192.0.2.7, 192.0.2.8 }",
      "pass out nat-to 192.0.2.0/28",
      "pass out on em0 inet nat-to (vlan10)",
      "pass in proto tcp divert-to 127.0.0.1 port 80",
      "pass in proto tcp os Linux",
      "block in from route foo",
    ];
    for (const text of texts) {
      const conf = confOf(text);
      expect(rulesOf(conf)[0]?.action, text).not.toBe("match");
      expect(conf.openRules, text).toEqual([]);
    }
  });

  it.each([
    ["a user", "pass out proto tcp user root"],
    ["a group", "pass out proto tcp group wheel"],
    ["a name that only DNS knows", "block in from ! evil.example"],
  ])("leaves a match open where a rule asks for %s", (_, text) => {
    const conf = confOf(text);
    expect(conf.openRules).toMatchObject([{ anchor: "", number: 0, what: "match" }]);
    expect(conf.openRules[0]?.unread.length).toBe(1);
  });

  it("opens tables that are filled at run time", () => {
    const text = [
      "table <a> persist",
      "table <b> { 10.0.0.1 }",
      'table <c> persist file "/nowhere"',
      "pass in proto tcp keep state (max-src-conn 3, overload <b>)",
      "pass in proto tcp keep state (max-src-conn 3, overload <d>)",
      "pass from <e>",
      "table <f> const { 10.0.0.2 }",
    ].join("\n");
    const { openTables } = confOf(text);
    expect(openTables.map(({ name, anchor }) => `${anchor}<${name}>`)).toEqual([
      "<a>",
      "<c>",
      "<b>",
      "<d>",
    ]);
  });

  it("opens the table that `overload` adds to: that of the anchor, if it has one", () => {
    const inside = "pass proto tcp keep state (max-src-conn 1, overload <x>)";
    const { openTables } = confOf(`table <x> { 10.0.0.1 }\nanchor a {\n${inside}\n}\n`);
    expect(openTables.map(({ name, anchor }) => `${anchor}<${name}>`)).toEqual(["<x>"]);
  });

  it("opens anchors that are filled at run time, and no others", () => {
    const text = 'anchor "relayd/*"\nanchor "foo"\nanchor "in" {\n pass\n}\nanchor "in"\n';
    const conf = confOf(text);
    expect(conf.loaded.map(({ anchor }) => anchor)).toEqual(["relayd/*", "foo"]);
    expect(conf.openRules).toMatchObject([
      { anchor: "relayd/*", number: 0, what: "anything" },
      { anchor: "foo", number: 0, what: "anything" },
    ]);
    expect(conf.openRules[0]?.unread[0]?.settle).toBe(
      'assume: { anchor: { "fw1:relayd/*": empty } }',
    );
    expect(conf.loaded[0]?.rulesets.get("relayd/*")?.rules).toMatchObject([
      { action: "match", quick: true, direction: undefined, interface: "" },
    ]);
  });

  it("notes queues, which move no packet", () => {
    const { unread } = confOf(
      "queue q on em0 bandwidth 10M\nqueue s parent q bandwidth 1M default\npass\n",
    );
    expect(unread.map(({ scope, words }) => [scope.kind, words])).toEqual([
      ["nothing", "queue q on em0 bandwidth 10M"],
      ["nothing", "queue s parent q bandwidth 1M default"],
    ]);
  });

  it("is plain data: it survives being sent to a worker", () => {
    // the second rule is read as one that is like the first
    const text = "pass in on em0 from 10.0.0.1\npass in on em0 from 10.0.0.2\nblock flooh\n";
    const conf = confOf(text);
    expect(structuredClone(conf)).toEqual(conf);
    expect(rulesOf(structuredClone(conf)).map((it) => ruleText(it))).toEqual([
      "pass in on em0 inet from 10.0.0.1 to any flags S/SA",
      "pass in on em0 inet from 10.0.0.2 to any flags S/SA",
      "match quick all",
    ]);
  });

  it("has the text of every rule, and the words of a line that is not understood", () => {
    const { texts } = confOf('pass in from flooh bar\nblock\nanchor "a" {\npass out\n}\n');
    expect([...texts]).toEqual([
      ["", ["pass in from flooh bar", "block drop all", 'anchor "a" all']],
      ["a", ["pass out all flags S/SA"]],
    ]);
  });
});

function confOf(text: string): PfConf {
  return parsePf({ file: "pf.conf", text }, FIREWALL).conf;
}

function rulesOf(conf: PfConf): readonly PfRule[] {
  return conf.main.rulesets.get("")?.rules ?? [];
}
