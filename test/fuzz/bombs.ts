import type { PfInput } from "../../parser/pf/read.ts";

/** A text that grows out of proportion somewhere. */
export interface Bomb {
  readonly name: string;
  /** Made when it is read: many are large. */
  readonly make: () => Pick<PfInput, "text" | "include" | "optimize" | "live">;
}

const MB = 1 << 20;

function text(make: () => string): Bomb["make"] {
  return () => ({ text: make(), optimize: "none" });
}

function numbered(count: number, line: (at: number) => string, separator = ""): string {
  return Array.from({ length: count }, (_, at) => line(at)).join(separator);
}

function host(at: number): string {
  return `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
}

/** Each must be answered, and soon, whatever the answer is. */
export const BOMBS: readonly Bomb[] = [
  { name: "100,000 braces", make: text(() => "{".repeat(100_000)) },
  { name: "100,000 braces of a host list", make: text(() => `pass from ${"{".repeat(100_000)}`) },
  {
    name: "100,000 braces of a table, closed",
    make: text(() => `table <t> ${"{".repeat(100_000)} 10.0.0.1 ${"}".repeat(100_000)}\n`),
  },
  {
    name: "250 braces of a host list, closed",
    make: text(() => `pass from ${"{ ".repeat(250)}10.0.0.1${" }".repeat(250)}\n`),
  },
  { name: "100,000 parentheses", make: text(() => `pass set ${"(".repeat(100_000)}\n`) },
  { name: "a word of 10 MB", make: text(() => `pass on ${"a".repeat(10 * MB)}\n`) },
  { name: "a number of 10 MB", make: text(() => `pass on ${"9".repeat(10 * MB)}\n`) },
  { name: "10 MB of stray characters", make: text(() => `pass ${"%".repeat(10 * MB)}\n`) },
  { name: "10 MB of high bytes", make: text(() => "\xff".repeat(10 * MB)) },
  { name: "10 MB of backslashes", make: text(() => "\\".repeat(10 * MB)) },
  { name: "10 MB of joined lines", make: text(() => "\\\n".repeat(5 * MB)) },
  { name: "10 MB of joined lines in a comment", make: text(() => `#${"\\\n".repeat(5 * MB)}`) },
  { name: "10 MB of expansion marks", make: text(() => "\x01\x02".repeat(5 * MB)) },
  { name: "10 MB of dollars", make: text(() => `pass ${"$".repeat(10 * MB)}\n`) },
  { name: "10 MB of commas", make: text(() => `pass ${",".repeat(10 * MB)}\n`) },
  { name: "5 million words", make: text(() => `pass ${"a ".repeat(5 * MB)}\n`) },
  { name: "5 million keywords", make: text(() => "pass ".repeat(5 * MB)) },
  { name: "2 million options", make: text(() => `pass ${"once ".repeat(2 * MB)}`) },
  { name: "2 million tags", make: text(() => `pass ${"tag a ".repeat(2 * MB)}`) },
  {
    name: "a list of a million hosts",
    make: text(() => `pass from { ${numbered(1_000_000, host, " ")} }\n`),
  },
  {
    name: "a list of a million hosts with commas",
    make: text(() => `pass from { ${numbered(1_000_000, host, ", ")} }\n`),
  },
  {
    name: "a table of a million hosts",
    make: text(() => `table <t> { ${numbered(1_000_000, host, " ")} }\n`),
  },
  {
    name: "a table of a million nested lists",
    make: text(() => `table <t> { ${numbered(1_000_000, (at) => `{${host(at)}}`, " ")} }\n`),
  },
  {
    name: "a million ports",
    make: text(
      () => `pass proto tcp to port { ${numbered(1_000_000, (at) => `${at & 65_535}`, " ")} }\n`,
    ),
  },
  {
    name: "a macro of a million words",
    make: text(() => `x = ${numbered(1_000_000, (at) => `a${at}`, " ")}\npass on $x\n`),
  },
  {
    name: "a table file of a million words",
    make: () => {
      const words = numbered(1_000_000, host, "\n");
      return { text: 'table <t> file "f"\n', include: () => words, optimize: "none" };
    },
  },
  {
    name: "a file that includes itself",
    make: () => ({ text: 'include "f"\n', include: () => 'include "f"\npass\n', optimize: "none" }),
  },
  {
    name: "a file that includes itself twice",
    make: () => {
      const twice = 'include "f"\ninclude "f"\n';
      return { text: twice, include: () => twice, optimize: "none" };
    },
  },
  {
    name: "an include chain of 100,000 files",
    make: () => {
      const include = (name: string): string => `include "${Number(name) + 1}"\n`;
      return { text: 'include "0"\n', include, optimize: "none" };
    },
  },
  {
    name: "100,000 includes of 1 MB",
    make: () => {
      const file = "# nothing\n".repeat(MB / 10);
      return { text: 'include "f"\n'.repeat(100_000), include: () => file, optimize: "none" };
    },
  },
  {
    name: "100,000 tables of a file of 1 MB",
    make: () => {
      const file = "10.0.0.1\n".repeat(MB / 10);
      return { text: 'table <t> file "f"\n'.repeat(100_000), include: () => file };
    },
  },
  {
    name: "an anchor file that loads itself",
    make: () => {
      const load = 'load anchor a from "f"\n';
      return { text: load, include: () => load, optimize: "none" };
    },
  },
  {
    name: "a macro doubled 40 times",
    make: text(() => {
      const steps = numbered(40, (at) => `x${at + 1} = $x${at} $x${at}\n`);
      return `x0 = "a a a a a a a a"\n${steps}pass on $x40\n`;
    }),
  },
  {
    name: "a quoted macro doubled 40 times",
    make: text(() => {
      const steps = numbered(40, (at) => `x${at + 1} = "$x${at}" $x${at} $x${at}\n`);
      return `x0 = "'a b'"\n${steps}pass on $x40\n`;
    }),
  },
  {
    name: "a macro of 8 kB used a million times",
    make: text(() => `x = "#${"a".repeat(8000)}"\n${"pass $x\n".repeat(1_000_000)}`),
  },
  { name: "a million bad lines", make: text(() => "pas\n".repeat(1_000_000)) },
  { name: "a million lines of a brace", make: text(() => "{\n".repeat(1_000_000)) },
  {
    name: "a million bad lines of many kinds",
    make: text(() => numbered(1_000_000, (at) => `pass i${at} { $y "\n`)),
  },
  {
    name: "a million rules with an error of meaning",
    make: text(() => "pass proto icmp to port 80\n".repeat(1_000_000)),
  },
  { name: "50 MB of line ends", make: text(() => "\n".repeat(50 * MB)) },
  { name: "50 MB of #", make: text(() => "#".repeat(50 * MB)) },
  { name: "50 MB of comment lines", make: text(() => "#\n".repeat(25 * MB)) },
  { name: "50 MB of blanks", make: text(() => " ".repeat(50 * MB)) },
  { name: "50 MB of NUL", make: text(() => "\0".repeat(50 * MB)) },
  { name: "a million set lines", make: text(() => "set limit states 5\n".repeat(1_000_000)) },
  { name: "a million macros", make: text(() => numbered(1_000_000, (at) => `m${at} = "a"\n`)) },
  {
    name: "a million skipped interfaces",
    make: text(() => numbered(100_000, () => "set skip on { a b c d e f g h i j }\n")),
  },
  {
    name: "a list open over a million lines",
    make: text(() => `pass from {\n${"a\n".repeat(1_000_000)}`),
  },
  {
    name: "a list open over a million rules",
    make: text(() => `pass from {\n${"pass from {\n".repeat(1_000_000)}`),
  },
  {
    name: "a list of hosts open over a million lines",
    make: text(() => `pass from {\n${numbered(1_000_000, host, "\n")}`),
  },
  {
    name: "a table open over a million lines",
    make: text(() => `table <t> {\n${"\n".repeat(1_000_000)}`),
  },
  { name: "a string of 10 MB never closed", make: text(() => `x = "${"a".repeat(10 * MB)}`) },
  {
    name: "a string over 10 MB of lines never closed",
    make: text(() => `x = "${"\n".repeat(10 * MB)}`),
  },
  { name: "a million strings never closed", make: text(() => 'x = "\n'.repeat(1_000_001)) },
  { name: "100,000 anchors deep", make: text(() => "anchor {\n".repeat(100_000)) },
  {
    name: "60 anchors deep",
    make: text(() => `${"anchor a {\n".repeat(60)}pass\n${"}\n".repeat(60)}`),
  },
  {
    name: "100,000 anchors of a name side by side",
    make: text(() => "anchor a {\n}\n".repeat(100_000)),
  },
  {
    name: "100,000 anchors side by side",
    make: text(() => numbered(100_000, (at) => `anchor a${at} {\npass\n}\n`)),
  },
  {
    name: "lists of 20 to the power of 5",
    make: text(() => {
      const hosts = `{ ${numbered(20, host, " ")} }`;
      const ports = `{ ${numbered(20, String, " ")} }`;
      const on = `{ ${numbered(20, (at) => `em${at}`, " ")} }`;
      return `pass on ${on} proto tcp from ${hosts} port ${ports} to ${hosts} port ${ports}\n`;
    }),
  },
  {
    name: "lists of 20 to the power of 5 that make no rule",
    make: text(() => {
      const hosts = `{ ${numbered(20, host, " ")} }`;
      const ports = `{ ${numbered(20, String, " ")} }`;
      const others = `{ ${numbered(20, (at) => `2001:db8::${at}`, " ")} }`;
      const on = `{ ${numbered(20, (at) => `em${at}`, " ")} }`;
      return `pass on ${on} proto tcp from ${hosts} port ${ports} to ${others} port ${ports}\n`;
    }),
  },
  {
    name: "lists of 100 to the power of 5 that make no rule",
    make: text(() => {
      const hosts = `{ ${numbered(100, host, " ")} }`;
      const ports = `{ ${numbered(100, String, " ")} }`;
      const others = `{ ${numbered(100, (at) => `2001:db8::${at}`, " ")} }`;
      const on = `{ ${numbered(100, (at) => `em${at}`, " ")} }`;
      return `pass on ${on} proto tcp from ${hosts} port ${ports} to ${others} port ${ports}\n`;
    }),
  },
  {
    name: "lists of 100 to the power of 5 with an error in each rule",
    make: text(() => {
      const ports = `{ ${numbered(100, String, " ")} }`;
      const on = `{ ${numbered(100, (at) => `em${at}`, " ")} }`;
      const hosts = `{ ${numbered(100, host, " ")} }`;
      return `pass on ${on} proto icmp from ${hosts} port ${ports} to ${hosts} port ${ports}\n`;
    }),
  },
  {
    name: "a list of 1,000 with a pool of 1,000",
    make: text(() => {
      const hosts = `{ ${numbered(1000, host, " ")} }`;
      return `pass out from ${hosts} nat-to ${hosts}\n`;
    }),
  },
  {
    name: "binat over lists of 100",
    make: text(() => {
      const hosts = `{ ${numbered(100, host, " ")} }`;
      return `pass on { ${numbered(100, (at) => `em${at}`, " ")} } from ${hosts} to ${hosts} binat-to 192.0.2.1\n`;
    }),
  },
  {
    name: "100,000 queues below each other",
    make: text(() => {
      const root = "queue q0 on em0 bandwidth 5M\n";
      return (
        root +
        numbered(
          100_000,
          (at) => `queue q${at + 1} parent q${at} bandwidth 1M${at === 99_999 ? " default" : ""}\n`,
        )
      );
    }),
  },
  {
    name: "a queue below itself",
    make: text(() => "queue q on em0 bandwidth 5M\nqueue q parent q bandwidth 1M\n"),
  },
  {
    name: "20,000 queues beside each other",
    make: text(() => {
      const root = "queue q on em0 bandwidth 5M\n";
      return (
        root +
        numbered(
          20_000,
          (at) => `queue q${at} parent q bandwidth 1M${at === 0 ? " default" : ""}\n`,
        )
      );
    }),
  },
  {
    name: "a label of a million marks",
    make: text(() => `pass label "${"$if".repeat(2600)}"\n`.repeat(100)),
  },
  {
    name: "20,000 rules for the optimizer",
    make: () => {
      const line = (at: number): string => `pass in quick from ${host(at * 7)} to any\n`;
      return { text: numbered(20_000, line), optimize: "basic" };
    },
  },
  {
    name: "20,000 rules that differ for the optimizer",
    make: () => {
      const line = (at: number): string => {
        return `pass in proto tcp from ${host(at)} to ${host(at * 31)} port ${at}\n`;
      };
      return { text: numbered(20_000, line), optimize: "basic" };
    },
  },
  {
    name: "a million bad lines, of a site",
    make: () => ({ text: "pass bad\n".repeat(1_000_000), live: true }),
  },
];
