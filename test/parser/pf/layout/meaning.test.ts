import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configurationText } from "../../../../parser/pf/configuration-text.ts";
import { formatPf } from "../../../../parser/pf/layout/format.ts";
import { readPf } from "../../../../parser/pf/read.ts";
import { FIREWALL } from "../surroundings.ts";
import { mutatedTexts } from "./arbitraries.ts";
import { writtenFiles } from "./written-files.ts";

/** All that pf makes of a text: what it prints, what it would load without errors, its macros. */
function meaningOf(text: string, live: boolean): unknown {
  const input = { file: "pf.conf", text, live, optimize: "none", mostRules: 5000 } as const;
  const { main, loaded, accepted, macros } = readPf(input, FIREWALL);
  const whole = [main, ...loaded].map((it) => ({ ...it, accepted: true }));
  const lines = whole.map((it) => [...configurationText(it, { numbers: false })]);
  return { accepted, lines, macros: [...macros] };
}

describe("formatPf", () => {
  it("changes nothing that pf makes of a recorded file", () => {
    for (const [name, text] of writtenFiles()) {
      const formatted = formatPf(text);
      if (formatted === text) continue;
      expect(meaningOf(formatted, true), name).toEqual(meaningOf(text, true));
      expect(meaningOf(formatted, false), name).toEqual(meaningOf(text, false));
    }
  }, 120_000);

  it("changes nothing that pf makes of any text", () => {
    fc.assert(
      fc.property(mutatedTexts(), fc.boolean(), (text, live) => {
        const formatted = formatPf(text);
        fc.pre(formatted !== text);
        expect(meaningOf(formatted, live)).toEqual(meaningOf(text, live));
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});
