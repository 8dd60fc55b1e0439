import type { Interface, Route } from "../../model/host.ts";
import * as complaint from "../hostname/diagnostics.ts";
import { driverOf } from "../hostname/interface-kind.ts";
import type { InterfaceDraft } from "../hostname/machine.ts";
import type { HostMachine } from "./machine.ts";
import { interfaceRoutes, rejectRoutes } from "./routes.ts";

/** Every route of the host once it is up: of lines, of addresses, of DHCP, of netstart(8) itself. */
export function allRoutes(
  machine: HostMachine,
  options: { readonly multicast: boolean },
): readonly Route[] {
  const routes = [
    ...machine.interfaces.flatMap(interfaceRoutes),
    ...machine.routes,
    ...machine.interfaces.flatMap(learnedRoutes),
    ...rejectRoutes(options.multicast),
  ];
  return routes.toSorted((a, b) => priorityOf(a) - priorityOf(b));
}

/** Local 1, connected 4, static 8: the best one of a network comes first (OB:sys/net/route.h, RTP_). */
function priorityOf({ local, gateway, discards, span, priority }: Route): number {
  if (local) return 1;
  if (priority !== undefined) return priority;
  const isConnected = gateway === undefined && discards === undefined && span === undefined;
  return isConnected ? 4 : 8;
}

/** DHCP and router advertisements give a default route through the interface they come in on. */
function learnedRoutes({ learns, rdomain, name, span }: InterfaceDraft): readonly Route[] {
  return learns.map((family) => {
    const prefix = { family, value: 0n, length: 0 };
    return { rtable: rdomain, prefix, interface: name, local: false, span };
  });
}

/** Opens the bracket of every address that comes from the network (claims.md 4). */
export function bracketLearned(machine: HostMachine): void {
  for (const it of machine.interfaces) {
    if (it.learns.length === 0) continue;
    const where = "outside every network declared elsewhere in its rdomain";
    machine.leaveUnread({
      scope: "address",
      on: it,
      words: [{ text: `${it.name} ${it.learns.join(" ")} autoconf`, shell: false, span: it.span }],
      span: it.span,
      effect: `its address is not in the files: it lies ${where}`,
      isLine: false,
      settle: `assume: { address: { "${machine.host}:${it.name}": ADDRESS/LENGTH } }`,
    });
  }
}

/** The interfaces as the model has them; `egress` goes to those that hold a default route (2.1). */
export function finished(machine: HostMachine, routes: readonly Route[]): readonly Interface[] {
  const egress = new Set(
    routes
      .filter((route) => route.rtable === 0 && route.prefix.length === 0)
      .map((route) => route.interface),
  );
  return machine.interfaces.map((draft): Interface => {
    const groups = egress.has(draft.name) ? [...draft.groups, "egress"] : draft.groups;
    const { name, kind, rdomain, addresses, automatic, up, members, spans, unread, span } = draft;
    const { link0, link1, link2, monitor, staticArp, locked } = draft;
    return {
      ...{ name, kind, rdomain, addresses, automatic, up, members, spans, unread, span },
      ...{ link0, link1, link2, monitor, staticArp, locked },
      groups: [...new Set(groups)],
      ports: members.flatMap((member) => draft.ports.get(member) ?? []),
      ...saidOf(draft),
      ...tunnelOf(draft),
      ...wireguardOf(draft),
    };
  });
}

/** What not every interface has. */
function saidOf(draft: InterfaceDraft): Partial<Interface> {
  const { parent, vnetid, vhid, peer, guest, lladdr, guestLladdr } = draft;
  return {
    ...(parent === undefined ? {} : { parent }),
    ...(vnetid === undefined ? {} : { vnetid }),
    ...(vhid === undefined ? {} : { vhid }),
    ...(peer === undefined ? {} : { peer }),
    ...(guest === undefined ? {} : { guest }),
    ...(lladdr === undefined ? {} : { lladdr }),
    ...(guestLladdr === undefined ? {} : { guestLladdr }),
  };
}

function tunnelOf({ tunnel, tunnelTable, link0 }: InterfaceDraft): Pick<Interface, "tunnel"> {
  if (tunnel === undefined) return {};
  return { tunnel: { ...tunnel, rtable: tunnelTable, strictPort: link0 } };
}

function wireguardOf(draft: InterfaceDraft): Partial<Interface> {
  const { name, wgPort, wgPeers, wgNetworks, tunnelTable } = draft;
  if (driverOf(name) !== "wg") return {};
  const networks = Map.groupBy(wgNetworks.values(), ({ peer }) => peer);
  const peers = [...wgPeers.values()].map((it) => {
    return { ...it, allowed: (networks.get(it.key) ?? []).map(({ prefix }) => prefix) };
  });
  const wireguard = { rtable: tunnelTable, peers };
  return { wireguard: wgPort === undefined ? wireguard : { ...wireguard, port: wgPort } };
}

/** Complains about interfaces that no packet passes although some line means them to. */
export function checkInterfaces(machine: HostMachine): void {
  for (const it of machine.interfaces) {
    checkLink(machine, it);
    if (it.kind === "veb" || it.kind === "trunk" || it.kind === "aggr") checkPorts(machine, it);
  }
  for (const [name, span] of machine.implied) {
    if (machine.interface(name)?.up === false) {
      machine.diagnostics.push(complaint.neverUp(name, span));
    }
  }
}

function checkLink({ diagnostics }: HostMachine, it: InterfaceDraft): void {
  if (!it.up) return;
  const isTagged = it.kind === "vlan" || it.kind === "svlan";
  if (isTagged && it.parent === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "parent", it.span));
  }
  if (isTagged && it.vnetid === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "vnetid", it.span));
  }
  if (it.kind === "carp" && it.parent === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "carpdev", it.span));
  }
  if (it.kind === "carp" && it.vhid === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "vhid", it.span));
  }
  if ((it.kind === "pair" || it.kind === "rport") && it.peer === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "other end", it.span));
  }
  if ((it.kind === "trunk" || it.kind === "aggr") && it.members.length === 0) {
    diagnostics.push(complaint.incomplete(it.name, "port", it.span));
  }
  if (it.kind === "vxlan" && it.tunnel === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "tunnel", it.span));
  }
}

/** A port of a veb(4), trunk(4) or aggr(4) gives its frames away: its own addresses are dead (3.3, 3.8). */
function checkPorts(machine: HostMachine, veb: InterfaceDraft): void {
  for (const name of veb.members) {
    const port = machine.interface(name);
    const dead = port !== undefined && port.kind !== "vport" && port.addresses.length > 0;
    if (dead) machine.diagnostics.push(complaint.deadAddress(name, veb, port.span));
  }
}
