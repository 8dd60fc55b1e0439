import { bddPacketFunctions } from "./bdd/bdd-packet-functions.ts";
import { intervalPacketFunctions } from "./intervals/interval-packet-functions.ts";
import type { PacketFunctions } from "./packet-functions.ts";
import type { SetsName } from "./packet-sets.ts";

export interface SetsOptions {
  /** Nodes that may be made. */
  readonly budget?: number;
  /** Called often while nodes are made; may throw to stop. */
  readonly poll?: () => void;
}

/** Packet sets and functions, empty: handles of one are nothing to another. */
export function packetFunctions(name: SetsName, options: SetsOptions): PacketFunctions {
  return name === "bdd" ? bddPacketFunctions(options) : intervalPacketFunctions(options);
}
