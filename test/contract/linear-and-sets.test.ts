import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundariesOf } from "../../engine/rules/boundaries.ts";
import { type Filter, filterOf, testPacket } from "../../engine/rules/evaluate.ts";
import { sanitise } from "../../engine/rules/sanity.ts";
import { StateTable } from "../../engine/rules/state-table.ts";
import { bddPacketSets } from "../../engine/sets/bdd/bdd-packet-sets.ts";
import { type Gate, gateOf } from "../../engine/sets/gate.ts";
import type { PacketSets } from "../../engine/sets/packet-sets.ts";
import { only, packetOf, valuesOf } from "../../engine/sets/packets.ts";
import { rewrite } from "../../engine/sets/rewrite.ts";
import type { Host, Interface } from "../../model/host.ts";
import type { Packet } from "../../model/packet.ts";
import { packetNear } from "../../scenarios/arbitraries/packet.ts";
import { DRAWN_INTERFACES, rulesetText } from "../../scenarios/arbitraries/ruleset.ts";
import { drawnHost } from "../support/drawn-host.ts";

/** 500 rulesets with 200 packets each: the 100,000 packets of the law. */
const RULESETS = 500;
const PACKETS = 200;

describe("the linear and the set reading of a ruleset", () => {
  it("agree on every packet at a rule boundary", () => {
    fc.assert(
      fc.property(rulesetText(), fc.integer(), (text, seed) => {
        const host = drawnHost(text);
        const both = new BothReadings(host);
        const packets = fc.sample(packetNear(boundariesOf([host])), { numRuns: PACKETS, seed });
        for (const [index, packet] of packets.entries()) {
          const place = both.places[index % both.places.length];
          if (place !== undefined) both.expectAgreement(place, packet);
        }
      }),
      { numRuns: RULESETS, seed: 20_261_124 },
    );
  });
});

interface AskedPlace {
  readonly interface: Interface;
  readonly direction: "in" | "out";
  readonly tag: string | undefined;
  readonly receivedOn: Interface | undefined;
}

/** A packet that one reading passes: what can be told in words, and what leaves. */
interface Fate {
  readonly told: string;
  readonly packet: Packet;
  /** Tag that the state stores; absent: none, or no state. */
  readonly stored: string | undefined;
}

/** A way to pass that the sets know of. */
interface SetFate {
  readonly told: string;
  readonly admits: (fate: Fate) => boolean;
}

/** One ruleset in both readings; every place is compiled once. */
class BothReadings {
  readonly places: readonly AskedPlace[];
  readonly #host: Host;
  readonly #filter: Filter;
  readonly #sets: PacketSets = bddPacketSets();
  readonly #gates = new Map<AskedPlace, Gate>();

  constructor(host: Host) {
    this.#host = host;
    this.#filter = filterOf(host);
    this.places = placesOf(host);
  }

  expectAgreement(place: AskedPlace, packet: Packet): void {
    if (isBeyondSets(packet)) return;
    const linear = this.#linear(place, packet);
    const fates = this.#fates(place, packet);
    const agreed =
      linear === undefined
        ? fates.length === 0
        : fates.length === 1 && fates[0]?.told === linear.told && fates[0].admits(linear);
    if (agreed) return;
    // only now, since writing a message costs more than the law
    const { direction, tag, receivedOn } = place;
    const where = `${direction} on ${place.interface.name}, tag ${tag}, received on ${receivedOn?.name}`;
    expect(
      fates.map((fate) => [fate.told, linear !== undefined && fate.admits(linear)]),
      `${where}: ${shown(packet)} becomes ${linear && shown(linear.packet)}`,
    ).toEqual(linear === undefined ? [] : [[linear.told, true]]);
  }

