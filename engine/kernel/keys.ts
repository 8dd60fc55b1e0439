import type { Direction } from "./criteria.ts";
import type { Translated } from "./evaluation.ts";
import type { StateKey } from "./state.ts";

/** The key of a packet with these addresses, as it crosses an interface (section 6). */
export function keyOf(
  at: Translated,
  protocol: number,
  rdomain: number,
  direction: Direction,
): StateKey {
  const { family, source, destination, sourcePort, destinationPort } = at;
  return direction === "in"
    ? {
        family,
        protocol,
        rdomain,
        address0: source,
        address1: destination,
        port0: sourcePort,
        port1: destinationPort,
      }
    : {
        family,
        protocol,
        rdomain,
        address0: destination,
        address1: source,
        port0: destinationPort,
        port1: sourcePort,
      };
}

/** The addresses of a packet of this key that crosses in `direction`. */
export function addressesOf(key: StateKey, direction: Direction): Translated {
  const { family, address0, address1, port0, port1 } = key;
  return direction === "in"
    ? {
        family,
        source: address0,
        destination: address1,
        sourcePort: port0,
        destinationPort: port1,
      }
    : {
        family,
        source: address1,
        destination: address0,
        sourcePort: port1,
        destinationPort: port0,
      };
}

export function isSameKey(one: StateKey, other: StateKey): boolean {
  return (
    one === other ||
    (one.family === other.family &&
      one.protocol === other.protocol &&
      one.rdomain === other.rdomain &&
      one.address0 === other.address0 &&
      one.address1 === other.address1 &&
      one.port0 === other.port0 &&
      one.port1 === other.port1)
  );
}
