import type { LiveRule } from "../../kernel/live-rule.ts";

/** Rules by the path of their anchor, and the paths below a path; rules may be replaced. */
export class RuleStore {
  readonly #rules: Map<string, LiveRule[]> = new Map();
  readonly #below: Map<string, readonly string[]> = new Map();
  #count = 0;

  constructor(rulesets: ReadonlyMap<string, readonly LiveRule[]>) {
    for (const [path, rules] of rulesets) this.replaceAll(path, rules);
  }

  /** As they stand now: what is read of them later may be another rule. */
  rulesOf(path: string): readonly LiveRule[] {
    return this.#rules.get(path) ?? NONE;
  }

  has(path: string): boolean {
    return this.#rules.has(path);
  }

  /** Rules of all rulesets. */
  get count(): number {
    return this.#count;
  }

  /** The anchors directly below a path, in byte order of their paths. */
  below(path: string): readonly string[] {
    const known = this.#below.get(path);
    if (known !== undefined) return known;
    const start = path === "" ? "" : `${path}/`;
    const found = [...this.#rules.keys()]
      .filter((it) => it !== "" && it.startsWith(start) && !it.slice(start.length).includes("/"))
      .toSorted((a, b) => (a < b ? -1 : 1));
    this.#below.set(path, found);
    return found;
  }

  /** Callers of a path by wildcard, as paths of rulesets and numbers of rules. */
  *wildcards(path: string): Iterable<readonly [path: string, number: number]> {
    const end = path.lastIndexOf("/");
    const above = end < 0 ? "" : path.slice(0, end);
    for (const [own, rules] of this.#rules) {
      for (const [number, { rule }] of rules.entries()) {
        if (rule.anchor?.wildcard === true && rule.anchor.path === above) yield [own, number];
      }
    }
  }

  /** @throws RangeError if there is no rule of that number */
  replace(path: string, number: number, live: LiveRule): LiveRule {
    const rules = this.#rules.get(path);
    const old = rules?.[number];
    if (rules === undefined || old === undefined) throw new RangeError(`no rule ${path}#${number}`);
    rules[number] = live;
    return old;
  }

  replaceAll(path: string, rules: readonly LiveRule[]): void {
    const old = this.#rules.get(path);
    if (old === undefined) this.#below.clear();
    this.#count += rules.length - (old?.length ?? 0);
    this.#rules.set(path, [...rules]);
  }
}

const NONE: readonly LiveRule[] = [];
