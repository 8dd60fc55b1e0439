import { isDeepStrictEqual } from "node:util";
import type { Tested } from "../../engine/kernel/evaluation.ts";
import { copyOf, type KernelPacket } from "../../engine/kernel/packet.ts";
import { ASK, Classifier, IMPLICIT } from "../../engine/rules/indexed/classifier.ts";
import {
  addPacket,
  type PacketColumns,
  packetColumns,
} from "../../engine/rules/indexed/packet-columns.ts";
import type { Family } from "../../model/packet.ts";
import { readInterfaceTable } from "../../parser/pf/interface-table.ts";
import { nameOf, type TwoKernels } from "../engine/rules/indexed/two-kernels.ts";
import { BorderPackets, type Spot } from "./border-packets.ts";
import type { Random } from "./random.ts";

/** What is not the same to two of the three: rule by rule, by index, by columns. */
export interface IndexComplaint {
  readonly law: "linear = indexed" | "linear = classifier" | "one by one = in blocks";
  readonly detail: string;
  readonly spot: Spot;
  readonly packet: KernelPacket;
}

/** So that there are addresses of both families to draw from. */
const STRANGER = readInterfaceTable("ifaces", "other9 inet 198.51.100.9/24 inet6 2001:db8:99::9/64")
  .environment.interfaces;

/** Rows of one place, and what was said of each alone. */
interface Batch {
  readonly columns: PacketColumns;
  readonly alone: number[];
  readonly packets: KernelPacket[];
}

/** One ruleset in two kernels and a classifier, asked about packets at its borders. */
export class IndexTrial {
  readonly #kernels: TwoKernels;
  readonly #classifier: Classifier;
  readonly #packets: BorderPackets;
  readonly #single: Readonly<Record<Family, PacketColumns>>;
  readonly #found: Int32Array = new Int32Array(1);
  #decider = ASK;
  /** Packets that came to the rules; those that the classifier left to the kernel. */
  asked = 0;
  left = 0;
  implicit = 0;
  packets = 0;

  constructor(random: Random, kernels: TwoKernels, rdomains: ReadonlyMap<string, number>) {
    this.#kernels = kernels;
    const { surroundings, rules, reassembles, linear } = kernels;
    const table = kernels.table.bind(kernels);
    this.#classifier = new Classifier(linear.rulesets, surroundings, table);
    const interfaces = [...surroundings.interfaces, ...STRANGER];
    const meaning = { surroundings: { ...surroundings, interfaces }, table };
    this.#packets = new BorderPackets(random, rules, meaning, rdomains, reassembles);
    this.#single = { inet: packetColumns("inet", 1), inet6: packetColumns("inet6", 1) };
    kernels.watch = (tested) => {
      this.#decider = this.#alone(tested);
    };
  }

  /** At one place; `keeps`: states stay from packet to packet. */
  place(count: number, keeps: boolean): IndexComplaint | undefined {
    const spot = this.#packets.spot();
    const batches = { inet: batchOf("inet", count), inet6: batchOf("inet6", count) };
    const before = this.#versions();
    for (const packet of this.#packets.packets(spot, count)) {
      this.packets++;
      if (!keeps || this.packets % 16 === 0) this.#kernels.forgetStates();
      const [linear, indexed] = this.#kernels.both(packet, spot);
      if (!isDeepStrictEqual(indexed, linear)) {
        const detail = `${JSON.stringify(linear, plain)} is not ${JSON.stringify(indexed, plain)}`;
        return { law: "linear = indexed", detail, spot, packet };
      }
      const { tested } = this.#kernels;
      if (tested === undefined) continue;
      const said = this.#said(linear.rule);
      if (said !== linear.rule) {
        const detail = `${linear.rule} is not ${said}`;
        return { law: "linear = classifier", detail, spot, packet };
      }
      const batch = batches[tested.packet.family];
      addPacket(batch.columns, tested);
      batch.alone.push(this.#decider);
      batch.packets.push(copyOf(packet));
    }
    // what overload has put into a table changes what later packets are
    if (this.#versions() !== before) return undefined;
    return this.#inBlocks(batches.inet, spot) ?? this.#inBlocks(batches.inet6, spot);
  }

  /** Before the kernel's rules are asked: they may change a table. */
  #alone(tested: Tested): number {
    const columns = this.#single[tested.packet.family];
    columns.count = 0;
    addPacket(columns, tested);
    this.#classifier.classify(columns, this.#found);
    return this.#found[0] ?? ASK;
  }

  #said(rule: string): string {
    this.asked++;
    if (this.#decider === ASK) {
      this.left++;
      return rule;
    }
    if (this.#decider === IMPLICIT) this.implicit++;
    return nameOf(this.#classifier.rule(this.#decider));
  }

  #inBlocks({ columns, alone, packets }: Batch, spot: Spot): IndexComplaint | undefined {
    const found = new Int32Array(columns.count);
    this.#classifier.classify(columns, found);
    const at = alone.findIndex((it, row) => it !== found[row]);
    const packet = packets[at];
    if (packet === undefined) return undefined;
    const detail = `${alone[at]} is not ${found[at]}`;
    return { law: "one by one = in blocks", detail, spot, packet };
  }

  #versions(): string {
    const { rules } = this.#kernels;
    const tables = new Set(
      rules.map(({ anchor, rule }) => this.#kernels.table(anchor, rule.stateOptions.overload)),
    );
    return [...tables].map((it) => it?.entries.version).join(" ");
  }
}

function batchOf(family: Family, count: number): Batch {
  return { columns: packetColumns(family, count), alone: [], packets: [] };
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `0x${value.toString(16)}` : value;
}
