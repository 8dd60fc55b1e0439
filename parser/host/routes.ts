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

/** Why the kernel refused a route; `there`: the line that added the one it has. */
export type RouteRefusal =
  | "no interface"
  | "no connected network"
  | "no such route"
  | { readonly there: Span };

/** The priority of routes that route(8) adds, RTP_STATIC. */
const STATIC = 8;

/**
 * Adds, changes or deletes a route as route(8) does.
 *
 * A second route to a network needs `-mpath` or another priority (OB:rtable.c, EEXIST).
 */
export function runRouteCommand(
  machine: HostMachine,
  command: RouteCommand,
  span: Span,
): RouteRefusal | undefined {
  const at = machine.routes.findIndex((route) => isSame(route, command));
  const there = machine.routes[at];
  if (command.verb === "add") {
    const isTaken = there !== undefined && command.mpath !== true;
    return isTaken ? { there: there.span } : addRoute(machine, command, span);
  }
  if (there === undefined) return "no such route";
  machine.routes.splice(at, 1);
  if (command.verb === "delete") return undefined;
  const refused = addRoute(machine, command, span);
  if (refused !== undefined) machine.routes.splice(at, 0, there);
  return refused;
}

/** Whether the network of a command may be one that an interface has made a route to. */
export function isOfInterface(machine: HostMachine, { rtable, prefix }: RouteCommand): boolean {
  const { family, value, length } = prefix;
  const rest = BigInt(addressBits(family) - length);
  return machine.interfaces.some((it) => {
    if (it.rdomain !== machine.rdomainOf(rtable)) return false;
    if (it.automatic.includes(family)) return true;
    return it.addresses.some((own) => {
      return own.family === family && own.value >> rest === value >> rest && own.length <= length;
    });
  });
}

function isSame(route: Route, { verb, rtable, prefix, priority, gateway }: RouteCommand): boolean {
  const { family, value, length } = route.prefix;
  if (route.rtable !== rtable || family !== prefix.family || length !== prefix.length) return false;
  if (value !== prefix.value) return false;
  if (verb === "delete" && gateway !== undefined && route.gateway !== gateway.value) return false;
  const own = route.priority ?? STATIC;
  return verb === "add" ? own === (priority ?? STATIC) : priority === undefined || own === priority;
}

/**
 * Its gateway must lie on a network of the table's routing domain.
 *
 * A gateway on no declared network may lie on one that DHCP gives; a single such interface is taken.
 */
function addRoute(
  machine: HostMachine,
  command: RouteCommand,
  span: Span,
): RouteRefusal | undefined {
  const { rtable, prefix, gateway, priority } = command;
  const base = { rtable, prefix, local: false, span, ...(priority && { priority }) };
  if (command.discards !== undefined) {
    machine.routes.push({ ...base, discards: command.discards });
    return undefined;
  }
  if (command.interface !== undefined && machine.interface(command.interface) === undefined) {
    return "no interface";
  }
  const it = command.interface ?? (gateway && interfaceTowards(machine, rtable, gateway));
  if (it === undefined) return "no connected network";
  const route = { ...base, interface: it };
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
export function interfaceRoutes(
  it: Pick<InterfaceDraft, "name" | "kind" | "rdomain" | "up"> & {
    readonly addresses: readonly InterfaceAddress[];
  },
): readonly Route[] {
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
    return prefix === undefined ? [] : [{ rtable: 0, prefix, discards: "reject", local: false }];
  });
}
