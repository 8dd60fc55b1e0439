import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceFile } from "../../cli/replace-file.ts";
import { unifiedDiff } from "../../cli/unified-diff.ts";
import type { PfFile } from "../../site/pf-files.ts";
import { pfproof } from "../support/io.ts";

const FILES = {
  neat: pfFile("pass in # \xe9\n"),
  untidy: pfFile("pass  in\n\n\nblock\n"),
  "-": pfFile("block  in"),
};

function pfFile(text: string): PfFile {
  return {
    host: "fw",
    file: "pf.conf",
    text,
    environment: { host: "fw", interfaces: [], rtables: [] },
    include: () => undefined,
    path: (name) => name,
    resolve: () => undefined,
    sources: new Map(),
  };
}

const DIFF = "--- untidy\n+++ untidy\n@@ -1,4 +1,3 @@\n-pass  in\n-\n+pass in\n \n block\n";

const TWO =
  "@@ -3,7 +3,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n" +
  "@@ -18,7 +18,6 @@\n 17\n 18\n 19\n-20\n 21\n 22\n 23\n";
const NEAR = "@@ -3,11 +3,9 @@\n 2\n 3\n 4\n-5\n 6\n 7\n 8\n-9\n 10\n 11\n 12\n";
const ENDS = "@@ -1,2 +1,2 @@\n";

describe("pfproof fmt", () => {
  it("explains itself", async () => {
    const { exit, out, err } = await pfproof(["fmt", "--help"]);
    expect([exit, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot("golden/help/fmt.txt");
  });

  it.each<[string, readonly string[], number, string]>([
    ["prints every file", ["neat", "untidy"], 0, "pass in # \xe9\npass in\n\nblock\n"],
    ["prints standard input", ["-"], 0, "block in\n"],
    ["finds nothing to do", ["neat", "--check"], 0, ""],
    ["lists what would change", ["neat", "untidy", "--check"], 1, "untidy\n"],
    ["shows no change", ["neat", "-d"], 0, ""],
    ["shows what would change", ["untidy", "-d"], 0, DIFF],
    ["shows and checks", ["untidy", "--diff", "--check"], 1, DIFF],
  ])("%s", async (_, argv, exit, out) => {
    const ran = await pfproof(["fmt", ...argv], { pf: FILES });
    expect(ran).toMatchObject({ exit, out, err: "" });
    expect([...ran.written]).toEqual([]);
  });

  it("rewrites what changes, and nothing else", async () => {
    const { exit, out, err, written } = await pfproof(["fmt", "-w", "neat", "untidy"], {
      pf: FILES,
    });
    expect([exit, out, err]).toEqual([0, "", ""]);
    expect([...written]).toEqual([["untidy", "pass in\n\nblock\n"]]);
  });

  it("answers as JSON", async () => {
    const { exit, out } = await pfproof(["fmt", "--check", "--json", "neat", "untidy"], {
      pf: FILES,
    });
    const files = [
      { file: "neat", changed: false },
      { file: "untidy", changed: true },
    ];
    expect([exit, JSON.parse(out)]).toMatchObject([1, { pfproof: 1, command: "fmt", files }]);
  });

  it("names a file that cannot be read, and does the others", async () => {
    const { exit, out, err } = await pfproof(["fmt", "gone\x1b", "neat"], { pf: FILES });
    expect([exit, out]).toEqual([2, FILES.neat.text]);
    expect(err).toContain("cannot read gone\\u{1b}");
  });

  it.each<[string, readonly string[]]>([
    ["no file", []],
    ["to write and to check", ["-w", "--check", "neat"]],
    ["to write and to show", ["-w", "-d", "neat"]],
    ["to rewrite standard input", ["-w", "-"]],
  ])("refuses %s", async (_, argv) => {
    const { exit, out, written } = await pfproof(["fmt", ...argv], { pf: FILES });
    expect([exit, out, written.size]).toEqual([2, "", 0]);
  });
});

describe("replaceFile", () => {
  let directory = "";
  let file = "";

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "pfproof-"));
    file = join(directory, "pf.conf");
    writeFileSync(file, "\xff\0", "latin1");
    chmodSync(file, 0o640);
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it("puts bytes in a file's place, with its mode and behind its link", () => {
    const link = join(directory, "link");
    symlinkSync("pf.conf", link);
    expect(replaceFile(link, "\xfe\r\n")).toBe(true);
    expect([...readFileSync(file)]).toEqual([0xfe, 13, 10]);
    expect(statSync(file).mode & 0o7777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(["link", "pf.conf"]);
  });

  it("makes no file that was not there", () => {
    expect(replaceFile(join(directory, "new"), "pass\n")).toBe(false);
    expect(readdirSync(directory)).toEqual(["pf.conf"]);
  });
});

describe("unifiedDiff", () => {
  const lines = Array.from({ length: 30 }, (_, at) => `${at}\n`);
  const text = lines.join("");

  it.each<[string, string, string, string]>([
    ["two changes", text, text.replace("\n5\n", "\nx\n").replace("\n20\n", "\n"), TWO],
    ["changes that share context", text, text.replace("\n5\n", "\n").replace("\n9\n", "\n"), NEAR],
    ["a missing newline", "a\nb", "a\nb\n", `${ENDS} a\n-b\n\\ No newline at end of file\n+b\n`],
    ["an empty file", "", "a\n", "@@ -0,0 +1 @@\n+a\n"],
    ["what becomes empty", "a\n", "", "@@ -1 +0,0 @@\n-a\n"],
  ])("shows %s", (_, before, after, hunks) => {
    expect(unifiedDiff("f", before, after)).toBe(`--- f\n+++ f\n${hunks}`);
  });

  it("shows texts that differ everywhere", () => {
    const [before, after] = ["a\n", "b\n"].map((it) => it.repeat(5000));
    const diff = unifiedDiff("f", `x\n${before}`, `x\n${after}`);
    expect(diff).toBe(
      `--- f\n+++ f\n@@ -1,5001 +1,5001 @@\n x\n${"-a\n".repeat(5000)}${"+b\n".repeat(5000)}`,
    );
  });
});
