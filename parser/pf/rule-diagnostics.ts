import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";

/** What can be wrong with the parts of a rule: one function per complaint. */

export function error(code: string, message: string, span: Span, help?: string): Diagnostic {
  const severity = "error" as const;
  return help === undefined
    ? { code, severity, message, span }
    : { code, severity, message, span, help };
}

export function portNeedsTransport(span: Span): Diagnostic {
  return error(
    "port-needs-transport",
    "port only applies to tcp/udp",
    span,
    "add `proto tcp`, `proto udp` or `proto { tcp, udp }`",
  );
}

export function illegalPort(text: string, span: Span): Diagnostic {
  return error("port", `illegal port value \`${text}\``, span, "0 to 65535");
}

export function unknownPort(text: string, span: Span): Diagnostic {
  return error("port", `unknown port \`${text}\``, span, "write a number or a name of services(5)");
}

export function badPortRange(span: Span): Diagnostic {
  return error("port", "invalid port range", span, "the smaller port comes first");
}

export function colonWithOperator(span: Span): Diagnostic {
  return error("port", "`:` cannot be used with an other port operator", span);
}

export function badRdrRange(span: Span): Diagnostic {
  return error("port", "invalid rdr-to port range", span);
}

export function illegalIdentity(kind: string, text: string, span: Span): Diagnostic {
  return error("identity", `illegal ${kind === "user" ? "uid" : "gid"} value \`${text}\``, span);
}

export function unknownNeedsOperator(kind: string, span: Span): Diagnostic {
  return error("identity", `${kind} unknown requires operator = or !=`, span);
}

export function identityNeedsTransport(kind: string, span: Span): Diagnostic {
  return error(
    "identity",
    `${kind} only applies to tcp/udp`,
    span,
    "add `proto tcp` or `proto udp`",
  );
}

export function osNeedsTcp(span: Span): Diagnostic {
  return error("os", "os only applies to tcp", span, "add `proto tcp`");
}

export function protocolRange(span: Span): Diagnostic {
  return error("protocol", "protocol outside range", span, "1 to 255");
}

export function protocolZero(span: Span): Diagnostic {
  return error("protocol", "proto 0 cannot be used", span);
}

export function protocolFamily(protocol: string, family: string, span: Span): Diagnostic {
  return error("protocol-family", `proto ${protocol} doesn't match address family ${family}`, span);
}

export function typeNeedsIcmp(span: Span): Diagnostic {
  return error(
    "icmp-type",
    "icmp-type/code only applies to icmp",
    span,
    "add `proto icmp` or `proto icmp6`",
  );
}

export function typeNeedsFamily(span: Span): Diagnostic {
  return error(
    "icmp-type",
    "must indicate address family with icmp-type/code",
    span,
    "add `inet` or `inet6`",
  );
}

export function icmpTypeMismatch(span: Span): Diagnostic {
  return error(
    "icmp-type",
    "icmp-type mismatch",
    span,
    "`icmp-type` goes with `proto icmp`, `icmp6-type` with `proto icmp6`",
  );
}

export function invalidIcmpCode(text: string, span: Span): Diagnostic {
  return error("icmp-code", `invalid icmp code \`${text}\``, span, "0 to 255");
}

export function badFlags(text: string, span: Span): Diagnostic {
  return error("flags", `bad flags \`${text}\``, span, "letters of `FSRPAUEW`");
}

export function flagsNeverTrue(span: Span): Diagnostic {
  return error(
    "flags",
    "flags always false",
    span,
    "what stands before the `/` must stand behind it too",
  );
}

export function flagsNeedTcp(span: Span): Diagnostic {
  return error("flags", "flags only apply to tcp", span);
}

export function redefined(what: string, span: Span): Diagnostic {
  return error("redefined", `${what} cannot be redefined`, span);
}

export function respecified(what: string, span: Span): Diagnostic {
  return error("redefined", `cannot respecify ${what}`, span);
}

export function divertTwice(span: Span): Diagnostic {
  return error("redefined", "more than one divert option", span);
}

export function tooLong(what: string, span: Span): Diagnostic {
  return error("too-long", `${what} too long (max 63 chars)`, span);
}

export function badPrio(span: Span): Diagnostic {
  return error("prio", "prio must be 0 - 7", span);
}

export function badDelay(text: string, span: Span): Diagnostic {
  return error("delay", `illegal delay value ${text} (0-65535)`, span);
}

export function unknownQueue(name: string, span: Span): Diagnostic {
  return error(
    "queue",
    `queue \`${name}\` is not defined`,
    span,
    "define it above this line, with a `parent`",
  );
}

export function badReassemble(text: string, span: Span): Diagnostic {
  return error("scrub", `scrub reassemble supports only tcp, not \`${text}\``, span);
}

export function scrubOnlyInet(span: Span): Diagnostic {
  return error(
    "scrub",
    "address family inet6 does not support scrub options no-df, random-id",
    span,
  );
}

export function invalidProbability(text: string, span: Span): Diagnostic {
  return error("probability", `invalid probability: \`${text}\``, span, "write `50%` or `0.5`");
}

export function badRtable(span: Span): Diagnostic {
  return error("rtable", "invalid rtable id", span, "0 to 255");
}

export function noRtable(id: number, span: Span): Diagnostic {
  return error("rtable", `rtable ${id} does not exist`, span, "give an interface that `rdomain`");
}

export function notPflog(name: string, span: Span): Diagnostic {
  return error("log", `\`${name}\`: should be a pflog interface`, span);
}

export function onlyPositive(span: Span): Diagnostic {
  return error("number-range", "only positive values permitted", span);
}

export function mustBePositive(name: string, span: Span): Diagnostic {
  return error(
    "state-option",
    name === "max-src-conn-rate"
      ? "`max-src-conn-rate` values must be > 0"
      : `\`${name}\` must be > 0`,
    span,
  );
}

