import type { InterfaceKind } from "../../model/host.ts";
import { driverOf } from "./interface-kind.ts";
import type { InterfaceDraft } from "./machine.ts";

/**
 * Words of ifconfig(8) that no path depends on, with the number of their values.
 *
 * Encryption of a wireless network decides who is on the wire, which is the user's to say.
 */
export const PLAIN_WORDS: ReadonlyMap<string, number> = table([
  [
    0,
    "arp -arp debug -debug create wol -wol -description -descr " +
      "-mpls -media -mode -chan -nwid -nwkey -bssid wpa -wpa -wpakey -wpaprotos -wpaakms -wpaciphers " +
      "-powersave -rtlabel -priority autoconfprivacy -autoconfprivacy soii -soii temporary -temporary " +
      "tentative anycast tcplro -tcplro lro -lro -txprio -rxprio -joinlist hwfeatures scan",
  ],
  [
    1,
    "description descr mtu priority rtlabel llprio metric mediaopt -mediaopt mode instance " +
      "inst nwid nwkey wpakey wpapsk wpaprotos wpaakms wpaciphers wpagroupcipher join bssid txpower " +
      "nwflag -nwflag txprio rxprio pltime vltime",
  ],
]);

/** Words about the switching of a bridge(4) or veb(4) that only time what it forwards. */
const BRIDGE: ReadonlyMap<string, number> = table([
  [0, "flush flushall"],
  [
    1,
    "maxaddr timeout spanpriority hellotime fwddelay maxage holdcnt proto edge -edge autoedge " +
      "-autoedge ptp -ptp autoptp -autoptp stp -stp -ifpriority -ifcost",
  ],
  [2, "ifpriority ifcost"],
]);

/** How ports share the load: every port may carry every frame. */
const TRUNK: ReadonlyMap<string, number> = table([[1, "trunkproto lacpmode lacptimeout"]]);

/** Who is master: every host of a group is taken to be. */
const CARP: ReadonlyMap<string, number> = table([
  [0, "-carppeer"],
  [1, "advbase advskew pass state carppeer balancing carpnodes"],
]);

const OF_KIND: Partial<Record<InterfaceKind, ReadonlyMap<string, number>>> = {
  bridge: BRIDGE,
  veb: BRIDGE,
  trunk: TRUNK,
  aggr: TRUNK,
  carp: CARP,
};

/** How the outer packets of a tunnel look, or who may open it; its ends are other words. */
const TUNNEL = table([
  [0, "tunneldf -tunneldf vnetflowid -vnetflowid -keepalive"],
  [1, "tunnelttl"],
  [2, "keepalive"],
]);

const OF_DRIVER: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  [
    "pppoe",
    table([
      [0, "-authkey -peerkey"],
      [
        1,
        "authproto authname authkey peerproto peername peerkey peerflag -peerflag pppoeac pppoesvc",
      ],
    ]),
  ],
  [
    "wg",
    table([
      [0, "-wgpsk -wgdescr"],
      [1, "wgkey wgpka wgdescr wgdescription wgpsk"],
    ]),
  ],
  [
    "pflow",
    table([
      [1, "flowsrc flowdst pflowproto"],
      [0, "-flowsrc -flowdst"],
    ]),
  ],
  [
    "pfsync",
    table([
      [1, "maxupd syncpeer"],
      [0, "defer -defer -syncpeer"],
    ]),
  ],
  [
    "umb",
    table([
      [1, "apn pin puk chgpin class"],
      [0, "-apn roaming -roaming"],
    ]),
  ],
]);

/** The words that only this kind of interface or its driver has. */
export function plainWordsOf({
  name,
  kind,
}: Pick<InterfaceDraft, "name" | "kind">): ReadonlyMap<string, number> | undefined {
  const isTunnel = kind === "other" || kind === "vxlan";
  return OF_KIND[kind] ?? OF_DRIVER.get(driverOf(name)) ?? (isTunnel ? TUNNEL : undefined);
}

/** Words that may stand with or without a value: it is taken if it looks like one. */
export const OPTIONAL_VALUE: ReadonlyMap<string, RegExp> = new Map([
  ["chan", /^\d+$/],
  ["powersave", /^\d+$/],
  ["media", /^(?!media|mode|inst|up$|down$)/],
  ["-join", /^./],
]);

function table(
  rows: readonly (readonly [values: number, words: string])[],
): ReadonlyMap<string, number> {
  return new Map(
    rows.flatMap(([values, words]) => words.split(" ").map((word) => [word, values] as const)),
  );
}

/** Every word above, for those who want to see what is taken to change no path. */
export function plainWords(): readonly string[] {
  const tables = [PLAIN_WORDS, ...Object.values(OF_KIND), ...OF_DRIVER.values(), TUNNEL];
  const words = tables.flatMap((it) => [...it.keys()]);
  return [...new Set([...words, ...OPTIONAL_VALUE.keys()])].toSorted();
}
