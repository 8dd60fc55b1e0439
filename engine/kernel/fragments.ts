import { transportLength } from "./headers.ts";
import { REASON } from "./outcome.ts";
import { copyOf, type KernelPacket } from "./packet.ts";

/** Largest IP packet, bytes. */
const MAX_PACKET = 65535;
/** The offsets fall in parts of this many bytes … */
const PART = 4096;
/** … that hold at most so many pieces each. */
const PIECES_PER_PART = 64;
/** A queue is stale after so many younger ones between the same hosts, for each second of timeout. */
const STALE_PER_SECOND = 200;
/** IPv4 header with no options, bytes. */
const HEADER4 = 20;

/** `set reassemble` */
export interface Reassembly {
  readonly reassemble: boolean;
  /** Clears `don't fragment` of IPv4 fragments. */
  readonly noDf: boolean;
}

export type Taken =
  /** It waits for the others; the packet is gone. */
  | { readonly kind: "waiting" }
  | { readonly kind: "drop"; readonly reason: number }
  /** It goes on by itself: packets are not put together. */
  | { readonly kind: "fragment"; readonly packet: KernelPacket }
  | {
      readonly kind: "whole";
      readonly packet: KernelPacket;
      /** Bytes of data of the largest fragment: an IPv6 packet is sent on in such pieces. */
      readonly largest: number;
    };

interface Piece {
  offset: number;
  length: number;
  readonly more: boolean;
  readonly packet: KernelPacket;
}

/** The pieces of one packet, by offset; they do not overlap. */
interface Queue {
  readonly key: string;
  readonly hosts: Hosts;
  readonly created: number;
  /** How many queues its hosts had before. */
  readonly generation: number;
  largest: number;
  readonly pieces: Piece[];
}

/** Two hosts that fragments go between: where they cross pf does not matter. */
interface Hosts {
  readonly key: string;
  queues: number;
  generations: number;
}

/**
 * Fragments that wait to be put together (sections 3, 37 A11; follows pf_normalize_ip,
 * pf_normalize_ip6, pf_fillup_fragment and pf_reassemble, OpenBSD 7.8).
 */
export class Fragments {
  /** `set timeout frag`, seconds. */
  timeout: number;
  /** `set limit frags`: pieces that may wait. */
  limit: number;
  /** The queue used last is the last. */
  readonly #queues = new Map<string, Queue>();
  readonly #hosts = new Map<string, Hosts>();
  #waiting = 0;

  constructor({
    timeout = 60,
    limit = Number.POSITIVE_INFINITY,
  }: {
    readonly timeout?: number;
    readonly limit?: number;
  } = {}) {
    this.timeout = timeout;
    this.limit = limit;
  }

  /** Pieces that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Takes a fragment; `packet` must not be changed any more if it waits.
   *
   * A packet put together is that of the fragment with offset 0 in all but its length.
   *
   * @param now - seconds of uptime
   */
  take(
    packet: KernelPacket,
    now: number,
    { reassemble, noDf }: Reassembly = { reassemble: true, noDf: false },
  ): Taken {
    if (packet.family === "inet") {
      if (noDf) packet.dontFragment = false;
      if (packet.dontFragment) return { kind: "drop", reason: REASON.fragment };
    }
    if (!reassemble) return { kind: "fragment", packet };
    if (this.#waiting >= this.limit) this.#flush();
    if (this.#waiting >= this.limit) return { kind: "drop", reason: REASON.memory };
    const piece = pieceOf(packet);
    if (!isSound(piece)) return { kind: "drop", reason: REASON.fragment };
    return this.#queue(piece, now);
  }

  /** Forgets queues that are too old, from the one used longest ago to the first that is not. */
  purge(now: number): void {
    for (const queue of this.#queues.values()) {
      if (queue.created > now - this.timeout) return;
      this.#free(queue);
    }
  }

  #queue(piece: Piece, now: number): Taken {
    const { family, protocol, source, destination, fragment } = piece.packet;
    const hostsKey = [family, family === "inet" ? protocol : 0, source, destination];
    const key = [...hostsKey, fragment?.id ?? 0].join(" ");
    const queue = this.#find(key) ?? this.#open(hostsKey.join(" "), key, now);
    const before = queue.pieces.length;
    const fate = insert(queue, piece);
    this.#waiting += queue.pieces.length - before;
    if (fate === "flush") this.#free(queue);
    if (fate !== "kept") return { kind: "drop", reason: fate === "covered" ? 0 : REASON.fragment };
    if (!isComplete(queue.pieces)) return { kind: "waiting" };
    this.#free(queue);
    return join(queue);
  }

  #find(key: string): Queue | undefined {
    const queue = this.#queues.get(key);
    if (queue === undefined) return undefined;
    const younger = queue.hosts.generations - queue.generation;
    if (younger >= this.timeout * STALE_PER_SECOND) {
      this.#free(queue);
      return undefined;
    }
    this.#queues.delete(key);
    this.#queues.set(key, queue);
    return queue;
  }

