import type { FoundConduit, FoundServices } from "../../../model/init-answer.ts";

/** What passes from one zone to another. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly services: FoundServices;
}

/**
 * Flows as few conduits: equal services to the same zones are one entry.
 *
 * An entry with a zone on both sides means it to the others only, as in site.yaml. Entries stand in
 * the order of their first zone.
 *
 * @param zones - all names, in the order in which they are written
 */
export function conduitsOf(
  flows: readonly Flow[],
  zones: readonly string[],
): readonly FoundConduit[] {
  const byServices = new Map<string, Flow[]>();
  for (const flow of flows) {
    const key = JSON.stringify(flow.services);
    const known = byServices.get(key);
    if (known === undefined) byServices.set(key, [flow]);
    else known.push(flow);
  }
  const order = (name: string | undefined): number => zones.indexOf(name ?? "");
  return [...byServices.values()]
    .flatMap((equal) => entriesOf(equal, zones))
    .toSorted((a, b) => order(a.from[0]) - order(b.from[0]) || order(a.to[0]) - order(b.to[0]));
}

/** Flows with the same services, those of zones that reach the same ones together. */
function entriesOf(equal: readonly Flow[], zones: readonly string[]): readonly FoundConduit[] {
  const [first] = equal;
  if (first === undefined) return [];
  const { services } = first;
  const targets = new Map<string, ReadonlySet<string>>();
  for (const { from } of equal) {
    const to = equal.filter((it) => it.from === from).map((it) => it.to);
    targets.set(from, new Set(to));
  }
  const entries: FoundConduit[] = [];
  const left = new Set(targets.keys());
  for (const from of zones) {
    if (!left.has(from)) continue;
    const own = targets.get(from) ?? new Set();
    // a zone reaches the same as another if what differs is only that none reaches itself;
    // of two such zones people write two entries
    const withItself = new Set([...own, from]);
    const plain = membersOf(own, targets, left);
    const round = membersOf(withItself, targets, left);
    const [members, reached] =
      round.length > Math.max(2, plain.length) ? [round, withItself] : [plain, own];
    for (const member of members) left.delete(member);
    const sorted = (names: Iterable<string>): readonly string[] => {
      const some = new Set(names);
      return zones.filter((zone) => some.has(zone));
    };
    entries.push({ from: sorted(members), to: sorted(reached), services });
  }
  return entries;
}

/** Zones among `left` for which an entry to all of `reached`, themselves excepted, says their flows. */
function membersOf(
  reached: ReadonlySet<string>,
  targets: ReadonlyMap<string, ReadonlySet<string>>,
  left: ReadonlySet<string>,
): readonly string[] {
  return [...left].filter((zone) => {
    const own = targets.get(zone) ?? new Set();
    const wanted = reached.size - (reached.has(zone) ? 1 : 0);
    return own.size === wanted && [...own].every((it) => reached.has(it));
  });
}
