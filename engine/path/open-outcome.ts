import type { PfRule } from "../../model/pf-rule.ts";
import type { LiveRule } from "../kernel/live-rule.ts";

/** A rule that was tested, and how sure its answer is. */
export interface Answered {
  readonly live: LiveRule;
  /** It took effect in the evaluation that was made. */
  readonly taken: boolean;
  /** `anything`: it stands for a line that may do anything, and its criteria hold. */
  readonly sure: "yes" | "maybe" | "anything";
}

/**
 * Whether the outcome of an evaluation would have been another one if the open tests had been
 * answered otherwise.
 *
 * Never false where it would: every rule that may have decided must do to the packet what the one
 * that did decide does.
 *
 * @param tested - the rules that matched or may have, in order
 * @param best - the rule that decided; undefined: the implicit one
 */
export function isOutcomeOpen(tested: readonly Answered[], best: LiveRule | undefined): boolean {
  if (tested.every(({ sure }) => sure === "yes")) return false;
  const last = tested.findLastIndex(({ live, sure }) => sure === "yes" && decides(live.rule));
  const deciders: (PfRule | undefined)[] = [];
  for (const [at, { live, taken, sure }] of tested.entries()) {
    if (sure === "yes") continue;
    const { rule } = live;
    if (sure === "anything" || !isPlain(rule)) return true;
    if (!decides(rule)) continue;
    if (rule.quick && (taken || changesBehind(tested, at))) return true;
    if (!rule.quick && at < last && !isInQuickAnchor(tested, live)) continue;
    deciders.push(rule);
    if (taken) deciders.push(tested[last]?.live.rule);
  }
  const fate = fateOf(best?.rule);
  return deciders.some((it) => fateOf(it) !== fate);
}

function decides({ action }: PfRule): boolean {
  return action === "pass" || action === "block";
}

/** What it does besides deciding is nothing. */
function isPlain(rule: PfRule): boolean {
  const { action, tag, once, rtable, nat, rdr, set, scrub } = rule;
  if (action === "anchor" || tag !== "" || once) return false;
  if (action !== "match") return true;
  const changes = nat !== undefined || rdr !== undefined || rtable >= 0;
  return !changes && set === undefined && scrub?.reassembleTcp !== true;
}

/** Some rule behind did more than decide: an earlier end would have been another one. */
function changesBehind(tested: readonly Answered[], at: number): boolean {
  return tested.slice(at + 1).some(({ live }) => !isPlain(live.rule));
}

/** Where a quick anchor ends depends on who decided in it. */
function isInQuickAnchor(tested: readonly Answered[], { anchor }: LiveRule): boolean {
  return (
    anchor !== "" && tested.some(({ live: { rule } }) => rule.action === "anchor" && rule.quick)
  );
}

/** Equal if nothing that comes after can tell two deciding rules apart. */
function fateOf(rule: PfRule | undefined): string {
  if (rule === undefined)
    return JSON.stringify(["none", -1, false, "", "", "", "", "", "", "", ""]);
  if (rule.action === "block") return "block";
  const { state, rtable, allowOptions, tag, nat, rdr, route, routeKind, divert, afTo, set } = rule;
  const { sloppy, ifBound } = rule.stateOptions;
  const keeps = state === "none" ? state : [state, sloppy, ifBound];
  const others = [tag, nat, rdr, route, routeKind, divert, afTo, set?.tos];
  return JSON.stringify([keeps, rtable, allowOptions, ...others.map((it) => it ?? "")], plain);
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
