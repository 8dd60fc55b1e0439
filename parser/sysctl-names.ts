import type { Diagnostic } from "../model/diagnostic.ts";
import type { Span } from "../model/source.ts";
import { nearestName } from "./nearest-name.ts";

/** What a name of sysctl(8) means for paths. */
export type SysctlUse =
  | { readonly use: "understood"; readonly wrong?: (span: Span) => Diagnostic }
  | { readonly use: "no effect"; readonly keyword: string }
  | { readonly use: "unread" };

/** Switches that a reader takes. */
const DECIDING: ReadonlySet<string> = new Set(
  (
    "net.inet.ip.forwarding net.inet6.ip6.forwarding net.inet.ip.mforwarding " +
    "net.inet6.ip6.mforwarding net.inet.ip.multipath net.inet6.ip6.multipath " +
    "net.inet.ip.sourceroute net.inet.ip.directed-broadcast net.inet.icmp.rediraccept " +
    "net.inet6.icmp6.rediraccept net.inet.ipip.allow net.inet.gre.allow net.inet.etherip.allow"
  ).split(" "),
);

/** Parts of the kernel that no packet meets, and protocols above the paths. */
const PLAIN_TREES: readonly string[] = (
  "kern vm fs hw machdep vfs ddb net.unix net.local net.bpf net.link.ifrxq net.inet.tcp net.inet.udp " +
  "net.inet.ip.ifq net.inet6.ip6.ifq net.inet.carp net.inet.divert net.inet6.divert"
).split(" ");

/**
 * Names that change no path: limits, ports, answers, timers; protocols of IPsec and of tunnels that
 * are switched on or off under brackets of their own.
 */
const PLAIN_NAMES: ReadonlySet<string> = new Set([
  ...under(
    "net.inet.ip",
    "redirect ttl defttl portfirst portlast porthifirst porthilast maxqueue encdebug mtudisc " +
      "mtudisctimeout ipsec-expire-acquire ipsec-invalid-life ipsec-pfs ipsec-soft-allocs ipsec-allocs " +
      "ipsec-soft-bytes ipsec-bytes ipsec-timeout ipsec-soft-timeout ipsec-soft-firstuse ipsec-firstuse " +
      "ipsec-enc-alg ipsec-auth-alg ipsec-comp-alg arptimeout arpdown arpqueue arpqueued mrtproto mrtmfc " +
      "mrtvif",
  ),
  ...under("net.inet.icmp", "maskrepl bmcastecho errppslimit redirtimeout tstamprepl"),
  ...under("net.inet.esp", "enable udpencap udpencap_port"),
  ...under("net.inet.ah", "enable"),
  ...under("net.inet.ipcomp", "enable"),
  ...under("net.inet.gre", "wccp"),
  ...under("net.inet.ipsec", "encdebug pfs"),
  ...under("net.inet.mobileip", "allow"),
  ...under("net.inet.pim", "stats"),
  ...under("net.inet.igmp", "stats"),
  ...under("net.pipex", "enable inq outq"),
  ...under("net.mpls", "ttl mapttl_ip mapttl_ip6 maxloop_inkernel"),
  ...under(
    "net.inet6.ip6",
    "redirect hlim mrtproto maxfragpackets sourcecheck sourcecheck_logint accept_rtadv log_interval " +
      "hdrnestlimit dad_count dad_pending auto_flowlabel defmcasthlim use_deprecated rr_prune v6only " +
      "maxifprefixes maxifdefrouters maxdynroutes mtudisctimeout soiikey neighborgcthresh mcast_pmtu " +
      "maxfrags multicast_mtudisc",
  ),
  ...under(
    "net.inet6.icmp6",
    "redirtimeout nd6_prune nd6_delay nd6_umaxtries nd6_mmaxtries errppslimit nd6_maxnudhint " +
      "mtudisc_hiwat mtudisc_lowat nd6_debug nd6_queued",
  ),
]);

function under(tree: string, names: string): readonly string[] {
  return names.split(" ").map((name) => `${tree}.${name}`);
}

/** Top levels of sysctl(2). */
const TOP: readonly string[] = "kern vm fs net hw machdep vfs ddb".split(" ");

/** What is made of a setting, by its name in lower case. */
export function sysctlUse(name: string): SysctlUse {
  if (DECIDING.has(name)) return { use: "understood" };
  if (PLAIN_NAMES.has(name)) return { use: "no effect", keyword: name };
  const tree = PLAIN_TREES.find((it) => name.startsWith(`${it}.`));
  if (tree !== undefined) return { use: "no effect", keyword: `${tree}.*` };
  const top = name.split(".", 1)[0] ?? "";
  const wrong = (span: Span): Diagnostic => noSuchName(name, span);
  return TOP.includes(top) ? { use: "unread" } : { use: "understood", wrong };
}

/** sysctl(8) says `top level name … is invalid` and goes on. */
function noSuchName(name: string, span: Span): Diagnostic {
  const near = nearestName(name, [...DECIDING, ...PLAIN_NAMES]);
  return {
    code: "sysctl-name",
    severity: "warning",
    message: `\`${name}\` is no name of sysctl(8), which refuses the line`,
    span,
    ...(near === undefined ? {} : { help: `did you mean \`${near}\`?` }),
  };
}

/** The closed list: names and whole trees that change no path. */
export function plainSysctls(): readonly string[] {
  return [...PLAIN_TREES.map((it) => `${it}.*`), ...PLAIN_NAMES].toSorted();
}
