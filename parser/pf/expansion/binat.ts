import type { Reading } from "../statements/reading.ts";
import type { RuleBase } from "../statements/rule-statement.ts";
import type { HostItem, Position, RuleLists } from "./list-items.ts";
import { type CollapsedPool, isMultiple } from "./pools.ts";
import { hasNoMask, isDynamic } from "./rule-parts.ts";

/** The checks of `binat-to` on the way out; false after a complaint. */
export function isBinatConsistent(
  reading: Reading,
  { draft, family }: RuleBase,
  from: HostItem,
  nat: CollapsedPool | undefined,
): boolean {
  const source = from.address;
  const target = nat?.address ?? { kind: "any" };
  let problems = 0;
  const complain = (message: string): void => {
    reading.error(message);
    problems++;
  };
  if (source.kind === "table") {
    complain(`invalid use of table <${source.name}> as the source address of a binat-to rule`);
  } else if (source.kind === "dynamic" && isMultiple(source)) {
    complain(`invalid use of interface (${source.name}) as the source address of a binat-to rule`);
  } else if (!isSpecified(source.kind) || !isSpecified(target.kind)) {
    complain("binat-to requires a specified source and redirect address");
  }
  if (isMultiple(source) || isMultiple(target)) {
    complain("dynamic interfaces must be used with :0 in a binat-to rule");
  }
  if (family !== undefined && (hasNoMask(source) || hasNoMask(target))) {
    complain("source and redir addresess must have a matching network mask in binat-rule");
  }
  if (target.kind === "table") {
    complain("tables cannot be used as the redirect address of a binat-to rule");
  }
  if (draft.direction !== undefined) {
    complain("binat-to cannot be specified with a direction");
  }
  return problems === 0;
}

function isSpecified(kind: string): boolean {
  return kind === "prefix" || kind === "dynamic" || kind === "any";
}

/** What is left of each list from `at` on, ends swapped: the way back of a combination. */
export function returningLists(lists: RuleLists, at: Position, target: HostItem): RuleLists {
  return {
    interfaces: lists.interfaces.slice(at[0]),
    protocols: lists.protocols.slice(at[1]),
    icmp: lists.icmp.slice(at[2]),
    // behind a dynamic address pfctl goes no further
    sources: lists.destinations.slice(
      at[4],
      isDynamic(lists.destinations[at[4]]) ? at[4] + 1 : undefined,
    ),
    destinations: [target],
    sourcePorts: lists.destinationPorts.slice(at[6]),
    destinationPorts: lists.sourcePorts.slice(at[5]),
    os: lists.os.slice(at[7]),
    users: lists.users.slice(at[8]),
    groups: lists.groups.slice(at[9]),
  };
}
