import { type Crossing, filterOf, type Outcome, testPacket } from "../../engine/rules/evaluate.ts";
import { StateTable } from "../../engine/rules/state-table.ts";
import type { Host, InterfaceAddress } from "../../model/host.ts";
import type { Packet } from "../../model/packet.ts";
import type { Ruleset } from "../../model/rule.ts";
import { interfaceOf } from "./interface.ts";
import { hostOf, NOWHERE } from "./network.ts";
import { address } from "./rules.ts";

/** One pf that packets are put to, one after another. */
export interface Firewall {
  readonly host: Host;
  readonly states: StateTable;
  /** Puts a packet to pf at an interface; domain and table 0 unless `fields` says otherwise. */
  readonly ask: (
    direction: "in" | "out",
    interfaceName: string,
    packet: Packet,
    fields?: Partial<Crossing>,
  ) => Outcome;
}

/** The firewall of claims.md 2: uplink em0, tenants on vlan10 and vlan20; em9 is in rdomain 9. */
export function firewall(ruleset: Ruleset, fields: Partial<Host> = {}): Firewall {
  const host = { ...hostOf("fw", INTERFACES, ROUTES, ruleset), ...fields };
  const filter = filterOf(host);
  const states = new StateTable();
  return {
    host,
    states,
    ask: (direction, interfaceName, packet, more = {}) =>
      testPacket(
        filter,
        {
          direction,
          interface: interfaceName,
          packet,
          rtable: 0,
          rdomain: 0,
          emission: 0,
          ...more,
        },
        states,
      ),
  };
}

const INTERFACES = [
  interfaceOf("lo0", { addresses: [network("127.0.0.1", 8)] }),
  interfaceOf("em0", {
    groups: ["all", "em", "egress"],
    addresses: [network("192.0.2.1", 24), network("2001:db8::1", 64)],
  }),
  interfaceOf("vlan10", {
    addresses: [network("10.10.0.1", 24), network("2001:db8:10::1", 64)],
  }),
  interfaceOf("vlan20", { addresses: [network("10.20.0.1", 24)] }),
  interfaceOf("em8", { automatic: ["inet"] }),
  interfaceOf("em9", { rdomain: 9, addresses: [network("10.99.0.1", 24)] }),
];

const ROUTES: Host["routes"] = [
  route("192.0.2.0", 24, "em0"),
  route("0.0.0.0", 0, "em0"),
  route("10.10.0.0", 24, "vlan10"),
  route("10.20.0.0", 24, "vlan20"),
  route("2001:db8:10::", 64, "vlan10"),
];

function network(text: string, length: number): InterfaceAddress {
  return { ...address(text), length };
}

function route(text: string, length: number, interfaceName: string): Host["routes"][number] {
  const prefix = { ...address(text), length };
  return { rtable: 0, prefix, interface: interfaceName, local: false, span: NOWHERE };
}
