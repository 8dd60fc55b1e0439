import { describe, expect, it } from "vitest";
import type { Tested } from "../../../../engine/kernel/evaluation.ts";
import { ruleIndex } from "../../../../engine/rules/indexed/candidates.ts";
import { ASK, Classifier, IMPLICIT } from "../../../../engine/rules/indexed/classifier.ts";
import {
  addPacket,
  type PacketColumns,
  packetColumns,
} from "../../../../engine/rules/indexed/packet-columns.ts";
import type { Family } from "../../../../model/packet.ts";
import { surroundingsOf } from "../../../conformance/kernel-surroundings.ts";
import { BorderPackets, type Spot } from "../../../fuzz/border-packets.ts";
import { Random } from "../../../fuzz/random.ts";
import { drawnTexts } from "../../../fuzz/ruleset-text.ts";
import { RDOMAINS } from "../../../fuzz/ruleset-trial.ts";
import { TENANTS } from "../../../support/kernel-host.ts";
import { kernelsOf, nameOf, type TwoKernels } from "./two-kernels.ts";

const SEED = 20_261_125;
const RULESETS = 300;
const SPOTS = 4;
const PACKETS = 40;
const SURROUNDINGS = surroundingsOf(TENANTS);

/** Rulesets with packets at the borders of their rules, by number. */
function* drawn(rulesets: number): Iterable<{
  readonly number: number;
  readonly kernels: TwoKernels;
  readonly packets: BorderPackets;
}> {
  for (let number = 0; number < rulesets; number++) {
    const random = new Random(SEED, number);
    const kernels = kernelsOf(drawnTexts(random), TENANTS);
    const { rules, reassembles, linear } = kernels;
    const meaning = { surroundings: SURROUNDINGS, table: linear.table.bind(linear) };
    const packets = new BorderPackets(random, rules, meaning, RDOMAINS, reassembles);
    yield { number, kernels, packets };
  }
}

describe("the rules that an index finds", () => {
  it("are enough for the same outcome, states, tags, anchors and translations included", () => {
    const deciders = new Set<string>();
    let asked = 0;
    for (const { number, kernels, packets } of drawn(RULESETS)) {
      for (let place = 0; place < SPOTS; place++) {
        const spot = packets.spot();
        if (place % 2 === 0) kernels.forgetStates();
        for (const packet of packets.packets(spot, PACKETS)) {
          const [linear, indexed] = kernels.both(packet, spot);
          expect({ number, spot, packet, outcome: indexed }).toEqual({
            number,
            spot,
            packet,
            outcome: linear,
          });
          deciders.add(`${number} ${(linear as { readonly rule: string }).rule}`);
          asked++;
        }
      }
    }
    expect(asked).toBe(RULESETS * SPOTS * PACKETS);
    expect(deciders.size).toBeGreaterThan(RULESETS * 5);
  });
});

describe("an index of rules", () => {
  it.each([
    ["left out where the first rules decide", "pass quick flags any", true],
    ["kept where packets get to the end", "match in proto gre", false],
  ])("is %s", (_, first, isIdle) => {
    const many = Array.from({ length: 400 }, (_, at) => `pass in proto tcp to port ${at + 1}`);
    const kernels = kernelsOf([["", ["block", first, ...many, ""].join("\n")]], TENANTS);
    const { rules, surroundings, indexed } = kernels;
    const index = ruleIndex();
    let walks = 0;
    indexed.index = (...asked) => {
      const found = index(...asked);
      if (found !== undefined) walks++;
      return found;
    };
    const meaning = { surroundings, table: kernels.table.bind(kernels) };
    const packets = new BorderPackets(new Random(SEED, 1), rules, meaning, RDOMAINS, true);
    const spot = { ...packets.spot(), direction: "in", interface: "em0" } as const;
    for (const packet of packets.packets(spot, 1000)) {
      kernels.forgetStates();
      const [linear, other] = kernels.both(packet, spot);
      expect(other).toEqual(linear);
    }
    if (isIdle) expect(walks).toBeLessThan(200);
    else expect(walks).toBeGreaterThan(500);
  });
});

describe("a classifier of columns", () => {
  it("names the rule that decides in the kernel, or leaves the packet to it", () => {
    let [decided, implicit, left] = [0, 0, 0];
    for (const { number, kernels, packets } of drawn(RULESETS)) {
      const classifier = new Classifier(
        kernels.linear.rulesets,
        SURROUNDINGS,
        kernels.table.bind(kernels),
      );
      const all = askedRows(kernels, packets);
      for (const family of ["inet", "inet6"] as const) {
        const rows = all.filter(({ tested }) => tested.packet.family === family);
        const found = new Int32Array(rows.length);
        classifier.classify(columnsOf(family, rows), found);
        const said = rows.map((row, at) => ({
          number,
          ...row,
          rule: ruleOf(classifier, found[at]!, row),
        }));
        expect(said).toEqual(rows.map((row) => ({ number, ...row })));
        left += found.filter((it) => it === ASK).length;
        implicit += found.filter((it) => it === IMPLICIT).length;
        decided += found.filter((it) => it >= 0).length;
      }
    }
    expect(decided).toBeGreaterThan(5000);
    expect(implicit).toBeGreaterThan(500);
    expect(left).toBeGreaterThan(2000);
  });

  it("takes no packet for one of a rule for what has no name, negated", () => {
    const kernels = kernelsOf([["", 'pass\nantispoof for ""\n']], TENANTS);
    const { linear, rules } = kernels;
    expect(rules.some(({ rule }) => rule.interface === "" && rule.interfaceNegated)).toBe(true);
    const table = kernels.table.bind(kernels);
    const meaning = { surroundings: SURROUNDINGS, table };
    const packets = new BorderPackets(new Random(SEED, 2), rules, meaning, RDOMAINS, true);
    const rows = askedRows(kernels, packets).filter(
      ({ tested }) => tested.packet.family === "inet",
    );
    const classifier = new Classifier(linear.rulesets, SURROUNDINGS, table);
    const found = new Int32Array(rows.length);
    classifier.classify(columnsOf("inet", rows), found);
    const said = rows.map((row, at) => ruleOf(classifier, found[at]!, row));
    expect(said).toEqual(rows.map(({ rule }) => rule));
    expect(found.filter((it) => it >= 0).length).toBeGreaterThan(20);
  });
});

interface Row {
  readonly tested: Tested;
  /** Of the kernel. */
  readonly rule: string;
  readonly spot: Spot;
}

/** Packets that came to the rules, each as if there had never been a state. */
function askedRows(kernels: TwoKernels, packets: BorderPackets): readonly Row[] {
  const rows: Row[] = [];
  for (let place = 0; place < SPOTS; place++) {
    const spot = packets.spot();
    for (const packet of packets.packets(spot, PACKETS)) {
      kernels.forgetStates();
      const [outcome] = kernels.both(packet, spot);
      const { tested } = kernels;
      const { rule } = outcome as { readonly rule: string };
      if (tested !== undefined) rows.push({ tested, rule, spot });
    }
  }
  return rows;
}

function ruleOf(classifier: Classifier, decider: number, { rule }: Row): string {
  return decider === ASK ? rule : nameOf(classifier.rule(decider));
}

function columnsOf(family: Family, rows: readonly Row[]): PacketColumns {
  const columns = packetColumns(family, rows.length);
  for (const { tested } of rows) addPacket(columns, tested);
  return columns;
}
