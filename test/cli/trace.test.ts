import { describe, expect, it } from "vitest";
import type { Step } from "../../model/answer.ts";
import { packetOf } from "../support/answers.ts";
import { pfproof, type Ran, type World } from "../support/io.ts";

const SYN = "tcp 10.0.0.5:40000 > 192.0.2.1:443";

const ROUTE: Step = { kind: "route", host: "fw1", rtable: 0, to: "em0" };
const ARRIVES: Step = { kind: "delivered", place: "internet", packet: packetOf(SYN) };
const UNKNOWN: Step = {
  kind: "test",
  host: "fw1",
  interface: "vlan10",
  direction: "in",
  rdomain: 0,
  packet: packetOf(SYN),
  verdict: "unknown",
  by: "rule",
  made: false,
};

function ending(...steps: readonly Step[]): World {
  return { answer: () => ({ traces: [{ steps }] }) };
}

async function placesAsked(...argv: readonly string[]): Promise<Ran> {
  return pfproof(["trace", ".", ...argv, SYN], ending(ROUTE, ARRIVES));
}

describe("pfproof trace", () => {
  it.each<[string, World, number]>([
    ["arrives", ending(ROUTE, ARRIVES), 0],
    ["is dropped", ending(ROUTE, { kind: "dropped", host: "fw1", reason: "blocked" }), 1],
    ["is only seen where it starts", ending(ARRIVES, ROUTE), 1],
    ["meets an unread line", ending(UNKNOWN, ARRIVES), 3],
  ])("says by its exit code that the packet %s", async (_, world, exit) => {
    expect(await pfproof(["trace", ".", "fw1:vlan10", SYN], world)).toMatchObject({
      exit,
      err: "",
    });
    const ran = await pfproof(["trace", ".", "fw1:vlan10", SYN, "--json"], world);
    expect(ran.exit).toBe(exit);
    expect(JSON.parse(ran.out)).toMatchObject({ pfproof: 1, command: "trace" });
  });

  it.each<[string, { host: string; interface: string }, boolean]>([
    ["fw1:vlan20", { host: "fw1", interface: "vlan20" }, false],
    ["fw1:group/egress", { host: "fw1", interface: "em0" }, false],
    ["fw1:vm/web", { host: "fw1", interface: "tap0" }, false],
    ["internet", { host: "fw1", interface: "em0" }, false],
    ["plc", { host: "fw1", interface: "vlan10" }, false],
    ["fw1", { host: "fw1", interface: "em0" }, true],
  ])("starts at %s", async (place, at, local) => {
    const { asked } = await placesAsked(place);
    expect(asked).toMatchObject([{ kind: "trace", script: [{ from: place, at, local }] }]);
  });

  it.each<[string, string]>([
    ["fw2:vlan10", "hosts of the site: `fw1`"],
    ["fw1:vlan99", "places"],
    ["fw1:group/tenant", "`fw1:vlan10`, `fw1:vlan20`"],
    ["core", "`fw1:vlan10`, `fw1:vlan20`"],
    ["fw1:", ""],
  ])("refuses %s and says what there is", async (place, hint) => {
    const { exit, err, asked } = await placesAsked(place);
    expect([exit, asked]).toEqual([2, []]);
    expect(err).toContain(hint);
    expect(err).toContain("command line:1:1");
  });

  it("underlines what is wrong with a packet", async () => {
    const { exit, err } = await pfproof([
      "trace",
      ".",
      "fw1:vlan10",
      "tcp 10.0.0.5 > 192.0.2.1:443",
    ]);
    expect(exit).toBe(2);
    expect(err).toContain("1 │ fw1:vlan10 tcp 10.0.0.5 > 192.0.2.1:443\n");
    expect(err).toContain("  │                ^^^^^^^^\n");
  });

  it("reads a script in order", async () => {
    const files = { "s.txt": `fw1:vlan10 ${SYN}\n# then\ninternet udp 192.0.2.1:1 > 10.0.0.5:2\n` };
    const argv = ["trace", ".", "--script", "s.txt"];
    const { asked } = await pfproof(argv, { files, ...ending(ROUTE, ARRIVES) });
    const script = [{ from: "fw1:vlan10" }, { from: "internet", packet: { protocol: 17 } }];
    expect(asked).toMatchObject([{ kind: "trace", script }]);
  });

  it("says where a script is wrong", async () => {
    const files = { "s.txt": `fw1:vlan10 ${SYN}\nfw1:nowhere ${SYN}\n` };
    const { exit, err } = await pfproof(["trace", ".", "--script", "s.txt"], { files });
    expect(exit).toBe(2);
    expect(err).toContain("s.txt:2:1");
    expect(err).toContain("^^^^^^^^^^^");
  });
});
