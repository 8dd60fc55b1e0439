import type { Family } from "../../model/packet.ts";
import { longestMatch, type PrefixMap, prefixMapOf } from "./prefix-map.ts";
import type { KernelRoute, Surroundings } from "./surroundings.ts";

/** Routing tables of one moment. */
export class Routes {
  readonly #domains: ReadonlyMap<number, number>;
  readonly #tables: ReadonlyMap<number, PrefixMap<KernelRoute>>;

  constructor({ routes, rtables }: Surroundings) {
    this.#domains = rtables;
    const tables = Map.groupBy(routes, ({ rtable }) => rtable);
    this.#tables = new Map(
      [...tables].map(([rtable, its]) => [
        rtable,
        prefixMapOf(its.map((route) => ({ prefix: route.prefix, value: route }))),
      ]),
    );
  }

  /** The route with the longest prefix; of equal ones the first. */
  lookUp(rtable: number, family: Family, address: bigint): KernelRoute | undefined {
    const table = this.#tables.get(rtable);
    return table === undefined ? undefined : longestMatch(table, family, address)[0];
  }

  /** Routing domain of an rtable. */
  domainOf(rtable: number): number {
    return this.#domains.get(rtable) ?? rtable;
  }
}
