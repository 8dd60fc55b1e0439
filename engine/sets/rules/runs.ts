import type { Clip } from "../clip.ts";
import { Cubes } from "../cubes.ts";
import type { LeafOperation, PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import type { Criteria } from "./criteria.ts";

/** One layer: boxes, or one box cut down by a set. */
interface Layer {
  readonly criteria: Criteria;
  readonly leaf: number;
  readonly set: PacketSet;
}

/**
 * Rules whose match changes nothing that the others look at: the first quick one that matches wins
 * over all of them, else the last one that matches.
 */
export class Run {
  readonly #sets: PacketFunctions;
  readonly #clip: Clip | undefined;
  readonly #last: Layer[] = [];
  readonly #quick: Layer[] = [];

  /** @param clip - the packets that matter: functions are right within it only */
  constructor(sets: PacketFunctions, clip: Clip | undefined) {
    this.#sets = sets;
    this.#clip = clip;
  }

  get isEmpty(): boolean {
    return this.#last.length + this.#quick.length === 0;
  }

  /** @param set - packets of the box that are meant */
  add(criteria: Criteria, set: PacketSet, leaf: number, quick: boolean): void {
    (quick ? this.#quick : this.#last).push({ criteria, set, leaf });
  }

  /** The leaf of the rule that wins; `none` where no rule matches. */
  function(none: number): PacketFunction {
    return this.#painted([...this.#last, ...this.#quick.toReversed()], none);
  }

  /** The leaf of the quick rule that wins; `none` where none matches. */
  ofQuick(none: number): PacketFunction {
    return this.#painted(this.#quick.toReversed(), none);
  }

  /** The same of rules that are not quick. */
  ofLast(none: number): PacketFunction {
    return this.#painted(this.#last, none);
  }

  /** Layers one over the other. */
  #painted(layers: readonly Layer[], none: number): PacketFunction {
    const sets = this.#sets;
    const common = commonSets(sets, layers);
    const parts = partsBy(sets, common).map(({ set, within }) => {
      const meant = layers.filter((it) => within.has(it.set) || !common.includes(it.set));
      return { set, of: this.#layered(meant, within, none) };
    });
    const last = parts.pop()?.of ?? sets.always(none);
    return parts.reduce((rest, { set, of }) => sets.choose(set, of, rest), last);
  }

  /**
   * Layers one over the other, of packets that every set `within` holds and no other common one.
   *
   * Boxes are painted where they follow each other; sets cut a diagram of few boxes, never the whole.
   */
  #layered(layers: readonly Layer[], within: ReadonlySet<PacketSet>, none: number): PacketFunction {
    const sets = this.#sets;
    const parts: PacketFunction[] = [];
    const bare = sets.always(none);
    let cubes = new Cubes();
    let under = sets.all;
    const end = (): void => {
      if (cubes.count === 0) return;
      const over = sets.paint(bare, cubes);
      parts.push(under === sets.all ? over : sets.choose(under, over, bare));
      cubes = new Cubes();
    };
    for (const { criteria, set, leaf } of layers) {
      const own = within.has(set) ? sets.all : set;
      if (own !== under) end();
      under = own;
      copyBoxes(criteria, this.#clip, cubes, leaf);
    }
    end();
    const over = overlaid(none);
    return inSequence(parts, (first, second) => sets.combine(over, first, second)) ?? bare;
  }
}

/** Packets that some of the sets hold and the others do not. */
interface Part {
  readonly set: PacketSet;
  readonly within: ReadonlySet<PacketSet>;
}

/** Sets to take apart by: each costs up to twice the painting, and saves a choice a layer. */
const MOST_COMMON = 3;
const FEW_LAYERS = 8;

/** Sets that many layers share: what pf asks of every `pass` rule unasked is one. */
function commonSets(sets: PacketFunctions, layers: readonly Layer[]): readonly PacketSet[] {
  const counts = new Map<PacketSet, number>();
  for (const { set } of layers) {
    if (set !== sets.all) counts.set(set, (counts.get(set) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= FEW_LAYERS)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST_COMMON)
    .map(([set]) => set);
}

function partsBy(sets: PacketFunctions, common: readonly PacketSet[]): Part[] {
  let parts: Part[] = [{ set: sets.all, within: new Set([sets.all]) }];
  for (const by of common) {
    parts = parts
      .flatMap(({ set, within }) => [
        { set: sets.and(set, by), within: new Set([...within, by]) },
        { set: sets.diff(set, by), within },
      ])
      .filter(({ set }) => set !== sets.empty);
  }
  return parts;
}

/** The right leaf, unless it is `none`. */
function overlaid(none: number): LeafOperation {
  return {
    apply: (left, right) => (right === none ? left : right),
    isLeftNeutral: (left) => left === none,
    isRightNeutral: (right) => right === none,
  };
}

/** Boxes of criteria. */
type Boxes = Pick<Criteria, "cubes" | "box" | "count">;

function copyBoxes(
  { cubes, box, count }: Boxes,
  clip: Clip | undefined,
  into: Cubes,
  leaf: number,
): void {
  for (let at = box; at < box + count; at++) {
    if (clip === undefined) into.copy(cubes, at, leaf);
    else if (clip.meets(cubes, at)) clip.copy(cubes, at, into, leaf);
  }
}

/** Packets that lie in a box of criteria; with a clip, of those that matter. */
export function boxSet(sets: PacketFunctions, criteria: Boxes, clip?: Clip): PacketSet {
  const cubes = new Cubes();
  copyBoxes(criteria, clip, cubes, 1);
  return sets.where(sets.paint(sets.always(0), cubes), (leaf) => leaf === 1);
}

/** One after the other, put together in pairs: `join` is associative. */
export function inSequence<Part>(
  parts: readonly Part[],
  join: (first: Part, second: Part) => Part,
): Part | undefined {
  let level = parts;
  while (level.length > 1) {
    const next: Part[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [first, second] = [level[at], level[at + 1]];
      if (first === undefined) continue;
      next.push(second === undefined ? first : join(first, second));
    }
    level = next;
  }
  return level[0];
}
