import type { Direction } from "./criteria.ts";
import { EqualExtras } from "./equal-extras.ts";
import type { LiveRule } from "./live-rule.ts";
import { SharedValues } from "./shared-values.ts";
import type { Peer, State, StateExtra, StateKey, TimeoutKind } from "./state.ts";
import { longer, StateKeys } from "./state-keys.ts";

const FIRST_CAPACITY = 16;

const TIMEOUT_KINDS: readonly TimeoutKind[] = [
  "tcp.first",
  "tcp.opening",
  "tcp.established",
  "tcp.closing",
  "tcp.finwait",
  "tcp.closed",
  "udp.first",
  "udp.single",
  "udp.multiple",
  "icmp.first",
  "icmp.error",
  "other.first",
  "other.single",
  "other.multiple",
];

const LIVES: readonly State["life"][] = ["live", "marked", "unlinked"];

// what `flags` holds besides the life
const OUT = 1;
const BOUND = 2;
const OTHER_FAMILY = 4; // wire and stack differ in it
const LIFE = 24; // index of LIVES
const LIFE_SHIFT = 3;

/** What a state is made from. Wire and stack are one key if they say the same. */
export interface NewState {
  readonly direction: Direction;
  readonly interface: string;
  readonly ifBound: boolean;
  readonly wire: StateKey;
  readonly stack: StateKey;
  readonly rule: LiveRule;
  readonly timeout: TimeoutKind;
  /** Seconds of uptime. */
  readonly now: number;
  readonly extra: StateExtra | undefined;
  readonly source: Peer;
  readonly destination: Peer;
}

/**
 * The states of a table, a row of 82 bytes each; equal extras are beside them once. Rows of states that went
 * are used again, and the columns double when they are full.
 */
export class StateColumns {
  // by state
  wire: Int32Array = new Int32Array(FIRST_CAPACITY); // key
  stack: Int32Array = new Int32Array(FIRST_CAPACITY); // key, the same one without translation
  /** Older and newer state of the table's list; -1: none. A free row has the next free one. */
  older: Int32Array = new Int32Array(FIRST_CAPACITY);
  newer: Int32Array = new Int32Array(FIRST_CAPACITY);
  rule: Int32Array = new Int32Array(FIRST_CAPACITY);
  interface: Int32Array = new Int32Array(FIRST_CAPACITY);
  touched: Int32Array = new Int32Array(FIRST_CAPACITY); // seconds of uptime
  created: Int32Array = new Int32Array(FIRST_CAPACITY);
  extra: Int32Array = new Int32Array(FIRST_CAPACITY); // -1: none
  timeout: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  flags: Uint8Array = new Uint8Array(FIRST_CAPACITY);

  /** By entry in the list of a key, twice a state: on the list of its wire key, its stack key. */
  nextEntry: Int32Array = new Int32Array(2 * FIRST_CAPACITY);

  // by end, twice a state: source, destination
  level: Uint8Array = new Uint8Array(2 * FIRST_CAPACITY);
  scale: Int8Array = new Int8Array(2 * FIRST_CAPACITY);
  low: Uint32Array = new Uint32Array(2 * FIRST_CAPACITY);
  high: Uint32Array = new Uint32Array(2 * FIRST_CAPACITY);
  window: Uint32Array = new Uint32Array(2 * FIRST_CAPACITY);
  shift: Uint32Array = new Uint32Array(2 * FIRST_CAPACITY);

  readonly keys: StateKeys = new StateKeys();
  readonly rules: SharedValues<LiveRule> = new SharedValues();
  readonly interfaces: SharedValues<string> = new SharedValues();
  readonly extras: SharedValues<StateExtra> = new SharedValues();
  readonly #equal: EqualExtras = new EqualExtras();
  #used = 0;
  #free = -1;

