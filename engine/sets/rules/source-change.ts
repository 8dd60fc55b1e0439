import type { RuleSite } from "./rule-words.ts";
import type { Source } from "./situation.ts";
import { type Edit, editOf } from "./source-edits.ts";
import type { SourceIndex } from "./source-index.ts";

/** What a source that has become another one can have changed. */
export interface SourceChange {
  readonly edits: ReadonlyMap<string, Edit>;
  /**
   * By path: positions, as they are now, of rules that are the same, but ask tables that are not, or
   * call rulesets that are not.
   */
  readonly touched: ReadonlyMap<string, ReadonlySet<number>>;
}

/** What became of the rulesets. */
export function editsOf(before: Source, after: Source): ReadonlyMap<string, Edit> {
  const edits = new Map<string, Edit>();
  for (const path of new Set([...before.rulesets.keys(), ...after.rulesets.keys()])) {
    const edit = editOf(path, before.rulesets.get(path) ?? [], after.rulesets.get(path) ?? []);
    if (edit !== undefined) edits.set(path, edit);
  }
  return edits;
}

/** Undefined: it may have changed everything. */
export function changeOf(
  before: SourceIndex,
  after: SourceIndex,
  edits: ReadonlyMap<string, Edit>,
): SourceChange | undefined {
  if (!after.isLike(before)) return undefined;
  const reach = new Reach(edits);
  for (const site of after.askingOtherTables(before)) reach.touch(site);
  // a set is walked with what is added on the way
  for (const path of reach.changed) {
    for (const site of after.callersOf(path)) reach.touch(site);
    for (const site of before.callersOf(path)) reach.touchOld(site);
  }
  return { edits, touched: reach.touched };
}

/** Rulesets that say something else, and the rules by which they do. */
class Reach {
  readonly changed: Set<string>;
  readonly touched: Map<string, Set<number>> = new Map();
  readonly #edits: ReadonlyMap<string, Edit>;

  constructor(edits: ReadonlyMap<string, Edit>) {
    this.#edits = edits;
    this.changed = new Set(edits.keys());
  }

  touch([path, positions]: RuleSite): void {
    const known = this.touched.get(path) ?? new Set();
    for (const position of positions) known.add(position);
    this.touched.set(path, known);
    this.changed.add(path);
  }

  /** As {@link touch}, of positions as they were: rules that are no more are edits. */
  touchOld([path, positions]: RuleSite): void {
    const { first = 0, removed = 0, added = 0 } = this.#edits.get(path) ?? {};
    const kept = positions.filter((it) => it < first || it >= first + removed);
    this.touch([path, kept.map((it) => (it < first ? it : it + added - removed))]);
  }
}
