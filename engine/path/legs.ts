import type { Host, Interface } from "../../model/host.ts";
import { arrivals, departures, type Leg } from "./points.ts";

/** Legs of interfaces, each worked out once. */
export class Legs {
  readonly #known = new Map<string, readonly Leg[]>();

  /** Where a frame can go that `it` receives (`in`), or that the stack of its host sends on it (`out`). */
  from(direction: "in" | "out", host: Host, it: Interface): readonly Leg[] {
    const key = `${direction} ${host.name} ${it.name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const legs = direction === "in" ? arrivals(host, it) : departures(host, it);
    this.#known.set(key, legs);
    return legs;
  }
}