  /** Writes a row that is on no list yet. */
  add(made: NewState): number {
    if (this.#free === -1 && this.#used === this.wire.length) this.#grow();
    let row = this.#free;
    if (row === -1) row = this.#used++;
    else this.#free = this.newer[row] ?? -1;
    this.wire[row] = this.keys.hold(made.wire);
    this.stack[row] = this.keys.hold(made.stack);
    this.rule[row] = this.rules.hold(made.rule);
    this.interface[row] = this.interfaces.hold(made.interface);
    this.touched[row] = made.now;
    this.created[row] = made.now;
    this.timeout[row] = TIMEOUT_KINDS.indexOf(made.timeout);
    this.flags[row] =
      (made.direction === "out" ? OUT : 0) |
      (made.ifBound ? BOUND : 0) |
      (made.wire.family === made.stack.family ? 0 : OTHER_FAMILY);
    this.#writePeer(2 * row, made.source);
    this.#writePeer(2 * row + 1, made.destination);
    const { extra, rule } = made;
    this.extra[row] = extra === undefined ? -1 : this.extras.hold(this.#equal.of(rule, extra));
    return row;
  }

  /** Gives the row of a state back that is on no list any more. */
  free(row: number): void {
    this.keys.release(this.wire[row] ?? -1);
    this.keys.release(this.stack[row] ?? -1);
    this.rules.release(this.rule[row] ?? -1);
    this.interfaces.release(this.interface[row] ?? -1);
    this.setExtra(row, undefined);
    this.newer[row] = this.#free;
    this.#free = row;
  }

  extraOf(row: number): StateExtra | undefined {
    const id = this.extra[row] ?? -1;
    return id < 0 ? undefined : this.extras.get(id);
  }

  setExtra(row: number, extra: StateExtra | undefined): void {
    const before = this.extra[row] ?? -1;
    this.extra[row] = extra === undefined ? -1 : this.extras.hold(extra);
    if (before >= 0) this.extras.release(before);
  }

  /** Number of the interface that the state is bound to; -1: it is floating. */
  bindingOf(row: number): number {
    return this.isBound(row) ? (this.interface[row] ?? -1) : -1;
  }

  isLive(row: number): boolean {
    return (this.#flagsOf(row) & LIFE) === 0;
  }

  lifeOf(row: number): State["life"] {
    return LIVES[this.#flagsOf(row) >> LIFE_SHIFT] ?? "live";
  }

  setLife(row: number, life: State["life"]): void {
    this.flags[row] = (this.#flagsOf(row) & ~LIFE) | (LIVES.indexOf(life) << LIFE_SHIFT);
  }

  directionOf(row: number): Direction {
    return (this.#flagsOf(row) & OUT) === 0 ? "in" : "out";
  }

  isBound(row: number): boolean {
    return (this.#flagsOf(row) & BOUND) !== 0;
  }

  changesFamily(row: number): boolean {
    return (this.#flagsOf(row) & OTHER_FAMILY) !== 0;
  }

  timeoutOf(row: number): TimeoutKind {
    return TIMEOUT_KINDS[this.timeout[row] ?? 0] ?? "tcp.first";
  }

  setTimeout(row: number, kind: TimeoutKind): void {
    this.timeout[row] = TIMEOUT_KINDS.indexOf(kind);
  }

  #flagsOf(row: number): number {
    return this.flags[row] ?? 0;
  }

  #writePeer(end: number, peer: Peer): void {
    this.level[end] = peer.level;
    this.low[end] = peer.low;
    this.high[end] = peer.high;
    this.window[end] = peer.window;
    this.scale[end] = peer.scale;
    this.shift[end] = peer.shift;
  }

  #grow(): void {
    const capacity = this.wire.length * 2;
    this.wire = longer(this.wire, new Int32Array(capacity));
    this.stack = longer(this.stack, new Int32Array(capacity));
    this.older = longer(this.older, new Int32Array(capacity));
    this.extra = longer(this.extra, new Int32Array(capacity));
    this.newer = longer(this.newer, new Int32Array(capacity));
    this.rule = longer(this.rule, new Int32Array(capacity));
    this.interface = longer(this.interface, new Int32Array(capacity));
    this.touched = longer(this.touched, new Int32Array(capacity));
    this.created = longer(this.created, new Int32Array(capacity));
    this.timeout = longer(this.timeout, new Uint8Array(capacity));
    this.flags = longer(this.flags, new Uint8Array(capacity));
    this.nextEntry = longer(this.nextEntry, new Int32Array(2 * capacity));
    this.level = longer(this.level, new Uint8Array(2 * capacity));
    this.scale = longer(this.scale, new Int8Array(2 * capacity));
    this.low = longer(this.low, new Uint32Array(2 * capacity));
    this.high = longer(this.high, new Uint32Array(2 * capacity));
    this.window = longer(this.window, new Uint32Array(2 * capacity));
    this.shift = longer(this.shift, new Uint32Array(2 * capacity));
  }
}
