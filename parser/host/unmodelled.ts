import { driverOf, isUnmodelled } from "../hostname/interface-kind.ts";
import type { InterfaceDraft } from "../hostname/machine.ts";
import type { HostMachine } from "./machine.ts";

/** Drivers whose packets travel inside packets that the routing table sends anywhere. */
const TUNNELS: ReadonlySet<string> = new Set(
  "wg gre egre mgre nvgre eoip gif etherip sec tun ppp pppac pppx mpe mpip mpw bpe".split(" "),
);

/**
 * Opens the brackets of interfaces whose paths are not modelled, and of all that carry their packets.
 *
 * A trunk, carp or pppoe is carried by the interfaces that it names, a tunnel by every interface in
 * the routing domain of its outer packets.
 */
export function bracketUnmodelled(machine: HostMachine): void {
  for (const it of machine.interfaces) {
    if (!isUnmodelled(it.name)) continue;
    const own = "its paths are not modelled yet: any packet may come out of it or go into it";
    leave(machine, it, it, own);
    for (const carrier of carriersOf(machine, it)) {
      const effect = `carries packets of ${it.name}, whose paths are not modelled yet`;
      leave(machine, it, carrier, effect);
    }
  }
}

function carriersOf(machine: HostMachine, it: InterfaceDraft): readonly InterfaceDraft[] {
  const names = [...it.carriers, ...it.members, it.parent, it.peer];
  const named = machine.interfaces.filter((other) => names.includes(other.name));
  if (!TUNNELS.has(driverOf(it.name))) return named;
  const outer = machine.rdomainOf(it.tunnelTable);
  const others = machine.interfaces.filter(
    (other) => other.rdomain === outer && other.up && other.kind !== "loopback" && other !== it,
  );
  return [...new Set([...named, ...others])];
}

function leave(machine: HostMachine, it: InterfaceDraft, on: InterfaceDraft, effect: string): void {
  const words = [{ text: it.name, shell: false, span: it.span }];
  machine.leaveUnread({ scope: "interface", on, words, span: it.span, effect, isLine: false });
}
