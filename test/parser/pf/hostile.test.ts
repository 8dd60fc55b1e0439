import { cpuUsage } from "node:process";
import { describe, expect, it } from "vitest";
import { type EngineReading, parsePf } from "../../../parser/pf/parse.ts";
import { FIREWALL } from "./surroundings.ts";

const MANY = 200_000;

describe("parsePf", () => {
  it.each([
    ["braces", "{".repeat(MANY)],
    ["lists that never end", "pass from {\n".repeat(MANY)],
    ["lists in lists", `pass from ${"{\n".repeat(MANY)}`],
    ["anchors in anchors", 'anchor "a" {\n'.repeat(MANY)],
    ["bodies that close nothing", "}\n".repeat(MANY)],
    ["a word without end", "a".repeat(MANY)],
    ["a string without end", `pass on "${"x\n".repeat(MANY)}`],
    ["undefined macros", "$x\n".repeat(MANY)],
    ["macros that double", `a = "xxxx"\n${"a = $a $a\n".repeat(60)}`],
    ["zeros and noise", "\0\u0001\u0002\xff\n\\".repeat(MANY)],
    ["a comment on joined lines", `#${"x\\\n".repeat(MANY)}`],
  ])("reads %s in bounded time", (_, text) => {
    const started = cpuTime();
    const { diagnostics } = read(text);
    expect(diagnostics.length).toBeLessThan(2001);
    expect(cpuTime() - started).toBeLessThan(5000);
  });

  it("stops at a number of rules, and leaves the rest unread", () => {
    const list = `{ ${Array.from({ length: 2000 }, (_, at) => at + 1).join(", ")} }`;
    const text = `pass proto tcp from port ${list} to port ${list}\n`;
    const input = { file: "pf.conf", text, mostRules: 5000 };
    const { conf, diagnostics } = parsePf(input, FIREWALL);
    expect(diagnostics.map((it) => it.code)).toEqual(["limit"]);
    const last = (conf.main.rulesets.get("")?.rules.length ?? 0) - 1;
    expect(conf.openRules.map(({ number, what }) => [number, what])).toEqual([[last, "anything"]]);
  });

  it("reports files that include each other", () => {
    const include = (name: string): string => `include "${name === "a" ? "b" : "a"}"\n`;
    const { diagnostics } = parsePf({ file: "a", text: 'include "b"\n', include }, FIREWALL);
    expect(diagnostics.map((it) => it.message)).toEqual(["failed to include file b"]);
  });

  it("reads a table of many addresses quickly", () => {
    const entries = Array.from(
      { length: MANY },
      (_, at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
    );
    const started = cpuTime();
    const include = (): string => entries.join("\n");
    const { conf } = parsePf({ file: "pf.conf", text: 'table <t> file "x"\n', include }, FIREWALL);
    const [file] = conf.main.tables[0]?.contents ?? [];
    expect(file?.kind === "file" && file.entries.count).toBe(MANY);
    expect(cpuTime() - started).toBeLessThan(5000);
  });
});

/** Milliseconds that this process has worked: what others do on the machine does not count. */
function cpuTime(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

function read(text: string): EngineReading {
  return parsePf({ file: "pf.conf", text }, FIREWALL);
}
