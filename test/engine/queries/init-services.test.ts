import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowedPackets } from "../../../engine/claims/policy.ts";
import { conduitsOf, type Flow } from "../../../engine/queries/init/conduits.ts";
import { MOST_SERVICES, NAMED, servicesOf } from "../../../engine/queries/init/services.ts";
import { intervalPacketFunctions } from "../../../engine/sets/intervals/interval-packet-functions.ts";
import type { PacketSet } from "../../../engine/sets/packet-sets.ts";
import { readService } from "../../../parser/site/services.ts";
import { NOWHERE } from "../../support/network.ts";

describe("services of a set", () => {
  const sets = intervalPacketFunctions({ budget: 50_000_000 });
  const named = new Map(NAMED.map((it) => [it.name, it.services]));

  function setOf(names: readonly string[]): PacketSet {
    const services = names.flatMap((it) => readService(it, NOWHERE, { named, diagnostics: [] }));
    expect(services.length).toBeGreaterThanOrEqual(names.length);
    const conduit = { from: "a", to: "b", services, required: false, span: NOWHERE };
    return allowedPackets(sets, [conduit], "a", "b");
  }

  const word = fc.oneof(
    fc
      .tuple(fc.constantFrom("tcp", "udp"), fc.integer({ min: 1, max: 65535 }))
      .map((it) => it.join("/")),
    fc
      .tuple(
        fc.constantFrom("tcp", "udp"),
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 100, max: 65535 }),
      )
      .map(([protocol, first, last]) => `${protocol}/${first}-${last}`),
    fc
      .tuple(fc.constantFrom("icmp", "icmp6"), fc.integer({ min: 0, max: 255 }))
      .map((it) => it.join("/")),
    fc.integer({ min: 0, max: 255 }).map((it) => `proto/${it}`),
    fc.constantFrom("any", "tcp", "udp", "icmp", "icmp6", "gre", "nd", "ping", "dns"),
  );

  it("hold all of it, and without a note nothing else", () => {
    const inside = sets.range("source", 1n, 99n << 100n);
    const portZero = sets.range("destinationPort", 0n, 0n);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (words, errors) => {
          const set = setOf(words);
          const told = servicesOf(sets, sets.and(set, inside), errors);
          const back = setOf(told?.names ?? []);
          expect(sets.implies(set, back)).toBe(true);
          if (!errors && told?.note === undefined) {
            // no word tells port 0 from the others
            expect(sets.diff(back, portZero)).toBe(sets.diff(set, portZero));
          }
          expect(told?.names.length).toBeLessThanOrEqual(MOST_SERVICES + 1);
        },
      ),
    );
  });

  it.each<[readonly string[], readonly string[], string | undefined]>([
    [["tcp/443", "udp/53", "icmp/8"], ["tcp/443", "udp/53", "icmp/echoreq"], undefined],
    [["tcp/1-5", "tcp/6"], ["tcp/1-6"], undefined],
    [["nd", "ping", "dns"], ["ping", "nd", "dns"], undefined],
    [["icmp6/135", "icmp6/136"], ["neighbours"], undefined],
    [
      Array.from({ length: 30 }, (_, at) => `tcp/${at * 2 + 1}`),
      ["tcp"],
      "wider than today: of tcp 30 ranges of ports",
    ],
  ])("%j are %j", (words, names, note) => {
    expect(servicesOf(sets, setOf(words), false)).toEqual(
      note === undefined ? { names } : { names, note },
    );
  });

  it("say what of everything does not pass", () => {
    const some = sets.diff(sets.all, setOf(["tcp/25", "udp/1-65535", "udp/0"]));
    expect(servicesOf(sets, some, true)).toEqual({
      names: ["any"],
      note: "wider than today: all but tcp/25 udp",
    });
    expect(servicesOf(sets, sets.empty, false)).toBeUndefined();
    expect(servicesOf(sets, sets.empty, true)).toEqual({ names: ["errors"] });
  });
});

describe("conduits of flows", () => {
  it("say the same flows", () => {
    const zones = ["a", "b", "c", "d", "e"];
    const flow = fc.record({
      from: fc.constantFrom(...zones),
      to: fc.constantFrom(...zones),
      services: fc.constantFrom({ names: ["any"] }, { names: ["tcp/22"] }),
    });
    const flows = fc
      .uniqueArray(flow, { maxLength: 20, selector: (it) => `${it.from}${it.to}` })
      .map((some): readonly Flow[] => some.filter((it) => it.from !== it.to));
    const said = (from: string, to: string, names: readonly string[]): string =>
      `${from} ${to} ${names.join()}`;
    fc.assert(
      fc.property(flows, (some) => {
        const entries = conduitsOf(some, zones);
        const told = entries.flatMap(({ from, to, services }) =>
          from.flatMap((a) => to.filter((b) => a !== b).map((b) => said(a, b, services.names))),
        );
        expect(told.toSorted()).toEqual(
          some.map((it) => said(it.from, it.to, it.services.names)).toSorted(),
        );
      }),
    );
  });

  it("are few", () => {
    const zones = ["a", "b", "c"];
    const all = zones.flatMap((from) =>
      zones.filter((to) => to !== from).map((to) => ({ from, to, services: { names: ["any"] } })),
    );
    expect(conduitsOf(all, zones)).toEqual([
      { from: zones, to: zones, services: { names: ["any"] } },
    ]);
    expect(conduitsOf(all.slice(0, 2), zones)).toHaveLength(1);
  });
});
