import type { Family } from "../../../model/packet.ts";
import { FIELDS, type Field, type PacketSet, type PacketSets } from "../packet-sets.ts";
import { ofFamily } from "../packets.ts";

/** Values of one field: of one family if the field is an address. */
export interface PartRange {
  readonly family: Family | undefined;
  /** As the field has them: an inet address fills the first 32 bits. */
  readonly first: bigint;
  readonly last: bigint;
}

export interface PartRanges {
  /** Inet first; ascending and apart. */
  readonly ranges: readonly PartRange[];
  /** There are no others. */
  readonly complete: boolean;
}

/** Boxes that are drawn for a range that is wanted: an implementation may draw a range in pieces. */
const PIECES = 16;

/**
 * The ranges of a set that tests one field, and the family if that is an address; the first `most` of
 * them. Depends on the set alone.
 */
export function rangesOf(
  sets: PacketSets,
  part: PacketSet,
  field: Field,
  most: number,
): PartRanges {
  if (field !== "source" && field !== "destination") {
    return ofOneFamily(sets, part, field, undefined, most);
  }
  const inet = ofOneFamily(sets, part, field, "inet", most);
  if (!inet.complete) return inet;
  const inet6 = ofOneFamily(sets, part, field, "inet6", most - inet.ranges.length);
  return { ranges: [...inet.ranges, ...inet6.ranges], complete: inet6.complete };
}

/** The packets with a value of the range. */
export function rangeSet(sets: PacketSets, field: Field, range: PartRange): PacketSet {
  const { family, first, last } = range;
  const values = sets.range(field, first, last);
  return family === undefined ? values : sets.and(ofFamily(sets, family), values);
}

function ofOneFamily(
  sets: PacketSets,
  part: PacketSet,
  field: Field,
  family: Family | undefined,
  most: number,
): PartRanges {
  const own = family === undefined ? part : sets.and(part, ofFamily(sets, family));
  const { boxes, complete } = sets.boxes(own, PIECES * most);
  if (!complete) return walkedRanges(sets, own, field, family, most);
  const largest = (1n << BigInt(FIELDS[field])) - 1n;
  const pieces = boxes.map((box) => box[field] ?? ([0n, largest] as const));
  pieces.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  const ranges: PartRange[] = [];
  for (const [first, last] of pieces) {
    const before = ranges.at(-1);
    if (before === undefined || before.last + 1n < first) ranges.push({ family, first, last });
    else ranges[ranges.length - 1] = { family, first: before.first, last };
  }
  return { ranges: ranges.slice(0, most), complete: ranges.length <= most };
}

/** Range after range, where drawing all of them is too much. */
function walkedRanges(
  sets: PacketSets,
  part: PacketSet,
  field: Field,
  family: Family | undefined,
  most: number,
): PartRanges {
  const largest = (1n << BigInt(FIELDS[field])) - 1n;
  const from = (first: bigint): PacketSet => {
    return rangeSet(sets, field, { family, first, last: largest });
  };
  const ranges: PartRange[] = [];
  let rest = part;
  for (let next = sets.sample(rest); next !== undefined; next = sets.sample(rest)) {
    if (ranges.length === most) return { ranges, complete: false };
    const first = next[field];
    const missing = sets.sample(sets.diff(from(first), part));
    ranges.push({ family, first, last: missing === undefined ? largest : missing[field] - 1n });
    rest = missing === undefined ? sets.empty : sets.and(rest, from(missing[field]));
  }
  return { ranges, complete: true };
}
