import { describe, expect, it } from "vitest";
import type { SourceRule } from "../../../../engine/sets/rules/situation.ts";
import { editOf } from "../../../../engine/sets/rules/source-edits.ts";
import { many, sourcesOf } from "./source-diff.ts";

describe("editOf", () => {
  const [a, b, c, d] = (sourcesOf({ "": many(" ", "pass", 4) })[0].rulesets.get("") ?? []) as [
    SourceRule,
    SourceRule,
    SourceRule,
    SourceRule,
  ];

  it("is nothing where all rules are the same objects", () => {
    expect(editOf("", [a, b], [a, b])).toBeUndefined();
    expect(editOf("", [], [])).toBeUndefined();
  });

  it("tells rules that look alike apart", () => {
    expect(editOf("", [a, b], [a, { ...b }])).toEqual({ path: "", first: 1, removed: 1, added: 1 });
  });

  it("leaves out what is the same before and behind", () => {
    expect(editOf("p", [a, b, c], [a, d, c])).toEqual({
      path: "p",
      first: 1,
      removed: 1,
      added: 1,
    });
    expect(editOf("", [a, b, c], [a, c])).toEqual({ path: "", first: 1, removed: 1, added: 0 });
    expect(editOf("", [a, c], [a, b, c])).toEqual({ path: "", first: 1, removed: 0, added: 1 });
    expect(editOf("", [], [a])).toEqual({ path: "", first: 0, removed: 0, added: 1 });
  });

  it("counts no rule both before and behind", () => {
    expect(editOf("", [a], [a, a])).toEqual({ path: "", first: 1, removed: 0, added: 1 });
    expect(editOf("", [a, a, a], [a, a])).toEqual({ path: "", first: 2, removed: 1, added: 0 });
  });
});
