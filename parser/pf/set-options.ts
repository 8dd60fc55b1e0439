import type { IToken } from "chevrotain";
import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { GLOBAL_TIMEOUTS, LIMITS, OPTIMIZATIONS } from "./names/words.ts";
import { listedInterface } from "./rule-statement.ts";
import { stateOptions } from "./state-options.ts";
import type { SetSyntax } from "./syntax.ts";
import { cNumber } from "./tests.ts";

/** Puts a `set` statement in force for the lines behind it. */
export function applyOption(context: Context, syntax: SetSyntax): void {
  const { option, values } = syntax;
  const [value] = values;
  const span = spanIn(context, value ?? option);
  switch (option.image) {
    case "block-policy":
      context.blockPolicy = value?.image === "return" ? "return" : "drop";
      return;
    case "state-policy":
      context.statePolicy = value?.image === "if-bound" ? "if-bound" : "floating";
      return;
    case "reassemble":
      if (value?.image !== "yes" && value?.image !== "no") {
        complain(context, complaint.yesOrNo(value?.image ?? "", span));
      }
      context.reassemble = value?.image !== "no";
      return;
    case "state-defaults":
      if (context.stateDefaults !== undefined) complain(context, complaint.defaultsTwice(span));
      if (stateOptions(context, syntax.state ?? []) !== undefined) {
        context.stateDefaults = syntax.state;
      }
      return;
    case "skip":
      skipOn(context, syntax);
      return;
    default:
      checkValue(context, option, values);
  }
}

function skipOn(context: Context, { interfaces = [] }: SetSyntax): void {
  const [only] = interfaces;
  context.skip.length = 0;
  if (interfaces.length === 1 && only?.token.image === "none" && !only.negated) return;
  for (const it of interfaces) {
    const name = listedInterface(context, it);
    const span = spanIn(context, it.token);
    if (it.negated) complain(context, complaint.skipNegated(span));
    else if (it.kind === "rdomain") complain(context, complaint.skipRdomain(span));
    else if (name !== undefined) context.skip.push(name.name);
  }
}

/** Options that move no packet: only their words are checked. */
function checkValue(context: Context, option: IToken, values: readonly IToken[]): void {
  const [value] = values;
  if (value === undefined) return;
  const text = value.image.toLowerCase();
  const span = spanIn(context, value);
  const refuse = (): undefined =>
    complain(context, complaint.unknownName(option.image, value.image, span));
  switch (option.image) {
    case "timeout":
    case "limit":
      checkEntries(context, option.image, values);
      return;
    case "optimization":
      if (!OPTIMIZATIONS.includes(text)) refuse();
      return;
    case "ruleset-optimization":
      if (!["none", "basic", "profile"].includes(values.map((it) => it.image).join(" "))) refuse();
      return;
    case "syncookies":
      if (!["never", "always", "adaptive"].includes(value.image)) refuse();
      return;
    case "debug":
      if (!DEBUG_LEVELS.includes(text) && !/^0*[0-7]$/.test(text)) refuse();
      return;
    case "hostid": {
      const id = cNumber(value.image);
      if (id === undefined) complain(context, complaint.notANumber(value.image, span));
      else if (id === 0 || id > 4294967295) complain(context, complaint.hostidZero(span));
      return;
    }
  }
}

const DEBUG_LEVELS: readonly string[] =
  "emerg panic alert crit err error warning warn notice info debug".split(" ");

function checkEntries(
  context: Context,
  option: "timeout" | "limit",
  values: readonly IToken[],
): void {
  const names = option === "timeout" ? GLOBAL_TIMEOUTS : LIMITS;
  for (let at = 0; at + 1 < values.length; at += 2) {
    const [name, number] = [values[at], values[at + 1]];
    if (name === undefined || number === undefined) return;
    if (!names.includes(name.image.toLowerCase())) {
      complain(context, complaint.unknownName(option, name.image, spanIn(context, name)));
    }
    if (Number(number.image) < 0 || Number(number.image) > 4294967295) {
      complain(context, complaint.onlyPositive(spanIn(context, number)));
    }
  }
}
