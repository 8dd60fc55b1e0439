/**
 * Words of ifconfig(8) that no path depends on, with the number of their values.
 *
 * `monitor`, `staticarp` and MAC addresses only narrow what passes; encryption of a wireless network
 * decides who is on the wire, which is the user's to say.
 */
export const PLAIN_WORDS: ReadonlyMap<string, number> = table([
  [
    0,
    "arp -arp staticarp -staticarp debug -debug monitor -monitor create wol -wol -description -descr " +
      "-mpls -media -mode -chan -nwid -nwkey -bssid wpa -wpa -wpakey -wpaprotos -wpaakms -wpaciphers " +
      "-powersave -rtlabel -priority autoconfprivacy -autoconfprivacy soii -soii temporary -temporary " +
      "tentative anycast tcplro -tcplro lro -lro -txprio -rxprio tunneldf -tunneldf scan -joinlist " +
      "-keepalive vnetflowid -vnetflowid hwfeatures",
  ],
  [
    1,
    "description descr mtu lladdr priority rtlabel llprio metric mediaopt -mediaopt mode instance " +
      "inst nwid nwkey wpakey wpapsk wpaprotos wpaakms wpaciphers wpagroupcipher join bssid txpower " +
      "nwflag -nwflag txprio rxprio tunnelttl pltime vltime",
  ],
  [2, "keepalive"],
]);

/** Words about the switching of a bridge(4) or veb(4) that only narrow or time what it forwards. */
export const PLAIN_BRIDGE_WORDS: ReadonlyMap<string, number> = table([
  [0, "flush flushall"],
  [
    1,
    "discover -discover learn -learn -blocknonip -protected flushrule deladdr delspan maxaddr timeout " +
      "spanpriority hellotime fwddelay maxage holdcnt proto edge -edge autoedge -autoedge ptp -ptp " +
      "autoptp -autoptp stp -stp -ifpriority -ifcost",
  ],
  [2, "static ifpriority ifcost"],
]);

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
