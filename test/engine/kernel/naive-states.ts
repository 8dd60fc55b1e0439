import type { Direction } from "../../../engine/kernel/criteria.ts";
import type { LiveRule } from "../../../engine/kernel/live-rule.ts";
import type { State, StateKey } from "../../../engine/kernel/state.ts";
import type { NewState } from "../../../engine/kernel/state-columns.ts";
import { DEFAULT_TIMEOUTS } from "../../../engine/kernel/timeouts.ts";

/** A state as a test sees it; its number is that of the source's `low`. */
interface PlainState {
  readonly number: number;
  readonly made: NewState;
  life: State["life"];
}

/** The slow twin of the state table: a list, searched from its beginning. */
export class NaiveStates {
  readonly #limit: number;
  #states: PlainState[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get all(): readonly PlainState[] {
    return this.#states.filter(({ life }) => life !== "unlinked");
  }

  get count(): number {
    return this.#states.length;
  }

  countOf(rule: LiveRule): number {
    return this.#states.filter(({ made }) => made.rule === rule).length;
  }

  find(key: StateKey, direction: Direction, on: string): PlainState | undefined {
    return this.#listOf(key).find(({ life, made }) => {
      if (life !== "live" || (made.ifBound && made.interface !== on)) return false;
      if (made.wire.family !== made.stack.family) return direction === "in";
      return isSame(direction === "in" ? made.wire : made.stack, key);
    });
  }

  insert(made: NewState): PlainState | "full" | "collision" {
    if (this.#states.length >= this.#limit) return "full";
    for (const key of isSame(made.wire, made.stack) ? [made.wire] : [made.wire, made.stack]) {
      const inTheWay = this.#listOf(key).filter((other) => isInTheWay(other.made, made, key));
      if (inTheWay.some((other) => !isFinished(other.made))) return "collision";
      const last = inTheWay.at(-1);
      if (last !== undefined) last.life = "unlinked";
    }
    const state: PlainState = { number: made.source.low, made, life: "live" };
    this.#states.push(state);
    return state;
  }

  isTaken(key: StateKey, side: "wire" | "stack"): boolean {
    return this.all.some(({ made }) => isSame(made[side], key));
  }

  purge(now: number): PlainState[] {
    const goes = ({ life, made }: PlainState) =>
      life !== "live" || now >= made.now + (DEFAULT_TIMEOUTS.get(made.timeout) ?? 0);
    const gone = this.#states.filter(goes);
    this.#states = this.#states.filter((state) => !goes(state));
    return gone;
  }

  clear(): void {
    this.#states = [];
  }

  /** Bound states first, the newest of them first; then floating ones, the oldest first. */
  #listOf(key: StateKey): PlainState[] {
    const users = this.all.filter(({ made }) => isSame(made.wire, key) || isSame(made.stack, key));
    const bound = users.filter(({ made }) => made.ifBound).reverse();
    return [...bound, ...users.filter(({ made }) => !made.ifBound)];
  }
}

/** All that a test compares. */
export function toldPlain({ number, made, life }: PlainState): unknown {
  const { direction, interface: on, ifBound, wire, stack, timeout, now } = made;
  return [number, direction, on, ifBound, wire, stack, timeout, now, life];
}

function isInTheWay(old: NewState, made: NewState, key: StateKey): boolean {
  const binding = old.ifBound ? old.interface : "any";
  if (binding !== (made.ifBound ? made.interface : "any")) return false;
  if (old.wire.family === key.family) return old.direction === made.direction;
  return old.direction !== made.direction;
}

function isFinished({ wire, source, destination }: NewState): boolean {
  return wire.protocol === 6 && source.level >= 9 && destination.level >= 9;
}

function isSame(one: StateKey, other: StateKey): boolean {
  return (
    one.family === other.family &&
    one.protocol === other.protocol &&
    one.rdomain === other.rdomain &&
    one.address0 === other.address0 &&
    one.address1 === other.address1 &&
    one.port0 === other.port0 &&
    one.port1 === other.port1
  );
}
