import type { Interface } from "../../../model/host.ts";
import type { LiveRule } from "../../kernel/live-rule.ts";

/** Numbers of the interfaces that rules of one ruleset name; groups have none. */
export class InterfaceNames {
  readonly #ids: ReadonlyMap<string, number>;

  constructor(rules: readonly LiveRule[], interfaces: readonly Interface[]) {
    const groups = new Set(interfaces.flatMap((it) => it.groups));
    groups.add("any");
    const named = new Set(rules.map(({ rule }) => rule.interface));
    const own = [...named].filter((name) => name !== "" && !groups.has(name));
    this.#ids = new Map(own.map((name, index) => [name, index + 1]));
  }

  /** From 1 on; undefined: a group, whose rules are for several interfaces. */
  idOf(name: string): number | undefined {
    return this.#ids.get(name);
  }

  /** What a packet on an interface shows: 0 if no rule names it. */
  keyOf(name: string): number {
    return this.#ids.get(name) ?? 0;
  }
}
