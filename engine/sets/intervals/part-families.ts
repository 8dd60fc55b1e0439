import { Cubes } from "../cubes.ts";
import { DIGITS, digitsOf } from "../digits.ts";

const FAMILY = digitsOf("family").first;
/** Address digits that inet uses. */
const USED = 4;
const ADDRESSES = (["source", "destination"] as const).map((it) => digitsOf(it));

/**
 * Boxes whose inet half tests no digit that inet leaves unused: a box that does is parted by family,
 * its bounds being those of the inet addresses between them.
 */
export function partFamilies(
  cubes: Cubes,
  order: Int32Array | undefined,
): { readonly cubes: Cubes; readonly order: Int32Array | undefined } {
  const count = order?.length ?? cubes.count;
  let at = 0;
  while (at < count && !testsUnused(cubes, order?.[at] ?? at)) at++;
  if (at === count) return { cubes, order };
  const parted = new Cubes();
  for (let of = 0; of < count; of++) {
    const index = order?.[of] ?? of;
    const leaf = cubes.leaves[index]!;
    if (testsUnused(cubes, index)) addParts(cubes, index, leaf, parted);
    else parted.copy(cubes, index, leaf);
  }
  return { cubes: parted, order: undefined };
}

function testsUnused({ lows, highs }: Cubes, index: number): boolean {
  const from = index * DIGITS;
  if (lows[from + FAMILY] !== 0) return false;
  for (const { first, length } of ADDRESSES) {
    for (let digit = first + USED; digit < first + length; digit++) {
      if (lows[from + digit] !== 0 || highs[from + digit] !== 255) return true;
    }
  }
  return false;
}

function addParts(cubes: Cubes, index: number, leaf: number, into: Cubes): void {
  if (cubes.highs[index * DIGITS + FAMILY] === 1) {
    const inet6 = into.copy(cubes, index, leaf);
    into.lows[inet6 * DIGITS + FAMILY] = 1;
  }
  const inet = into.copy(cubes, index, leaf);
  const from = inet * DIGITS;
  into.highs[from + FAMILY] = 0;
  for (const { first, length } of ADDRESSES) {
    const used = from + first;
    const end = used + length;
    // inet addresses are those with zeros behind: the first at or above the bound
    if (into.lows.subarray(used + USED, end).some((it) => it !== 0)) {
      let digit = used + USED - 1;
      while (digit >= used && into.lows[digit] === 255) into.lows[digit--] = 0;
      if (digit < used) {
        into.pop();
        return;
      }
      into.lows[digit]!++;
    }
    into.lows.fill(0, used + USED, end);
    into.highs.fill(255, used + USED, end);
    if (isAbove(into, used)) {
      into.pop();
      return;
    }
  }
}

function isAbove({ lows, highs }: Cubes, used: number): boolean {
  for (let digit = used; digit < used + USED; digit++) {
    if (lows[digit] !== highs[digit]) return lows[digit]! > highs[digit]!;
  }
  return false;
}
