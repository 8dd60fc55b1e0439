import { describe, expect, it } from "vitest";
import { Witnesses } from "../../../engine/claims/confirm.ts";
import { planOf } from "../../../engine/claims/plan.ts";
import { check } from "../../../engine/queries/check.ts";
import { bddPacketSets } from "../../../engine/sets/bdd/bdd-packet-sets.ts";
import type { Emission, PairAnswer, Script, Trace } from "../../../model/answer.ts";
import type { Network } from "../../../model/network.ts";
import type { Packet } from "../../../model/packet.ts";
import { packet } from "../../support/packet.ts";
import { type Remedy, tenantNetwork, tunnelNetwork } from "../../support/recorded-networks.ts";

/** What claims.md 2 records of OpenBSD's own pf, and what it says of remedies. */

const [INTERNET, B] = ["198.51.100.9", "10.20.0.5"];

const ENTRY = emission("internet", "em0", udp(INTERNET, 6000, B, 5000));

describe("punch", () => {
  const forged = emission("a", "vlan10", udp(B, 5000, INTERNET, 6000));

  it("finds the Internet shut out of B at first", () => {
    expect(stepsOf(tenantNetwork(), [ENTRY])).toEqual([["in em0 block by rule 0"]]);
  });

  it("is played step by step as recorded", () => {
    expect(stepsOf(tenantNetwork(), [forged, ENTRY])).toEqual([
      ["in vlan10 pass by rule 1, new", "out em0 pass by rule 3, new"],
      ["in em0 pass by state of 3", "out vlan20 pass by state of 1"],
    ]);
  });

  it("is found by the closure, as a script of two packets", () => {
    expect(verdicts(tenantNetwork(), ["internet>b", "internet>a", "a>b"])).toEqual({
      "internet>b": "violated: punched, 2 packets",
      "internet>a": "violated: punched, 2 packets",
      "a>b": "violated: punched, 2 packets",
    });
  });

  it("is stopped by if-bound states here", () => {
    const network = tenantNetwork(["set state-policy if-bound"]);
    expect(stepsOf(network, [forged, ENTRY]).at(-1)).toEqual([
      "in em0 pass by state of 3",
      "out vlan20 block by rule 0",
    ]);
    expect(verdicts(network, ["internet>a", "internet>b", "a>b", "b>a"])).toEqual({
      "internet>a": "proved",
      "internet>b": "proved",
      "a>b": "proved",
      "b>a": "proved",
    });
  });

  it("is stopped by antispoof for whose address is forged, not for who forges it", () => {
    const pairs = ["internet>a", "internet>b", "b>a", "a>b"] as const;
    expect(verdicts(tenantNetwork(["antispoof quick for vlan10"]), pairs)).toEqual({
      "internet>a": "proved",
      "internet>b": "violated: punched, 2 packets",
      "b>a": "proved, S5",
      "a>b": "violated: punched, 2 packets",
    });
    expect(verdicts(tenantNetwork(["antispoof quick for { vlan10 vlan20 }"]), pairs)).toEqual({
      "internet>a": "proved",
      "internet>b": "proved",
      "b>a": "proved, S5",
      "a>b": "proved, S5",
    });
  });

  it("is not stopped by antispoof that a later pass overrides", () => {
    expect(verdicts(tenantNetwork(["antispoof for vlan10"]), ["internet>a", "b>a"])).toEqual({
      "internet>a": "violated: punched, 2 packets",
      "b>a": "violated: punched, 2 packets",
    });
  });
});

