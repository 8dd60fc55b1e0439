import type { Packet } from "../../../model/packet.ts";
import type { Closure } from "../../claims/closure.ts";
import { slices } from "../../claims/violations.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { packetOf } from "../../sets/packets.ts";

/**
 * A packet of a set that a reader knows, if there is one; nothing if the set is empty.
 *
 * @param preferred - the first of them that the set has some of is taken
 */
export function likely(
  closure: Closure,
  set: PacketSet,
  preferred: readonly PacketSet[] = [],
): Packet | undefined {
  const { sets } = closure;
  const parts = preferred.map((it) => sets.and(set, it));
  const among = parts.find((it) => it !== sets.empty) ?? set;
  const [slice = among] = slices(closure, among);
  const values = sets.sample(slice);
  return values && packetOf(values);
}
