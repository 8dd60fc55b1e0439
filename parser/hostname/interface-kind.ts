import type { InterfaceKind } from "../../model/host.ts";

const KINDS: ReadonlyMap<string, InterfaceKind> = new Map([
  ["lo", "loopback"],
  ["vlan", "vlan"],
  ["bridge", "bridge"],
  ["veb", "veb"],
  ["vport", "vport"],
  ["vether", "vether"],
  ["tap", "tap"],
  ["vxlan", "vxlan"],
  ["tpmr", "tpmr"],
  ["svlan", "svlan"],
  ["trunk", "trunk"],
  ["aggr", "aggr"],
  ["carp", "carp"],
  ["pair", "pair"],
  ["rport", "rport"],
  ["tun", "tun"],
]);

/** Drivers whose interfaces are made by `ifconfig create` (`ifconfig -C`) and are not modelled. */
const OTHER_CLONERS: ReadonlySet<string> = new Set(
  (
    "bpe egre enc eoip etherip gif gre mgre mpe mpip mpw nvgre pflog pflow pfsync " +
    "ppp pppac pppoe pppx sec switch wg"
  ).split(" "),
);

/** Hardware that is no Ethernet: umb(4) is a link to a mobile network. */
const OTHER_HARDWARE: ReadonlySet<string> = new Set(["umb"]);

/**
 * Of the cloners, the ones without a path of their own.
 *
 * pflog(4) gives copies to bpf(4); pflow(4) sends reports of the host itself; enc(4) sees only what
 * IPsec decrypts, and has the brackets of its daemons; pfsync(4) speaks on its `syncdev`, which has one.
 */
const WITHOUT_PATHS: ReadonlySet<string> = new Set(["enc", "pflog", "pflow", "pfsync"]);

/** Drivers that are in no kernel of 7.8 any more. */
const GONE: ReadonlySet<string> = new Set(["switch"]);

/** Whether no such interface can be made: netstart(8) leaves its file out. */
export function isGone(name: string): boolean {
  return GONE.has(driverOf(name));
}

/** Kinds that netstart(8) configures after the others, in its order; mygate comes in between. */
const BEFORE_MYGATE = ["aggr", "trunk", "svlan", "vlan", "carp", "pppoe"];
const AFTER_MYGATE = "tun tap gif etherip gre egre nvgre eoip vxlan pflow wg".split(" ");

/** `em` of `em0`. */
export function driverOf(name: string): string {
  return name.replace(/\d+$/, "");
}

/** Whether netstart(8) takes `hostname.NAME` for the file of an interface. */
export function isInterfaceName(name: string): boolean {
  return /^[a-z]+\d{1,9}$/i.test(name) && name.length < 16;
}

/** A name that no driver of `ifconfig -C` makes is hardware. */
export function kindOf(name: string): InterfaceKind {
  const driver = driverOf(name);
  const isOther = OTHER_CLONERS.has(driver) || OTHER_HARDWARE.has(driver);
  return KINDS.get(driver) ?? (isOther ? "other" : "ethernet");
}

/** Whether the interface exists because some line creates it, and not because it is plugged in. */
export function isCloned(name: string): boolean {
  return kindOf(name) !== "ethernet" && !OTHER_HARDWARE.has(driverOf(name));
}

/** Whether packets can travel through interfaces of this name in a way that is not modelled. */
export function isUnmodelled(name: string): boolean {
  const kind = kindOf(name);
  // what tun(4) carries goes to a process, and only that process knows where then
  return kind === "tun" || (kind === "other" && !WITHOUT_PATHS.has(driverOf(name)));
}

/** The pass of netstart(8) that configures the interface: 0, then by kind; 100 and on after mygate. */
export function startOrder(name: string): number {
  const driver = driverOf(name);
  const early = BEFORE_MYGATE.indexOf(driver);
  if (early >= 0) return 1 + early;
  const late = AFTER_MYGATE.indexOf(driver);
  return late < 0 ? 0 : 100 + late;
}

/** Whether the kernel takes a name for an interface group: at most 15 characters, no digit last. */
export function isGroupName(name: string): boolean {
  return name.length > 0 && name.length < 16 && !/\d$/.test(name);
}
