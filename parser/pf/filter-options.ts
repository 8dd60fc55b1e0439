import type { IToken } from "chevrotain";
import type { Family } from "../../model/packet.ts";
import type { InterfaceTest } from "../../model/rule.ts";
import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { icmpCode, icmpType } from "./names/icmp.ts";
import { flagBits, numberIn, probabilityOf, tosValue } from "./option-values.ts";
import { type ScrubOptions, type Settings, scrubOptions, settings } from "./packet-changes.ts";
import type { OptionSyntax, RuleSyntax, StateSyntax, TranslationSyntax } from "./syntax.ts";
import { type IdentityTest, resolveIdentities } from "./tests.ts";
import { Numeral } from "./tokens.ts";

export interface IcmpTest {
  readonly family: Family;
  readonly type: number;
  readonly code?: number;
}

type WithToken<T> = T & { readonly token: IToken };
type Divert = Extract<OptionSyntax, { kind: "divert-to" | "divert-reply" | "divert-packet" }>;

/** The options of one rule, gathered from its words in any order. */
export interface FilterOptions {
  users: readonly IdentityTest[];
  groups: readonly IdentityTest[];
  /** Both 0 for `flags any`. */
  flags?: { readonly set: number; readonly mask: number };
  icmp: readonly IcmpTest[];
  tos?: number;
  prio?: number;
  fragment: boolean;
  allowOptions: boolean;
  once: boolean;
  state?: WithToken<StateSyntax>;
  label?: string;
  tag?: string;
  tagged?: { readonly tag: string; readonly negated: boolean };
  probability?: number;
  rtable?: number;
  settings: Settings;
  scrub: ScrubOptions;
  divert?: Divert;
  nat?: WithToken<TranslationSyntax>;
  rdr?: WithToken<TranslationSyntax>;
  afTo?: WithToken<TranslationSyntax>;
  route?: WithToken<TranslationSyntax>;
  receivedOn?: InterfaceTest;
  packetRate?: string;
}

/** Gathers the options of `rule`; complains about each that pfctl would reject. */
export function filterOptions(context: Context, rule: RuleSyntax): FilterOptions {
  const options: FilterOptions = {
    users: [],
    groups: [],
    icmp: [],
    fragment: false,
    allowOptions: false,
    once: false,
    settings: {},
    scrub: {},
  };
  for (const it of rule.options) addOption(context, options, it);
  return options;
}

function addOption(context: Context, options: FilterOptions, it: OptionSyntax): void {
  const span = spanIn(context, it.token);
  const twice = (present: unknown, name: string): void => {
    if (present !== undefined) complain(context, complaint.redefined(name, span));
  };
  switch (it.kind) {
    case "user":
      options.users = [...(resolveIdentities(context, "user", it.tests) ?? []), ...options.users];
      return;
    case "group":
      options.groups = [
        ...(resolveIdentities(context, "group", it.tests) ?? []),
        ...options.groups,
      ];
      return;
    case "flags":
      twice(options.flags, "flags");
      options.flags = flagTest(context, it);
      return;
    case "icmp-type":
    case "icmp6-type":
      if (options.icmp.length > 0) complain(context, complaint.redefined("icmp-type", span));
      options.icmp = icmpTests(context, it);
      return;
    case "fragment":
      options.fragment = true;
      return;
    case "allow-opts":
      options.allowOptions = true;
      return;
    case "once":
      options.once = true;
      return;
    case "state":
      twice(options.state, "modulate or keep");
      options.state = it;
      return;
    case "set":
      options.settings = settings(context, options.settings, it.settings);
      return;
    case "scrub":
      options.scrub = scrubOptions(context, options.scrub, it.items);
      return;
    case "divert-to":
    case "divert-reply":
    case "divert-packet":
      if (options.divert !== undefined) complain(context, complaint.divertTwice(span));
      options.divert = it;
      return;
    case "max-pkt-rate":
      if (options.packetRate) complain(context, complaint.respecified("max-pkt-rate", span));
      options.packetRate = packetRate(context, it);
      return;
    case "received-on":
      twice(options.receivedOn, "received-on");
      if (it.interface.kind !== "rdomain") {
        options.receivedOn = { name: it.interface.token.image, negated: it.interface.negated };
      }
      return;
    default:
      addValue(context, options, it);
  }
}

type Valued = Extract<
  OptionSyntax,
  { kind: "tos" | "prio" | "label" | "probability" | "rtable" | "tag" | "tagged" }
>;

