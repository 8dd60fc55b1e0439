import { matchesInterface } from "../../kernel/interfaces.ts";
import type { Surroundings } from "../../kernel/surroundings.ts";

/** Numbers of the interfaces that rules are for; groups of several interfaces have none. */
export class InterfaceNames {
  readonly #surroundings: Surroundings;
  readonly #ids: Map<string, number> = new Map();
  readonly #groups: ReadonlySet<string>;
  /** By group, its only member, as far as asked for. */
  readonly #members: Map<string, string | undefined> = new Map();

  /** @param surroundings - their interfaces do not change */
  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#groups = new Set([...surroundings.interfaces.flatMap((it) => it.groups), "any"]);
  }

  /** Of a name as a rule has it, from 1 on; undefined: a group whose rules are for several. */
  idOf(name: string): number | undefined {
    const own = this.#groups.has(name) ? this.#member(name) : name;
    if (own === undefined) return undefined;
    const known = this.#ids.get(own);
    if (known !== undefined) return known;
    const id = this.#ids.size + 1;
    this.#ids.set(own, id);
    return id;
  }

  /** What a packet on an interface shows: 0 if no rule names it. */
  keyOf(name: string): number {
    return this.#ids.get(name) ?? 0;
  }

  /** Whether it is the name of a group: rules for its members are not told from those for itself. */
  isGroup(name: string): boolean {
    return this.#groups.has(name);
  }

  #member(group: string): string | undefined {
    if (this.#members.has(group)) return this.#members.get(group);
    const members = this.#surroundings.interfaces.filter(({ name }) => {
      return matchesInterface(this.#surroundings, name, group);
    });
    const only = members.length === 1 ? members[0]?.name : undefined;
    this.#members.set(group, only);
    return only;
  }
}
