import { describe, expect, it } from "vitest";
import { check } from "../../../engine/queries/check.ts";
import type { PairAnswer } from "../../../model/answer.ts";
import { networkOfSite } from "../../../scenarios/arbitraries/network.ts";

const SITE = [
  "pfproof: 1",
  "zones: { a: { at: 'fw:em1' }, b: { at: 'fw:em2' } }",
  "conduits: [{ from: b, to: a, services: any }]",
];

describe("the reasons of an undecided pair", () => {
  it("name the rule by which a packet gets in if open lines are as they are written", () => {
    const command = "!/usr/local/bin/something";
    const { verdict, reasons } = pairOf(["pass in on em1", "pass out on em2"], [command]);
    expect(verdict).toBe("undecided");
    expect(reasons).toEqual([
      expect.objectContaining({
        text: "with every open line taken as written a packet gets in (direct): pass out on em2 all flags S/SA",
        span: expect.objectContaining({ file: "fw/etc/pf.conf", line: 2 }),
      }),
    ]);
  });

  it("do so where a rule is open", () => {
    const table = 'table <bad> persist file "/etc/bad"';
    const rules = [
      table,
      "pass out on em2 no state",
      "pass in on em1 no state",
      "block out quick on em2 from <bad>",
    ];
    const { verdict, reasons } = pairOf(rules, []);
    expect(verdict).toBe("undecided");
    expect(reasons[0]?.text).toMatch(/^with every open line taken as written a packet gets in/);
  });

  it("are the open lines where these alone let something in", () => {
    const { reasons } = pairOf(["block"], ["!/usr/local/bin/something"]);
    expect(reasons.map(({ span }) => span?.file)).toEqual(["fw/etc/hostname.em1"]);
  });
});

function pairOf(rules: readonly string[], lines: readonly string[]): PairAnswer {
  const files = {
    "sysctl.conf": ["net.inet.ip.forwarding=1"],
    "hostname.em1": ["inet 10.1.0.1 255.255.255.0", ...lines],
    "hostname.em2": ["inet 10.2.0.1 255.255.255.0"],
    "pf.conf": rules,
  };
  const named = Object.entries(files).map(([name, text]) => {
    return [`fw/etc/${name}`, `${text.join("\n")}\n`] as const;
  });
  const site = new Map([...named, ["site.yaml", `${SITE.join("\n")}\n`]]);
  const options = { attack: 0, seed: 1, budget: 100_000 };
  const found = check(networkOfSite(site), options).pairs.find(
    ({ from, to }) => from === "a" && to === "b",
  );
  if (found === undefined) throw new Error("no such pair");
  return found;
}
