import type { Reason } from "../../model/answer.ts";
import { bridgeOf } from "../path/points.ts";
import type { Wire } from "../path/wiring.ts";
import { type Plan, wiresOf } from "./plan.ts";

/**
 * What levels `layer2` and above would add for a pair of zones, and is not modelled yet.
 *
 * Nothing iff on every wire of both zones there is one host, no other zone, no bridge and no VLAN: then
 * there is no station to impersonate and no tag that would lead elsewhere.
 */
export function layer2Reasons(plan: Plan, from: number, to: number): readonly Reason[] {
  if (plan.level === "assigned" || plan.level === "spoof") return [];
  const wires = [from, to].flatMap((zone) => wiresOf(plan, zone));
  const open = wires.find((wire) => !isPlain(plan, wire));
  if (open === undefined) return [];
  return [
    {
      text: `forged MAC addresses and VLAN tags on ${open.name} are not modelled at level \`${plan.level}\``,
      settle: "ask at level `spoof`",
    },
  ];
}

function isPlain(plan: Plan, wire: Wire): boolean {
  const zones = plan.zones.filter((zone) => wiresOf(plan, zone.index).includes(wire));
  const hosts = new Set(wire.attachments.map(({ host }) => host));
  const switched = wire.attachments.some(({ host, interface: it }) => {
    const trunk = host.interfaces.some((other) => other.parent === it.name);
    return trunk || bridgeOf(host, it) !== undefined;
  });
  return zones.length === 1 && hosts.size === 1 && !switched;
}
