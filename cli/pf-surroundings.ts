import type { KernelRoute, Surroundings } from "../engine/kernel/surroundings.ts";
import { prefixOf } from "../model/address-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { Interface } from "../model/host.ts";
import { addressBits } from "../model/packet.ts";
import { isWithin, parseRouteText, type RouteText } from "../parser/pf-route-text.ts";

/** What is around a pf.conf that stands alone. */
export interface PfSurroundings {
  readonly surroundings: Surroundings;
  /** `--route` was given: other routes than these and the connected ones do not exist. */
  readonly routesKnown: boolean;
}

/** The name of `--route` in diagnostics. */
export const ROUTES = "--route";

/**
 * The interfaces of a table, the routes to their own networks and those that are given, a line each.
 * There are no sockets, and every routing table is of routing domain 0.
 */
export function pfSurroundings(
  { interfaces, rtables }: Environment,
  given: readonly string[],
): PfSurroundings | { readonly diagnostics: readonly Diagnostic[] } {
  const connected = interfaces.flatMap(connectedRoutes);
  const names = interfaces.map((it) => it.name);
  const diagnostics: Diagnostic[] = [];
  const routes = given.flatMap((text, index): readonly KernelRoute[] => {
    const read = parseRouteText(text, { file: ROUTES, line: index + 1, column: 1 }, names);
    const route = "message" in read ? read : kernelRoute(read, connected);
    if (!("message" in route)) return [route];
    diagnostics.push(route);
    return [];
  });
  if (diagnostics.length > 0) return { diagnostics };
  return {
    surroundings: {
      interfaces,
      routes: [...connected, ...routes],
      rtables: new Map([0, ...rtables].map((id) => [id, 0])),
      sockets: [],
      forwarding: true,
    },
    routesKnown: given.length > 0,
  };
}

function connectedRoutes({ name, addresses }: Interface): readonly KernelRoute[] {
  return addresses.flatMap((address) => {
    const { family, value, length, peer } = address;
    const bits = addressBits(family);
    const prefixes =
      peer === undefined
        ? [prefixOf({ family, value }, length)]
        : [value, peer].map((end) => ({ family, value: end, length: bits }));
    return prefixes.map((prefix) => ({ rtable: 0, prefix, interface: name, gateway: undefined }));
  });
}

function kernelRoute(
  { rtable, prefix, gateway, interface: onward, label, span }: RouteText,
  connected: readonly KernelRoute[],
): KernelRoute | Diagnostic {
  const beside = connected.find((it) => gateway !== undefined && isWithin(it.prefix, gateway));
  const name = onward ?? beside?.interface;
  if (name === undefined) {
    return {
      code: "route",
      severity: "error",
      message: "the gateway is in no network of an interface",
      span,
      help: "write an address of a network of --interfaces, or the interface itself",
    };
  }
  const route = { rtable, prefix, interface: name, gateway };
  return label === "" ? route : { ...route, label };
}
