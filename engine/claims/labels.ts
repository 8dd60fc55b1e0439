/**
 * What the closure remembers of a packet besides its headers (claims.md 2).
 *
 * Labels are values: the same fields give the same index in one {@link Labels}.
 */
export interface Label {
  /** Zone whose place emitted it. */
  readonly origin: number;
  /**
   * Zone whose packet made the state without which it had not passed, the last one that is not `origin`
   * itself if there are several; −1 = it passed on its own.
   * {@link ANYBODY} in the mutant that forgets creators.
   */
  readonly creator: number;
  /** Journey of an inner frame that this outer packet carries; −1 = it carries none. */
  readonly journey: number;
  /**
   * The set speaks of ICMP errors by the packets that they imitate: pf takes an error where it would
   * take a reply to the packet that the error quotes, so that reply stands for it.
   */
  readonly about: boolean;
  /** pf tag; empty = none. */
  readonly tag: string;
  /** Interface that received it on this host; empty = not tracked, or sent by the host. */
  readonly received: string;
}

/** Creator of every state in an engine that lacks the creator label (tests only). */
export const ANYBODY: number = Number.MAX_SAFE_INTEGER;

/** Numbers labels, so that they can be keys of maps. */
export class Labels {
  readonly #indexes = new Map<string, number>();
  readonly #labels: Label[] = [];

  indexOf(label: Label): number {
    const { origin, creator, journey, about, received, tag } = label;
    const key = `${origin} ${creator} ${journey} ${about} ${received} ${tag}`;
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.#labels.length);
    this.#labels.push(label);
    return this.#labels.length - 1;
  }

  at(index: number): Label {
    const label = this.#labels[index];
    if (label === undefined) throw new RangeError(`no label ${index}`);
    return label;
  }
}

/** A label of a packet on a wire: tag and receiving interface are left behind in the host. */
export function onWire(label: Label): Label {
  return { ...label, tag: "", received: "" };
}
