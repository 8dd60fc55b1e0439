import type { Direction } from "./criteria.ts";
import type { LiveRule } from "./live-rule.ts";
import type { Peer, State, StateExtra, StateKey, TimeoutKind } from "./state.ts";
import type { StateColumns } from "./state-columns.ts";

/** One row of the table. Views of one state differ as objects; `index` tells whether it is one. */
export class StateView implements State {
  readonly index: number;
  readonly #columns: StateColumns;
  #wire: StateKey | undefined;
  #stack: StateKey | undefined;

  constructor(columns: StateColumns, index: number) {
    this.#columns = columns;
    this.index = index;
  }

  get direction(): Direction {
    return this.#columns.directionOf(this.index);
  }

  get interface(): string {
    return this.#columns.interfaces.get(this.#columns.interface[this.index] ?? -1);
  }

  get ifBound(): boolean {
    return this.#columns.isBound(this.index);
  }

  get wire(): StateKey {
    this.#wire ??= this.#columns.keys.read(this.#columns.wire[this.index] ?? -1);
    return this.#wire;
  }

  get stack(): StateKey {
    const { wire, stack, keys } = this.#columns;
    const key = stack[this.index] ?? -1;
    if (wire[this.index] === key) return this.wire;
    this.#stack ??= keys.read(key);
    return this.#stack;
  }

  get rule(): LiveRule {
    return this.#columns.rules.get(this.#columns.rule[this.index] ?? -1);
  }

  get source(): Peer {
    return new PeerView(this.#columns, 2 * this.index);
  }

  get destination(): Peer {
    return new PeerView(this.#columns, 2 * this.index + 1);
  }

  get timeout(): TimeoutKind {
    return this.#columns.timeoutOf(this.index);
  }

  set timeout(kind: TimeoutKind) {
    this.#columns.setTimeout(this.index, kind);
  }

  get touched(): number {
    return this.#columns.touched[this.index] ?? 0;
  }

  set touched(second: number) {
    this.#columns.touched[this.index] = second;
  }

  get created(): number {
    return this.#columns.created[this.index] ?? 0;
  }

  get life(): State["life"] {
    return this.#columns.lifeOf(this.index);
  }

  get extra(): StateExtra | undefined {
    return this.#columns.extraOf(this.index);
  }

  set extra(extra: StateExtra | undefined) {
    this.#columns.setExtra(this.index, extra);
  }
}

class PeerView implements Peer {
  readonly #columns: StateColumns;
  readonly #end: number;

  constructor(columns: StateColumns, end: number) {
    this.#columns = columns;
    this.#end = end;
  }

  get level(): number {
    return this.#columns.level[this.#end] ?? 0;
  }

  set level(value: number) {
    this.#columns.level[this.#end] = value;
  }

  get low(): number {
    return this.#columns.low[this.#end] ?? 0;
  }

  set low(value: number) {
    this.#columns.low[this.#end] = value;
  }

  get high(): number {
    return this.#columns.high[this.#end] ?? 0;
  }

  set high(value: number) {
    this.#columns.high[this.#end] = value;
  }

  get window(): number {
    return this.#columns.window[this.#end] ?? 0;
  }

  set window(value: number) {
    this.#columns.window[this.#end] = value;
  }

  get scale(): number {
    return this.#columns.scale[this.#end] ?? 0;
  }

  set scale(value: number) {
    this.#columns.scale[this.#end] = value;
  }

  get shift(): number {
    return this.#columns.shift[this.#end] ?? 0;
  }

  set shift(value: number) {
    this.#columns.shift[this.#end] = value;
  }
}
