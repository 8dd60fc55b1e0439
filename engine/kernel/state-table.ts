import type { Direction } from "./criteria.ts";
import type { State, StateKey } from "./state.ts";
import { type NewState, StateColumns } from "./state-columns.ts";
import { StateView } from "./state-view.ts";
import { globalTimeout, timeoutOf } from "./timeouts.ts";

const TCP = 6;
const FIN_WAIT_2 = 9;
const LEAST_EXAMINED = 64; // states a second

type Side = "wire" | "stack";

/**
 * The states of one kernel (follows pf.c, OpenBSD 7.8). A million of them take about 140 MB.
 *
 * A {@link State} that was handed out is good until the purge that removes it.
 */
export class StateTable {
  /** `set limit states` */
  limit: number;
  readonly #columns = new StateColumns();
  #count = 0;
  #oldest = -1;
  #newest = -1;
  /** Where the next purge goes on; -1: at the oldest. */
  #cursor = -1;
  /** Marked and unlinked states, in that order of time. */
  #leaving: number[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** States that were not purged, whatever their life. */
  get count(): number {
    return this.#count;
  }

  /** The state of a packet that crosses `interface_` with this key (follows pf_find_state). */
  find(key: StateKey, direction: Direction, interface_: string): State | undefined {
    const { keys, interfaces, nextEntry } = this.#columns;
    const id = keys.find(key);
    if (id === -1) return undefined;
    const crossed = interfaces.idOf(interface_);
    for (let entry = keys.head(id); entry >= 0; entry = nextEntry[entry] ?? -1) {
      if (this.#admits(entry >> 1, id, direction, crossed)) return this.#view(entry >> 1);
    }
    return undefined;
  }

  /**
   * Makes a state, unless the table is full or another state is in its way. Finished TCP states in
   * its way are unlinked, even if it fails for another one (follows pf_state_insert).
   */
  insert(made: NewState): State | "full" | "collision" {
    if (this.#count >= this.limit) return "full";
    const row = this.#columns.add(made);
    const { wire, stack } = this.#columns;
    if (!this.#attach(row, "wire")) {
      this.#columns.free(row);
      return "collision";
    }
    if (wire[row] !== stack[row] && !this.#attach(row, "stack")) {
      this.#detach(row, "wire");
      this.#columns.free(row);
      return "collision";
    }
    this.#append(row);
    made.rule.states++;
    return this.#view(row);
  }

  /** A live or marked state, wherever it is bound, has `key` on this side: no NAT may choose it. */
  isTaken(key: StateKey, side: Side): boolean {
    const { keys, nextEntry } = this.#columns;
    const id = keys.find(key);
    if (id === -1) return false;
    const column = this.#columns[side];
    for (let entry = keys.head(id); entry >= 0; entry = nextEntry[entry] ?? -1) {
      if (column[entry >> 1] === id) return true;
    }
    return false;
  }

  /** Hides a live state from lookups; its keys stay taken until it is purged. */
  mark(state: State): void {
    if (state.life !== "live") return;
    this.#columns.setLife(state.index, "marked");
    this.#leaving.push(state.index);
  }

  /** Frees the keys of a state; it counts until it is purged (follows pf_remove_state). */
  unlink(state: State): void {
    this.#unlink(state.index);
  }

  /**
   * One second's purge: removes all states that were marked or unlinked, and of those that it
   * examines (count / interval, at least 64, going on where the last purge ended) the expired ones.
   * The counts that scale timeouts are those at its beginning (follows pf_purge_expired_states).
   *
   * @param now - seconds of uptime
   * @param globals - timeouts of `set timeout`
   * @param removed - sees every removed state while it can still be read, and leaves the table as it is
   */
  purge(now: number, globals: ReadonlyMap<string, number>, removed?: (state: State) => void): void {
    const leaving = [...this.#leaving, ...this.#expired(now, globals)];
    this.#leaving = [];
    for (const row of leaving) {
      removed?.(this.#view(row));
      this.#remove(row);
    }
  }

  /** Live and marked states, oldest first. */
  *all(): Generator<State> {
    for (let row = this.#oldest; row >= 0; row = this.#columns.newer[row] ?? -1) {
      if (this.#columns.lifeOf(row) !== "unlinked") yield this.#view(row);
    }
  }

  /** Removes every state at once. */
  clear(): void {
    while (this.#oldest >= 0) this.#remove(this.#oldest);
    this.#leaving = [];
  }

  #view(row: number): State {
    return new StateView(this.#columns, row);
  }

  /** Section 7 of what the state lookup tests; `crossed` -1: no state was made there. */
  #admits(row: number, key: number, direction: Direction, crossed: number): boolean {
    const columns = this.#columns;
    if (!columns.isLive(row)) return false;
    const binding = columns.bindingOf(row);
    if (binding !== -1 && binding !== crossed) return false;
    if (columns.changesFamily(row)) return direction === "in";
    return (direction === "in" ? columns.wire : columns.stack)[row] === key;
  }

  /**
   * Puts a state on the list of one of its keys: if-bound ones at the head, floating ones at the
   * tail. False: another state is in its way (follows pf_state_key_attach).
   */
  #attach(row: number, side: Side): boolean {
    const { keys, nextEntry } = this.#columns;
    const key = this.#columns[side][row] ?? -1;
    let finished = -1;
    let last = -1;
    for (let entry = keys.head(key); entry >= 0; entry = nextEntry[entry] ?? -1) {
      last = entry;
      const other = entry >> 1;
      if (!this.#isInTheWay(other, row, key)) continue;
      if (!this.#isFinishedTcp(other)) return false;
      finished = other;
    }
    const entry = 2 * row + (side === "wire" ? 0 : 1);
    if (this.#columns.isBound(row) || last === -1) {
      nextEntry[entry] = keys.head(key);
      keys.setHead(key, entry);
    } else {
      nextEntry[entry] = -1;
      nextEntry[last] = entry;
    }
    if (finished !== -1) this.#unlink(finished);
    return true;
  }

  /** `other` has `key`, and binding, direction and family of the new state `row`. */
  #isInTheWay(other: number, row: number, key: number): boolean {
    const { keys, wire, stack } = this.#columns;
    if (this.#columns.bindingOf(other) !== this.#columns.bindingOf(row)) return false;
    const family = keys.familyOf(key);
    const sameDirection = this.#columns.directionOf(other) === this.#columns.directionOf(row);
    if (keys.familyOf(wire[other] ?? -1) === family) return sameDirection;
    return keys.familyOf(stack[other] ?? -1) === family && !sameDirection;
  }

  #isFinishedTcp(row: number): boolean {
    const { keys, wire, level } = this.#columns;
    return (
      keys.protocolOf(wire[row] ?? -1) === TCP &&
      (level[2 * row] ?? 0) >= FIN_WAIT_2 &&
      (level[2 * row + 1] ?? 0) >= FIN_WAIT_2
    );
  }

  #detach(row: number, side: Side): void {
    const { keys, nextEntry } = this.#columns;
    const key = this.#columns[side][row] ?? -1;
    const entry = 2 * row + (side === "wire" ? 0 : 1);
    const next = nextEntry[entry] ?? -1;
    let before = keys.head(key);
    if (before === entry) {
      keys.setHead(key, next);
      return;
    }
    while (nextEntry[before] !== entry) before = nextEntry[before] ?? -1;
    nextEntry[before] = next;
  }

  #unlink(row: number): void {
    const life = this.#columns.lifeOf(row);
    if (life === "unlinked") return;
    if (life === "live") this.#leaving.push(row);
    this.#leaveKeys(row);
    this.#columns.setLife(row, "unlinked");
  }

  #leaveKeys(row: number): void {
    this.#detach(row, "wire");
    if (this.#columns.wire[row] !== this.#columns.stack[row]) this.#detach(row, "stack");
  }

  #append(row: number): void {
    const { older, newer } = this.#columns;
    older[row] = this.#newest;
    newer[row] = -1;
    if (this.#newest === -1) this.#oldest = row;
    else newer[this.#newest] = row;
    this.#newest = row;
    this.#count++;
  }

  /** Examines the part of the list that is due; ends at its end. */
  #expired(now: number, globals: ReadonlyMap<string, number>): number[] {
    const { newer, touched } = this.#columns;
    const interval = Math.max(1, globalTimeout(globals, "interval"));
    const due = Math.max(LEAST_EXAMINED, Math.floor(this.#count / interval));
    const found: number[] = [];
    let row = this.#cursor === -1 ? this.#oldest : this.#cursor;
    for (let examined = 0; examined < due && row >= 0; examined++) {
      if (this.#columns.isLive(row)) {
        const expires = (touched[row] ?? 0) + timeoutOf(this.#view(row), globals, this.#count);
        if (expires <= now) found.push(row);
      }
      row = newer[row] ?? -1;
    }
    this.#cursor = row;
    return found;
  }

  #remove(row: number): void {
    const { older, newer, rules, rule } = this.#columns;
    if (this.#columns.lifeOf(row) !== "unlinked") this.#leaveKeys(row);
    const before = older[row] ?? -1;
    const after = newer[row] ?? -1;
    if (before === -1) this.#oldest = after;
    else newer[before] = after;
    if (after === -1) this.#newest = before;
    else older[after] = before;
    if (this.#cursor === row) this.#cursor = after;
    this.#count--;
    rules.get(rule[row] ?? -1).states--;
    this.#columns.free(row);
  }
}
