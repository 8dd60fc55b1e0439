import { type Boundaries, boundariesOf } from "../../../engine/claims/boundaries.ts";
import type { Closure } from "../../../engine/claims/closure.ts";
import type { Witnesses } from "../../../engine/claims/confirm.ts";
import type { Increment } from "../../../engine/claims/graph.ts";
import { type Marked, pick, scriptTo } from "../../../engine/claims/witness.ts";
import type { Walk } from "../../../engine/path/delivery.ts";
import type { Field, PacketSet } from "../../../engine/sets/packet-sets.ts";
import { fieldAddress, inPrefix, valuesOf } from "../../../engine/sets/packets.ts";
import type { Script } from "../../../model/answer.ts";
import type { Packet } from "../../../model/packet.ts";
import type { Random } from "../../fuzz/random.ts";

/** What the simulator makes of a packet that the closure delivers without any state. */
export interface Arrived {
  readonly packet: Packet;
  readonly zone: number;
  /** Undefined: no emission was found that leads there. */
  readonly script: Script | undefined;
  /**
   * It arrives as the closure says; arrives, but translated otherwise (a choice of the network, of which
   * the simulator takes the first); a state of its own, or one that cannot be made, refuses it, as none
   * does in the closure (ARCHITECTURE.md, "Known simplifications"); or it does not arrive.
   */
  readonly outcome: "as said" | "otherwise" | "refused" | "not";
}

/**
 * Asks the simulator about the closure's deliveries that need no state (creator: nobody), one packet at the
 * boundaries of the rules at a time: what is claimed of a single packet must be so.
 */
export class SinglePackets {
  readonly #closure: Closure;
  readonly #witnesses: Witnesses;
  readonly #boundaries: Boundaries;
  readonly #increments: readonly (readonly [zone: number, increment: Increment, set: PacketSet])[];
  /** What the closure claims without a margin. */
  readonly #exact: PacketSet;

  constructor(closure: Closure, witnesses: Witnesses) {
    this.#closure = closure;
    this.#witnesses = witnesses;
    this.#exact = closure.sets.not(widened(closure));
    this.#boundaries = boundariesOf(closure.plan.network.hosts);
    this.#increments = closure.plan.zones.flatMap(({ index: zone }) =>
      closure.deliveries(zone).flatMap((it) => {
        if (closure.labels.at(it.label).about) return [];
        const { sets, owners } = closure;
        const set = sets.diff(sets.and(it.set, owners.alone), owners.from(zone));
        return set === sets.empty ? [] : [[zone, it, set] as const];
      }),
    );
  }

  /** One packet of one delivery; nothing: there is none. */
  drawn(random: Random): Arrived | undefined {
    if (this.#increments.length === 0) return undefined;
    const [zone, increment, set] = random.pick(this.#increments);
    const marked = this.#atBoundaries(set, random);
    const script = marked && scriptTo(this.#closure, increment, marked);
    if (marked === undefined) return undefined;
    const { packet } = marked;
    if (script === undefined) return { packet, zone, script, outcome: "not" };
    const walks = this.#witnesses.play(script);
    const here = walks.flatMap(({ deliveries }) => deliveries).filter((it) => it.zone === zone);
    const arrives = here.some((it) => isAlike(it.packet, packet)) ? "as said" : "otherwise";
    const fails = walks.some(isRefused) ? "refused" : "not";
    return { packet, zone, script, outcome: here.length > 0 ? arrives : fails };
  }

  /** A member whose fields, in a drawn order, are boundary values where the others let them. */
  #atBoundaries(set: PacketSet, random: Random): Marked | undefined {
    const { sets } = this.#closure;
    let left = sets.and(set, this.#exact);
    if (left === sets.empty) return undefined;
    for (const field of shuffled(FIELDS, random)) {
      const family = sets.meets(left, sets.range("family", 1n, 1n)) ? "inet6" : "inet";
      const known = this.#values(field, family);
      const value = known.length === 0 ? 0n : random.pick(known);
      const some = sets.and(left, sets.range(field, value, value));
      if (some !== sets.empty) left = some;
    }
    return pick(sets, left);
  }

  #values(field: Field, family: Packet["family"]): readonly bigint[] {
    const { addresses, ports, protocols } = this.#boundaries;
    switch (field) {
      case "source":
      case "destination":
        return addresses[family].map((it) => fieldAddress(family, it));
      case "sourcePort":
      case "destinationPort":
        return ports.map(BigInt);
      case "protocol":
        return protocols[family].map(BigInt);
      case "flags":
        return [2n, 16n, 18n];
      default:
        return [0n, 1n];
    }
  }
}

/**
 * Where the closure is wider than what can happen: a host may answer to a link-local address that is in
 * no file, and a neighbour solicitation stands for every target.
 */
function widened({ sets, stack }: Closure): PacketSet {
  const linkLocal = { family: "inet6", value: 0xfe80n << 112n, length: 10 } as const;
  return sets.or(stack.discovery(), inPrefix(sets, "destination", linkLocal));
}

/**
 * A state that it made itself decides at another test, drops it or leads it elsewhere; or some rule
 * passes, and pf drops all the same, since there is a state with these keys already.
 */
function isRefused({ trace }: Walk, emission: number): boolean {
  return trace.steps.some((it) => {
    if (it.kind !== "test") return false;
    if (it.by === "state" && (it.creator === emission || it.verdict === "block")) return true;
    return it.verdict === "block" && it.rule?.text.startsWith("pass") === true;
  });
}

const FIELDS: readonly Field[] = [
  "family",
  "protocol",
  "source",
  "destination",
  "sourcePort",
  "destinationPort",
  "flags",
  "fragment",
];

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  const left = [...list];
  return list.map(() => left.splice(random.below(left.length), 1)[0] as T);
}

/** The same in every field that sets speak of. */
function isAlike(one: Packet, other: Packet): boolean {
  const [a, b] = [valuesOf(one), valuesOf(other)];
  return (Object.keys(a) as Field[]).every((field) => a[field] === b[field]);
}
