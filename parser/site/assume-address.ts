import { parseAddress, parsePrefix } from "../../model/address-text.ts";
import type { Host, Interface, InterfaceAddress } from "../../model/host.ts";
import { interfaceRoutes } from "../host/routes.ts";

/**
 * Reads `203.0.113.5/24`, the address that an interface will have learned.
 *
 * @returns `network` for a network, which says too little; nothing if it is no address
 */
export function learnedAddress(text: string): InterfaceAddress | "network" | undefined {
  const [address, length] = text.split("/", 2);
  const own = parseAddress(address ?? "");
  const prefix = parsePrefix(text);
  if (own === undefined || prefix === undefined || length === undefined) return undefined;
  const bits = own.family === "inet" ? 32 : 128;
  if (own.value === prefix.value && prefix.length < bits - 1) return "network";
  const rest = (1n << BigInt(bits - prefix.length)) - 1n;
  const isBroadcast = own.family === "inet" && prefix.length < 31;
  const base = { family: own.family, value: own.value, length: prefix.length };
  return isBroadcast ? { ...base, broadcast: own.value | rest } : base;
}

/**
 * A host whose interface has these addresses, with their routes, in place of those that it would learn
 * in their families. The bracket stays open as long as some family is not settled.
 */
export function withAddresses(
  host: Host,
  name: string,
  addresses: readonly InterfaceAddress[],
): Host {
  const settled = new Set(addresses.map(({ family }) => family));
  const changed = (it: Interface): Interface => {
    const automatic = it.automatic.filter((family) => !settled.has(family));
    const unread = it.unread.filter(
      ({ scope }) => scope.kind !== "address" || automatic.length > 0,
    );
    return { ...it, automatic, unread, addresses: [...it.addresses, ...addresses] };
  };
  const interfaces = host.interfaces.map((it) => (it.name === name ? changed(it) : it));
  const routes = interfaces
    .filter((it) => it.name === name)
    .flatMap((it) => interfaceRoutes({ ...it, addresses }));
  return { ...host, interfaces, routes: [...routes, ...host.routes] };
}
