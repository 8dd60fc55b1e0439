import type { PacketFunction } from "../../../../engine/sets/packet-functions.ts";
import type { PacketSet } from "../../../../engine/sets/packet-sets.ts";
import type { Fate, RulesetFunction } from "../../../../engine/sets/rules/fate.ts";

/**
 * Functions by what their fates come to, comparable between functions of one compiler.
 *
 * Fates that differ in the address that a pool gives are one: whether its addresses are told apart
 * depends on what else is asked. Whether a leaf is open is left out on demand: that depends on what is
 * put together first, since a rule that overrides all of an open leaf closes it, and two that each
 * override a part do not.
 */
export class FateClasses {
  readonly #withOpen: boolean;
  readonly #numbers: Map<unknown, number> = new Map();

  constructor(withOpen: boolean) {
    this.#withOpen = withOpen;
  }

  of(compiled: RulesetFunction): PacketFunction {
    return compiled.sets.relabel(
      { apply: (leaf) => this.#numberOf(this.#told(compiled, leaf)) },
      compiled.function,
    );
  }

  #told(compiled: RulesetFunction, leaf: number): string {
    const { sets } = compiled;
    const pools = new Map<string, readonly PacketSet[]>();
    for (const fate of compiled.fatesOf(leaf)) {
      const drawn = fate.translation.writes.flatMap(({ change }) => {
        return change.kind === "values" ? [change.values] : [];
      });
      const key = this.#core(fate);
      const known = pools.get(key);
      pools.set(key, known === undefined ? drawn : drawn.map((it, at) => sets.or(it, known[at]!)));
    }
    const fates = [...pools].map(([key, drawn]) => `${key} in ${drawn.join(" ")}`).toSorted();
    const isOpen = this.#withOpen && pools.size > 1 && compiled.isOpen(leaf);
    return `${isOpen ? "open " : ""}${fates.join("\n")}`;
  }

  /** All that a fate says but for the values that are drawn. */
  #core({ index, translation, actions, tag, ...rest }: Fate): string {
    const writes = translation.writes.map(({ field, within, change }) => {
      if (change.kind === "values") return `${field} ${within}`;
      const to = change.kind === "map" ? change.table.join() : `${change.value & change.mask}`;
      return `${field} ${within} ${to}`;
    });
    const matched = rest.matched.map((it) => this.#numberOf(it));
    const others = Object.values({ ...rest, matched: 0, ...actions }).map((it) => {
      return typeof it === "object" ? `#${this.#numberOf(it)}` : String(it);
    });
    const family = this.#numberOf(translation.family);
    return [...others, "matched", ...matched, family, ...writes, tag].join(" ");
  }

  #numberOf(it: unknown): number {
    const known = this.#numbers.get(it) ?? this.#numbers.size;
    this.#numbers.set(it, known);
    return known;
  }
}
