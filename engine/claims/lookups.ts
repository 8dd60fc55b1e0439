import type { Host, Interface } from "../../model/host.ts";
import type { Gates } from "./gates.ts";
import { hasInet6, keeperOf } from "./stack.ts";

/** A point of many interfaces is worth its while from this number on. */
const FEWEST = 2;

/**
 * Which interfaces of a host take what a floating state lets in to the same places: same routing
 * domain, same answer to rules with `received-on`, both or neither with IPv6. Packets that look for
 * such a state are looked up together, whatever interface of these received them, so that what may
 * hit a state is not told of once for each.
 */
export class Lookups {
  readonly #gates: Gates;
  readonly #known = new Map<Host, ReadonlyMap<Interface, Interface>>();

  constructor(gates: Gates) {
    this.#gates = gates;
  }

  /** The interface that stands for all that are like `it`; nothing: it is looked up by itself. */
  standingFor(host: Host, it: Interface): Interface | undefined {
    let known = this.#known.get(host);
    if (known === undefined) {
      known = this.#groupsOf(host);
      this.#known.set(host, known);
    }
    return known.get(it);
  }

  #groupsOf(host: Host): ReadonlyMap<Interface, Interface> {
    const like = Map.groupBy(host.interfaces, (it) => {
      return `${keeperOf(host, it)} ${hasInet6(it)} ${this.#gates.receivedAs(host, it)}`;
    });
    const groups = [...like.values()].filter(({ length }) => length >= FEWEST);
    return new Map(groups.flatMap((all) => all.map((it) => [it, all[0] ?? it] as const)));
  }
}
