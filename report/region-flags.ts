import { TCP_FLAGS } from "../model/packet.ts";
import type { NumberRange } from "../model/region.ts";

/** A test as pf has it: of the flags of `mask` those of `value` are set. */
interface FlagTest {
  readonly value: number;
  readonly mask: number;
}

/**
 * A set of values of the TCP flags as tests of pf, one of which is met: `S/SA`, `{ S/SA A/SA }`.
 *
 * General tests come first; none is there for values that the others have.
 */
export function flagWords(ranges: readonly NumberRange[]): string {
  const left = new Set(ranges.flatMap(({ first, last }) => countUp(first, last)));
  const tests = testsWithin(left);
  const texts: string[] = [];
  while (left.size > 0) {
    const best = widestOf(tests, left);
    for (const it of left) if (isMet(best, it)) left.delete(it);
    texts.push(testText(best));
  }
  return texts.length === 1 ? (texts[0] ?? "") : `{ ${texts.join(" ")} }`;
}

/** The test that most of the values meet, the first of equals. */
function widestOf(tests: readonly FlagTest[], values: ReadonlySet<number>): FlagTest {
  let widest: FlagTest = { value: 0, mask: 0 };
  let most = 0;
  for (const test of tests) {
    let count = 0;
    for (const it of values) if (isMet(test, it)) count++;
    if (count <= most) continue;
    widest = test;
    most = count;
  }
  return widest;
}

function isMet({ value, mask }: FlagTest, flags: number): boolean {
  return (flags & mask) === value;
}

function countUp(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, step) => first + step);
}

const ALL = 255;

/** Tests that only values of the set meet, those of few flags first. */
function testsWithin(values: ReadonlySet<number>): readonly FlagTest[] {
  const masks = Array.from({ length: ALL + 1 }, (_, mask) => mask);
  masks.sort((one, other) => bitsIn(one) - bitsIn(other) || one - other);
  return masks.flatMap((mask) => {
    const met = new Map<number, number>();
    for (const it of values) met.set(it & mask, (met.get(it & mask) ?? 0) + 1);
    const all = 1 << (8 - bitsIn(mask));
    const full = [...met].filter(([, count]) => count === all);
    return full.map(([value]) => ({ value, mask }));
  });
}

function bitsIn(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
}

function testText({ value, mask }: FlagTest): string {
  return `${lettersOf(value)}/${lettersOf(mask)}`;
}

function lettersOf(flags: number): string {
  return [...TCP_FLAGS].filter((_, bit) => ((flags >> bit) & 1) === 1).join("");
}
