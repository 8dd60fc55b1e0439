import { prefixOf } from "../../model/address-text.ts";
import type { Interface, InterfaceAddress } from "../../model/host.ts";
import { addressBits } from "../../model/packet.ts";
import type { DynamicAddress } from "../../model/pf-rule.ts";
import { EntrySet } from "./entry-set.ts";
import type { Surroundings } from "./surroundings.ts";

/** Whether `name` is the interface or one of its groups. */
export function isNamed({ name: own, groups }: Interface, name: string): boolean {
  return own === name || groups.includes(name);
}

/**
 * Whether a rule for an interface, a group or `any`, which is every interface but loopbacks, is for
 * packets of this one (follows pfi_kif_match, OpenBSD 7.8).
 */
export function matchesInterface(
  { interfaces }: Surroundings,
  packetInterface: string,
  ruleInterface: string,
): boolean {
  return (
    packetInterface === ruleInterface || namesOf(interfaces, packetInterface).has(ruleInterface)
  );
}

const NOTHING: ReadonlySet<string> = new Set();
const names = new WeakMap<readonly Interface[], Map<string, ReadonlySet<string>>>();

/** What rules may call an interface besides its name. */
function namesOf(interfaces: readonly Interface[], name: string): ReadonlySet<string> {
  let byName = names.get(interfaces);
  if (byName === undefined) {
    byName = new Map();
    for (const { name: own, groups, kind } of interfaces) {
      const others = kind === "loopback" ? groups.filter((it) => it !== "any") : [...groups, "any"];
      if (!byName.has(own)) byName.set(own, new Set(others));
    }
    names.set(interfaces, byName);
  }
  return byName.get(name) ?? NOTHING;
}

/** By the list of interfaces: it is replaced, not changed, when an address changes. */
const known = new WeakMap<readonly Interface[], WeakMap<DynamicAddress, EntrySet>>();

/**
 * The table that stands behind `(if:part)/length` (follows pfi_table_update and pfi_instance_add,
 * OpenBSD 7.8): addresses of the interface, or of all members of the group if none has that name.
 */
export function dynamicEntries({ interfaces }: Surroundings, dynamic: DynamicAddress): EntrySet {
  let byAddress = known.get(interfaces);
  if (byAddress === undefined) {
    byAddress = new WeakMap();
    known.set(interfaces, byAddress);
  }
  let entries = byAddress.get(dynamic);
  if (entries === undefined) {
    entries = entriesOf(interfaces, dynamic);
    byAddress.set(dynamic, entries);
  }
  return entries;
}

function entriesOf(interfaces: readonly Interface[], dynamic: DynamicAddress): EntrySet {
  const entries = new EntrySet();
  const { name } = dynamic;
  const own = interfaces.filter((it) => it.name === name);
  const members = own.length > 0 ? own : interfaces.filter((it) => isNamed(it, name));
  for (const it of name === "self" ? interfaces : members) addInterface(entries, it, dynamic);
  return entries;
}

function addInterface(entries: EntrySet, it: Interface, dynamic: DynamicAddress): void {
  const taken = new Set<string>();
  for (const address of it.addresses) {
    const { family } = address;
    const value = partOf(address, dynamic.part);
    if (value === undefined || (dynamic.first && taken.has(family))) continue;
    taken.add(family);
    const full = addressBits(family);
    const whole = dynamic.part === "network" ? address.length : full;
    // a mask of its own stands for the network's as well, even a longer one
    const length = dynamic.length >= full ? whole : dynamic.length;
    entries.add(prefixOf({ family, value }, length), false);
  }
}

/** First ten bits of fe80::/10. */
const LINK_LOCAL = 0x3fan;

function partOf(address: InterfaceAddress, part: DynamicAddress["part"]): bigint | undefined {
  const { family, value } = address;
  switch (part) {
    case "address":
      return value;
    case "network":
      return family === "inet6" && value >> 118n === LINK_LOCAL ? undefined : value;
    case "broadcast":
      return family === "inet" ? address.broadcast : undefined;
    case "peer":
      return address.peer;
  }
}
