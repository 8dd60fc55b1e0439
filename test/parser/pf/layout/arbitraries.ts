import fc from "fast-check";
import { writtenFiles } from "./written-files.ts";

/** Pieces that change how pf reads what stands around them. */
const PIECES = [
  ..."\"'\\#\n \t{}()<>=!-/,$\0\x01\x02\r\xe9".split(""),
  ...["\\\n", "\\ ", "\\\\", "\\#", '\\"', "\n\n\n", "\n\t\n", "  "],
  ...["!=", "<=", ">=", "<>", "><", "80", "-5", "80:90", "12345678901234567890"],
  ...["$x", "$x$y", '$x"', "$x.5", "$x:90", "${", "$1"],
  ...['x = "a"\n', "x = 80\n", 'x = ""\n', "x = '\"'\n", 'x = "#"\n', "x = 'a \"b\" c'\n"],
  ...["x = 'y = '\n", "x = '!'\n", 'y = a"b\n', "x = $y\n", "'x' = \"\\\\\"\n", "x = '\\' "],
  ...["pass ", "pass from { ", " } ", "anchor a {\n", "anchor {", "}\n", "table <t> { ", "set "],
  ...["block return (", "keep state (", "port ", "flags /SA", "include ", "# c", "# c \\", "# \\ "],
];

const FALLBACK = 'x = "em0"\npass in on $x from { 10.0.0.0/8, <t> } to any port 80 # c\n';

/** Texts cut from real files and recorded cases, with pieces put in and bytes taken away. */
export function mutatedTexts(): fc.Arbitrary<string> {
  const texts = [FALLBACK, ...writtenFiles().values()];
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    takes: fc.integer({ min: 0, max: 3 }),
    puts: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...PIECES) },
      fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    ),
  });
  const part = fc.record({
    text: fc.constantFrom(...texts),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 800 }),
    edits: fc.array(edit, { maxLength: 6 }),
  });
  return part.map(({ text, from, length, edits }) => {
    const start = Math.floor(from * Math.max(0, text.length - length));
    return edits.reduce(
      (it, { at, takes, puts }) => {
        const place = Math.floor(at * it.length);
        return it.slice(0, place) + puts + it.slice(place + takes);
      },
      text.slice(start, start + length),
    );
  });
}
