import type { Packet } from "../../model/packet.ts";
import type { Rule } from "../../model/rule.ts";
import { failingCriterion, matchRule, type Situation } from "./criteria.ts";
import type { Crossing } from "./crossing.ts";
import type { Filter } from "./filter.ts";
import { type Match, type OpenMatch, perhaps } from "./match.ts";
import type { StateTable } from "./state-table.ts";
import { translate } from "./translation.ts";

/** What the rules say of one packet, when every open match has been decided. */
export interface Evaluation {
  /** The deciding rule; absent: the implicit default rule, which passes without state. */
  readonly decision?: Rule;
  /** As translated by `match` rules. */
  readonly packet: Packet;
  /** Tag that the rules have set, or that a test has read from the packet. */
  readonly tag?: string;
  readonly rtable: number;
  /** `match` rules that took effect, in order. */
  readonly matched: readonly Rule[];
  /** `once` rules that matched, whether or not they decide. */
  readonly spent: readonly Rule[];
  /** Why the evaluation ended with a drop. */
  readonly failed?: string;
  /** What was met that may do anything. */
  readonly anything?: OpenMatch;
  /** The open matches, in order of evaluation. */
  readonly open: readonly OpenMatch[];
}

/** Told of every rule that is tested: the criterion it fails by, or nothing if it matches. */
export type Watch = (rule: Rule, failed: string | undefined) => void;

/** Surroundings of one walk. */
export interface Walking {
  readonly filter: Filter;
  readonly crossing: Crossing;
  readonly states: StateTable;
  /** Decisions of open matches, in order; what is beyond the list does not match. */
  readonly taken: readonly boolean[];
  readonly watch?: Watch;
}

/** Walks the main ruleset and the anchors it calls (pf-semantics.md 34). */
export function walkRules(walking: Walking, packet: Packet): Evaluation {
  const { crossing } = walking;
  const progress: Progress = {
    crossing,
    packet,
    tag: crossing.tag,
    tagKnown: false,
    rtable: crossing.rdomain,
    matched: [],
    spent: [],
    open: [],
  };
  walk(walking, progress, "", undefined, 0);
  const { tag, tagKnown, crossing: _, ...rest } = progress;
  return tagKnown && tag !== undefined ? { ...rest, tag } : rest;
}

interface Progress extends Situation {
  decision?: Rule;
  /** The anchor rule that the deciding rule hangs under. */
  call?: Rule | undefined;
  packet: Packet;
  tag: string | undefined;
  /** The tag was set by a rule or read from the packet for a test. */
  tagKnown: boolean;
  rtable: number;
  readonly matched: Rule[];
  readonly spent: Rule[];
  readonly open: OpenMatch[];
  failed?: string;
  anything?: OpenMatch;
}

/** Frames of the kernel's anchor stack. */
const MAXIMUM_DEPTH = 64;

function walk(
  walking: Walking,
  progress: Progress,
  path: string,
  call: Rule | undefined,
  depth: number,
): "stop" | "go on" {
  for (const rule of walking.filter.anchors.get(path) ?? []) {
    if (!takes(walking, progress, rule, call)) continue;
    if (rule.action === "unread") {
      progress.anything = perhaps(rule.uncertain, "a line that was not understood may do anything");
      return "stop";
    }
    if (rule.tag !== undefined) {
      progress.tag = rule.tag;
      progress.tagKnown = true;
    }
    const end =
      rule.action === "anchor"
        ? enter(walking, progress, rule, depth)
        : apply(walking, progress, rule, call);
    if (end === "stop") return "stop";
  }
  return "go on";
}

/** Whether the rule matches, open matches decided as the walk was told. */
function takes(walking: Walking, progress: Progress, rule: Rule, call: Rule | undefined): boolean {
  const { filter, states, taken, watch } = walking;
  const expired = rule.once ? states.hasExpired(rule) : "no";
  if (expired === "yes") {
    watch?.(rule, "expired");
    return false;
  }
  const match = withExpiry(matchRule(filter, rule, progress), expired);
  if (rule.tagged !== undefined && !progress.tagKnown) {
    progress.tagKnown = isTagRead(filter, rule, progress);
  }
  watch?.(rule, failingCriterion(filter, rule, progress));
  if (match.answer !== "maybe") return match.answer === "yes";
  if (isIdle(rule, progress, call)) return false;
  progress.open.push(match);
  return taken[progress.open.length - 1] ?? false;
}

/** Whether taking the rule would change nothing, so that an open match of it need not be tried. */
function isIdle(rule: Rule, progress: Progress, call: Rule | undefined): boolean {
  if (rule.quick || rule.once || rule.tag !== undefined) return false;
  if (rule.action === "block") {
    return progress.decision?.action === "block" && progress.call === call;
  }
  const translates = rule.nat !== undefined || rule.rdr !== undefined;
  return rule.action === "match" && rule.rtable === undefined && !translates;
}

function withExpiry(match: Match, expired: "maybe" | "no"): Match {
  if (expired === "no" || match.answer === "no") return match;
  return perhaps(match.answer === "maybe" ? match.unread : [], "the rule may have expired");
}

/** Whether pf gets as far as the tag test, which reads the packet's tag (pf-semantics.md 13). */
function isTagRead(filter: Filter, rule: Rule, situation: Situation): boolean {
  const failed = failingCriterion(filter, rule, situation);
  return failed === undefined || failed === "tag" || failed === "receiving interface";
}

function apply(
  { filter, crossing, states }: Walking,
  progress: Progress,
  rule: Rule,
  call: Rule | undefined,
): "stop" | "go on" {
  if (rule.once) progress.spent.push(rule);
  if (rule.action !== "match") {
    progress.decision = rule;
    progress.call = call;
    return rule.quick ? "stop" : "go on";
  }
  if (rule.rtable !== undefined) progress.rtable = rule.rtable;
  const translated = translate(filter, rule, progress.packet, crossing, states);
  if (translated.kind === "failed") {
    progress.failed = translated.reason;
    return "stop";
  }
  if (translated.kind === "unknown") {
    progress.anything = perhaps(translated.unread, translated.reason);
    return "stop";
  }
  progress.packet = translated.packet;
  progress.matched.push(rule);
  return rule.quick ? "stop" : "go on";
}

function enter(walking: Walking, progress: Progress, rule: Rule, depth: number): "stop" | "go on" {
  for (const path of targetsOf(walking.filter, rule)) {
    if (depth + 1 > MAXIMUM_DEPTH) {
      progress.failed = "anchors are nested too deep";
      return "stop";
    }
    if (walk(walking, progress, path, rule, depth + 1) === "stop") return "stop";
    // only what an immediate rule of this call decided counts (pf-semantics.md 12)
    if (rule.quick && progress.call === rule) return "stop";
  }
  return "go on";
}

/** The anchor itself, or those directly below it in byte order of their paths. */
function targetsOf({ paths }: Filter, { calls }: Rule): readonly string[] {
  if (calls === undefined) return [];
  if (!calls.wildcard) return [calls.path];
  const above = calls.path === "" ? "" : `${calls.path}/`;
  return paths.filter(
    (path) => path !== "" && path.startsWith(above) && !path.includes("/", above.length),
  );
}
