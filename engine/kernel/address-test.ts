import type { Prefix } from "../../model/address.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { PfAddress } from "../../model/pf-rule.ts";
import { dynamicEntries } from "./interfaces.ts";
import type { Routes } from "./routes.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Tables } from "./tables.ts";

/** What addresses of rules mean at one moment. */
export interface AddressContext {
  readonly surroundings: Surroundings;
  readonly routes: Routes;
  readonly tables: Tables;
}

/**
 * Whether an address of a packet meets that of a rule (section 15; follows PF_MISMATCHAW, OpenBSD
 * 7.8). What only the running host can look up meets nothing.
 *
 * @param rtable - of the evaluation as of this moment
 * @param anchor - of the rule
 * @param interface_ - of the evaluation, the outgoing one if the packet goes out
 */
export function matchesAddress(
  context: AddressContext,
  address: PfAddress,
  negated: boolean,
  family: Family,
  value: bigint,
  rtable: number,
  anchor: string,
  interface_: string,
): boolean {
  const { surroundings, routes, tables } = context;
  switch (address.kind) {
    case "any":
      return !negated;
    case "prefix":
      return covers(address.prefix, family, value) !== negated;
    case "range": {
      const { family: of, first, last } = address.range;
      return (of === family && first <= value && value <= last) !== negated;
    }
    case "table": {
      const table = tables.find(anchor, address.name);
      return (table?.entries.contains(family, value) ?? false) !== negated;
    }
    case "dynamic":
      return dynamicEntries(surroundings, address).contains(family, value) !== negated;
    case "no-route": {
      const routable =
        isScoped(family, value) || routes.lookUp(rtable, family, value) !== undefined;
      return routable === negated;
    }
    case "urpf-failed": {
      const back = isScoped(family, value) || isEncapsulating(interface_);
      const routable = back || routes.lookUp(rtable, family, value)?.interface === interface_;
      return routable === negated;
    }
    case "route": {
      const scoped = isScoped(family, value);
      const label = scoped ? undefined : routes.lookUp(rtable, family, value)?.label;
      return (label === address.label) !== negated;
    }
    case "unknown":
      return false;
  }
}

/** Interfaces of IPsec, which have no routes of their own. */
export function isEncapsulating(name: string): boolean {
  return /^enc\d/.test(name);
}

function covers({ family, value, length }: Prefix, of: Family, address: bigint): boolean {
  if (length === 0) return true;
  if (family !== of) return false;
  const rest = BigInt(addressBits(family) - length);
  return address >> rest === value >> rest;
}

/** Link-local addresses, multicast of link and interface scope: no route is asked for them. */
function isScoped(family: Family, value: bigint): boolean {
  if (family === "inet") return false;
  if (value >> 118n === 0x3fan) return true;
  const scope = (value >> 112n) & 0xfn;
  return value >> 120n === 0xffn && (scope === 1n || scope === 2n);
}
