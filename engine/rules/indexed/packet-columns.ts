import { type Family, ICMP, ICMP6, TCP } from "../../../model/packet.ts";
import type { Evaluation, Tested } from "../../kernel/evaluation.ts";
import { FLAGS_MASK, FLAGS_SHIFT, OUTWARD, widthOf } from "./entries.ts";

/** Packets of one family as rules see them, as columns: a row is a packet in one crossing. */
export interface PacketColumns {
  readonly family: Family;
  count: number;
  /** Protocol, direction and flags of TCP, as the word KIND of a key has them. */
  readonly kinds: Uint16Array;
  /** Number of the interface in {@link interfaces}. */
  readonly places: Uint16Array;
  /** Names of interfaces; at most 65,536. */
  readonly interfaces: string[];
  /** Of ICMP type and code. */
  readonly destinationPorts: Uint16Array;
  readonly sourcePorts: Uint16Array;
  /** A column a word, high words first. */
  readonly destinations: readonly Uint32Array[];
  readonly sources: readonly Uint32Array[];
  /** {@link FRAGMENT}, {@link REPLY} or both: of those rules ask more than a key shows. */
  readonly odd: Uint8Array;
}

export const FRAGMENT = 1;
/** An answer of ICMP. */
export const REPLY = 2;

export function packetColumns(family: Family, room: number): PacketColumns {
  const words = (): readonly Uint32Array[] => {
    return Array.from({ length: widthOf(family) }, () => new Uint32Array(room));
  };
  return {
    family,
    count: 0,
    kinds: new Uint16Array(room),
    places: new Uint16Array(room),
    interfaces: [],
    destinationPorts: new Uint16Array(room),
    sourcePorts: new Uint16Array(room),
    destinations: words(),
    sources: words(),
    odd: new Uint8Array(room),
  };
}

const WORD = 0xffff_ffffn;

/** Adds a packet of the columns' family as the last row; they have room for it. */
export function addPacket(columns: PacketColumns, tested: Tested): void {
  const { packet, ends, isFragment, isReply } = tested;
  const at = columns.count++;
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMP6;
  columns.kinds[at] = kindOf(tested);
  columns.places[at] = placeOf(columns.interfaces, tested.interface);
  columns.destinationPorts[at] = isIcmp ? (packet.icmp?.type ?? 0) : ends.destinationPort;
  columns.sourcePorts[at] = isIcmp ? (packet.icmp?.code ?? 0) : ends.sourcePort;
  columns.odd[at] = (isFragment ? FRAGMENT : 0) | (isReply ? REPLY : 0);
  let [destination, source] = [packet.destination, packet.source];
  for (let word = widthOf(columns.family) - 1; word >= 0; word--) {
    columns.destinations[word]![at] = Number(destination & WORD);
    columns.sources[word]![at] = Number(source & WORD);
    destination >>= 32n;
    source >>= 32n;
  }
}

function placeOf(interfaces: string[], name: string): number {
  const known = interfaces.indexOf(name);
  return known >= 0 ? known : interfaces.push(name) - 1;
}

/** The word KIND of a packet's key. */
export function kindOf({ packet, direction }: Pick<Evaluation, "packet" | "direction">): number {
  const { protocol, tcp } = packet;
  const flags = protocol === TCP ? (tcp?.flags ?? 0) & FLAGS_MASK : 0;
  return protocol | (direction === "out" ? OUTWARD : 0) | (flags << FLAGS_SHIFT);
}
