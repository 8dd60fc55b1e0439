import type { Route } from "../../model/host.ts";
import type { Family } from "../../model/packet.ts";
import type { AddressTest } from "../../model/rule.ts";
import {
  covers,
  type Dynamic,
  mayBeAutomatic,
  membersOf,
  prefixesOf,
  unreadOf,
} from "./dynamic.ts";
import type { Filter, TableLookup } from "./filter.ts";
import { type Match, matchIf, NO, perhaps, YES } from "./match.ts";
import { longestMatch } from "./prefix-map.ts";

/** An address, and where it is asked for: what tables, routes and interfaces are looked up by. */
export interface AskedAddress {
  readonly family: Family;
  readonly value: bigint;
  /** Anchor of the rule: its tables go before those of the main ruleset. */
  readonly anchor: string;
  /** The evaluation's routing table at this moment (pf-semantics.md 14). */
  readonly rtable: number;
  /** The interface that the packet crosses. */
  readonly interface: string;
}

/** Whether an address meets a test of a rule, before `!` (pf-semantics.md 15). */
export function matchAddress(filter: Filter, test: AddressTest, address: AskedAddress): Match {
  const { family, value } = address;
  switch (test.kind) {
    case "any":
      return YES;
    case "prefix":
      return matchIf(test.prefix.family === family && covers(test.prefix, value));
    case "range":
      return matchIf(
        test.range.family === family && test.range.first <= value && value <= test.range.last,
      );
    case "table":
      return matchTable(filter, test.name, address);
    case "dynamic":
      return matchDynamic(filter, test, address);
    case "no-route":
      return matchIf(!isScoped(address) && routesTo(filter, address).length === 0);
    case "urpf-failed":
      return matchIf(
        !isScoped(address) &&
          !routesTo(filter, address).some((route) => route.interface === address.interface),
      );
    case "route-label":
      return perhaps([], `route label \`${test.label}\` is not modelled`);
  }
}

/** The table of the rule's own anchor if it is defined there, else that of the main ruleset. */
function matchTable(filter: Filter, name: string, address: AskedAddress): Match {
  const table = tableOf(filter, address.anchor, name);
  if (table === undefined) return NO;
  if (table.unread !== undefined) {
    return perhaps([table.unread], `table <${name}> is filled at run time`);
  }
  const [entry] = longestMatch(table.entries, address.family, address.value);
  return matchIf(entry !== undefined && !entry.negated);
}

function tableOf(filter: Filter, anchor: string, name: string): TableLookup | undefined {
  return filter.tables.get(anchor)?.get(name) ?? filter.tables.get("")?.get(name);
}

function matchDynamic(filter: Filter, test: Dynamic, address: AskedAddress): Match {
  const { family, value } = address;
  const members = membersOf(filter, test);
  const known = members.some((it) =>
    prefixesOf(it, test).some((prefix) => prefix.family === family && covers(prefix, value)),
  );
  if (known) return YES;
  const open = members.filter((it) => mayBeAutomatic(filter, it, family, value));
  if (open.length === 0) return NO;
  return perhaps(
    open.flatMap((it) => unreadOf(filter, it)),
    `addresses of ${open.map(({ name }) => name).join(", ")} are not in the files`,
  );
}

function routesTo(filter: Filter, { family, value, rtable }: AskedAddress): readonly Route[] {
  const routes = filter.routes.get(rtable);
  return routes === undefined ? [] : longestMatch(routes, family, value);
}

/** Addresses with a scope embedded always count as routed (`pf_routable`, sys/net/pf.c). */
function isScoped({ family, value }: AskedAddress): boolean {
  if (family === "inet") return false;
  const group = value >> 112n;
  return value >> 118n === 0x3fan || (group >> 8n === 0xffn && [1n, 2n].includes(group & 0xfn));
}
