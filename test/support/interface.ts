import { type Interface, PLAIN_INTERFACE, PLAIN_PORT } from "../../model/host.ts";
import { NOWHERE } from "./network.ts";

/** An interface that is up, in rdomain 0, without addresses, unless `fields` says otherwise. */
export function interfaceOf(name: string, fields: Partial<Interface> = {}): Interface {
  const driver = name.replace(/\d+$/, "");
  const { members = [] } = fields;
  const switches = driver === "bridge" || driver === "veb";
  return {
    ...PLAIN_INTERFACE,
    name,
    kind: KINDS[driver] ?? "ethernet",
    groups: ["all", driver],
    ports: switches ? members.map((port) => ({ ...PLAIN_PORT, name: port })) : [],
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
  tpmr: "tpmr",
  svlan: "svlan",
  trunk: "trunk",
  aggr: "aggr",
  carp: "carp",
  pair: "pair",
  rport: "rport",
  tun: "tun",
};
