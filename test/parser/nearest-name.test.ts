import { describe, expect, it } from "vitest";
import { nearestKnown, nearestName, nearNames } from "../../parser/nearest-name.ts";

describe("nearestName", () => {
  it.each([
    ["form", ["for", "from"], "from"],
    ["form", ["fork", "from"], "from"],
    ["em9", ["lem", "em", "em0", "em1"], "em0"],
    ["vlan1", ["wlan1", "vlan"], "vlan"],
    ["pasz", ["asz", "pass"], "pass"],
    ["blok", ["block", "lock"], "block"],
    ["BLOCK", ["black", "block"], "block"],
    ["x", ["y", "yz"], "y"],
    ["quick", ["nothing", "near"], undefined],
    ["", ["ab"], undefined],
  ])("takes %j among %j for %j", (word, names, meant) => {
    expect(nearestName(word, names)).toBe(meant);
  });

  it("takes fewer edits before likelier ones", () => {
    expect(nearNames("modulat", ["module", "modulate", "modulta"])).toEqual([
      "modulta",
      "modulate",
      "module",
    ]);
    expect(nearestName("persit", ["presit", "persist", "preists"])).toBe("presit");
  });
});

describe("nearestKnown", () => {
  const isKnown = (name: string): boolean => ["ntp", "http", "ssh", "ftp"].includes(name);

  it.each([
    ["htp", "http"],
    ["shs", "ssh"],
    ["sshh", "ssh"],
    ["xtp", "ftp"],
    ["smtp", undefined],
    ["ssh", undefined],
    ["h".repeat(100), undefined],
  ])("takes %j for %j", (word, meant) => {
    expect(nearestKnown(word, isKnown)).toBe(meant);
  });
});
