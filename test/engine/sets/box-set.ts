import type { Box, Field, PacketSet, PacketSets } from "../../../engine/sets/packet-sets.ts";

/** The packets of one box. */
export function boxSet(sets: PacketSets, box: Box): PacketSet {
  let set = sets.all;
  for (const [field, [first, last]] of Object.entries(box)) {
    set = sets.and(set, sets.range(field as Field, first, last));
  }
  return set;
}
