import type { State } from "./state.ts";

/** Seconds by name, of `adaptive.*` states: what pf begins with (OpenBSD 7.8). */
export const DEFAULT_TIMEOUTS: ReadonlyMap<string, number> = new Map([
  ["tcp.first", 120],
  ["tcp.opening", 30],
  ["tcp.established", 86400],
  ["tcp.closing", 900],
  ["tcp.finwait", 45],
  ["tcp.closed", 90],
  ["tcp.tsdiff", 30],
  ["udp.first", 60],
  ["udp.single", 30],
  ["udp.multiple", 60],
  ["icmp.first", 20],
  ["icmp.error", 10],
  ["other.first", 60],
  ["other.single", 30],
  ["other.multiple", 60],
  ["frag", 60],
  ["interval", 10],
  ["adaptive.start", 60000],
  ["adaptive.end", 120000],
  ["src.track", 0],
]);

/** The value of one global timeout; what `globals` does not name has its default. */
export function globalTimeout(globals: ReadonlyMap<string, number>, name: string): number {
  return globals.get(name) ?? DEFAULT_TIMEOUTS.get(name) ?? 0;
}

/**
 * Seconds that `state` lives after its timer was restarted; 0: it expires at the next purge.
 *
 * A rule with an `adaptive.start` of its own (pfctl gives it one with `max`) is scaled by the
 * states of the rule, every other by `totalStates`. Follows pf_state_expires, OpenBSD 7.8.
 *
 * @param totalStates - states that are not purged, marked and unlinked ones included
 */
export function timeoutOf(
  state: Pick<State, "rule" | "timeout">,
  globals: ReadonlyMap<string, number>,
  totalStates: number,
): number {
  const { rule } = state;
  const own = rule.rule.stateOptions.timeouts;
  const seconds = ownTimeout(own, state.timeout) || globalTimeout(globals, state.timeout);
  const start = ownTimeout(own, "adaptive.start");
  if (start !== 0) return scaled(seconds, start, ownTimeout(own, "adaptive.end"), rule.states);
  return scaled(
    seconds,
    globalTimeout(globals, "adaptive.start"),
    globalTimeout(globals, "adaptive.end"),
    totalStates,
  );
}

/** 0: the rule leaves it to the global value. */
function ownTimeout(own: readonly (readonly [string, number])[], name: string): number {
  for (const [each, value] of own) if (each === name) return value;
  return 0;
}

/** Products reach 2^64, as in the kernel. */
function scaled(seconds: number, start: number, end: number, states: number): number {
  if (end === 0 || start >= end || states <= start) return seconds;
  if (states >= end) return 0;
  return Number((BigInt(seconds) * BigInt(end - states)) / BigInt(end - start));
}
