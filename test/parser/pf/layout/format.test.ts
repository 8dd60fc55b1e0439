import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPf } from "../../../../parser/pf/layout/format.ts";
import { sameWritten } from "../../../../parser/pf/layout/same-written.ts";
import { mutatedTexts } from "./arbitraries.ts";
import { writtenFiles } from "./written-files.ts";

/** The default file of OpenBSD 7.8. */
const DEFAULT = `# See pf.conf(5) and /etc/examples/pf.conf

set skip on lo

block return	# block stateless traffic
pass		# establish keep-state

# By default, do not permit remote connections to X11
block return in on ! lo0 proto tcp to port 6000:6010
`;

describe("formatPf", () => {
  it("leaves OpenBSD's own file alone", () => {
    expect(formatPf(DEFAULT)).toBe(DEFAULT);
  });

  it("leaves the layout and the tokens of every recorded file alone", () => {
    for (const [name, text] of writtenFiles()) {
      const formatted = formatPf(text);
      expect(formatPf(formatted), name).toBe(formatted);
      expect(sameWritten(text, formatted), name).toBe(true);
    }
  });

  it("leaves its own layout and the tokens of any text alone", () => {
    fc.assert(
      fc.property(fc.oneof(mutatedTexts(), fc.string({ unit: "binary" })), (text) => {
        const formatted = formatPf(text);
        expect(formatPf(formatted)).toBe(formatted);
        expect(sameWritten(text, formatted)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, string, string]>([
    ["blanks", "pass  in\ton em0 ", "pass in on em0"],
    ["a definition", 'x="em0"', 'x = "em0"'],
    ["a list", "pass proto {tcp,udp}", "pass proto { tcp, udp }"],
    ["a list of macros", "pass on {$a,$b }", "pass on { $a, $b }"],
    ["a list without commas", "pass proto { tcp  udp}", "pass proto { tcp udp }"],
    ["an empty list", "table < t > {}", "table <t> { }"],
    ["parentheses", "pass keep state( max 5 ,pflow )", "pass keep state (max 5, pflow)"],
    ["parentheses behind return", "block return-rst( ttl 5)", "block return-rst(ttl 5)"],
    ["masks", "pass to 10.0.0.0 / 8", "pass to 10.0.0.0/8"],
    ["masks of macros", "pass to $net / 24", "pass to $net/24"],
    ["flags", "pass flags S / SA flags/SA", "pass flags S/SA flags /SA"],
    ["comparisons", "pass to port>=1024 port !=80", "pass to port >= 1024 port != 80"],
    ["a comparison with two sides", "pass to port a><b", "pass to port a >< b"],
    ["a table before a mark", "table <a><b", "table < a >< b"],
    ["a table among macros", "pass from<t>to $x", "pass from <t> to $x"],
    ["a comment", "pass #c  \nblock# d", "pass #c\nblock # d"],
    ["tabs before a comment", "pass   \t \t# c", "pass\t\t# c"],
    ["empty lines", "\n\npass\n \n\t\n\nblock\n\n\n", "pass\n\nblock"],
    ["joined lines with blanks", "pass \\\n  in \\\n on em0", "pass \\\n\tin \\\n\ton em0"],
    ["joined lines in a list", "pass on {\\\na,\\\nb}", "pass on { \\\n\ta, \\\n\tb }"],
    ["a joined empty line", "pass \\\n\\\n\nblock", "pass\nblock"],
    ["a list over lines", "pass on {\n\n a\n , b # c\n#d\n\n }", LIST],
    [
      "a list in parentheses",
      "pass keep state ( \\\nmax 5 \\\n)",
      "pass keep state ( \\\n\tmax 5 \\\n)",
    ],
    [
      "lists in a joined line",
      "pass on em0 \\\nfrom {\na\n}",
      "pass on em0 \\\n\tfrom {\n\t\ta\n\t}",
    ],
    ["anchors", "anchor a {\n\n#c\nanchor b {\npass\n\n}\n\n} # d", ANCHORS],
    ["an anchor's list", "anchor on {\na\n} {\npass\n}", "anchor on {\n\ta\n} {\n\tpass\n}"],
    ["comments before", "  # a\n\tpass\n # b", "# a\npass\n# b"],
    ["a comment over lines", "#  a \\\n  b \\\n  \npass", "#  a \\\n  b\npass"],
  ])("lays out %s", (_, text, formatted) => {
    expect(formatPf(text)).toBe(`${formatted}\n`);
    expect(formatPf(`${formatted}\n`)).toBe(`${formatted}\n`);
  });

  it.each<[string, string]>([
    ["digits that would become a number", "pass to port 80><90"],
    ["a macro that would join what follows", "pass to port $a><$b"],
    ["what is glued to a macro", "pass to $net.5 port $x:90"],
    ["a sign", "pass from 10.0.0.1 -10.0.0.5"],
    ["an exclamation mark with a blank", "pass from ! $a"],
    ["an exclamation mark without", "pass from !$a"],
    ["blanks in a string", 'pass label "a  b"'],
    ["a joined word", "pa\\\nss  in"],
    ["joined digits", "pass to port 80\\\n#90"],
    ["an escape", "pass\\  in  on em0"],
    ["carriage returns", "pass  in\r"],
    ["bytes outside ASCII", "pass  in on \xe9"],
    ["a comment that would join the next line", "# a \\ "],
    ["unknown statements", "  nat on em0  from any"],
    ["a list over lines of an unknown statement", "nat on {\n  a\n  }  x"],
    ["parentheses over lines", "pass keep state (\n  max  5\n  )"],
    ["a list that a statement cuts off", "pass  from {\n  a"],
    ["brackets that do not match", "pass  from { ( }"],
    ["more lists in each other than people write", `pass  on ${"{".repeat(9)}a${"}".repeat(9)}`],
    ["a brace of no anchor", "  }"],
  ])("keeps %s", (_, text) => {
    expect(formatPf(`${text}\npass  in\n`)).toBe(`${text}\npass in\n`);
  });

  it("keeps an empty line before a first token with which pf would give up", () => {
    for (const text of ["= a\n", "$x = a\n", "}\n", "{\n", "\0", "a\n"]) {
      expect(formatPf(`\n\n${text}`)).toBe(`\n${text}`);
      expect(formatPf(`\n${text}`)).toBe(`\n${text}`);
      expect(formatPf(text)).toBe(text);
    }
    for (const text of ["# a\n", "a = 1\n", "pass\n"]) expect(formatPf(`\n\n${text}`)).toBe(text);
  });

  it.each<[string, string]>([
    ["a string that is not finished", "pass  'a"],
    ["a NUL", "pass  \0"],
    ["a NUL in a string", "pass  'a\0'"],
    ["a byte that switches macros off", "pass  \x01"],
    ["a macro with a quote", "pass  $q"],
    ["a macro with a comment", "pass  $c"],
    ["a macro with an escape", "pass  $e"],
    ["a macro that may have become another", "pass  $x$q"],
    ["a macro by a long name", "pass  $q\\\nx"],
    ["a quote joined to a macro", 'pass  $x\\\n"a'],
    ["a definition by a macro", "$x = '\"'"],
    ["a definition in a macro", "$d  '\"'"],
    ["a quote glued to a macro", 'pass  $x"a'],
    ["a string over lines that pfctl may skip", 'pass  $x "a\nb"'],
    ["a string over lines behind too large a number", 'pass  1234567890123456789 "a\nb"'],
    ["a string that is too long", `pass  "${"a".repeat(8100)}"`],
    ["an anchor without an end", "anchor  a {\npass  in"],
    ["a backslash at the end", "pass  \\"],
  ])("keeps everything from %s on", (_, text) => {
    const begins = `q = '"'\nc = "em0 # c"\ne = 'a\\b'\nd = "y = "\n\n`;
    const rest = text.endsWith("\\") ? text : `${text}\n\n\npass  in`;
    expect(formatPf(`${begins}\n\npass  out\n\n\n${rest}`)).toBe(`${begins}pass out\n\n${rest}`);
  });

  it("takes time and room in proportion, whatever the text", () => {
    const pieces = [
      "{\n",
      "anchor {\n",
      "anchor {\n}\n",
      "pass {\n",
      "(",
      "{",
      "pass $x\\\n",
      "><",
    ];
    const comments = ["# \\\n", "#  \t \n", "\n", "\\\n", "pass {\npass\n", "$x = ' ", "x = $x\n"];
    for (const piece of [...pieces, ...comments]) {
      const formatted = formatPf(piece.repeat(100_000));
      expect(formatted.length).toBeLessThan(2_500_000);
    }
  }, 20_000);
});

const LIST = "pass on {\n\ta\n\t, b # c\n\t#d\n}";
const ANCHORS = "anchor a {\n\t#c\n\tanchor b {\n\t\tpass\n\t}\n} # d";

describe("sameWritten", () => {
  it.each<[string, string, string]>([
    ["a word", "pass in", "pass out"],
    ["blanks in a string", 'x = "a  b"', 'x = "a b"'],
    ["a blank that parts words", "a b", "ab"],
    ["a blank that makes a number", "80><90", "80 ><90"],
    ["a blank behind a macro", "$x.5", "$x .5"],
    ["a blank in an operator", "!=", "! ="],
    ["a blank before what a macro may join", "$x=", "$x ="],
    ["a newline behind a brace", "anchor {\npass", "anchor { pass"],
    ["a newline", "pass\nblock", "pass block"],
    ["a comment", "pass # a", "pass # b"],
    ["a comment that went away", "pass # a", "pass"],
    ["what was added", "pass", "pass block"],
    ["a joined word", "pa\\\nss", "pa \\\nss"],
  ])("sees the change of %s", (_, before, after) => {
    expect(sameWritten(before, after)).toBe(false);
    expect(sameWritten(after, before)).toBe(false);
  });

  it("sees what goes wrong in any text", () => {
    const removal = fc.tuple(mutatedTexts(), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(removal, ([text, at]) => {
        const place = Math.floor(at * text.length);
        fc.pre(/[^ \t\n\\]/.test(text[place] ?? " "));
        expect(sameWritten(text, text.slice(0, place) + text.slice(place + 1))).toBe(false);
      }),
    );
  });
});
