import type { Interface, Route } from "../../model/host.ts";
import * as complaint from "../hostname/diagnostics.ts";
import type { InterfaceDraft } from "../hostname/machine.ts";
import type { HostMachine } from "./machine.ts";
import { interfaceRoutes, rejectRoutes } from "./routes.ts";

/** Every route of the host once it is up: of lines, of addresses, of DHCP, of netstart(8) itself. */
export function allRoutes(
  machine: HostMachine,
  options: { readonly multicast: boolean },
): readonly Route[] {
  return [
    ...machine.routes,
    ...machine.interfaces.flatMap(learnedRoutes),
    ...machine.interfaces.flatMap(interfaceRoutes),
    ...rejectRoutes(options.multicast),
  ];
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
    const { name, kind, rdomain, addresses, automatic, up, link1, members, unread, span } = draft;
    const groups = egress.has(name) ? [...draft.groups, "egress"] : draft.groups;
    return {
      ...{ name, kind, rdomain, addresses, automatic, up, link1, members, unread, span },
      groups: [...new Set(groups)],
      ...(draft.parent === undefined ? {} : { parent: draft.parent }),
      ...(draft.vnetid === undefined ? {} : { vnetid: draft.vnetid }),
      ...(draft.guest === undefined ? {} : { guest: draft.guest }),
      ...tunnelOf(draft),
    };
  });
}

function tunnelOf({ tunnel, tunnelTable, link0 }: InterfaceDraft): Pick<Interface, "tunnel"> {
  if (tunnel === undefined) return {};
  return { tunnel: { ...tunnel, rtable: tunnelTable, strictPort: link0 } };
}

/** Complains about interfaces that no packet passes although some line means them to. */
export function checkInterfaces(machine: HostMachine): void {
  for (const it of machine.interfaces) {
    checkLink(machine, it);
    if (it.kind === "veb") checkPorts(machine, it);
  }
  for (const [name, span] of machine.implied) {
    if (machine.interface(name)?.up === false) {
      machine.diagnostics.push(complaint.neverUp(name, span));
    }
  }
}

function checkLink({ diagnostics }: HostMachine, it: InterfaceDraft): void {
  if (!it.up) return;
  if (it.kind === "vlan" && it.parent === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "parent", it.span));
  }
  if (it.kind === "vlan" && it.vnetid === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "vnetid", it.span));
  }
  if (it.kind === "vxlan" && it.tunnel === undefined) {
    diagnostics.push(complaint.incomplete(it.name, "tunnel", it.span));
  }
}

/** A port of a veb(4) gives its frames to the veb: its own addresses are dead (3.3). */
function checkPorts(machine: HostMachine, veb: InterfaceDraft): void {
  for (const name of veb.members) {
    const port = machine.interface(name);
    const dead = port !== undefined && port.kind !== "vport" && port.addresses.length > 0;
    if (dead) machine.diagnostics.push(complaint.deadAddress(name, veb.name, port.span));
  }
}