describe("theft", () => {
  const own = emission("b", "vlan20", udp(B, 5001, INTERNET, 53));
  const thief = emission("a", "vlan10", udp(INTERNET, 53, B, 5001));
  const antispoof: Remedy = "antispoof quick for { vlan10 vlan20 }";

  it.each<readonly [string, readonly Remedy[], number]>([
    ["as it stands", [], 0],
    ["with antispoof, which the state goes before", [antispoof], 4],
  ])("is played step by step as recorded, %s", (_, remedies, shift) => {
    const rule = (number: number): number => number + shift;
    expect(stepsOf(tenantNetwork(remedies), [own, thief])).toEqual([
      [`in vlan20 pass by rule ${rule(2)}, new`, `out em0 pass by rule ${rule(3)}, new`],
      [`in vlan10 pass by state of ${rule(3)}`, `out vlan20 pass by state of ${rule(2)}`],
    ]);
  });

  it("counts at level states only; below, the proof needs S5", () => {
    expect(verdicts(tenantNetwork([antispoof], "spoof"), ["a>b"])).toEqual({ "a>b": "proved, S5" });
    expect(verdicts(tenantNetwork([antispoof], "states"), ["a>b"])).toEqual({
      "a>b": "violated: stolen, 2 packets",
    });
  });

  it("is stopped by if-bound states here", () => {
    const network = tenantNetwork(["set state-policy if-bound"], "states");
    expect(stepsOf(network, [own, thief]).at(-1)).toEqual(["in vlan10 block by rule 0"]);
    expect(verdicts(network, ["a>b", "b>a"])).toEqual({ "a>b": "proved", "b>a": "proved" });
  });

  it("works with if-bound states where filtering is outbound (cl10)", () => {
    const rules = ["pass in", "block out", "pass out on em0"];
    const remedies: readonly Remedy[] = ["set state-policy if-bound", antispoof];
    expect(verdicts(tenantNetwork(remedies, "states", rules), ["a>b", "internet>b"])).toEqual({
      "a>b": "violated: stolen, 2 packets",
      "internet>b": "violated: stolen, 2 packets",
    });
    expect(verdicts(tenantNetwork(remedies, "spoof", rules), ["a>b"])).toEqual({
      "a>b": "proved, S5",
    });
  });
});

describe("no remedy is general", () => {
  it("a blanket pass out lets a punch through if-bound states (cl17)", () => {
    const rules = [
      "block in",
      "pass out",
      "pass in on vlan10 to ! 10.0.0.0/8",
      "pass in on vlan20 to ! 10.0.0.0/8",
    ];
    const network = tenantNetwork(["set state-policy if-bound"], "spoof", rules);
    expect(verdicts(network, ["internet>b"])).toEqual({
      "internet>b": "violated: punched, 2 packets",
    });
  });

  it("a hairpin makes its own way past block in quick (cl17)", () => {
    const rules = ["block in quick on vlan10 to vlan20:network", "pass in on vlan10", "pass out"];
    const hairpin = emission("a", "vlan10", udp(B, 5000, "10.10.0.6", 6000));
    const inside = emission("a", "vlan10", udp("10.10.0.6", 6000, B, 5000));
    const network = tenantNetwork(["set state-policy if-bound"], "spoof", rules);
    expect(stepsOf(network, [inside])).toEqual([["in vlan10 block by rule 0"]]);
    expect(stepsOf(network, [hairpin, inside])).toEqual([
      ["in vlan10 pass by rule 1, new", "out vlan10 pass by rule 2, new"],
      ["in vlan10 pass by state of 2", "out vlan20 pass by rule 2, new"],
    ]);
    expect(verdicts(network, ["a>b"])).toEqual({ "a>b": "violated: punched, 2 packets" });
  });

  it("one packet punches with B's address at both ends (cl42, cl94)", () => {
    const rules = ["block", "pass in on vlan10"];
    const itself = emission("a", "vlan10", udp(B, 5000, B, 5000));
    const network = tenantNetwork([], "spoof", rules);
    expect(stepsOf(network, [itself])).toEqual([
      ["in vlan10 pass by rule 1, new", "out vlan20 pass by state of 1"],
    ]);
    // the script that is shown may be another one, with a second packet
    expect(verdicts(network, ["a>b"])["a>b"]).toMatch(/^violated: punched, [12] packet/);
    const bound = tenantNetwork(["set state-policy if-bound"], "spoof", rules);
    expect(verdicts(bound, ["a>b"])).toEqual({ "a>b": "proved" });
  });

  it("forging the egress address opens the host, whatever the remedy (cl1, cl4)", () => {
    const egress = emission("a", "vlan10", udp("192.0.2.1", 5000, INTERNET, 6000));
    const answer = emission("internet", "em0", udp(INTERNET, 6000, "192.0.2.1", 5000));
    const remedies: readonly Remedy[] = [
      "set state-policy if-bound",
      "antispoof quick for { vlan10 vlan20 }",
    ];
    const network = tenantNetwork(remedies);
    expect(stepsOf(network, [answer])).toEqual([["in em0 block by rule 4"]]);
    expect(stepsOf(network, [egress, answer]).at(-1)).toEqual(["in em0 pass by state of 7"]);
    expect(verdicts(network, ["internet>host"])).toEqual({
      "internet>host": "violated: punched, 2 packets",
    });
    // antispoof for the uplink stops this script; the broadcast address of A's own network is still free
    const covered = tenantNetwork([...remedies, "antispoof quick for em0"]);
    expect(stepsOf(covered, [egress])).toEqual([["in vlan10 block by rule 4"]]);
  });
});