  #open(hostsKey: string, key: string, now: number): Queue {
    const known = this.#hosts.get(hostsKey);
    const hosts = known ?? { key: hostsKey, queues: 0, generations: 0 };
    if (known === undefined) this.#hosts.set(hostsKey, hosts);
    const generation = hosts.generations++;
    hosts.queues++;
    const queue = { key, hosts, created: now, generation, largest: 0, pieces: [] };
    this.#queues.set(key, queue);
    return queue;
  }

  #free(queue: Queue): void {
    const { key, hosts, pieces } = queue;
    this.#queues.delete(key);
    hosts.queues--;
    if (hosts.queues === 0) this.#hosts.delete(hosts.key);
    this.#waiting -= pieces.length;
  }

  /** Makes room: forgets the queues used longest ago, until a tenth of the pieces is gone. */
  #flush(): void {
    const goal = Math.floor((this.#waiting * 9) / 10);
    for (const queue of this.#queues.values()) {
      if (this.#waiting <= goal) return;
      this.#free(queue);
    }
  }
}

/** Bytes behind the IP headers: of a first fragment its transport header counts. */
export function fragmentLength(packet: KernelPacket): number {
  const isLater = packet.fragment !== undefined && packet.fragment.offset > 0;
  return isLater ? packet.payload : transportLength(packet) + packet.payload;
}

function pieceOf(packet: KernelPacket): Piece {
  const { offset, more } = packet.fragment ?? { offset: 0, more: false };
  return { offset, length: fragmentLength(packet), more, packet };
}

function isSound({ offset, length, more }: Piece): boolean {
  return length > 0 && !(more && length % 8 !== 0) && offset + length <= MAX_PACKET;
}

function endOf({ offset, length }: Piece): number {
  return offset + length;
}

/** `covered`: its data are there already; `flush`: the whole queue must go. */
type Fate = "kept" | "covered" | "bad" | "flush";

function insert(queue: Queue, piece: Piece): Fate {
  const { pieces } = queue;
  const isSix = piece.packet.family === "inet6";
  queue.largest = Math.max(queue.largest, piece.length);
  if (contradictsEnd(pieces, piece)) return isSix ? "flush" : "bad";
  const index = pieces.findLastIndex((it) => it.offset <= piece.offset);
  const head = trimHead(pieces[index], piece, isSix);
  if (head !== "kept") return head;
  const tail = trimTails(pieces, index + 1, piece, isSix);
  if (tail !== "kept" || isFull(pieces, piece)) return "flush";
  pieces.splice(index + 1, 0, piece);
  return "kept";
}

/** The end of the packet is known, or becomes known, in two ways that do not agree. */
function contradictsEnd(pieces: readonly Piece[], piece: Piece): boolean {
  const last = pieces.at(-1);
  if (last === undefined) return false;
  const [total, end] = [endOf(last), endOf(piece)];
  if (end < total) return !piece.more;
  if (!last.more) return end > total || piece.more;
  return end === total && !piece.more;
}

/** What the piece before it has is cut from the new one. */
function trimHead(before: Piece | undefined, piece: Piece, isSix: boolean): Fate {
  const overlap = before === undefined ? 0 : endOf(before) - piece.offset;
  if (overlap <= 0) return "kept";
  if (isSix) return "flush";
  if (overlap >= piece.length) return "covered";
  piece.offset += overlap;
  piece.length -= overlap;
  return "kept";
}

/** What the new piece has is cut from those behind it, from `index` on. */
function trimTails(pieces: Piece[], index: number, piece: Piece, isSix: boolean): Fate {
  for (let after = pieces[index]; after !== undefined; after = pieces[index]) {
    const overlap = endOf(piece) - after.offset;
    if (overlap <= 0) return "kept";
    if (isSix) return "flush";
    pieces.splice(index, 1);
    if (overlap < after.length) {
      after.offset += overlap;
      after.length -= overlap;
      if (isFull(pieces, after)) return "flush";
      pieces.splice(index, 0, after);
      return "kept";
    }
  }
  return "kept";
}

/** No more pieces may begin where this one does. */
function isFull(pieces: readonly Piece[], { offset }: Piece): boolean {
  const part = Math.floor(offset / PART);
  const there = pieces.filter((it) => Math.floor(it.offset / PART) === part);
  return there.length >= PIECES_PER_PART;
}

function isComplete(pieces: readonly Piece[]): boolean {
  let end = 0;
  for (const piece of pieces) {
    if (piece.offset !== end) return false;
    end = endOf(piece);
  }
  return pieces.at(-1)?.more === false;
}

function join({ pieces, largest }: Queue): Taken {
  const [first] = pieces;
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) return { kind: "drop", reason: REASON.fragment };
  const total = endOf(last);
  if (extraLength(first.packet) + total > MAX_PACKET) return { kind: "drop", reason: REASON.short };
  const packet = copyOf(first.packet);
  packet.fragment = undefined;
  packet.payload = total - transportLength(packet);
  return { kind: "whole", packet, largest };
}

/** Bytes of the headers that count against the largest length: IPv6 does not count its own. */
function extraLength({ family, options, routingHeader }: KernelPacket): number {
  if (family === "inet") return HEADER4 + (options === "none" ? 0 : 4);
  return (options === "none" ? 0 : 8) + (routingHeader < 0 ? 0 : 24);
}
