import type { Unread } from "../../model/unread.ts";
import { type Context, ruleUnread } from "./context.ts";
import type { Combination } from "./expand.ts";
import type { RuleStatement } from "./rule-statement.ts";
import type { Pools } from "./rule-writer.ts";

/** Why a match of this combination is not certain although everything that is modelled fits. */
export function uncertaintyOf(
  context: Context,
  { options }: RuleStatement,
  it: Combination,
): readonly Unread[] {
  const labels = [it.source.test, it.destination.test].some(({ kind }) => kind === "route-label");
  const unknown = it.source.unknown ?? it.destination.unknown;
  const effects = [
    unknown === undefined ? "" : `matches only addresses of \`${unknown}\`, known at run time`,
    it.os === undefined ? "" : "matches only some operating systems",
    it.user === undefined && it.group === undefined ? "" : "matches only sockets of some users",
    labels ? "matches only addresses with a route label" : "",
    options.prio === undefined ? "" : "matches only packets of one queueing priority",
    options.packetRate ? "matches only below a packet rate" : "",
  ];
  return effects.filter((it) => it !== "").map((effect) => ruleUnread(context, effect));
}

/** What this combination does that the model cannot hold: each makes the rule unread. */
export function unmodelledOf(
  { options, syntax }: RuleStatement,
  { nat, rdr, route, afTo }: Pools,
): readonly string[] {
  const several = [nat, rdr].some((pool) => pool !== undefined && pool.translation === undefined);
  const effects = [
    several ? "translates to one of several addresses" : "",
    route === undefined ? "" : "sends packets another way than the routing tables",
    afTo.length === 0 ? "" : "translates to the other address family",
    options.divert === undefined ? "" : "hands packets to a process of the host",
  ];
  return syntax.action === "anchor" ? [] : effects.filter((it) => it !== "");
}
