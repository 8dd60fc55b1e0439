import type { IToken } from "chevrotain";
import type { Rule } from "../../model/rule.ts";
import { protocolNumber } from "./names/protocols.ts";

/**
 * What the words in front of a syntax error say for sure, so that the unread rule reaches no
 * further than they do. Only single names count; a list leaves its criterion open.
 */
export function salvagedCriteria(tokens: readonly IToken[], wrong: number): Partial<Rule> {
  const words = tokens.slice(0, wrong).map((it) => it.image);
  const [action] = words;
  if (action !== "pass" && action !== "block" && action !== "match") return {};
  const ahead = words.slice(0, untilOptions(words));
  const on = single(ahead, "on");
  const protocol = protocolNumber(single(ahead, "proto") ?? "");
  const family = ahead.includes("inet") ? "inet" : ahead.includes("inet6") ? "inet6" : undefined;
  const direction = words.slice(0, 4).find((it) => it === "in" || it === "out");
  // the error may hide a `quick`: only a word behind it shows that there is none
  const passed = ahead.length > 2 || on !== undefined || family !== undefined;
  return {
    quick: ahead.includes("quick") || !passed,
    ...(direction === "in" || direction === "out" ? { direction } : {}),
    ...(on === undefined || on === "rdomain" ? {} : { interface: { name: on, negated: false } }),
    ...(family === undefined ? {} : { family }),
    ...(protocol === undefined || protocol === 0 ? {} : { protocol }),
  };
}

/** Words of the rigid part of a rule, before its addresses. */
function untilOptions(words: readonly string[]): number {
  const at = words.findIndex((it) => ["from", "to", "all", "os"].includes(it));
  return at < 0 ? words.length : at;
}

/** The word behind `keyword`, if it is one and another word follows it. */
function single(words: readonly string[], keyword: string): string | undefined {
  const at = words.indexOf(keyword);
  const it = at < 0 ? undefined : words[at + 1];
  return it === undefined || it === "{" || it === "!" || words[at + 2] === undefined
    ? undefined
    : it;
}
