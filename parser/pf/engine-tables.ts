import type { PackedEntries, PfConfiguration, PfTable } from "../../model/pf-rule.ts";
import type { Table, TableEntry } from "../../model/rule.ts";
import type { Span } from "../../model/source.ts";
import type { Unread } from "../../model/unread.ts";

/** A table as the engines take it; what is not known of it opens a bracket. */
export function engineTable(
  table: PfTable,
  note: (name: string, span: Span, effect: string) => Unread,
): Table {
  const { name, anchor, span } = table;
  const entries: TableEntry[] = [];
  for (const it of table.contents) {
    if (it.kind !== "addresses") pushEntries(it.entries, entries);
  }
  const runtime =
    table.contents.length === 0 && table.persist ? "is filled at run time" : undefined;
  const open = table.open ?? runtime;
  if (open === undefined) return { name, anchor, entries, span };
  return { name, anchor, entries, span, unread: note(name, span, `table <${name}> ${open}`) };
}

function pushEntries(packed: PackedEntries, into: TableEntry[]): void {
  const { count, offsets, words, lengths, marks } = packed;
  for (let at = 0; at < count; at++) {
    const mark = marks[at] ?? 0;
    const offset = offsets[at] ?? 0;
    let value = BigInt(words[offset] ?? 0);
    if ((mark & 1) !== 0) {
      for (let it = 1; it < 4; it++) value = (value << 32n) | BigInt(words[offset + it] ?? 0);
    }
    const family = (mark & 1) === 0 ? "inet" : "inet6";
    const prefix = { family, value, length: lengths[at] ?? 0 } as const;
    into.push({ prefix, negated: (mark & 2) !== 0 });
  }
}

/** Tables that a rule's `overload` fills, with the statement of the first such rule. */
export function overloadedTables(runs: readonly PfConfiguration[]): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>();
  for (const run of runs) {
    for (const { rules } of run.rulesets.values()) {
      for (const { stateOptions, origin } of rules) {
        const { overload } = stateOptions;
        if (overload !== "" && !found.has(overload)) found.set(overload, origin.span);
      }
    }
  }
  return found;
}
