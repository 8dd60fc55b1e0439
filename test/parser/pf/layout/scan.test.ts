import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scan } from "../../../../parser/pf/layout/scan.ts";
import { kindAt, textOf, Written } from "../../../../parser/pf/layout/written-tokens.ts";
import { mutatedTexts } from "./arbitraries.ts";
import { writtenFiles } from "./written-files.ts";

const NAMES = new Map(Object.entries(Written).map(([name, kind]) => [kind, name]));

/** The tokens that are no blanks, each as `kind:text`. */
function tokensOf(text: string): readonly string[] {
  const tokens = scan(text);
  return Array.from({ length: tokens.count }, (_, at) => {
    const kind = kindAt(tokens, at);
    return `${kind === undefined ? "" : NAMES.get(kind)}:${textOf(tokens, at)}`;
  }).filter((it) => !it.startsWith("blank:"));
}

function joined(text: string): string {
  const tokens = scan(text);
  return Array.from({ length: tokens.count }, (_, at) => textOf(tokens, at)).join("");
}

describe("scan", () => {
  it("loses nothing of any recorded file", () => {
    for (const [name, text] of writtenFiles()) expect(joined(text), name).toBe(text);
  });

  it("loses nothing of any text, and no token is empty", () => {
    fc.assert(
      fc.property(fc.oneof(mutatedTexts(), fc.string({ unit: "binary" })), (text) => {
        expect(joined(text)).toBe(text);
        const { count, ends } = scan(text);
        for (let at = 1; at < count; at++) expect(ends[at]).toBeGreaterThan(ends[at - 1] ?? 0);
      }),
    );
  });

  it.each<[string, string, readonly string[]]>([
    ["a rule", "pass in\n", ["word:pass", "word:in", "newline:\n"]],
    ["a mask", "10.0.0.0/8", ["word:10.0.0.0", "operator:/", "number:8"]],
    ["digits before what no number ends at", "80><90", ["word:80", "operator:><", "number:90"]],
    ["digits and letters", "5ms 50% 80:90", ["word:5ms", "word:50%", "word:80:90"]],
    ["a sign", "-5 - 5 -a", ["number:-5", "operator:-", "number:5", "operator:-", "word:a"]],
    ["two marks", "!= ! = <> <=", "!= ! = <> <=".split(" ").map((it) => `operator:${it}`)],
    ["a table", "<foo>", ["operator:<", "word:foo", "operator:>"]],
    ["what is glued to a macro", "$x.5$y", ["macro:$x", "tail:.5$y"]],
    ["a quote glued to a macro", '$x"a b"', ["macro:$x", 'tail:"a', 'word:b"']],
    ["a macro behind an operator", "!$x", ["operator:!", "macro:$x"]],
    ["a macro without a name", "${x", ["macro:$", "operator:{", "word:x"]],
    ["a dollar in a word", "a$x", ["word:a$x"]],
    ["a quote in a word", 'a"b c', ['word:a"b', "word:c"]],
    ["a string over lines", '"a\nb"', ['string:"a\nb"']],
    ["an escaped quote", String.raw`"a\"b" c`, [String.raw`string:"a\"b"`, "word:c"]],
    ["two backslashes in a string", String.raw`"a\\" b"`, [String.raw`string:"a\\" b"`]],
    ["an open string", "'a", ["unfinished:'a"]],
    ["an open string after an escape", String.raw`"\"`, [String.raw`unfinished:"\"`]],
    ["a comment", "a#b\nc", ["word:a", "comment:#b", "newline:\n", "word:c"]],
    ["a comment over lines", "#b\\\nc\nd", ["comment:#b\\\nc", "newline:\n", "word:d"]],
    ["an escaped backslash in a comment", "#\\\\\nd", ["comment:#\\\\", "newline:\n", "word:d"]],
    ["a joined line", "a \\\nb", ["word:a", "continuation:\\\n", "word:b"]],
    ["a joined word", "a\\\nb", ["escaped:a\\\nb"]],
    ["an escaped letter", "pa\\ss", ["escaped:pa\\ss"]],
    ["an escaped comment", "\\# a", ["other:\\", "comment:# a"]],
    ["an escaped string", '\\"a b"', ["other:\\", 'string:"a b"']],
    ["carriage returns", "a\r\n", ["word:a", "other:\r", "newline:\n"]],
    ["a NUL", "a\0", ["word:a", "other:\0"]],
    ["a backslash at the end", "a\\", ["word:a", "other:\\"]],
  ])("reads %s", (_, text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens);
  });

  it("takes time in proportion, whatever the text", () => {
    const pieces = ["a", "\\\n", "- ", "-", "$", "1", '"', "#", "\\", "{", "80\\\n", "$x\\\n"];
    for (const piece of pieces) expect(scan(piece.repeat(300_000)).count).toBeGreaterThan(0);
  }, 20_000);
});