describe("outer ride", () => {
  const peer = { ...udp("203.0.113.9", 4789, "192.0.2.1", 4789) };
  const ours = emission("tenant", "vlan10", udp("10.10.0.5", 5000, "10.50.0.9", 6000));
  const ride: Emission = {
    ...emission("internet", "em0", udp("10.50.0.9", 53, "10.10.0.5", 5000)),
    outer: peer,
  };

  it("is dropped before our first outer packet, and passes after it", () => {
    expect(stepsOf(tunnelNetwork("out only"), [ride])).toEqual([["in em0 block by rule 0"]]);
    expect(stepsOf(tunnelNetwork("out only"), [ours, ride])).toEqual([
      ["in vlan10 pass by rule 2", "out vxlan1 pass by rule 3", "out em0 pass by rule 1, new"],
      ["in em0 pass by state of 1", "in vxlan1 pass by rule 4", "out vlan10 pass by rule 5"],
    ]);
  });

  it("is found by the closure, and gone where no outer packet leaves", () => {
    const answers = answersOf(tunnelNetwork("out only"));
    const { verdict, violation } = pairIn(answers, "internet>tenant");
    expect([verdict, violation?.script.length]).toEqual(["violated", 2]);
    expect(verdicts(tunnelNetwork("none"), ["internet>tenant"])).toEqual({
      "internet>tenant": "proved",
    });
  });

  it("needs no state where a rule lets the peer's packets in: then the outer packet is forged", () => {
    expect(verdicts(tunnelNetwork("both ways"), ["internet>tenant"])).toEqual({
      "internet>tenant": "violated: tunnel, 1 packet",
    });
  });
});

function udp(source: string, from: number, destination: string, to: number): Packet {
  return packet(source, destination, { sourcePort: from, destinationPort: to });
}

function emission(from: string, name: string, it: Packet): Emission {
  return { from, at: { host: "fw", interface: name }, local: false, packet: it };
}

/** Every pf test of a script, per packet: where, verdict, and the rule or the state's rule. */
function stepsOf(network: Network, script: Script): readonly (readonly string[])[] {
  const witnesses = new Witnesses(planOf(network), bddPacketSets());
  return witnesses.play(script).map((walk) => testsOf(walk.trace));
}

function testsOf({ steps }: Trace): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind !== "test") return [];
    const { direction, interface: name, verdict, by, rule, made } = step;
    const decided = by === "state" ? `state of ${rule?.number}` : `${by} ${rule?.number}`;
    return [`${direction} ${name} ${verdict} by ${decided}${made ? ", new" : ""}`];
  });
}

function answersOf(network: Network): readonly PairAnswer[] {
  const options = { attack: 500, seed: 1, budget: 8_000_000, silentHosts: true };
  return check(network, options).pairs;
}

function pairIn(answers: readonly PairAnswer[], name: string): PairAnswer {
  const found = answers.find(({ from, to }) => `${from}>${to}` === name);
  if (found === undefined) throw new RangeError(`no pair ${name}`);
  return found;
}

/** Verdicts of some pairs, with the class of violations, the length of scripts, and assumptions. */
function verdicts(network: Network, pairs: readonly string[]): Readonly<Record<string, string>> {
  const answers = answersOf(network);
  return Object.fromEntries(pairs.map((name) => [name, toldOf(pairIn(answers, name))]));
}

function toldOf({ verdict, violation, assumptions }: PairAnswer): string {
  if (violation === undefined) return [verdict, ...assumptions].join(", ");
  const { length } = violation.script;
  return `${verdict}: ${violation.class}, ${length} packet${length === 1 ? "" : "s"}`;
}
