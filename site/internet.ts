import type { Host } from "../model/host.ts";
import type { Cloud, InterfaceReference, Network } from "../model/network.ts";

/**
 * The cloud `internet` that nobody wrote: there if exactly one interface of the site has a default
 * route, no cable, cloud or device is on it, and nothing else is called so.
 */
export function inferredInternet(network: Network): readonly Cloud[] {
  const named = [...network.cables, ...network.clouds, ...network.devices, ...network.hosts];
  if (named.some((it) => it.name === "internet")) return [];
  const ends = network.hosts.flatMap(defaultInterfaces);
  const [only] = ends;
  if (only === undefined || ends.length > 1) return [];
  const joined = [...network.cables, ...network.clouds].flatMap((it) => it.ends);
  const taken =
    joined.some((end) => end.host === only.host && end.interface === only.interface) ||
    network.devices.some(
      ({ at }) =>
        at.kind === "interface" && at.host === only.host && at.interface === only.interface,
    );
  return taken ? [] : [{ name: "internet", ends: [only] }];
}

/** Interfaces of a host that hold a default route of any table. */
function defaultInterfaces(host: Host): readonly InterfaceReference[] {
  const names = new Set(
    host.routes.filter((it) => it.prefix.length === 0).flatMap((it) => it.interface ?? []),
  );
  return host.interfaces
    .filter((it) => names.has(it.name) && it.kind !== "loopback")
    .map((it) => ({ host: host.name, interface: it.name, span: it.span }));
}