export function rateTooHigh(span: Span): Diagnostic {
  return error("state-option", "`max-src-conn-rate` maximum rate must be < 4294967", span);
}

export function stateOptionTwice(name: string, span: Span): Diagnostic {
  return error("state-option", `state option \`${name}\` multiple definitions`, span);
}

export function stateFlagTwice(name: string, span: Span): Diagnostic {
  return error("state-option", `state ${name} option: multiple definitions`, span);
}

export function stateTimeoutTwice(name: string, span: Span): Diagnostic {
  return error("state-option", `state timeout ${name} multiple definitions`, span);
}

export function illegalStateTimeout(name: string, span: Span): Diagnostic {
  return error("state-option", `illegal state timeout \`${name}\``, span);
}

export function badTimeout(name: string, span: Span): Diagnostic {
  return error("state-option", `illegal timeout name \`${name}\``, span);
}

export function overloadTwice(span: Span): Diagnostic {
  return error("state-option", "multiple `overload` table definitions", span);
}

export function overloadNeedsLimit(span: Span): Diagnostic {
  return error("state-option", "`overload` requires `max-src-conn` or `max-src-conn-rate`", span);
}

export function incompatibleWithGlobal(name: string, span: Span): Diagnostic {
  return error("state-option", `\`${name}\` is incompatible with \`source-track global\``, span);
}

export function sloppyWithProxy(span: Span): Diagnostic {
  return error(
    "state-option",
    "sloppy state matching cannot be used with synproxy state or modulate state",
    span,
  );
}

export function stateOnlyPass(span: Span): Diagnostic {
  return error("state-only-pass", "keep state is great, but only for pass rules", span);
}

export function needsState(what: string, span: Span): Diagnostic {
  return error(
    "needs-state",
    `${what} require keep state`,
    span,
    "remove `no state`, or write it on a `pass` rule",
  );
}

export function needsDirection(span: Span): Diagnostic {
  return error(
    "needs-direction",
    "nat-to and rdr-to require a direction",
    span,
    "add `in` or `out`",
  );
}

export function routeDirection(span: Span): Diagnostic {
  return error(
    "needs-direction",
    "direction must be explicit with rules that specify routing",
    span,
    "add `in` or `out`",
  );
}

export function divertDirection(message: string, span: Span): Diagnostic {
  return error("needs-direction", message, span);
}

export function binatDirection(span: Span): Diagnostic {
  return error("binat", "binat-to cannot be specified with a direction", span);
}

export function afToDirection(span: Span): Diagnostic {
  return error("af-to", "af-to can only be used with direction in", span);
}

export function afToRoute(span: Span): Diagnostic {
  return error("af-to", "af-to cannot be used together with route-to, reply-to, dup-to", span);
}

export function routeOnlyPass(action: string, span: Span): Diagnostic {
  return error(
    "route-only-pass",
    `route-to, reply-to and dup-to are not supported on ${action} rules`,
    span,
  );
}

export function notOnMatch(what: string, span: Span): Diagnostic {
  return error("not-on-match", `${what} not supported on match rules`, span);
}

export function notOnAnchors(what: string, span: Span): Diagnostic {
  return error("not-on-anchors", `cannot specify ${what} handling on anchors`, span);
}

export function onceOnly(span: Span): Diagnostic {
  return error("once", "`once` only applies to pass/block rules", span);
}

export function allowOptionsOnlyPass(span: Span): Diagnostic {
  return error("allow-opts", "allow-opts can only be specified for pass rules", span);
}

export function fragmentOnlyIp(span: Span): Diagnostic {
  return error("fragment", "fragments can be filtered only on IP header fields", span);
}

export function rstNeedsTcp(span: Span): Diagnostic {
  return error(
    "return-rst",
    "return-rst can only be applied to TCP rules",
    span,
    "add `proto tcp`",
  );
}

export function urpfDestination(span: Span): Diagnostic {
  return error("urpf-failed", "`urpf-failed` is not permitted in a destination address", span);
}

export function onlyAddresses(span: Span): Diagnostic {
  return error("pool", "only addresses can be listed for redirection pools", span);
}

export function mixedPool(spec: string, span: Span): Diagnostic {
  return error(
    "pool",
    `${spec} spec contains addresses with different address families`,
    span,
    "add `inet` or `inet6`",
  );
}

export function poolFamily(spec: string, span: Span): Diagnostic {
  return error("pool", `af mismatch in ${spec} spec`, span);
}

export function poolType(span: Span): Diagnostic {
  return error(
    "pool",
    "pool type is not valid for multiple translation or routing addresses",
    span,
  );
}

export function staticWithPort(span: Span): Diagnostic {
  return error(
    "static-port",
    "the `static-port` option can't be used when specifying a port range",
    span,
  );
}

export function staticOnlyNat(span: Span): Diagnostic {
  return error("static-port", "the `static-port` option is only valid with nat rules", span);
}

export function noCombination(span: Span): Diagnostic {
  return error(
    "no-combination",
    "rule expands to no valid combination",
    span,
    "the address families of its parts do not go together",
  );
}

export function divertFamily(span: Span): Diagnostic {
  return error("divert", "divert-to address family mismatch", span);
}

export function poolNeedsType(what: string, span: Span): Diagnostic {
  return error("pool", `${what} not supported by pool type`, span);
}

export function routeNeedsPeer(span: Span): Diagnostic {
  return error("pool", "route spec requires :peer with dynamic interface addresses", span);
}

export function binatAddresses(span: Span): Diagnostic {
  const message = "binat-to requires a specified source and redirect address";
  return error("binat", message, span, "write one address or `(if:0)` on both sides");
}
