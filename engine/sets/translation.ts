import type { PortTest, Rule, Translation } from "../../model/rule.ts";
import { type Asking, dynamicSet } from "./criteria.ts";
import type { PacketSet } from "./packet-sets.ts";
import { fieldAddress } from "./packets.ts";
import { compose, IDENTITY, type Rewrite } from "./rewrite.ts";

/**
 * The translation that a rule asks for, or nothing if it can never be carried out.
 *
 * `nat-to` writes the source, `rdr-to` the destination. A port range is the network's choice.
 */
export function translationOf(asking: Asking, rule: Rule): Rewrite | undefined {
  let result = IDENTITY;
  if (rule.nat !== undefined) {
    const source = addressSet(asking, rule.nat, "source");
    if (source === asking.sets.empty) return undefined;
    const sourcePort = portSet(asking, rule.nat, "sourcePort");
    result = compose(result, {
      source,
      icmpId: true,
      ...(sourcePort === undefined ? {} : { sourcePort }),
    });
  }
  if (rule.rdr !== undefined) {
    const destination = addressSet(asking, rule.rdr, "destination");
    if (destination === asking.sets.empty) return undefined;
    const destinationPort = redirectedPorts(asking, rule.rdr, rule.destination.port);
    result = compose(result, {
      destination,
      ...(destinationPort === undefined ? {} : { destinationPort }),
    });
  }
  return result;
}

/** New addresses, of any family the pool has: the rule's family test keeps them apart. */
function addressSet(
  asking: Asking,
  { address }: Translation,
  field: "source" | "destination",
): PacketSet {
  const { sets } = asking;
  if (address.kind === "dynamic")
    return sets.forget(dynamicSet(asking, address, field).may, ["family"]);
  const low = fieldAddress(address.family, address.value);
  const unused = address.family === "inet" ? (1n << 96n) - 1n : 0n;
  return sets.range(field, low, low | unused);
}

/**
 * Ports that `rdr-to` gives.
 *
 * Where the port test has a port below its first number, the kernel's arithmetic also leads below
 * the range, or around (pf-semantics.md 37 A10).
 */
function redirectedPorts(
  { sets }: Asking,
  { ports }: Translation,
  asked: PortTest | undefined,
): PacketSet | undefined {
  if (ports === undefined) return undefined;
  const { first, last } = ports;
  const span = last - first + 1;
  const upward =
    asked === undefined || ["=", ">", ">=", "range", "inside"].includes(asked.operator);
  const lowest = upward || span === 1 ? first : first - span + 1;
  if (span < 1 || lowest < 1) return sets.all;
  return sets.range("destinationPort", BigInt(lowest), BigInt(last));
}

function portSet(
  { sets }: Asking,
  { ports }: Translation,
  field: "sourcePort" | "destinationPort",
): PacketSet | undefined {
  if (ports === undefined) return undefined;
  return sets.range(field, BigInt(ports.first), BigInt(ports.last));
}
