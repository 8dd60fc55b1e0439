import { describe, expect, it } from "vitest";
import type { ReachAnswer } from "../../model/reach.ts";
import { pfproof } from "../support/io.ts";
import { filesOf } from "../support/reach.ts";
import { pfproofAt, temporarySite } from "../support/scenario-site.ts";

function asked(title: string, ...argv: readonly string[]): ReturnType<typeof pfproofAt> {
  return pfproofAt(["reach", ...argv, "--attack", "20"], temporarySite(filesOf(title)));
}

describe("pfproof reach", () => {
  it("explains itself", async () => {
    const { exit, out, err } = await pfproof(["reach", "--help"]);
    expect([exit, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot("golden/help/reach.txt");
  });

  it.each<[string, string, string, string, number]>([
    ["yes", "multi-tenant-host", "internet", "tenant1", 0],
    ["no", "multi-tenant-host", "tenant1", "tenant2", 1],
    ["no-way", "central-firewall", "tenant-a", "tenant-b", 1],
    ["violated", "multi-tenant-host with no-antispoof", "internet", "tenant2", 0],
  ])("says %s the same twice, as text and as JSON", async (name, title, from, to, exit) => {
    const text = await asked(title, ".", from, to);
    expect(text).toMatchObject({ exit, err: "" });
    await expect(text.out).toMatchFileSnapshot(`golden/reach/${name}.txt`);
    expect((await asked(title, ".", from, to)).out).toBe(text.out);
    const json = await asked(title, ".", from, to, "--json");
    expect(json).toMatchObject({ exit, err: "" });
    const verdict = exit === 0 ? "yes" : "no";
    expect(JSON.parse(json.out)).toMatchObject({ pfproof: 1, command: "reach", from, to, verdict });
    expect((await asked(title, ".", from, to, "--json")).out).toBe(json.out);
  });

  it("names rules, packets and ways in JSON", async () => {
    const { out } = await asked("multi-tenant-host", ".", "tenant1", "tenant2", "--json");
    const { blocked, flows, witness } = JSON.parse(out);
    expect([flows, witness]).toEqual([[], null]);
    expect(blocked).toMatchObject({ tests: 1, truncated: false, ends: [] });
    expect(blocked.paths[0].tests[0]).toMatchObject({
      host: "vmm",
      interface: "vport10",
      deciders: [{ rule: { span: { file: "vmm/etc/pf.conf", line: 33, column: 1 } } }],
    });
    expect(blocked.paths[0].packets.total).toMatch(/^\d+$/);
  });

  it("takes places", async () => {
    const { exit, out } = await asked("multi-tenant-host", ".", "vmm:tap10", "tenant2");
    expect([exit, out]).toEqual([
      1,
      expect.stringMatching(/^no: vmm:tap10 does not reach tenant2/),
    ]);
  });

  it("is undecided when the budget is used up", async () => {
    const argv = [".", "internet", "tenant1", "--budget", "100"];
    const { exit, out } = await asked("multi-tenant-host", ...argv);
    expect([exit, out]).toEqual([3, expect.stringContaining("stopped at the node budget")]);
  });

  it("owns up to an error of its own", async () => {
    const answer: ReachAnswer = {
      ...{ from: "a", to: "b", level: "spoof", verdict: "yes", flows: [], reasons: [] },
      ...{ assumptions: [], assumed: [], attack: { scripts: 3, seed: 1 }, refuted: true },
    };
    const { exit, out } = await pfproof(["reach", ".", "a", "b"], { answer: () => answer });
    expect([exit, out]).toEqual([0, expect.stringContaining("an error in pfproof itself: ")]);
  });

  it("asks what the options say", async () => {
    const argv = "reach . a b --attack 5 --seed 7 --budget 9 --level states".split(" ");
    const { asked: questions } = await pfproof(argv);
    const options = { attack: 5, seed: 7, budget: 9, level: "states" };
    expect(questions).toMatchObject([{ kind: "reach", from: "a", to: "b", options }]);
  });

  it.each<[string, readonly string[]]>([
    ["a zone alone", ["reach", ".", "a"]],
    ["three zones", ["reach", ".", "a", "b", "host"]],
    ["one zone twice", ["reach", ".", "a", "a"]],
    ["an unknown level", ["reach", ".", "a", "b", "--level", "god"]],
    ["no zone of the site", ["reach", ".", "a", "nobody"]],
    ["no interface of a host", ["reach", ".", "a", "fw1:em9"]],
    ["a part of a wire", ["reach", ".", "a", "10.0.0.0/8@fw1:em0"]],
    ["what is no name", ["reach", ".", "\x1b[2J", "b"]],
  ])("refuses %s with exit code 2 and without a question", async (_, argv) => {
    const { exit, out, err, asked: questions } = await pfproof(argv);
    expect([exit, out, questions]).toEqual([2, "", []]);
    expect(err).toMatch(/^error: /);
    expect(err).not.toContain("\x1b");
  });

  it("names the zone that was meant, or those that there are", async () => {
    const { err } = await pfproof(["reach", ".", "a", "hosst"]);
    expect(err).toContain("no zone, and no place, is called `hosst`");
    expect(err).toContain("did you mean `hosts`?");
    const { err: other } = await pfproof(["reach", ".", "a", "nobody"]);
    expect(other).toContain("known: `a`");
  });

  it("refuses in JSON, too", async () => {
    const { exit, out } = await pfproof(["reach", ".", "a", "nobody", "--json"]);
    expect(exit).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ command: "reach", outcome: "wrong input" });
  });
});
