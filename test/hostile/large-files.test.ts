import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { temporarySite } from "../support/scenario-site.ts";

const MAIN = join(import.meta.dirname, "../../cli/main.ts");

const MEGABYTE = 1_000_000;

/** Says on standard error how much memory the process has used at most, in kilobytes. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  import process from "node:process";
  import { isMainThread } from "node:worker_threads";
  if (isMainThread) process.on("exit", () => {
    process.stderr.write("peak " + process.resourceUsage().maxRSS);
  });
`)}`;

const SHAPES: readonly (readonly [string, (bytes: number) => string])[] = [
  ["rules", manyRules],
  ["a table", longTable],
];

describe("pfproof", () => {
  it.each(SHAPES)("prints a pf.conf of 5 MB, all of it %s", async (_, shape) => {
    const root = siteWith(shape(5 * MEGABYTE));
    const { exit, lines, peak } = await measured(["print", join(root, "fw/etc/pf.conf")]);
    expect(exit).toBe(0);
    expect(lines).toBeGreaterThan(1);
    expect(peak).toBeLessThan(2 * 1024 * 1024);
  });

  it.each(SHAPES)("checks a pf.conf of half a MB, all of it %s", async (_, shape) => {
    const root = siteWith(shape(MEGABYTE / 2));
    const { exit, lines, peak } = await measured(["check", root, "--attack", "20"]);
    // the wire may send to the host what the rules at the end let in
    expect(exit).toBe(1);
    expect(lines).toBeGreaterThan(1);
    expect(peak).toBeLessThan(2 * 1024 * 1024);
  });
});

interface Measured {
  readonly exit: number | null;
  readonly lines: number;
  /** Resident memory at its peak, in kilobytes. */
  readonly peak: number;
}

async function measured(argv: readonly string[]): Promise<Measured> {
  const child = spawn(process.execPath, ["--import", WATCH, MAIN, ...argv]);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const peak = Number(/peak (\d+)$/.exec(err)?.[1]);
  expect(err).toBe(`peak ${peak}`);
  return { exit, lines: out.split("\n").length, peak };
}

function siteWith(pf: string): string {
  return temporarySite(
    new Map([
      ["site.yaml", "pfproof: 1\nzones:\n  wire: { at: fw:em0 }\n"],
      ["fw/etc/hostname.em0", "inet 192.0.2.1 255.255.255.0\n"],
      ["fw/etc/pf.conf", pf],
    ]),
  );
}

function manyRules(bytes: number): string {
  const rule = (at: number): string =>
    `pass in quick on em0 proto tcp from ${address(at)} to any port ${1 + (at % 65535)}\n`;
  return `block\n${filled(bytes, rule)}`;
}

function longTable(bytes: number): string {
  const entry = (at: number): string => `${address(at)}${at % 8 === 7 ? " \\\n" : " "}`;
  return `table <long> const {\n${filled(bytes, entry)}}\nblock\npass in from <long>\n`;
}

function address(at: number): string {
  return `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
}

/** Parts 0, 1, 2 … until they have so many bytes. */
function filled(bytes: number, part: (at: number) => string): string {
  const parts: string[] = [];
  for (let at = 0, size = 0; size < bytes; at++) {
    const next = part(at);
    parts.push(next);
    size += next.length;
  }
  return parts.join("");
}
