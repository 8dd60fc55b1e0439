import { STOCK_SWITCHES, type StackSwitches } from "../../model/host.ts";
import type { Family } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import type { Scope } from "../../model/unread.ts";
import { isStarted, parseRcConf } from "../rc-conf.ts";
import { isPlainKey } from "../rc-conf-keys.ts";
import { contradicted, parseSysctl, type Setting } from "../sysctl.ts";
import { sysctlUse } from "../sysctl-names.ts";
import type { HostFile } from "./input.ts";
import type { HostMachine } from "./machine.ts";
import { isFreebsd } from "./other-files.ts";

/** Sets what sysctl.conf(5) says, in its order: later lines win, and a finding names both. */
export function applySysctl(machine: HostMachine, file: HostFile | undefined): void {
  if (file?.text === undefined) return;
  const { settings, broken } = parseSysctl(file.file, file.text);
  for (const setting of settings) {
    const { name, span } = setting;
    const before = machine.sysctl.get(name);
    if (before !== undefined) machine.report(contradicted(before, setting, "sysctl"));
    machine.sysctl.set(name, setting);
    const use = sysctlUse(name);
    if (use.use === "no effect") machine.lines.mark(span, use.use, { keyword: use.keyword });
    if (use.use === "understood") machine.lines.mark(span, use.use);
    if (use.use === "unread") {
      const effect = "is no switch that is known: may change how packets are treated";
      machine.leaveUnread({ scope: "host", words: [wordOf(setting)], span, effect });
    }
    if (use.use === "understood" && use.wrong !== undefined) machine.report([use.wrong(span)]);
  }
  for (const span of broken) {
    machine.lines.mark(span, "understood");
    machine.report([brokenLine(span)]);
  }
}

function brokenLine(span: Span): Parameters<HostMachine["report"]>[0][number] {
  return {
    code: "sysctl-line",
    severity: "warning",
    message: "rc takes only lines `name=value`: sysctl refuses this one",
    span,
  };
}

function wordOf({ name, value, span }: Setting): {
  readonly text: string;
  readonly shell: boolean;
  readonly span: Span;
} {
  return { text: `${name}=${value}`, shell: false, span };
}

/** The switches once all files have been read; those that open paths become brackets. */
export function readSwitches(
  machine: HostMachine,
  rc: ReadonlyMap<string, Setting> | undefined,
): { readonly forwarding: Readonly<Record<Family, boolean>>; readonly switches: StackSwitches } {
  const on = (name: string): boolean => isOn(machine.sysctl.get(name));
  const both = (ip: string): Readonly<Record<Family, boolean>> => {
    return { inet: on(`net.inet.ip.${ip}`), inet6: on(`net.inet6.ip6.${ip}`) };
  };
  const two = (name: string): boolean => Number(machine.sysctl.get(name)?.value) === 2;
  const forwarding = both("forwarding");
  const switches: StackSwitches = {
    ...STOCK_SWITCHES,
    forwardsOnlyIpsec: {
      inet: two("net.inet.ip.forwarding"),
      inet6: two("net.inet6.ip6.forwarding"),
    },
    multipath: both("multipath"),
    mforwarding: both("mforwarding"),
    sourceroute: on("net.inet.ip.sourceroute"),
    directedBroadcast: on("net.inet.ip.directed-broadcast"),
    ipip: on("net.inet.ipip.allow"),
    gre: on("net.inet.gre.allow"),
    etherip: on("net.inet.etherip.allow"),
  };
  for (const [name, opening] of OPENING) {
    const setting = machine.sysctl.get(name);
    if (setting === undefined || !isOn(setting)) continue;
    const { effect } = opening;
    const scope = opening.unless?.({ forwarding, rc }) === true ? "nothing" : opening.scope;
    const { span } = setting;
    machine.leaveUnread({ scope, words: [wordOf(setting)], span, effect });
  }
  return { forwarding, switches };
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

/** What is no number is refused by sysctl(8), and the switch stays off. */
function isOn(setting: Setting | undefined): boolean {
  return setting !== undefined && /^[1-9]\d*$/.test(setting.value);
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
export function rcSettings(
  machine: HostMachine,
  files: readonly HostFile[],
): ReadonlyMap<string, Setting> | undefined {
  if (isFreebsd(files)) return undefined;
  const settings = new Map<string, Setting>();
  let isThere = false;
  for (const path of ["/etc/rc.conf", "/etc/rc.conf.local"]) {
    const file = files.find((it) => it.path === path);
    if (file?.text === undefined) continue;
    isThere = isThere || path.endsWith("local");
    for (const setting of parseRcConf(machine, file.file, file.text)) {
      const before = settings.get(setting.name);
      if (before?.span.file === setting.span.file) {
        machine.report(contradicted(before, setting, "rc.conf"));
      }
      settings.set(setting.name, setting);
      const plain = isPlainKey(setting.name);
      machine.lines.mark(
        setting.span,
        plain === undefined ? "understood" : "no effect",
        plain === undefined ? {} : { keyword: plain },
      );
    }
  }
  return settings.size > 0 || isThere ? settings : undefined;
}
