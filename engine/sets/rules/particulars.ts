import type { SourceRule } from "./situation.ts";

const NO_POSITIONS: Int32Array = new Int32Array(0);

/** Positions of rules, ascending, by the path of their ruleset. */
type Positions = ReadonlyMap<string, Int32Array>;

/**
 * What sets a place apart from one whose interface no rule names: only a few rules of a ruleset for
 * many interfaces can hold otherwise there. Places with equal {@link key} are one to all rules.
 */
export class Particulars {
  readonly key: string;
  readonly names: ReadonlySet<string>;
  readonly received: ReadonlySet<string>;
  readonly #positions: Positions;

  /** @param positions - of rules that can hold otherwise, and of those that call their rulesets */
  constructor(
    key: string,
    names: ReadonlySet<string>,
    received: ReadonlySet<string>,
    positions: Positions,
  ) {
    this.key = key;
    this.names = names;
    this.received = received;
    this.#positions = positions;
  }

  get isNone(): boolean {
    return this.#positions.size === 0;
  }

  /** Those from `first` on that come before `end`. */
  between(path: string, first: number, end: number): Int32Array {
    const positions = this.#positions.get(path) ?? NO_POSITIONS;
    return positions.subarray(indexIn(positions, first), indexIn(positions, end));
  }

  /** What a rule says of interfaces, taken at its word. */
  isMeant({ rule: { interface: on, interfaceNegated, receivedOn } }: SourceRule): boolean {
    if (on !== "" && this.names.has(on) === interfaceNegated) return false;
    return receivedOn === undefined || this.received.has(receivedOn.name) !== receivedOn.negated;
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** A place whose interfaces no rule names, and by whose interface no rule tests a route. */
export const NAMELESS: Particulars = new Particulars("", NO_NAMES, NO_NAMES, new Map());

/** Index of the first position that is not below `least`. */
export function indexIn(positions: Int32Array, least: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? least) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
