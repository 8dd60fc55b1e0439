import { describe, expect, it } from "vitest";
import { EngineStopped } from "../../cli/io.ts";
import type { CheckAnswer } from "../../model/check-answer.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { MIXED, pair, SURVEY, UNZONED } from "../support/answers.ts";
import { pfproof } from "../support/io.ts";
import { NOWHERE } from "../support/network.ts";

const ERROR: Diagnostic = { code: "x", severity: "error", message: "no such file", span: NOWHERE };
const WARNING: Diagnostic = { ...ERROR, severity: "warning", message: "odd" };

function answering(answer: CheckAnswer): { answer: () => CheckAnswer } {
  return { answer: () => answer };
}

describe("pfproof", () => {
  it.each([
    [["--help"], "general"],
    [["check", "--help"], "check"],
    [["trace", "-h"], "trace"],
    [["show", "--help"], "show"],
    [["print", "--help"], "print"],
  ])("%s explains itself", async (argv, file) => {
    const { exit, out, err } = await pfproof(argv);
    expect([exit, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot(`golden/help/${file}.txt`);
  });

  it("prints its version", async () => {
    expect(await pfproof(["--version"])).toMatchObject({ exit: 0, out: "9.9.9\n" });
  });

  it.each<[string, readonly string[]]>([
    ["nothing", []],
    ["an unknown command", ["prove"]],
    ["an unknown option", ["check", "--fast"]],
    ["a value that is missing", ["check", "--seed"]],
    ["a value that is no number", ["check", "--attack", "1e3"]],
    ["a budget of nothing", ["check", "--budget", "0"]],
    ["an unknown level", ["check", "--level", "god"]],
    ["two sites", ["check", "a", "b"]],
    ["an unknown part", ["show", ".", "rules"]],
    ["no part", ["show", "."]],
    ["no pf.conf", ["print"]],
    ["a trace without a packet", ["trace", ".", "fw1"]],
    ["a script and a packet", ["trace", ".", "fw1", "tcp", "--script", "x"]],
    ["a script that is not there", ["trace", ".", "--script", "x"]],
  ])("refuses %s with exit code 2 and a hint", async (_, argv) => {
    const { exit, out, err, asked } = await pfproof(argv);
    expect([exit, out, asked]).toEqual([2, "", []]);
    expect(err).toContain("pfproof ");
  });

  it("makes hostile arguments visible", async () => {
    const { err } = await pfproof(["\x1b[2Jcheck"]);
    expect(err).toContain("\\u{1b}[2Jcheck");
    expect(err).not.toContain("\x1b");
  });
});

describe("pfproof check", () => {
  it.each<[string, CheckAnswer, number]>([
    ["proved", { ...MIXED, pairs: [pair("a", "b", "proved")] }, 0],
    ["violated", MIXED, 1],
    ["undecided", { ...MIXED, pairs: [pair("a", "b", "undecided")] }, 3],
    ["nothing asked", UNZONED, 3],
    ["cut short", { ...MIXED, pairs: [pair("a", "b", "proved")], stopped: "budget" }, 3],
  ])("says %s by its exit code, as text and as JSON", async (_, answer, exit) => {
    expect(await pfproof(["check"], answering(answer))).toMatchObject({ exit, err: "" });
    const ran = await pfproof(["check", ".", "--json"], answering(answer));
    expect(ran).toMatchObject({ exit, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject({ pfproof: 1, command: "check" });
  });

  it("asks what the options say", async () => {
    const { asked } = await pfproof(["check"], answering(MIXED));
    expect(asked).toMatchObject([{ options: { attack: 1000, seed: 1 } }]);
    const argv = "check . --attack 5 --seed 7 --budget 9 --level states".split(" ");
    const other = await pfproof(argv, answering(MIXED));
    const options = { attack: 5, seed: 7, budget: 9, level: "states" };
    expect(other.asked).toMatchObject([{ kind: "check", options }]);
  });

  it("asks nothing about files with errors", async () => {
    const site = { diagnostics: [ERROR] };
    const text = await pfproof(["check"], { site });
    expect(text).toMatchObject({ exit: 2, out: "", asked: [] });
    expect(text.err).toContain("error: no such file");
    const json = await pfproof(["check", "--json"], { site });
    expect(json).toMatchObject({ exit: 2, err: "", asked: [] });
    expect(JSON.parse(json.out)).toMatchObject({ outcome: "wrong input" });
  });

  it("passes warnings on and still asks", async () => {
    const site = { diagnostics: [WARNING] };
    const ran = await pfproof(["check"], { site, ...answering(MIXED) });
    expect(ran.exit).toBe(1);
    expect(ran.err).toContain("warning: odd");
  });

  it("is undecided when the engine dies", async () => {
    const ran = await pfproof(["check"], {
      answer: () => {
        throw new EngineStopped("it ran out of memory");
      },
    });
    expect(ran).toMatchObject({ exit: 3, out: "" });
    expect(ran.err).toContain("out of memory");
    const json = await pfproof(["check", "--json"], {
      answer: () => {
        throw new EngineStopped("it ran out of memory");
      },
    });
    expect(json.exit).toBe(3);
    expect(JSON.parse(json.out)).toMatchObject({ outcome: "undecided", stopped: "no answer" });
  });
});

describe("an error in pfproof", () => {
  it("is no violation", async () => {
    const ran = await pfproof(["check"], {
      answer: () => {
        throw new TypeError("boom\x1b");
      },
    });
    expect(ran).toMatchObject({ exit: 3, out: "" });
    expect(ran.err).toContain("undecided: an error in pfproof: TypeError: boom\\u{1b}\n");
  });
});

describe("pfproof show", () => {
  it.each(["zones", "wires", "places", "files"])("shows %s", async (part) => {
    const world = { answer: () => SURVEY };
    expect(await pfproof(["show", ".", part], world)).toMatchObject({ exit: 0, err: "" });
    const { out } = await pfproof(["show", ".", part, "--json"], world);
    expect(Object.keys(JSON.parse(out))).toContain(part);
  });
});
