import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PfRule } from "../../../model/pf-rule.ts";
import { configurationText } from "../../../parser/pf/configuration-text.ts";
import { parsePf } from "../../../parser/pf/parse.ts";
import { type PfReading, readPf } from "../../../parser/pf/read.ts";
import { FIREWALL } from "./surroundings.ts";

/** A rule that says one thing in each place, so that every part of the printed form is met. */
function ruleText(): fc.Arbitrary<string> {
  const some = (...words: readonly string[]) => fc.constantFrom("", ...words);
  const port = fc.constantFrom("80", "22:90", "!= 53", "1 >< 9", "{ 1, 2:3 }", "domain");
  const host = fc.constantFrom(
    ...["any", "10.0.0.0/8", "! 192.0.2.1", "<t>", "(em0)", "(vlan10:network)/25"],
    ...["{ 10.0.0.1, 10.0.0.9 }", "10.0.0.1 - 10.0.0.5", "em0:0", "no-route", "2001:db8::/32"],
  );
  return fc
    .record({
      action: fc.constantFrom("pass", "block", "match", "block return"),
      direction: some("in", "out"),
      quick: some("quick", "log", "log (all) quick"),
      on: some("on em0", "on ! vlan10", "on { em0, vlan20 }", "on rdomain 1", "on any"),
      proto: fc.constantFrom("proto tcp", "proto udp", "proto { tcp, udp }"),
      source: host,
      destination: host,
      port,
      options: fc.subarray(
        ["tag a", "! tagged b", "tos 0x10", "prio 4", "label x", "rtable 1", "set prio 2"],
        { minLength: 0 },
      ),
    })
    .map((it) =>
      [
        ...[it.action, it.direction, it.quick, it.on, it.proto, "from", it.source],
        ...["to", it.destination, "port", it.port, ...it.options],
      ].join(" "),
    );
}

describe("configurationText", () => {
  it("prints what reads as the same rules again", () => {
    fc.assert(
      fc.property(fc.array(ruleText(), { minLength: 1, maxLength: 5 }), (rules) => {
        const first = readPf(
          { file: "pf.conf", text: rules.join("\n"), optimize: "none" },
          FIREWALL,
        );
        fc.pre(first.accepted);
        const text = printed(first);
        const again = readPf({ file: "pf.conf", text, optimize: "none" }, FIREWALL);
        expect(again.stderr).toEqual([]);
        expect(printed(again)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe("parsePf", () => {
  it("numbers the rules of an anchor from 0 in their order", () => {
    fc.assert(
      fc.property(fc.array(ruleText(), { maxLength: 6 }), (rules) => {
        const numbers = rulesOf(reading(rules.join("\n"))).map((it) => it.number);
        expect(numbers).toEqual(numbers.map((_, at) => at));
      }),
    );
  });

  it("never throws, and leaves a rule or a complaint for what it does not read", () => {
    const words = [
      "pass",
      "{",
      "}",
      "(",
      '"',
      "$x",
      "\\\n",
      "\n",
      "anchor",
      "from",
      "10",
      "/",
      "!",
    ];
    const noise = fc.array(fc.oneof(fc.constantFrom(...words), fc.string()), { maxLength: 40 });
    fc.assert(
      fc.property(noise, fc.constantFrom("", " "), (parts, separator) => {
        const { diagnostics, conf } = reading(parts.join(separator));
        const syntax = diagnostics.filter((it) => it.code === "syntax").length;
        const unread = conf.openRules.filter((it) => it.what === "anything");
        // a wrong anchor line is unread when its body ends, and a wrong definition never
        const openings = parts.filter((it) => /anchor|=/.test(it)).length;
        expect(unread.length + openings).toBeGreaterThanOrEqual(syntax);
      }),
      { numRuns: 2000 },
    );
  });
});

function reading(text: string): ReturnType<typeof parsePf> {
  return parsePf({ file: "pf.conf", text }, FIREWALL);
}

function rulesOf({ conf }: ReturnType<typeof parsePf>): readonly PfRule[] {
  return conf.main.rulesets.get("")?.rules ?? [];
}

function printed({ main }: PfReading): string {
  return [...configurationText(main, { numbers: false })].map((line) => `${line}\n`).join("");
}
