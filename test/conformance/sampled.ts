import { Random } from "../../engine/claims/random.ts";

/** `count` of the items, the same ones for the same seed, in their order; all without a count. */
export function sampled<Item>(
  items: readonly Item[],
  count: number | undefined,
  seed: number,
): readonly Item[] {
  if (count === undefined || count >= items.length) return items;
  const random = new Random(seed);
  const left = items.map((_, index) => index);
  const drawn = Array.from({ length: count }, () => left.splice(random.below(left.length), 1));
  return drawn
    .flat()
    .toSorted((a, b) => a - b)
    .flatMap((index) => items.slice(index, index + 1));
}
