import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planOf } from "../../../engine/claims/plan.ts";
import { check } from "../../../engine/queries/check.ts";
import { blockedBetween } from "../../../engine/queries/reach/blocked.ts";
import { traceScript } from "../../../engine/queries/trace.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import type { Network } from "../../../model/network.ts";
import type { BlockedPath } from "../../../model/reach.ts";
import { packetText } from "../../../report/packet.ts";
import { drawnSite } from "../../../scenarios/arbitraries/network.ts";
import {
  between,
  type Files,
  filesOf,
  lastPlace,
  networkAt,
  OPTIONS,
  pairsOf,
} from "../../support/reach.ts";
import { tenantNetwork, tunnelNetwork } from "../../support/recorded-networks.ts";

/** A rule in front of all others that lets the packet of each blocked test pass. */
function openingRules({ trace }: BlockedPath): ReadonlyMap<string, readonly string[]> {
  const rules = new Map<string, string[]>();
  for (const step of trace.steps) {
    if (step.kind !== "test" || step.verdict !== "block") continue;
    const { host, direction, interface: name, packet } = step;
    const { family, protocol } = packet;
    const [, from = "", to = ""] = /(\S+) > (\S+)/.exec(
      packetText({ ...packet, protocol: 50, sourcePort: 0, destinationPort: 0 }),
    )!;
    const rule = `pass ${direction} quick on ${name} ${family} proto ${protocol} from ${from} to ${to} ${protocol === 6 ? "flags any " : ""}no state allow-opts`;
    rules.set(host, [...(rules.get(host) ?? []), rule]);
  }
  return rules;
}

function opened(files: Files, path: BlockedPath): Files {
  const rules = openingRules(path);
  return new Map(
    [...files].map(([name, text]) => {
      const own = rules.get(/^([^/]+)\/etc\/pf\.conf$/.exec(name)?.[1] ?? "");
      return [name, own === undefined ? text : `${own.join("\n")}\n${text}`];
    }),
  );
}

/** The packet of a blocked way takes it once the tests that block it pass it. */
function expectOpening(files: Files, path: BlockedPath): void {
  const { steps } = traceScript(networkAt(opened(files, path)), path.script).traces[0]!;
  const places = steps.flatMap((step) => (step.kind === "delivered" ? [step.place] : []));
  expect(places).toContain(lastPlace(path.trace.steps));
}

/** `reach` as `check` has it: the pair without its conduits. */
function checkedWithout(network: Network, from: string, to: string): string | undefined {
  const conduits = network.conduits.filter((it) => it.from !== from || it.to !== to);
  const { pairs } = check({ ...network, conduits }, OPTIONS);
  return pairs.find((it) => it.from === from && it.to === to)?.verdict;
}

const AS_CHECKED = { yes: "violated", no: "proved", perhaps: "undecided" } as const;

describe("the ways that reach tells of", () => {
  it.each([
    ["multi-tenant-host", "tenant1", "tenant2"],
    ["multi-tenant-host", "underlay", "internet"],
    ["perimeter", "internet", "mailboxes"],
    ["perimeter", "mailboxes", "tenant-a"],
    ["purdue-plant", "cell-a", "cell-b"],
  ])(
    "lead there in %s from %s to %s once the rules that block pass the packet",
    (title, from, to) => {
      const files = filesOf(title);
      const { blocked } = between(networkAt(files), from, to);
      expect(blocked!.paths.length).toBeGreaterThan(0);
      for (const path of blocked!.paths) {
        expect(path.tests).toHaveLength(blocked!.tests!);
        expectOpening(files, path);
      }
    },
  );

  it("lead there in drawn sites", () => {
    let ways = 0;
    fc.assert(
      fc.property(drawnSite(), (files) => {
        const plan = planOf(networkAt(files));
        const sets = packetFunctions("intervals", { budget: OPTIONS.budget });
        for (const [from, to] of pairsOf(plan.network).slice(0, 6)) {
          const index = (name: string): number => plan.zones.findIndex((it) => it.name === name);
          const { paths } = blockedBetween(plan, sets, { from: index(from), to: index(to) });
          for (const path of paths.slice(0, 2)) {
            if (path.reasons.length > 0 || isUnknown(path)) continue;
            ways++;
            expectOpening(files, path);
          }
        }
      }),
      { numRuns: 6, seed: 7, endOnFailure: true },
    );
    expect(ways).toBeGreaterThan(15);
  });
});

/** What pf does at some test is not known, or not the same each time. */
function isUnknown({ trace }: BlockedPath): boolean {
  return trace.steps.some((step) => step.kind === "test" && step.verdict === "unknown");
}

describe("reach and check agree", () => {
  it.each<[string, Network]>([
    ["tenants", tenantNetwork()],
    [
      "tenants apart",
      tenantNetwork(["set state-policy if-bound", "antispoof quick for { vlan10 vlan20 }"]),
    ],
    ["tenants, who know states", tenantNetwork([], "states")],
    ["a tunnel", tunnelNetwork("out only")],
  ])("on every pair of %s", (_, network) => {
    for (const [from, to] of pairsOf(network)) {
      const { verdict, witness } = between(network, from, to);
      expect([from, to, AS_CHECKED[verdict]]).toEqual([
        from,
        to,
        checkedWithout(network, from, to),
      ]);
      expect(witness !== undefined).toBe(verdict === "yes");
    }
  });

  it("on pairs of small drawn sites", () => {
    fc.assert(
      fc.property(
        drawnSite().filter(({ size }) => size < 12),
        (files) => {
          const network = networkAt(files);
          const [pair] = pairsOf(network);
          if (pair === undefined) return;
          const [from, to] = pair;
          expect(AS_CHECKED[between(network, from, to).verdict]).toBe(
            checkedWithout(network, from, to),
          );
        },
      ),
      { numRuns: 4, seed: 7, endOnFailure: true },
    );
  });
});
