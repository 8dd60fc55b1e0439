import { type Host, type Interface, type Route, STOCK_SWITCHES } from "../../model/host.ts";
import type { AdversaryLevel, Conduit, Network, Zone } from "../../model/network.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { Span } from "../../model/source.ts";

export const NOWHERE: Span = { file: "test", line: 1, column: 1, length: 1 };

/** A host with forwarding on, and a local route for each of its addresses. */
export function hostOf(
  name: string,
  interfaces: readonly Interface[],
  routes: readonly Route[],
  pfConf?: PfConf,
): Host {
  return {
    name,
    interfaces,
    routes: [...routes, ...localRoutes(interfaces)],
    forwarding: { inet: true, inet6: true },
    switches: STOCK_SWITCHES,
    guests: [],
    pfConf,
    relays: [],
    unread: [],
    files: [],
  };
}

/** A network whose zones are one wire or one host each, and whose conduits allow everything. */
export function networkOf(
  hosts: readonly Host[],
  zones: Readonly<Record<string, string>>,
  conduits: readonly (readonly [from: string, to: string])[],
  adversary: AdversaryLevel = "spoof",
): Network {
  return {
    hosts,
    cables: [],
    clouds: [],
    devices: [],
    apart: [],
    zones: Object.entries(zones).map(([name, at]) => zoneOf(name, at)),
    conduits: conduits.map(([from, to]): Conduit => {
      return { from, to, services: [{ kind: "any" }], required: false, span: NOWHERE };
    }),
    adversary,
    assumptions: [],
    waivers: [],
    pending: [],
  };
}

function zoneOf(name: string, at: string): Zone {
  const [host = "", it] = at.split(":");
  const place =
    it === undefined
      ? ({ kind: "host", host, span: NOWHERE } as const)
      : ({ kind: "interface", host, interface: it, span: NOWHERE } as const);
  return { name, at: [place], span: NOWHERE };
}

function localRoutes(interfaces: readonly Interface[]): readonly Route[] {
  return interfaces.flatMap((it) =>
    it.addresses.map(({ family, value }) => ({
      rtable: it.rdomain,
      prefix: { family, value, length: family === "inet" ? 32 : 128 },
      interface: it.name,
      local: true,
    })),
  );
}
