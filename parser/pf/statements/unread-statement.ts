import type { Span } from "../../../model/source.ts";
import { protocolNumber } from "../names/protocols.ts";
import type { Reading } from "./reading.ts";

/** A statement that pfctl would not take, and what its words still say for sure. */
export interface UnreadStatement {
  readonly span: Span;
  readonly words: string;
  readonly anchor: string;
  /** Rules of its anchor in front of it. */
  readonly position: number;
  /** Not a rule or anchor: it can move no packet by itself. */
  readonly isOption: boolean;
  readonly criteria: {
    readonly quick: boolean;
    readonly direction: "in" | "out" | undefined;
    readonly interface: string | undefined;
    readonly family: "inet" | "inet6" | undefined;
    readonly protocol: number | undefined;
  };
}

const MOST_WORDS = 60;
const LONGEST = 200;

/** The statement at hand as data: nothing of a file is ever skipped. */
export function unreadStatement(reading: Reading, wrong: number): UnreadStatement {
  const { tokens } = reading;
  const words: string[] = [];
  let known = wrong === 0 ? 0 : MOST_WORDS;
  for (let at = 0; at < Math.min(tokens.count, MOST_WORDS); at++) {
    if (tokens.kind(at) > 3) words.push(tokens.text(at));
    if (at + 1 === wrong) known = words.length;
  }
  const joined = words.join(" ");
  const anchor = reading.bodies[0]?.outer ?? reading.anchor;
  return {
    span: tokens.span(0, Math.max(0, tokens.count - 2)),
    words: joined.length > LONGEST ? `${joined.slice(0, LONGEST - 1)}…` : joined,
    anchor,
    position: reading.rulesOf(anchor).length,
    isOption: words[1] === "=" || words[0] === "queue",
    criteria: criteriaOf(words.slice(0, known)),
  };
}

/** Only single words of the rigid part of a rule count; a list leaves its criterion open. */
function criteriaOf(words: readonly string[]): UnreadStatement["criteria"] {
  const [action] = words;
  const nothing = {
    quick: true,
    direction: undefined,
    interface: undefined,
    family: undefined,
    protocol: undefined,
  };
  if (action !== "pass" && action !== "block" && action !== "match") return nothing;
  const end = words.findIndex((it) => ["from", "to", "all", "os"].includes(it));
  const ahead = end < 0 ? words : words.slice(0, end);
  const on = single(ahead, "on");
  const protocol = protocolNumber(single(ahead, "proto") ?? "");
  const family = ahead.includes("inet") ? "inet" : ahead.includes("inet6") ? "inet6" : undefined;
  const direction = words.slice(0, 4).find((it) => it === "in" || it === "out");
  // the error may hide a `quick`: only a word behind it shows that there is none
  const passed = ahead.length > 2 || on !== undefined || family !== undefined;
  return {
    quick: ahead.includes("quick") || !passed,
    direction: direction === "in" || direction === "out" ? direction : undefined,
    interface: on === "rdomain" || on === "any" ? undefined : on,
    family,
    protocol: protocol === 0 ? undefined : protocol,
  };
}

/** The word behind `keyword`, if it is one and another word follows it. */
function single(words: readonly string[], keyword: string): string | undefined {
  const at = words.indexOf(keyword);
  const it = at < 0 ? undefined : words[at + 1];
  if (it === undefined || it === "{" || it === "!" || words[at + 2] === undefined) return undefined;
  return it;
}
