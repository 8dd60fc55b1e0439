import { ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { PfRule } from "../../../model/pf-rule.ts";
import type { Reading } from "../statements/reading.ts";

type Complain = (message: string) => void;

/** Complains about everything that does not fit together in one combination (follows rule_consistent). */
export function isConsistent(
  reading: Reading,
  rule: PfRule,
  divertOnMatch: boolean,
  wantsFamily: boolean,
): boolean {
  let problems = 0;
  const complain: Complain = (message) => {
    reading.error(message);
    problems++;
  };
  if (rule.protocol !== TCP) {
    if (rule.os !== "") complain("os only applies to tcp");
    if (rule.protocol !== UDP) withoutPorts(rule, complain);
  }
  families(rule, wantsFamily, complain);
  if (rule.allowOptions && (rule.action === "block" || rule.action === "match")) {
    complain("allow-opts can only be specified for pass rules");
  }
  if (rule.fragment && hasTransport(rule)) {
    complain("fragments can be filtered only on IP header fields");
  }
  if (rule.answer?.kind === "return-rst" && rule.protocol !== TCP) {
    complain("return-rst can only be applied to TCP rules");
  }
  states(reading, rule, complain);
  translated(rule, complain);
  if (rule.family === "inet6" && (rule.scrub?.noDf === true || rule.scrub?.randomId === true)) {
    complain("address family inet6 does not support scrub options no-df, random-id");
  }
  misplaced(rule, divertOnMatch, complain);
  return problems === 0;
}

/** ICMP and address families; `overload` stands between them in pfctl as well. */
function families(rule: PfRule, wantsFamily: boolean, complain: Complain): void {
  const { protocol, family } = rule;
  if (rule.icmpType >= 0) {
    if (protocol !== ICMP && protocol !== ICMP6) {
      complain("icmp-type/code only applies to icmp");
    }
    if (family === undefined) complain("must indicate address family with icmp-type/code");
  }
  if ((rule.afTo !== undefined && family === rule.afTo) || (wantsFamily && family === undefined)) {
    complain("must indicate different address family with af-to");
  }
  const { overload, maxSourceConnections, sourceRate } = rule.stateOptions;
  if (overload !== "" && maxSourceConnections === 0 && sourceRate === undefined) {
    complain("'overload' requires 'max-src-conn' or 'max-src-conn-rate'");
  }
  if (protocol === ICMP && family === "inet6") {
    complain("proto icmp doesn't match address family inet6");
  }
  if (protocol === ICMP6 && family === "inet") {
    complain("proto icmp6 doesn't match address family inet");
  }
}

function states(reading: Reading, rule: PfRule, complain: Complain): void {
  const { state } = rule;
  if (rule.action !== "pass" && rule.action !== "anchor" && state !== "none") {
    complain("keep state is great, but only for pass rules");
  }
  if (rule.route !== undefined && state === "none") {
    complain("route-to, reply-to and dup-to require keep state");
  }
  if (rule.stateOptions.sloppy && (state === "modulate" || state === "synproxy")) {
    complain("sloppy state matching cannot be used with synproxy state or modulate state");
  }
  if (state === "synproxy" && rule.direction !== "in") {
    reading.warn("synproxy used for inbound rules only, ignored for outbound");
  }
}

/** Tests that only TCP and UDP have. */
function withoutPorts(rule: PfRule, complain: Complain): void {
  if (rule.source.port !== undefined || rule.destination.port !== undefined) {
    complain("port only applies to tcp/udp");
  }
  if (rule.user !== undefined) complain("user only applies to tcp/udp");
  if (rule.group !== undefined) complain("group only applies to tcp/udp");
}

function hasTransport(rule: PfRule): boolean {
  return (
    rule.source.port !== undefined ||
    rule.destination.port !== undefined ||
    rule.flagMask !== 0 ||
    rule.icmpType >= 0 ||
    rule.icmpCode >= 0
  );
}

function translated(rule: PfRule, complain: Complain): void {
  if (rule.nat === undefined && rule.rdr === undefined) return;
  if (rule.action !== "match" && rule.state === "none") {
    complain("nat-to and rdr-to require keep state");
  }
  if (rule.direction === undefined) complain("nat-to and rdr-to require a direction");
}

/** Options that some actions do not have. */
function misplaced(rule: PfRule, divertOnMatch: boolean, complain: Complain): void {
  if (rule.action === "match") {
    if (divertOnMatch) complain("divert is not supported on match rules");
    if (rule.route !== undefined) {
      complain("route-to, reply-to and dup-to are not supported on match rules");
    }
    if (rule.afTo !== undefined) complain("af-to is not supported on match rules");
  }
  if (rule.action === "block" && rule.route !== undefined) {
    complain("route-to, reply-to and dup-to are not supported on block rules");
  }
}
