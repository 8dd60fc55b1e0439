import type { EntrySet } from "../../kernel/entry-set.ts";
import type { PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import type { End } from "../packets.ts";

interface Known {
  readonly version: number;
  readonly sets: Map<End, PacketSet>;
}

const KNOWN: WeakMap<PacketFunctions, WeakMap<EntrySet, Known>> = new WeakMap();

/** Packets whose address a table holds now; made once as long as the table does not change. */
export function entriesSet(sets: PacketFunctions, entries: EntrySet, field: End): PacketSet {
  let byEntries = KNOWN.get(sets);
  if (byEntries === undefined) {
    byEntries = new WeakMap();
    KNOWN.set(sets, byEntries);
  }
  let known = byEntries.get(entries);
  if (known?.version !== entries.version) {
    known = { version: entries.version, sets: new Map() };
    byEntries.set(entries, known);
  }
  let set = known.sets.get(field);
  if (set === undefined) {
    set = sets.tableSet(field, entries.packed());
    known.sets.set(field, set);
  }
  return set;
}
