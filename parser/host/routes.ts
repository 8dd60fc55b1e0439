import type { Address, Prefix } from "../../model/address.ts";
import { parsePrefix, prefixOf } from "../../model/address-text.ts";
import type { InterfaceAddress, Route } from "../../model/host.ts";
import { addressBits } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import { isPointToPoint } from "../hostname/address-words.ts";
import type { InterfaceDraft } from "../hostname/machine.ts";
import type { RouteCommand } from "../hostname/route-command.ts";
import type { HostMachine } from "./machine.ts";

/** A route that a line adds, when netstart(8) runs it. */
export type RouteDraft = Route & { readonly span: Span };

/** Why a route could not be added. */
export type RouteRefusal = "no interface" | "no connected network";

/**
 * Adds a route as route(8) does: its gateway must lie on a network of the table's routing domain.
 *
 * A gateway on no declared network may lie on one that DHCP gives; a single such interface is taken.
 */
export function addRoute(
  machine: HostMachine,
  command: RouteCommand,
  span: Span,
): RouteRefusal | undefined {
  const { rtable, prefix, gateway } = command;
  if (command.discards) {
    machine.routes.push({ rtable, prefix, local: false, span });
    return undefined;
  }
  if (command.interface !== undefined && machine.interface(command.interface) === undefined) {
    return "no interface";
  }
  const it = command.interface ?? (gateway && interfaceTowards(machine, rtable, gateway));
  if (it === undefined) return "no connected network";
  const route = { rtable, prefix, interface: it, local: false, span };
  machine.routes.push(gateway === undefined ? route : { ...route, gateway: gateway.value });
  return undefined;
}

/** The interface whose network holds `gateway`; the longest prefix wins. */
export function interfaceTowards(
  machine: HostMachine,
  rtable: number,
  gateway: Address,
): string | undefined {
  const rdomain = machine.rdomainOf(rtable);
  let best: { readonly name: string; readonly length: number } | undefined;
  for (const { on, address } of machine.addressesIn(rdomain)) {
    if (address.family !== gateway.family || !on.up) continue;
    const length = reach(on, address, gateway.value);
    if (length !== undefined && (best === undefined || length > best.length)) {
      best = { name: on.name, length };
    }
  }
  if (best !== undefined) return best.name;
  const automatic = machine.interfaces.filter(
    (it) => it.rdomain === rdomain && it.automatic.includes(gateway.family),
  );
  return automatic.length === 1 ? automatic[0]?.name : undefined;
}

/** How many bits of `target` the address's network has in common with it, if all of them. */
function reach(on: InterfaceDraft, address: InterfaceAddress, target: bigint): number | undefined {
  const bits = addressBits(address.family);
  if (address.value === target || address.peer === target) return bits;
  if (isPointToPoint(on) && address.peer !== undefined) return undefined;
  const rest = BigInt(bits - address.length);
  return address.value >> rest === target >> rest ? address.length : undefined;
}

/** Routes that exist because interfaces have addresses: the addresses themselves and their networks. */
export function interfaceRoutes(it: InterfaceDraft): readonly Route[] {
  return it.addresses.flatMap((address): readonly Route[] => {
    const { family, value, length, peer } = address;
    const bits = addressBits(family);
    const base = { rtable: it.rdomain, interface: it.name };
    const own: Route = { ...base, prefix: { family, value, length: bits }, local: true };
    if (it.kind === "loopback" || !it.up) return [own];
    if (isPointToPoint(it) && peer !== undefined) {
      return [own, { ...base, prefix: { family, value: peer, length: bits }, local: false }];
    }
    const linkLocal = family === "inet6" && value >> 118n === 0x3fan;
    if (length === bits || linkLocal) return [own];
    return [own, { ...base, prefix: prefixOf({ family, value }, length), local: false }];
  });
}

/** Networks that netstart(8) rejects in table 0; those of link scope are left to the interfaces. */
export function rejectRoutes(multicast: boolean): readonly Route[] {
  const networks = ["127.0.0.0/8", "fec0::/10", "::ffff:0:0/96", "::/96"];
  const sixToFour = ["2002:e000::/20", "2002:7f00::/24", "2002::/24", "2002:ff00::/24"];
  return [...networks, ...sixToFour, ...(multicast ? [] : ["224.0.0.0/4"])].flatMap((text) => {
    const prefix: Prefix | undefined = parsePrefix(text);
    return prefix === undefined ? [] : [{ rtable: 0, prefix, local: false }];
  });
}
