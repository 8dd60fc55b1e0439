import { describe, expect, it } from "vitest";
import type { Tested } from "../../../../engine/kernel/evaluation.ts";
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
import { TwoKernels } from "./two-kernels.ts";

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
    const kernels = new TwoKernels(drawnTexts(random), TENANTS);
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

describe("a classifier of columns", () => {
  it("names the rule that decides in the kernel, or leaves the packet to it", () => {
    let [decided, implicit, left] = [0, 0, 0];
    for (const { number, kernels, packets } of drawn(RULESETS)) {
      const classifier = new Classifier(kernels.linear.rulesets, SURROUNDINGS);
      const all = askedRows(kernels, packets);
      for (const family of ["inet", "inet6"] as const) {
        const rows = all.filter(({ tested }) => tested.packet.family === family);
        const found = new Int32Array(rows.length);
        classifier.classify(columnsOf(family, rows), found);
        const said = rows.map((row, at) => ({ number, ...row, rule: ruleOf(found[at]!, row) }));
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

function ruleOf(decider: number, { rule }: Row): string {
  if (decider === ASK) return rule;
  return decider === IMPLICIT ? "none" : `#${decider}`;
}

function columnsOf(family: Family, rows: readonly Row[]): PacketColumns {
  const columns = packetColumns(family, rows.length);
  for (const { tested } of rows) addPacket(columns, tested);
  return columns;
}
