import { describe, expect, it } from "vitest";
import type { CheckAnswer } from "../../model/check-answer.ts";
import { checkLines } from "../../report/check.ts";
import { checkJson } from "../../report/json.ts";
import { linesOf, paintFor } from "../../report/paint.ts";
import { outcomeOf } from "../../report/verdict.ts";
import { FINDING, MIXED, pair, REQUIRED, SOURCES, UNZONED } from "../support/answers.ts";

function render(answer: CheckAnswer, verbose = false, level: 0 | 1 = 0): string {
  return linesOf(checkLines(answer, { sources: SOURCES, paint: paintFor(level), verbose }));
}

const PROVED: CheckAnswer = {
  ...MIXED,
  pairs: MIXED.pairs.filter((it) => it.verdict === "proved"),
  findings: [],
  brackets: [],
};

describe("the report of check", () => {
  it.each<[string, string]>([
    ["mixed.txt", render(MIXED)],
    ["mixed-verbose.txt", render(MIXED, true)],
    ["mixed.json.txt", checkJson(MIXED, [FINDING])],
    ["proved.txt", render(PROVED)],
    ["required.txt", render(REQUIRED)],
    ["required-verbose.txt", render(REQUIRED, true)],
    ["required.json.txt", checkJson(REQUIRED, [])],
    ["unzoned.txt", render(UNZONED)],
    ["unzoned.json.txt", checkJson(UNZONED, [])],
  ])("is %s", async (file, text) => {
    await expect(text).toMatchFileSnapshot(`golden/check/${file}`);
  });

  it("says the same with colours once they are taken away", () => {
    const esc = String.fromCharCode(27);
    const coloured = render(MIXED, true, 1);
    expect(coloured).toContain(esc);
    const bare = coloured.replaceAll(new RegExp(`${esc}\\[\\d+m`, "g"), "");
    expect(bare).toBe(render(MIXED, true));
  });

  it("never says proved when nothing was asked", () => {
    expect(outcomeOf(UNZONED)).toBe("nothing asked");
    expect(render(UNZONED)).not.toMatch(/^proved/m);
    expect(checkJson(UNZONED, [])).not.toContain('"proved"');
  });

  it("never says proved when the search was cut short", () => {
    expect(outcomeOf({ ...PROVED, stopped: "budget" })).toBe("undecided");
    expect(render({ ...PROVED, stopped: "cancelled" })).toMatch(/^undecided: /);
  });

  it("counts required flows and way points, and no violation that a waiver knows", () => {
    expect(outcomeOf(REQUIRED)).toBe("violated");
    const nothing = { ...REQUIRED, required: [], wayPoints: [] };
    expect(outcomeOf(nothing)).toBe("proved");
    const [fails, undecided, works] = REQUIRED.required;
    expect(outcomeOf({ ...nothing, required: [works!, fails!] })).toBe("violated");
    expect(outcomeOf({ ...nothing, required: [works!, undecided!] })).toBe("undecided");
    expect(outcomeOf({ ...nothing, wayPoints: REQUIRED.wayPoints.slice(0, 1) })).toBe("proved");
    expect(outcomeOf({ ...nothing, wayPoints: REQUIRED.wayPoints.slice(0, 2) })).toBe("violated");
  });

  it("puts any violation above any undecided pair", () => {
    expect(outcomeOf(MIXED)).toBe("violated");
    expect(
      outcomeOf({
        pairs: [pair("a", "b", "proved"), pair("b", "a", "undecided")],
        required: [],
        wayPoints: [],
      }),
    ).toBe("undecided");
  });
});