function addValue(
  context: Context,
  options: FilterOptions,
  it: Valued | WithToken<TranslationSyntax>,
): void {
  const span = spanIn(context, it.token);
  const twice = (present: unknown, name: string): void => {
    if (present !== undefined) complain(context, complaint.redefined(name, span));
  };
  switch (it.kind) {
    case "tos": {
      twice(options.tos, "tos");
      const tos = tosValue(context, it.value);
      if (tos !== undefined) options.tos = tos;
      return;
    }
    case "prio": {
      twice(options.prio, "prio");
      const prio = numberIn(context, it.value, 7, (_, at) => complaint.badPrio(at));
      if (prio !== undefined) options.prio = prio;
      return;
    }
    case "label":
      twice(options.label, "label");
      if (it.value.image.length > 63) complain(context, complaint.tooLong("rule label", span));
      options.label = it.value.image;
      return;
    case "probability": {
      const probability = probabilityOf(context, it.value);
      if (probability !== undefined) options.probability = probability;
      return;
    }
    case "rtable": {
      const rtable = rtableNumber(context, it.value);
      if (rtable !== undefined) options.rtable = rtable;
      return;
    }
    case "tag":
    case "tagged": {
      const tag = it.words.map((word) => word.image).join(" ");
      if (tag.length > 63) complain(context, complaint.tooLong("tag", span));
      if (it.kind === "tag") options.tag = tag;
      else options.tagged = { tag, negated: it.negated };
      return;
    }
    default:
      addTranslation(context, options, it);
  }
}

function addTranslation(
  context: Context,
  options: FilterOptions,
  it: WithToken<TranslationSyntax>,
): void {
  const refuse = (name: string): undefined =>
    complain(context, complaint.respecified(name, spanIn(context, it.token)));
  switch (it.kind) {
    case "nat-to":
    case "binat-to":
      if (options.nat !== undefined || options.afTo !== undefined) refuse("nat-to/binat-to");
      options.nat = it;
      return;
    case "rdr-to":
      if (options.rdr !== undefined || options.afTo !== undefined) refuse("rdr-to");
      options.rdr = it;
      return;
    case "af-to":
      if (options.afTo !== undefined || options.nat !== undefined) refuse("af-to");
      options.afTo = it;
      delete options.rdr;
      return;
    case "route-to":
    case "reply-to":
    case "dup-to":
      if (options.route !== undefined) refuse("route-to/reply-to/dup-to");
      options.route = it;
  }
}

function flagTest(
  context: Context,
  it: Extract<OptionSyntax, { kind: "flags" }>,
): { readonly set: number; readonly mask: number } {
  const set = flagBits(context, it.set) ?? 0;
  const mask = it.mask === undefined ? 0 : (flagBits(context, it.mask) ?? 255);
  if ((set & mask) !== set) complain(context, complaint.flagsNeverTrue(spanIn(context, it.token)));
  return { set, mask };
}

/** A routing table by number; it must exist. */
export function rtableNumber(context: Context, token: IToken): number | undefined {
  const span = spanIn(context, token);
  const rtable = numberIn(context, token, 255, (_, at) => complaint.badRtable(at));
  if (rtable === undefined || rtable === 0) return rtable;
  const { rtables, interfaces } = context.environment;
  if (rtables.includes(rtable) || interfaces.some((it) => it.rdomain === rtable)) return rtable;
  return complain(context, complaint.noRtable(rtable, span));
}

function icmpTests(
  context: Context,
  it: Extract<OptionSyntax, { kind: "icmp-type" | "icmp6-type" }>,
): readonly IcmpTest[] {
  const family = it.kind === "icmp-type" ? "inet" : "inet6";
  return it.items.flatMap(({ type, code }): readonly IcmpTest[] => {
    const number = icmpNumber(context, it.kind, type, icmpType(family, type.image));
    if (number === undefined) return [];
    if (code === undefined) return [{ family, type: number }];
    const word = family === "inet" ? "icmp-code" : "icmp6-code";
    const codeNumber = icmpNumber(context, word, code, icmpCode(family, number, code.image));
    return codeNumber === undefined ? [] : [{ family, type: number, code: codeNumber }];
  });
}

function icmpNumber(
  context: Context,
  kind: string,
  token: IToken,
  named: number | undefined,
): number | undefined {
  const span = spanIn(context, token);
  if (token.tokenType !== Numeral) {
    return named ?? complain(context, complaint.unknownName(kind, token.image, span));
  }
  return numberIn(context, token, 255, (text, at) => complaint.illegalValue(kind, text, at));
}

function packetRate(
  context: Context,
  { packets, seconds }: Extract<OptionSyntax, { kind: "max-pkt-rate" }>,
): string {
  for (const it of [packets, seconds]) {
    numberIn(context, it, 4294967295, (_, at) => complaint.onlyPositive(at));
  }
  return packets.image === "0" ? "" : `${packets.image}/${seconds.image}`;
}
