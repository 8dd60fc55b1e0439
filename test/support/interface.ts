import type { Interface } from "../../model/host.ts";
import { NOWHERE } from "./network.ts";

/** An interface that is up, in rdomain 0, without addresses, unless `fields` says otherwise. */
export function interfaceOf(name: string, fields: Partial<Interface> = {}): Interface {
  const driver = name.replace(/\d+$/, "");
  return {
    name,
    kind: KINDS[driver] ?? "ethernet",
    groups: ["all", driver],
    rdomain: 0,
    addresses: [],
    automatic: [],
    up: true,
    link1: false,
    members: [],
    unread: [],
    span: NOWHERE,
    ...fields,
  };
}

const KINDS: Readonly<Record<string, Interface["kind"]>> = {
  lo: "loopback",
  vlan: "vlan",
  bridge: "bridge",
  veb: "veb",
  vport: "vport",
  vether: "vether",
  tap: "tap",
  vxlan: "vxlan",
};
