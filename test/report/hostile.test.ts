import { describe, expect, it } from "vitest";
import type { CheckAnswer } from "../../model/check-answer.ts";
import type { Survey } from "../../model/survey.ts";
import { checkLines } from "../../report/check.ts";
import { diagnosticLines } from "../../report/diagnostics.ts";
import { checkJson, surveyJson } from "../../report/json.ts";
import { linesOf, paintFor } from "../../report/paint.ts";
import { SURVEY_PARTS, surveyLines } from "../../report/survey.ts";
import { visible, widthOf } from "../../report/visible.ts";
import { MIXED, UNZONED } from "../support/answers.ts";

const plain = paintFor(0);

/** Escape, C1 control, bidi override and isolate, zero width, bell, line separator, tag letter. */
const BAD = "\x1b]0;x\x07\x9b2J\u202e\u2066\u200b\u2028\u{e0041}\r\n";

/** What must not reach a terminal; the line breaks are the report's own. */
const DANGEROUS = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

/** Puts hostile characters into every string of a value that a reader took from a file. */
function poisoned<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, bigints), revive) as T;
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? { big: String(value) } : value;
}

function revive(key: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && "big" in value) return BigInt(`${value.big}`);
  const ours = ["kind", "verdict", "level", "class", "use", "by", "direction", "severity"];
  const closed = [...ours, "family", "fragment", "stopped", "big"];
  if (typeof value !== "string" || closed.includes(key) || /^S\d$/.test(value)) return value;
  return `${BAD}${value}`;
}

describe("hostile text", () => {
  const answers: readonly CheckAnswer[] = [MIXED, UNZONED].map((it) => poisoned(it));
  const sources = new Map([[`${BAD}node1/etc/pf.conf`, `${BAD.trim()} block\n`.repeat(9)]]);

  it("does not get through the report of check", () => {
    for (const answer of answers) {
      const text = linesOf(checkLines(answer, { sources, paint: plain, verbose: true }));
      expect(text).toContain("\\u{1b}");
      expect(text).not.toMatch(DANGEROUS);
    }
  });

  it("does not get through what show prints", () => {
    const survey: Survey = poisoned(MIXED.survey);
    for (const part of SURVEY_PARTS) {
      expect(linesOf(surveyLines(survey, part, plain))).not.toMatch(DANGEROUS);
      expect(surveyJson(survey, part, [])).not.toMatch(DANGEROUS);
    }
  });

  it("is escaped in JSON and comes back the same", () => {
    for (const answer of answers) {
      const json = checkJson(answer, []);
      expect(json).not.toMatch(DANGEROUS);
      const { zones } = JSON.parse(json) as { zones: string[] };
      expect(zones).toEqual(answer.zones);
    }
  });

  it("does not shift the underline of a diagnostic", () => {
    const line = "pass \x1b[2J\tto 漢字 any";
    const column = line.indexOf("any") + 1;
    const span = { file: "pf.conf", line: 1, column, length: 3 };
    const error = { code: "x", severity: "error", message: "bad", span } as const;
    const text = linesOf(diagnosticLines([error], new Map([["pf.conf", line]]), plain));
    const [, , source = "", under = ""] = text.split("\n");
    expect(source).toContain("\\u{1b}[2J    to");
    expect(under.indexOf("^")).toBe(widthOf(source.slice(0, source.indexOf("any"))));
    expect(under.trimEnd().endsWith("^^^")).toBe(true);
  });

  it("is left alone where it is not hostile", () => {
    expect(visible("pass in on vlan10 # Ärger — 漢字")).toBe("pass in on vlan10 # Ärger — 漢字");
  });
});
