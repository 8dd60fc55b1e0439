import type { Diagnostic } from "../../model/diagnostic.ts";
import { ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import type { Rule } from "../../model/rule.ts";
import type { Span } from "../../model/source.ts";
import * as complaint from "./diagnostics.ts";
import type { Combination } from "./expand.ts";
import type { FilterOptions } from "./filter-options.ts";
import type { StateOptions } from "./state-options.ts";

/** What the checks look at besides the rule itself. */
export interface CheckedStatement {
  readonly action: "pass" | "block" | "match" | "anchor";
  readonly options: FilterOptions;
  readonly state: StateOptions;
  /** Where each complaint points. */
  readonly spans: {
    readonly ports: Span;
    readonly options: Span;
    readonly statement: Span;
  };
}

/** The first thing that pfctl finds wrong with one combination, in its order of checks. */
export function checkRule(
  rule: Omit<Rule, "text" | "number">,
  it: Combination,
  statement: CheckedStatement,
): Diagnostic | undefined {
  return (
    transportChecks(rule, it, statement) ??
    icmpChecks(rule, it, statement) ??
    optionChecks(rule, it, statement) ??
    translationChecks(rule, statement)
  );
}

type Checked = Omit<Rule, "text" | "number">;

function transportChecks(
  { protocol }: Checked,
  it: Combination,
  { spans }: CheckedStatement,
): Diagnostic | undefined {
  const transport = protocol === TCP || protocol === UDP;
  if (it.os !== undefined && protocol !== TCP) return complaint.osNeedsTcp(spans.statement);
  if (transport) return undefined;
  if (it.sourcePort !== undefined || it.destinationPort !== undefined) {
    return complaint.portNeedsTransport(spans.ports);
  }
  if (it.user !== undefined) return complaint.identityNeedsTransport("user", spans.options);
  if (it.group !== undefined) return complaint.identityNeedsTransport("group", spans.options);
  return undefined;
}

function icmpChecks(
  { protocol, family }: Checked,
  { icmp }: Combination,
  { spans }: CheckedStatement,
): Diagnostic | undefined {
  if (icmp !== undefined) {
    if (protocol !== ICMP && protocol !== ICMP6) return complaint.typeNeedsIcmp(spans.options);
    if (protocol !== (icmp.family === "inet" ? ICMP : ICMP6)) {
      return complaint.icmpTypeMismatch(spans.options);
    }
    if (family === undefined) return complaint.typeNeedsFamily(spans.options);
  }
  if (protocol === ICMP && family === "inet6") {
    return complaint.protocolFamily("icmp", "inet6", spans.statement);
  }
  if (protocol === ICMP6 && family === "inet") {
    return complaint.protocolFamily("icmp6", "inet", spans.statement);
  }
  return undefined;
}

function optionChecks(
  rule: Checked,
  it: Combination,
  { action, options, state, spans }: CheckedStatement,
): Diagnostic | undefined {
  if (state.overload !== undefined && !state.limitsSources) {
    return complaint.overloadNeedsLimit(spans.options);
  }
  if (options.allowOptions && action !== "pass" && action !== "anchor") {
    return complaint.allowOptionsOnlyPass(spans.options);
  }
  const headers = it.sourcePort ?? it.destinationPort ?? options.flags ?? it.icmp;
  if (rule.fragment && headers !== undefined) return complaint.fragmentOnlyIp(spans.options);
  if (rule.answer === "return-rst" && rule.protocol !== TCP) {
    return complaint.rstNeedsTcp(spans.statement);
  }
  const mode = options.state?.mode ?? "none";
  if (mode !== "none" && action !== "pass") return complaint.stateOnlyPass(spans.options);
  if (options.route !== undefined && action === "pass" && rule.state === "none") {
    return complaint.needsState("route-to, reply-to and dup-to", spans.options);
  }
  if (state.sloppy && (rule.state === "modulate" || rule.state === "synproxy")) {
    return complaint.sloppyWithProxy(spans.options);
  }
  return undefined;
}

function translationChecks(
  rule: Checked,
  { action, options, spans }: CheckedStatement,
): Diagnostic | undefined {
  if (action === "anchor") return undefined;
  const translates = options.nat !== undefined || options.rdr !== undefined;
  if (translates && action !== "match" && rule.state === "none") {
    return complaint.needsState("nat-to and rdr-to", spans.options);
  }
  if (translates && rule.direction === undefined) return complaint.needsDirection(spans.options);
  const { scrub, divert, route, afTo } = options;
  const fragments = scrub["no-df"] ?? scrub["random-id"];
  if (rule.family === "inet6" && fragments !== undefined)
    return complaint.scrubOnlyInet(spans.options);
  if (action === "match" && divert !== undefined)
    return complaint.notOnMatch("divert is", spans.options);
  if (action === "match" && afTo !== undefined)
    return complaint.notOnMatch("af-to is", spans.options);
  if (action !== "pass" && route !== undefined)
    return complaint.routeOnlyPass(action, spans.options);
  return undefined;
}