  #linear(place: AskedPlace, packet: Packet): Fate | undefined {
    const { rdomain } = place.interface;
    const crossing = {
      direction: place.direction,
      interface: place.interface.name,
      packet,
      rtable: rdomain,
      rdomain,
      emission: 0,
      ...(place.tag === undefined ? {} : { tag: place.tag }),
      ...(place.receivedOn === undefined ? {} : { receivedOn: place.receivedOn.name }),
    };
    const outcome = testPacket(this.#filter, crossing, new StateTable());
    if (outcome.verdict === "block") return undefined;
    const made = outcome.made === undefined ? "no state" : outcome.rule?.binding;
    const told = `${outcome.verdict}, ${made}, tag ${outcome.tag}, table ${outcome.rtable}`;
    return { told, packet: outcome.packet, stored: outcome.made?.tag };
  }

  #fates(place: AskedPlace, packet: Packet): readonly SetFate[] {
    const sets = this.#sets;
    const gate = this.#gateAt(place);
    if (gate.open) return [untouchedAt(place, packet)];
    expect(packetOf(valuesOf(packet))).toEqual({ ...packet, ttl: 64 });
    // the kernel makes SYN of SYN+FIN; the sets leave that to whoever can send the plain SYN
    const sane = sanitise(packet, false).packet ?? packet;
    const values = valuesOf(sane);
    if (!sets.has(gate.eligible, values)) return [];
    return gate.passes
      .filter((pass) => sets.has(pass.set, values))
      .map((pass): SetFate => {
        const made = pass.state ? pass.binding : "no state";
        const rtable = pass.rtable ?? place.interface.rdomain;
        const told = `pass, ${made}, tag ${pass.tag ?? place.tag}, table ${rtable}`;
        // a state may store the tag that its packet carried, if a rule has read it
        const storable = !pass.state ? [undefined] : pass.tag ? [pass.tag] : [undefined, place.tag];
        const admits = (fate: Fate): boolean =>
          storable.includes(fate.stored) &&
          (pass.rewrite.key === ""
            ? shown(sane) === shown(fate.packet)
            : sets.has(rewrite(sets, only(sets, sane), pass.rewrite), valuesOf(fate.packet)));
        return { told, admits };
      });
  }

  #gateAt(place: AskedPlace): Gate {
    const known = this.#gates.get(place);
    if (known !== undefined) return known;
    const asking = {
      sets: this.#sets,
      host: this.#host,
      interface: place.interface,
      direction: place.direction,
      rdomain: place.interface.rdomain,
      closed: new Set<string>(),
      ...(place.tag === undefined ? {} : { tag: place.tag }),
      ...(place.receivedOn === undefined ? {} : { receivedOn: place.receivedOn }),
    };
    const gate = gateOf(asking, "may");
    this.#gates.set(place, gate);
    return gate;
  }
}

/** Sets have no hop limit: what pf drops for it alone is in them (sanity.ts). */
function isBeyondSets(packet: Packet): boolean {
  const { reason } = sanitise(packet, false) as { readonly reason?: string };
  return reason !== undefined && /discovery|IGMP/.test(reason);
}

/** pf is not asked. */
function untouchedAt(place: AskedPlace, packet: Packet): SetFate {
  return {
    told: `pass, no state, tag ${place.tag}, table ${place.interface.rdomain}`,
    admits: (fate) => fate.stored === undefined && shown(packet) === shown(fate.packet),
  };
}

/** Every interface in both directions; going out, what was received here or there, and the host's own. */
function placesOf(host: Host): readonly AskedPlace[] {
  const interfaces = DRAWN_INTERFACES.flatMap(
    (name) => host.interfaces.find((it) => it.name === name) ?? [],
  );
  const [uplink, tenant] = interfaces;
  return interfaces.flatMap((it): readonly AskedPlace[] => [
    { interface: it, direction: "in", tag: undefined, receivedOn: undefined },
    { interface: it, direction: "in", tag: "T1", receivedOn: undefined },
    { interface: it, direction: "out", tag: undefined, receivedOn: undefined },
    { interface: it, direction: "out", tag: undefined, receivedOn: uplink },
    { interface: it, direction: "out", tag: "T1", receivedOn: tenant },
  ]);
}

function shown(packet: Packet): string {
  const entries = Object.entries(packet).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}
