import type { Clip } from "../clip.ts";
import type { PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { boxSet } from "./runs.ts";

/** The packets of a clip. */
export function clipSet(sets: PacketFunctions, { cubes }: Clip): PacketSet {
  return boxSet(sets, { cubes, box: 0, count: 1 });
}
