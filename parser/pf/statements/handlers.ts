import type { Reading } from "./reading.ts";

/**
 * Carries out one step; `at` is the token that completed its production.
 *
 * False: pfctl gives the statement up here. The complaint, if any, has been made.
 */
export type Handler = (reading: Reading, at: number) => boolean | undefined;

/** Pairs of a step and what it does. */
export type Handlers = readonly (readonly [step: number, handler: Handler])[];

/** Handler of a step that cannot fail. */
export function plain(act: (reading: Reading, at: number) => void): Handler {
  return (reading, at) => {
    act(reading, at);
    return true;
  };
}

/** `list` with `item` behind it; most lists have one element, and this one has no room for more. */
export function appended<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}

/** Whether a `!` stands in front of what is read; it counts once. */
export function takeNot(reading: Reading): boolean {
  const { draft } = reading;
  const { not } = draft;
  draft.not = false;
  return not;
}
