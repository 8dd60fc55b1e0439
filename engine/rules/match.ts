import type { Unread } from "../../model/unread.ts";

/** Whether something matches, as far as the files tell. */
export type Match = { readonly answer: "yes" | "no" } | OpenMatch;

/** A match that the files leave open. */
export interface OpenMatch {
  readonly answer: "maybe";
  /** Lines that leave it open; empty if the network chooses. */
  readonly unread: readonly Unread[];
  /** What leaves it open, one clause. */
  readonly reason: string;
}

export const YES: Match = { answer: "yes" };
export const NO: Match = { answer: "no" };

export function matchIf(holds: boolean): Match {
  return holds ? YES : NO;
}

export function perhaps(unread: readonly Unread[], reason: string): OpenMatch {
  return { answer: "maybe", unread, reason };
}

/** The opposite; what is open stays open. */
export function negated(match: Match): Match {
  if (match.answer === "maybe") return match;
  return match.answer === "yes" ? NO : YES;
}
