import type { Family } from "../../model/packet.ts";
import type { Scope } from "../../model/unread.ts";
import { isStarted, parseRcConf } from "../rc-conf.ts";
import { parseSysctl, type Setting } from "../sysctl.ts";
import type { HostFile } from "./input.ts";
import type { HostMachine } from "./machine.ts";
import { isFreebsd } from "./other-files.ts";

/** Reads net.inet.ip.forwarding and its kind; other keys that open paths become brackets. */
export function applySysctl(
  machine: HostMachine,
  file: HostFile | undefined,
  rc: ReadonlyMap<string, Setting> | undefined,
): Readonly<Record<Family, boolean>> {
  const settings: ReadonlyMap<string, Setting> =
    file?.text === undefined ? new Map() : parseSysctl(file.file, file.text);
  const forwarding = {
    inet: isOn(settings.get("net.inet.ip.forwarding")),
    inet6: isOn(settings.get("net.inet6.ip6.forwarding")),
  };
  for (const [name, opening] of OPENING) {
    const setting = settings.get(name);
    if (setting === undefined || !isOn(setting)) continue;
    const { effect } = opening;
    const scope = opening.unless?.({ forwarding, rc }) === true ? "nothing" : opening.scope;
    const words = [{ text: `${name}=${setting.value}`, shell: false, span: setting.span }];
    machine.leaveUnread({ scope, words, span: setting.span, effect });
  }
  return forwarding;
}

/** Packages whose daemons carry packets from one place to another. */
const CARRIERS = /\b(?:openvpn|tincd|tailscaled|zerotier|nebula|wireguard|softether|vpnc)/;

/** Opens the bracket of daemons from packages that carry packets themselves. */
export function leavePackages(
  machine: HostMachine,
  rc: ReadonlyMap<string, Setting> | undefined,
): void {
  const setting = rc?.get("pkg_scripts");
  const name = CARRIERS.exec(setting?.value ?? "")?.[0];
  if (setting === undefined || name === undefined) return;
  machine.leaveUnread({
    scope: "host",
    words: [{ text: `pkg_scripts=${setting.value}`, shell: false, span: setting.span }],
    span: setting.span,
    effect: `${name} may carry packets through tunnels that are not read`,
  });
}

/** 2 forwards only what IPsec protects: more paths are taken to be open than there are. */
function isOn(setting: Setting | undefined): boolean {
  return setting !== undefined && setting.value !== "0";
}

interface Opening {
  readonly scope: Scope["kind"];
  readonly effect: string;
  /** When it opens nothing after all. */
  readonly unless?: (about: About) => boolean;
}

interface About {
  readonly forwarding: Readonly<Record<Family, boolean>>;
  readonly rc: ReadonlyMap<string, Setting> | undefined;
}

/** Without a multicast routing daemon the kernel has nothing to forward by. */
const withoutDaemon = ({ rc }: About): boolean =>
  rc !== undefined &&
  !isStarted(rc, "dvmrpd") &&
  !/\b(?:igmpproxy|mrouted|pimd)/.test(rc.get("pkg_scripts")?.value ?? "");

const MULTICAST = "a multicast routing daemon may forward multicast packets";
const REDIRECTS = "lets neighbours change routes, unless the host is a router";

const OPENING: ReadonlyMap<string, Opening> = new Map<string, Opening>([
  [
    "net.inet.ip.sourceroute",
    { scope: "routes", effect: "lets senders choose the path of a packet" },
  ],
  [
    "net.inet.ip.directed-broadcast",
    { scope: "routes", effect: "forwards to broadcast addresses" },
  ],
  ["net.inet.ip.mforwarding", { scope: "routes", effect: MULTICAST, unless: withoutDaemon }],
  ["net.inet6.ip6.mforwarding", { scope: "routes", effect: MULTICAST, unless: withoutDaemon }],
  [
    "net.inet.icmp.rediraccept",
    { scope: "routes", effect: REDIRECTS, unless: ({ forwarding }) => forwarding.inet },
  ],
  [
    "net.inet6.icmp6.rediraccept",
    { scope: "routes", effect: REDIRECTS, unless: ({ forwarding }) => forwarding.inet6 },
  ],
  [
    "net.inet.ipip.allow",
    { scope: "host", effect: "takes packets out of tunnels that no interface shows" },
  ],
]);

/** The settings of rc.conf(8) and rc.conf.local(8); nothing if the host has neither. */
export function rcSettings(files: readonly HostFile[]): ReadonlyMap<string, Setting> | undefined {
  const read = ["/etc/rc.conf", "/etc/rc.conf.local"].flatMap((path) => {
    const file = files.find((it) => it.path === path);
    if (file?.text === undefined || isFreebsd(files)) return [];
    return [...parseRcConf(file.file, file.text)];
  });
  return read.length === 0 && !files.some((it) => it.path === "/etc/rc.conf.local")
    ? undefined
    : new Map(read);
}
