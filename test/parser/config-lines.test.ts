import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asWritten, configLines } from "../../parser/config-lines.ts";

const LINES: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  ["", []],
  ["# only a comment\n\n  \t\n", []],
  ["up", [["up"]]],
  ["inet 10.0.0.1\t255.255.255.0 # lan", [["inet", "10.0.0.1", "255.255.255.0"]]],
  ['description "WAN uplink"', [["description", "WAN uplink"]]],
  ["authkey 'a b' up", [["authkey", "a b", "up"]]],
  ["inet 10.0.0.1 \\\n  255.255.255.0", [["inet", "10.0.0.1", "255.255.255.0"]]],
  ["# a comment \\\n goes on", []],
  ["a\\\\\nb", [["a\\"], ["b"]]],
  ["up\r\ndown\r\n", [["up"], ["down"]]],
  ['nwid "#1"', [["nwid", "#1"]]],
];

describe("configLines", () => {
  it.each(LINES)("splits %j", (text, expected) => {
    const words = configLines("f", text).map((line) => line.words.map((word) => word.text));
    expect(words).toEqual(expected);
  });

  it.each([
    ["$(hostname)", true],
    ["`id`", true],
    ['"$x"', true],
    ["'$x'", false],
    ["a;b", true],
    ['"a;b"', false],
    ["10.0.0.1/24", false],
    ["fe80::1%em0", false],
  ])("knows whether %j needs a shell", (text, shell) => {
    expect(configLines("f", text)[0]?.words[0]?.shell).toBe(shell);
  });

  it("points at words with their quotes", () => {
    const [line] = configLines("f", '\n  descr "a b" \\\n c');
    expect(line?.words.map((word) => word.span)).toEqual([
      { file: "f", line: 2, column: 3, length: 5 },
      { file: "f", line: 2, column: 9, length: 5 },
      { file: "f", line: 3, column: 2, length: 1 },
    ]);
    expect(line?.span).toEqual({ file: "f", line: 2, column: 3, length: 11 });
  });

  it("reads any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        for (const { words } of configLines("f", text)) expect(words.length).toBeGreaterThan(0);
      }),
    );
  });

  it("reads a line of 300,000 letters", () => {
    for (const unit of ["a", "\\", '"', "' ", "$", " "]) {
      configLines("f", unit.repeat(300_000));
    }
  });

  it("cuts words to what a report can show", () => {
    const [line] = configLines("f", "x".repeat(1000));
    expect(asWritten(line?.words ?? [])).toHaveLength(200);
  });
});
