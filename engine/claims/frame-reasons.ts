import type { Reason } from "../../model/answer.ts";
import type { FrameKind } from "../../model/network.ts";
import { type FrameHop, frameWays } from "../path/frames.ts";
import type { Wire } from "../path/wiring.ts";
import { type Plan, wiresOf } from "./plan.ts";
import { conduitsBetween } from "./policy.ts";

const KINDS: readonly FrameKind[] = ["arp", "non-ip"];

type Ways = ReadonlyMap<Wire, readonly FrameHop[]>;

/** Ways of frames of a kind from a wire: the same for all pairs. */
const WAYS: Readonly<Record<FrameKind, WeakMap<Wire, Ways>>> = {
  arp: new WeakMap(),
  "non-ip": new WeakMap(),
};

function waysFrom({ wiring }: Plan, from: Wire, kind: FrameKind): Ways {
  const known = WAYS[kind].get(from) ?? frameWays(wiring, from, kind);
  WAYS[kind].set(from, known);
  return known;
}

/**
 * Frames without IP that bridges carry from one zone to the other, and that no conduit allows: pf is
 * never asked about them, so that no proof about packets speaks of them.
 */
export function frameReasons(plan: Plan, from: number, to: number): readonly Reason[] {
  return KINDS.flatMap((kind) => {
    const way = wayBetween(plan, from, to, kind);
    return way === undefined || isAllowed(plan, from, to, kind) ? [] : [reasonOf(kind, way)];
  });
}

function wayBetween(
  plan: Plan,
  from: number,
  to: number,
  kind: FrameKind,
): readonly FrameHop[] | undefined {
  for (const source of wiresOf(plan, from)) {
    const ways = waysFrom(plan, source, kind);
    // no bridge takes frames on
    if (ways.size === 1) continue;
    for (const target of wiresOf(plan, to)) {
      const way = target === source ? undefined : ways.get(target);
      if (way !== undefined) return way;
    }
  }
  return undefined;
}

function isAllowed({ network, zones }: Plan, from: number, to: number, kind: FrameKind): boolean {
  return conduitsBetween(network.conduits, zones[from]?.name ?? "", zones[to]?.name ?? "")
    .flatMap(({ services }) => services)
    .some((it) => it.kind === "any" || (it.kind === "frames" && it.of === kind));
}

const FRAMES: Readonly<Record<FrameKind, string>> = {
  arp: "ARP frames",
  "non-ip": "frames without IP",
};

function reasonOf(kind: FrameKind, way: readonly FrameHop[]): Reason {
  const hops = way.map(({ host, bridge, from, to }) => {
    return `${host.name}:${bridge.name} (${from.name} → ${to.name})`;
  });
  const span = way[0]?.bridge.span;
  const close =
    kind === "arp"
      ? "`protected` ports or `rule block … arp` and `… rarp` keep it back"
      : "`blocknonip` on the port, `protected` or a `rule block` keeps them back";
  return {
    text: `${FRAMES[kind]} cross ${hops.join(", then ")}, and pf is never asked`,
    ...(span && { span }),
    settle: `${close}; or allow it: services: [${kind}]`,
  };
}
