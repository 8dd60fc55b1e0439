import { type Kind, kindOf, kindTexts, NEWLINE, NUMBER, STRING } from "../lexical/kinds.ts";
import * as S from "./steps.ts";

const CLOSE = kindOf("}");

const OPTIONS = `user group flags icmp-type icmp6-type tos prio fragment allow-opts once no keep modulate
  synproxy label tag ! tagged received-on queue set probability rtable divert-to divert-reply
  divert-packet scrub nat-to rdr-to binat-to af-to route-to reply-to dup-to max-pkt-rate {`;
const POOL_OPTIONS =
  "bitmask random round-robin least-states source-hash static-port sticky-address";
const HOSTS = "( < ! { route no-route urpf-failed any";

const behindOptions: Uint8Array = marked(OPTIONS, [NEWLINE]);
const behindPools: Uint8Array = marked(`${OPTIONS} to`, [NEWLINE]);
const behindHosts: Uint8Array = marked(
  `${OPTIONS} ${POOL_OPTIONS} ${HOSTS} } , weight port to os`,
  [NEWLINE, STRING, NUMBER],
);
const behindIcmp: Uint8Array = marked(`${OPTIONS} } ,`, [NEWLINE, STRING, NUMBER]);
const behindStrings: Uint8Array = marked(`${OPTIONS} ${POOL_OPTIONS} ) , all matches to`, [
  NEWLINE,
]);
const behindPoolOptions: Uint8Array = marked(`${OPTIONS} ${POOL_OPTIONS} to`, [NEWLINE]);
const behindAddresses: Uint8Array = marked(`${OPTIONS} os to`, [NEWLINE]);
const behindPorts: Uint8Array = marked(`${OPTIONS} os to } , = != < <= > >=`, [
  NEWLINE,
  STRING,
  NUMBER,
]);
const behindCurves: Uint8Array = marked(", min max", [NEWLINE]);
const behindCurve: Uint8Array = marked(", min max bandwidth parent default qlimit flows quantum", [
  NEWLINE,
]);
const behindStateOptions: Uint8Array = marked(") ,", [NEWLINE]);
const behindNewlines: Uint8Array = marked(`${HOSTS} } , rdomain = != < <= > >=`, [STRING, NUMBER]);

/**
 * What pfctl takes for a token that may follow: its tables (LALR) merge the places where the same
 * production may end, so a step is taken too if the next token would fit at another of them, and
 * only then the token turns out to be wrong. Steps that nobody notices are not listed.
 */
const FITTING: ReadonlyMap<S.Step, Uint8Array> = new Map([
  [S.HOST_NAME, behindHosts],
  [S.PORT_SINGLE, behindPorts],
  [S.ICMP, behindIcmp],
  [S.STATE, behindOptions],
  [S.LOG_TO, behindStrings],
  [S.LOAD, behindStrings],
  [S.SET_RULESET_OPTIMIZATION, behindStrings],
  [S.NAT_TO, behindPools],
  [S.RDR_TO, behindPools],
  [S.BINAT_TO, behindPools],
  [S.AF_TO_DONE, behindPools],
  [S.QUEUE_ALL_CURVES, behindCurves],
  [S.QUEUE_CURVE, behindCurve],
  [S.OVERLOAD, behindStateOptions],
  [S.FLUSH, behindStateOptions],
]);

/** Steps with nothing to see: taking them for nothing does no harm. */
const UNSEEN: ReadonlySet<S.Step> = new Set([
  S.FROM,
  S.ID_SINGLE,
  S.USERS,
  S.GROUPS,
  S.TAG,
  S.TAGGED,
  S.POOL,
  S.AF_TO_FROM,
  S.SOURCE_TRACK,
  S.QUEUE_RATE,
  S.QUEUE_MIN,
  S.QUEUE_MAX,
]);

/**
 * Whether pfctl takes `step`, which looks ahead, although the token of kind `next` is wrong.
 *
 * @param before - the kind of the token in front of it
 * @param previous - the step taken before
 */
export function isTakenBefore(step: S.Step, next: Kind, before: Kind, previous: S.Step): boolean {
  switch (step) {
    case S.RULE:
      return previous >= S.USER && behindOptions[next] === 1;
    case S.ROUTE:
      return (previous === S.POOL ? behindOptions : behindPools)[next] === 1;
    case S.POOL_FIRST:
      return before === NEWLINE && behindNewlines[next] === 1;
    case S.POOL_HASH:
      return (before === STRING ? behindStrings : behindPoolOptions)[next] === 1;
    case S.TO:
      if (previous === S.PORT_UNARY || previous === S.PORT_BINARY) return true;
      if (previous !== S.PORT_SINGLE) return behindAddresses[next] === 1;
      return before === CLOSE || behindPorts[next] === 1;
    default:
      return UNSEEN.has(step) || FITTING.get(step)?.[next] === 1;
  }
}

function marked(words: string, others: readonly Kind[]): Uint8Array {
  const marks = new Uint8Array(kindTexts.length);
  for (const word of words.trim().split(/\s+/)) marks[kindOf(word)] = 1;
  for (const kind of others) marks[kind] = 1;
  return marks;
}
