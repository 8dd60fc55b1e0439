/**
 * What the closure remembers of packets besides their headers, origin and creator (claims.md 2), which
 * are labels of the sets themselves ({@link Owners}).
 *
 * Labels are values: the same fields give the same index in one {@link Labels}.
 */
export interface Label {
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

/** Numbers labels, so that they can be keys of maps. */
export class Labels {
  readonly #indexes = new Map<string, number>();
  readonly #labels: Label[] = [];

  indexOf(label: Label): number {
    const { journey, about, received, tag } = label;
    const key = `${journey} ${about} ${received} ${tag}`;
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
