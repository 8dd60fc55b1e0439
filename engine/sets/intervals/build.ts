import { DIGITS, digitsOf, LARGEST, writeDigits } from "../digits.ts";
import type { Field, LabelField } from "../packet-sets.ts";
import { IN, OUT } from "./diagrams.ts";
import { digitNode } from "./digit-node.ts";
import type { NodeTable } from "./node-table.ts";

/** Address digits that inet leaves unused: they are 0 in every inet packet. */
const UNUSED_BITS = 96n;
const USED = ((1n << 32n) - 1n) << UNUSED_BITS;

/** Packets whose `field` lies in `first … last`; none if `first > last`. */
export function rangeDiagram(
  nodes: NodeTable,
  field: Field | LabelField,
  first: bigint,
  last: bigint,
): number {
  const inet6 = between(nodes, field, first, last);
  if (!isAddress(field)) return inet6;
  // the first inet address at or above `first`, the last at or below `last`
  const low = -(-first >> UNUSED_BITS);
  const high = last >> UNUSED_BITS;
  const unused = (1n << UNUSED_BITS) - 1n;
  const inet =
    low > high ? OUT : between(nodes, field, low << UNUSED_BITS, (high << UNUSED_BITS) | unused);
  return familyNode(nodes, inet, inet6);
}

/** The diagram of what holds of inet packets, and of inet6 ones. */
export function familyNode(nodes: NodeTable, inet: number, inet6: number): number {
  return digitNode(nodes, digitsOf("family").first, (value) => (value === 0 ? inet : inet6));
}

export function isAddress(field: Field | LabelField): field is "source" | "destination" {
  return field === "source" || field === "destination";
}

function between(nodes: NodeTable, field: Field | LabelField, first: bigint, last: bigint): number {
  const lows = new Uint8Array(DIGITS);
  const highs = new Uint8Array(DIGITS);
  writeDigits(lows, field, first);
  writeDigits(highs, field, last);
  if (first > last) return OUT;
  const place = digitsOf(field);
  // what follows while both bounds, the lower one, the upper one are still met
  let both = IN;
  let low = IN;
  let high = IN;
  for (let digit = place.first + place.length - 1; digit >= place.first; digit--) {
    const from = lows[digit]!;
    const to = highs[digit]!;
    const largest = LARGEST[digit]!;
    both =
      from === to
        ? within(nodes, digit, from, to, both, both, both)
        : within(nodes, digit, from, to, low, IN, high);
    low = within(nodes, digit, from, largest, low, IN, from === largest ? low : IN);
    high = within(nodes, digit, 0, to, to === 0 ? high : IN, IN, high);
  }
  return both;
}

/** Values `from … to` of a digit: the first goes to `low`, the last to `high`, others to `middle`. */
function within(
  nodes: NodeTable,
  digit: number,
  from: number,
  to: number,
  low: number,
  middle: number,
  high: number,
): number {
  const base = nodes.top;
  let made = base;
  const push = (start: number, child: number): void => {
    if (made > base && nodes.newChild[made - 1] === child) return;
    nodes.newStart[made] = start;
    nodes.newChild[made++] = child;
  };
  if (from > 0) push(0, OUT);
  push(from, low);
  if (to > from + 1) push(from + 1, middle);
  if (to > from) push(to, high);
  if (to < LARGEST[digit]!) push(to + 1, OUT);
  return nodes.make(digit, base, made - base);
}

/** Packets whose `field` has the bits of `value` wherever `mask` has a one. */
export function maskedDiagram(nodes: NodeTable, field: Field, value: bigint, mask: bigint): number {
  const inet6 = equal(nodes, field, value, mask);
  if (!isAddress(field)) return inet6;
  const hasUnusedOne = BigInt.asUintN(Number(UNUSED_BITS), value & mask) !== 0n;
  const inet = hasUnusedOne ? OUT : equal(nodes, field, value, mask & USED);
  return familyNode(nodes, inet, inet6);
}

/** Packets that have these bits once they have been written: inet keeps 32 of an address. */
export function writtenDiagram(
  nodes: NodeTable,
  field: Field,
  value: bigint,
  mask: bigint,
): number {
  const inet6 = equal(nodes, field, value, mask);
  if (!isAddress(field)) return inet6;
  return familyNode(nodes, equal(nodes, field, value, mask & USED), inet6);
}

function equal(nodes: NodeTable, field: Field, value: bigint, mask: bigint): number {
  const values = new Uint8Array(DIGITS);
  const masks = new Uint8Array(DIGITS);
  writeDigits(values, field, value);
  writeDigits(masks, field, mask);
  const { first, length } = digitsOf(field);
  let result = IN;
  for (let digit = first + length - 1; digit >= first; digit--) {
    const below = result;
    const tested = masks[digit]!;
    const wanted = values[digit]! & tested;
    if (tested === 0) continue;
    result =
      tested === LARGEST[digit]
        ? within(nodes, digit, wanted, wanted, below, below, below)
        : digitNode(nodes, digit, (it) => ((it & tested) === wanted ? below : OUT));
  }
  return result;
}

/** Packets whose digits are 0 wherever `masks` has one. */
export function zeroDiagram(nodes: NodeTable, masks: Uint8Array): number {
  let result = IN;
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    if (masks[digit] !== 0) result = within(nodes, digit, 0, 0, result, result, result);
  }
  return result;
}
