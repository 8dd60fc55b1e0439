import { describe, expect, it } from "vitest";
import { scan } from "../../../../parser/pf/layout/scan.ts";
import { isFree } from "../../../../parser/pf/layout/spacing.ts";
import { kindAt, textOf, Written } from "../../../../parser/pf/layout/written-tokens.ts";

const TOKENS = [
  ...["pass", "80:90", "10.0.0.1", "5ms", "80", "-5", "-", '"a"', "'80'", "# c"],
  ...["(", ")", "{", "}", ",", "/", "=", "!", "<", ">", "!=", "<=", ">=", "<>", "><"],
];

/** Values of a macro, and what pf reads for `$x` with them. */
const VALUES = ["pass", "80", "-5", "-", "!", "<", ">", "=", "{", "", "10.0.0.1"];

function tokensOf(text: string): readonly string[] {
  const tokens = scan(text);
  return Array.from({ length: tokens.count }, (_, at) => {
    const kind = kindAt(tokens, at);
    return kind === Written.blank ? "" : `${kind}:${textOf(tokens, at)}`;
  }).filter((it) => it !== "");
}

/** The two tokens of a text that begins with `left`; nothing if it has others. */
function pairOf(left: string, right: string, gap: string): Parameters<typeof isFree> | undefined {
  const tokens = scan(left + gap + right);
  const [first, last] = [0, tokens.count - 1];
  if (textOf(tokens, first) !== left || textOf(tokens, last) !== right) return undefined;
  const [kind, other] = [kindAt(tokens, first), kindAt(tokens, last)];
  if (kind === undefined || other === undefined) return undefined;
  return [
    { kind, text: left },
    { kind: other, text: right },
  ];
}

describe("isFree", () => {
  const pairs = TOKENS.flatMap((left) => TOKENS.map((right) => [left, right] as const))
    .filter(([left]) => !left.startsWith("#"))
    .flatMap(([left, right]) => ["", " "].map((gap) => [left, right, gap] as const));

  it("is true only where a blank changes no token", () => {
    for (const [left, right, gap] of pairs) {
      const pair = pairOf(left, right, gap);
      if (pair === undefined || !isFree(...pair)) continue;
      const [glued, apart] = [tokensOf(left + right), tokensOf(`${left} ${right}`)];
      expect(glued, `${left}${right}`).toEqual(apart);
    }
  });

  it("is true behind a macro only where a blank changes nothing, whatever its value", () => {
    for (const right of TOKENS) {
      const pair = pairOf("$x", right, " ");
      if (pair === undefined || !isFree(...pair)) continue;
      for (const value of VALUES) {
        const [glued, apart] = [tokensOf(value + right), tokensOf(`${value} ${right}`)];
        expect(glued, `${value}${right}`).toEqual(apart);
      }
    }
  });

  it.each([
    ["{", "$x"],
    [",", "$x"],
    ["$x", ","],
    ["$x", "}"],
    ["$x", ")"],
    ["$x", "/"],
    ["proto", "{"],
    ["80", "}"],
    ["10.0.0.0", "/"],
    ["=", '"a"'],
    ["!", "$x"],
    ["<", "a"],
  ])("is true between %s and %s", (left, right) => {
    const pair = pairOf(left, right, " ");
    expect(pair !== undefined && isFree(...pair)).toBe(true);
  });
});
