/** What rc and its daemons look at on the way to a path; each has a reader. */
const DECIDING: ReadonlySet<string> = new Set(["pf", "ipsec", "multicast", "pkg_scripts"]);

/** Keys without a daemon that rc.subr takes besides (OB:etc/rc.d/rc.subr, _rc_parse_conf). */
const OTHER_KEYS: ReadonlySet<string> = new Set(
  (
    "amd_master check_quotas library_aslr nfs_server savecore_flags shlib_dirs spamd_black " +
    "pflogd_flags accounting"
  ).split(" "),
);

/** Daemons that forward packets, fill anchors or tunnel: their files are looked at if they run. */
const DECIDING_DAEMONS: ReadonlySet<string> = new Set(
  (
    "bgpd ospfd ospf6d ripd eigrpd ldpd dvmrpd mrouted iked isakmpd sasyncd npppd ifstated relayd " +
    "ftpproxy ftpproxy6 tftpproxy vmd hostapd route6d pppd"
  ).split(" "),
);

/** Settings of a daemon that rc.subr takes: `NAME_flags` and its kind. */
const OF_DAEMON = /^([a-z0-9_]+)_(flags|rtable|user|timeout|logger|execdir)$/;

/** Whether rc.subr takes the key; all others are ignored. */
export function isRcKey(key: string): boolean {
  return DECIDING.has(key) || OTHER_KEYS.has(key) || OF_DAEMON.test(key);
}

/**
 * The word of the closed list by which a key of rc.conf.local(8) decides no path; undefined: it decides
 * one. Flags of a daemon that only answers on its own sockets are none of a path's business.
 */
export function isPlainKey(key: string): string | undefined {
  const [, daemon = "", what] = OF_DAEMON.exec(key) ?? [];
  if (DECIDING.has(key) || (DECIDING_DAEMONS.has(daemon) && what !== "user")) return undefined;
  return what === undefined ? key : `*_${what}`;
}

/** The closed list: keys that change no path. */
export function plainKeys(): readonly string[] {
  const daemons = "flags rtable user timeout logger execdir".split(" ").map((it) => `*_${it}`);
  const but = [...DECIDING_DAEMONS].toSorted().join(" ");
  return [...daemons, ...[...OTHER_KEYS].toSorted(), `(but those of ${but})`];
}
