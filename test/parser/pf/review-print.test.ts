import { describe, expect, it } from "vitest";
import { configurationText } from "../../../parser/pf/configuration-text.ts";
import { type PfInput, type PfReading, readPf } from "../../../parser/pf/read.ts";
import { FIREWALL } from "./surroundings.ts";

function reading(lines: readonly string[], more: Partial<PfInput> = {}): PfReading {
  const text = lines.map((line) => `${line}\n`).join("");
  return readPf({ file: "pf.conf", text, optimize: "none", ...more }, FIREWALL);
}

function printed(lines: readonly string[], more: Partial<PfInput> = {}): readonly string[] {
  return [...configurationText(reading(lines, more).main, { numbers: false })];
}

describe("queues", () => {
  it("shows a burst without its rate, and no rate of 0 (print_scspec)", () => {
    expect(printed(["queue r on em0 bandwidth 0 burst 5M for 10ms default"])).toEqual([
      "queue r on em0 burst 5M for 10ms default",
    ]);
    expect(printed(["queue r on em0 bandwidth 5M burst 0 for 10ms default"])).toEqual([
      "queue r on em0 bandwidth 5M burst  for 10ms default",
    ]);
    expect(printed(["queue r on em0 bandwidth 5M, min 0 burst 3M for 9ms, max 0 default"])).toEqual(
      ["queue r on em0 bandwidth 5M burst 3M for 9ms default"],
    );
    expect(printed(["queue r on em0 bandwidth 0 default"])).toEqual(["queue r on em0 default"]);
  });

  it("prints all digits of a large rate", () => {
    expect(printed(["queue r on em0 bandwidth 1152921504606846976 default"])).toEqual([
      "queue r on em0 bandwidth 1152921504606846976  default",
    ]);
  });

  it("wants bandwidth for each child (pfctl_load_queues)", () => {
    const queues = ["queue r on em0 bandwidth 5M", "queue a parent r bandwidth 0 default"];
    expect(reading(queues).stderr).toEqual(["pfctl: queue a: no bandwidth was specified"]);
  });

  it("refuses a share of the link after the whole curve (scspec)", () => {
    const said = (curve: string): readonly string[] =>
      reading([`queue r on em0 bandwidth ${curve} default`]).stderr;
    expect(said("10%")).toEqual(["pf.conf:1: no bandwidth in % yet"]);
    expect(said("5M burst 10% for 10ms")).toEqual(["pf.conf:1: no bandwidth in % yet"]);
    expect(said("10% burst 5M for 10s")).toEqual(["pf.conf:1: time in scspec must be in ms"]);
    expect(said("101% burst 5M for 10s")).toEqual(["pf.conf:1: bandwidth spec out of range"]);
    expect(said("0.5%")).toEqual([]);
  });

  it("does not take a queue for one of the interface of its grandparent (pfctl_find_childqs)", () => {
    const queues = ["queue r on em0 bandwidth 9M", "queue a parent r bandwidth 5M"];
    expect(reading([...queues, "queue b on em0 parent a bandwidth 1M default"]).stderr).toEqual([
      "pfctl: no default queue specified",
    ]);
    expect(
      reading([
        "queue r on em0 bandwidth 9M",
        "queue a on em0 parent r bandwidth 5M",
        "queue b on em0 parent a bandwidth 1M default",
      ]).accepted,
    ).toBe(true);
  });

  it("ends where a rule names the namesake of a root with children, in anchors first", () => {
    const lines = [
      "queue r on em0 bandwidth 9M",
      "queue a parent r bandwidth 5M",
      "queue b parent a bandwidth 1M default",
      "queue a on vlan10 bandwidth 9M",
      "anchor {",
      "pass set queue (b, a)",
      "}",
      "pass set queue b",
      "pass set queue (a, a)",
    ];
    const { accepted, stderr } = reading(lines);
    const line = "queue a: packets must be assigned to leaf queues only";
    expect(accepted).toBe(false);
    expect(stderr).toEqual([]);
    expect(printed(lines)).toEqual([line, line]);
  });

  it("goes on behind a queue that cannot be added as behind a good one", () => {
    const lines = ["queue r on em0 default", ")"];
    expect(reading(lines).stderr).toEqual([
      "pf.conf:1: no bandwidth or flow specification",
      "pf.conf:2: syntax error",
    ]);
  });
});

describe("optimizer", () => {
  const optimized = (lines: readonly string[]): readonly string[] =>
    printed(lines, { optimize: "basic" });
  const on = (name: string): string => `pass on ${name} inet from 10.0.0.1 to any flags S/SA`;

  it("keeps a rule whose namesake holds the end of a longer interface", () => {
    // v l a n 1 0 NUL, then e m 0 NUL 1 0 NUL: not the bytes of em0 alone
    const lists = "pass on { vlan10 em0 } from 10.0.0.1";
    const alone = "pass on em0 from 10.0.0.1";
    expect(optimized([lists, alone])).toEqual([on("em0"), on("em0"), on("vlan10")]);
    expect(optimized(["pass on { em0 vlan10 } from 10.0.0.1", alone])).toEqual([
      on("em0"),
      on("vlan10"),
    ]);
    expect(optimized([lists, lists])).toEqual([on("vlan10"), on("em0")]);
    expect(
      optimized(["pass on { tun0 em10 } from 10.0.0.1", "pass on em10 from 10.0.0.1"]),
    ).toEqual([on("tun0"), on("em10")]);
  });

  it("still covers such a rule by one without an interface", () => {
    expect(optimized(["pass on { vlan10 em0 } from 10.0.0.1", "pass from 10.0.0.1"])).toEqual([
      "pass inet from 10.0.0.1 to any flags S/SA",
    ]);
  });
});

describe("pfctl -n", () => {
  it("takes the first of two values of -D (symset)", () => {
    const defines = [["x", "em0"] as const, ["x", "vlan10"] as const];
    expect(printed(["pass on $x"], { defines })).toEqual(["pass on em0 all flags S/SA"]);
  });

  it("does not keep the optimization that an anchor's file sets for the next one", () => {
    const twice = "block in\nblock in\n";
    const files: Readonly<Record<string, string>> = {
      none: `set ruleset-optimization none\n${twice}`,
      plain: twice,
    };
    const loads = ["load anchor a from none", "load anchor b from plain"];
    const text = loads.map((line) => `${line}\n`).join("");
    const { loaded } = readPf({ file: "pf.conf", text, include: (name) => files[name] }, FIREWALL);
    const count = loaded.map((it) => it.rulesets.get(it.anchor)?.rules.length);
    expect(count).toEqual([2, 1]);
  });

  it("says no more where an anchor's file ends it at once", () => {
    const long = "a".repeat(64);
    const files: Readonly<Record<string, string>> = {
      fatal: `anchor "${long}"\n`,
      wrong: "pass bogus\n",
    };
    const said = (file: string): readonly string[] =>
      reading([`load anchor x from ${file}`], { include: (name) => files[name] }).stderr;
    expect(said("fatal")).toEqual([
      "",
      "Loading anchor x from fatal",
      "pfctl: anchorrule: strlcpy",
    ]);
    expect(said("wrong").at(-1)).toBe("pfctl: load anchors");
  });
});
