import { firstMismatch, type TestContext } from "../../../../engine/kernel/criteria.ts";
import { beginEvaluation, type Evaluation } from "../../../../engine/kernel/evaluation.ts";
import { looksLike } from "../../../../engine/kernel/fingerprints.ts";
import { checkHeaders, isInPieces } from "../../../../engine/kernel/headers.ts";
import { stateKeyEnds, stateKeyPorts } from "../../../../engine/kernel/icmp.ts";
import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import type { KernelPacket } from "../../../../engine/kernel/packet.ts";
import { Routes } from "../../../../engine/kernel/routes.ts";
import { socketOf } from "../../../../engine/kernel/sockets.ts";
import type { Surroundings } from "../../../../engine/kernel/surroundings.ts";
import type { Tables } from "../../../../engine/kernel/tables.ts";
import type { PacketFunctions } from "../../../../engine/sets/packet-functions.ts";
import type { FieldValues } from "../../../../engine/sets/packet-sets.ts";
import {
  CriteriaContext,
  criteriaOf,
  testsSockets,
} from "../../../../engine/sets/rules/criteria.ts";
import { boxSet } from "../../../../engine/sets/rules/runs.ts";
import type { Place, Source } from "../../../../engine/sets/rules/situation.ts";
import { addressBits, ICMP, ICMP6 } from "../../../../model/packet.ts";

/** What rules stand in, for both readings. */
export interface Stand {
  readonly sets: PacketFunctions;
  readonly surroundings: Surroundings;
  readonly tables: Tables;
}

/** A packet in front of rules. */
export interface Meeting {
  readonly direction: "in" | "out";
  readonly interface: string;
  readonly forwarded: boolean;
  readonly packet: KernelPacket;
  /** Of the evaluation. */
  readonly rtable: number;
  /** What earlier rules have made of the packet. */
  readonly now?: Partial<Evaluation["now"]>;
}

/** What one engine says of a rule and a packet, and what the other does. */
export interface Compared {
  /** The first criterion that fails; empty: none. */
  readonly kernel: string;
  readonly may: boolean;
  readonly must: boolean;
}

/** Puts packets to rules in both engines; contexts are shared by packets of the same place. */
export class Agreement {
  readonly #stand: Stand;
  readonly #source: Source;
  readonly #context: TestContext;
  readonly #contexts: Map<string, CriteriaContext> = new Map();

  constructor(stand: Stand) {
    const { surroundings, tables } = stand;
    this.#stand = stand;
    this.#source = {
      surroundings,
      knowsSockets: true,
      rulesets: new Map(),
      table: (anchor, name) => {
        const table = tables.find(anchor, name);
        return table === undefined ? undefined : { entries: table.entries, open: false };
      },
    };
    this.#context = {
      surroundings,
      tables,
      routes: new Routes(surroundings),
      random: () => 0,
      now: 0,
      looksLike: (it, os) => looksLike(it.packet, os),
    };
  }

  compare(live: LiveRule, meeting: Meeting): Compared {
    const evaluation = this.#evaluation(meeting);
    const place: Place = {
      direction: meeting.direction,
      interface: meeting.interface,
      rdomain: evaluation.domain,
      forwarded: meeting.forwarded,
      receivedOn: meeting.packet.receivedOn,
      priority: meeting.packet.priority,
      looksLike: undefined,
    };
    const criteria = criteriaOf(this.#contextFor(live, place, evaluation), live, meeting.rtable);
    const values = fieldValues(meeting.packet, evaluation.now);
    const { sets } = this.#stand;
    const box = criteria === undefined ? sets.empty : boxSet(sets, criteria);
    return {
      kernel: firstMismatch(headerRule(live), evaluation, this.#context) ?? "",
      may: sets.has(box, values) && sets.has(criteria?.may ?? sets.empty, values),
      must: sets.has(box, values) && sets.has(criteria?.must ?? sets.empty, values),
    };
  }

  /** Contexts are shared, unless the place tells of this very packet. */
  #contextFor(live: LiveRule, plain: Place, it: Evaluation): CriteriaContext {
    const { sets } = this.#stand;
    let place = plain;
    if (live.rule.os !== "") place = { ...place, looksLike: (os) => looksLike(it.packet, os) };
    if (testsSockets(live) && !isUntouched(it)) {
      place = { ...place, socket: socketOf(it, this.#context) ?? "none" };
    }
    const key = Object.values(place).join(" ");
    const known = place === plain ? this.#contexts.get(key) : undefined;
    if (known !== undefined) return known;
    const made = new CriteriaContext({ sets, source: this.#source, place, closed: new Set() });
    if (place === plain) this.#contexts.set(key, made);
    return made;
  }

  #evaluation({ packet, rtable, now = {}, ...crossing }: Meeting): Evaluation {
    const { isError, isReply } = stateKeyPorts(packet);
    const { isFragment, tos, hasOptions } = checkHeaders(packet);
    const evaluation = beginEvaluation({
      ...crossing,
      packet,
      isFragment,
      tos,
      ttl: packet.ttl,
      hasOptions,
      domain: this.#context.routes.domainOf(packet.rtable),
      ends: stateKeyEnds(packet),
      isError,
      isReply,
    });
    return { ...evaluation, rtable, now: { ...evaluation.now, ...now } };
  }
}

function isUntouched({ ends, now, packet }: Evaluation): boolean {
  return (
    now.source === packet.source &&
    now.destination === packet.destination &&
    now.sourcePort === ends.sourcePort &&
    now.destinationPort === ends.destinationPort
  );
}

/** The rule without what is not asked of a packet's header. */
function headerRule(live: LiveRule): LiveRule {
  const rule = { ...live.rule, tagged: "", probability: 0 };
  return { ...live, rule, expired: false, packetRate: undefined };
}

/** The field values of a packet whose ends rules may have changed. */
export function fieldValues(packet: KernelPacket, now: Evaluation["now"]): FieldValues {
  const { family, protocol, icmp } = packet;
  const shift = BigInt(128 - addressBits(family));
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  const isLater = (packet.fragment?.offset ?? 0) > 0;
  return {
    family: family === "inet" ? 0n : 1n,
    protocol: BigInt(protocol),
    source: now.source << shift,
    destination: now.destination << shift,
    sourcePort: BigInt(isIcmp ? (icmp?.id ?? 0) : now.sourcePort),
    destinationPort: BigInt(
      isIcmp ? (icmp?.type ?? 0) * 256 + (icmp?.code ?? 0) : now.destinationPort,
    ),
    flags: BigInt(packet.tcp?.flags ?? 0),
    tos: BigInt(packet.tos),
    fragment: isLater ? 2n : isInPieces(packet) ? 1n : 0n,
    options: checkHeaders(packet).hasOptions ? 1n : 0n,
  };
}
