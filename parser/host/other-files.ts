import type { FileUse } from "../../model/host.ts";
import type { Scope } from "../../model/unread.ts";
import { isStarted } from "../rc-conf.ts";
import type { Setting } from "../sysctl.ts";
import type { HostFile } from "./input.ts";

/** What a file that no reader takes means for the host. */
export interface OtherFile {
  readonly use: FileUse;
  /** It may open a path that no other file shows. */
  readonly opens?: { readonly scope: Scope["kind"]; readonly effect: string };
}

interface Known {
  readonly path: RegExp;
  /** Started by `X_flags` of rc.conf.local(8), or by `ipsec=YES`. */
  readonly daemon?: string;
  readonly reason: string;
  readonly opens?: { readonly scope: Scope["kind"]; readonly effect: string };
}

const ROUTING = { scope: "routes", effect: "a routing daemon may send packets anywhere" } as const;
const TUNNELS = {
  scope: "host",
  effect: "may carry packets through tunnels that are not read",
} as const;
const COMMANDS = { scope: "host", effect: "runs commands that may change anything" } as const;

const KNOWN: readonly Known[] = [
  { path: /^\/(?:etc\/)?(?:vms|jails)\/[^/]+\//, reason: "a guest's own files are not read yet" },
  routing("bgpd"),
  routing("ospfd"),
  routing("ospf6d"),
  routing("ripd"),
  routing("eigrpd"),
  routing("ldpd"),
  routing("dvmrpd"),
  { path: /^\/etc\/iked\.conf$/, daemon: "iked", reason: "IPsec is not read yet", opens: TUNNELS },
  {
    path: /^\/etc\/ipsec\.conf$/,
    daemon: "ipsec",
    reason: "IPsec is not read yet",
    opens: TUNNELS,
  },
  {
    path: /^\/etc\/npppd\/npppd\.conf$/,
    daemon: "npppd",
    reason: "PPP servers are not read yet",
    opens: TUNNELS,
  },
  {
    path: /^\/etc\/ifstated\.conf$/,
    daemon: "ifstated",
    reason: "its commands are not read",
    opens: COMMANDS,
  },
  { path: /^\/etc\/openvpn\/[^/]+\.(?:conf|ovpn)$/, reason: "OpenVPN is not read", opens: TUNNELS },
  { path: /^\/etc\/(?:netstart|rc)$/, reason: "only OpenBSD's own is known", opens: COMMANDS },
  {
    path: /^\/etc\/hostname\.(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i,
    reason: "named by MAC address: no file says which interface that is",
    opens: { scope: "host", effect: "configures an interface that is not known by name" },
  },
  { path: /^\/etc\/hostname\./, reason: "netstart does not take it for the file of an interface" },
  { path: /^\/etc\/relayd\.conf$/, daemon: "relayd", reason: "relayd does not include it" },
  { path: /^\/etc\/authpf\//, reason: "anchors of authpf are filled at run time" },
  {
    path: /^\/etc\/(?:dhcpd|dhclient|dhcpleased|dhcp6c|dhcp6s|rad|rtadvd)\.conf$/,
    reason: "hands out addresses, which no claim relies on",
  },
  {
    path: /^\/etc\/(?:hosts|resolv\.conf(?:\.tail)?|myname)$/,
    reason: "names do not decide paths",
  },
];

function routing(daemon: string): Known {
  const path = new RegExp(`^/etc/${daemon}\\.conf$`);
  return { path, daemon, reason: "routing daemons are not read yet", opens: ROUTING };
}

/** Why files of a host of the other system are not read. */
export const FREEBSD = "FreeBSD is not read yet";

/** What is known of the host around a file. */
export interface Around {
  /** rc.conf.local(8); nothing if the host has none: then every daemon may run. */
  readonly settings: ReadonlyMap<string, Setting> | undefined;
  readonly freebsd: boolean;
}

/**
 * Sorts a file that no reader takes: a known one by its table, all others as nothing to us.
 */
export function otherFile(file: HostFile, { settings, freebsd }: Around): OtherFile {
  const known =
    KNOWN.find(({ path }) => path.test(file.path)) ?? (freebsd ? freebsdFile(file) : undefined);
  if (known === undefined)
    return { use: notForUs(file, file.reason ?? "not a file that decides paths") };
  if (known.daemon !== undefined && settings !== undefined && !runs(settings, known.daemon)) {
    return { use: notForUs(file, `${known.daemon} is not started by rc.conf.local`) };
  }
  const use = notForUs(file, known.reason);
  return known.opens === undefined || isBlank(file.text) ? { use } : { use, opens: known.opens };
}

function isBlank(text: string | undefined): boolean {
  return text?.split("\n").every((line) => /^\s*(?:#|$)/.test(line)) ?? false;
}

function runs(settings: ReadonlyMap<string, Setting>, daemon: string): boolean {
  return daemon === "ipsec" ? settings.get("ipsec")?.value === "YES" : isStarted(settings, daemon);
}

/** A host of FreeBSD: its files are known by their words. */
function freebsdFile(file: HostFile): Known | undefined {
  if (!/^\/etc\/(?:jail|rc)\.conf(?:\.local)?$/.test(file.path)) return undefined;
  const effect = "configures interfaces, routes or jails in a way that is not read";
  return { path: /./, reason: FREEBSD, opens: { scope: "host", effect } };
}

/** Whether the files are those of FreeBSD: no hostname.if(5), and a jail.conf or its kind of rc.conf. */
export function isFreebsd(files: readonly HostFile[]): boolean {
  if (files.some(({ path }) => /^\/etc\/hostname\.[a-z]+\d+$/.test(path))) return false;
  return files.some((file) => {
    if (file.path === "/etc/jail.conf") return true;
    const isRc = /^\/etc\/rc\.conf(?:\.local)?$/.test(file.path);
    return isRc && FREEBSD_KEY.test(file.text ?? "");
  });
}

const FREEBSD_KEY = /^\s*(?:[a-z0-9_]+_enable|ifconfig_\w+|cloned_interfaces)\s*=/m;

function notForUs({ file }: HostFile, reason: string): FileUse {
  return { file, use: "not for us", lines: [], reason };
}
