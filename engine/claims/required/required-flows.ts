import { printAddress } from "../../../model/address-text.ts";
import type { Reason } from "../../../model/answer.ts";
import type { Conduit, Service } from "../../../model/network.ts";
import type { Family, Packet } from "../../../model/packet.ts";
import type { RequiredAnswer } from "../../../model/required.ts";
import type { PacketFunctions } from "../../sets/packet-functions.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { only, packetOf, valuesOf } from "../../sets/packets.ts";
import type { Witnesses } from "../confirm.ts";
import type { OpenBracket, Plan } from "../plan.ts";
import { reasonOf } from "../reasons.ts";
import { type Case, caseOf, hasChoice } from "./cases.ts";
import { type Asked, CertainFlows } from "./certain-flows.ts";
import type { Silence } from "./discovery.ts";
import { Ends } from "./ends.ts";
import { discoveryFailure, failureOf } from "./failure.ts";
import { openingPackets, opensByBroadcast } from "./opening.ts";
import { emissionsAt, type Played, playFlow } from "./play.ts";
import { Segments } from "./segments.ts";

/** Packets tried for one case before it stays open. */
const TRIES = 8;
/** More brackets than this are not closed one at a time. */
const CLOSED_SINGLY = 24;

type Found = Pick<RequiredAnswer, "verdict" | "witness" | "failure" | "reasons">;

/** What a required flow is asked with. */
interface Question {
  readonly from: number;
  readonly to: number;
  readonly service: Service;
  readonly family: Family;
}

/** Decides the required conduits of a plan (claims.md 3). */
export class RequiredFlows {
  readonly #plan: Plan;
  readonly #sets: PacketFunctions;
  readonly #witnesses: Witnesses;
  readonly #poll: () => void;
  readonly #segments: Segments;
  readonly #ends: Ends;
  /** By the brackets that are closed. */
  readonly #flows = new Map<string, CertainFlows>();

  constructor(plan: Plan, sets: PacketFunctions, witnesses: Witnesses, poll: () => void) {
    this.#plan = plan;
    this.#sets = sets;
    this.#witnesses = witnesses;
    this.#poll = poll;
    this.#segments = new Segments(plan.wiring);
    this.#ends = new Ends(plan, sets, this.#segments);
  }

  /** One answer for each service of a conduit that opens flows, and family. */
  of(conduit: Conduit): readonly RequiredAnswer[] {
    const [from, to] = [conduit.from, conduit.to].map((name) => this.#indexOf(name));
    if (from === undefined || to === undefined) return [];
    const families = (["inet", "inet6"] as const).filter((family) =>
      conduit.families === undefined
        ? this.#has(from, family) && this.#has(to, family)
        : conduit.families.includes(family),
    );
    const asked = families.length === 0 ? (["inet"] as const) : families;
    return conduit.services.flatMap((service) =>
      asked
        .filter((family) => this.#opens(service, family))
        .map((family): RequiredAnswer => {
          const { id, span } = conduit;
          const head = { from: conduit.from, to: conduit.to, ...(id === undefined ? {} : { id }) };
          return { ...head, span, service, family, ...this.#decide({ from, to, service, family }) };
        }),
    );
  }

  #indexOf(name: string): number | undefined {
    return this.#plan.zones.find((zone) => zone.name === name)?.index;
  }

  #has(zone: number, family: Family): boolean {
    return this.#ends.of(zone, family).length > 0;
  }

  #opens(service: Service, family: Family): boolean {
    return openingPackets(this.#sets, service, family) !== this.#sets.empty;
  }

  #decide({ from, to, service, family }: Question): Found {
    if (opensByBroadcast(service)) return undecided(BROADCAST);
    const sources = this.#ends.of(from, family);
    const targets = this.#ends.of(to, family);
    const missing = sources.length === 0 ? from : targets.length === 0 ? to : undefined;
    if (missing !== undefined) return undecided(this.#nobody(missing, family));
    const opening = openingPackets(this.#sets, service, family);
    const asked = sources.flatMap((source) =>
      targets.map((target): Asked => ({ source, target, service: opening })),
    );
    const flows = this.#flowsWith([]);
    flows.forget();
    const cases = this.#casesOf(asked, flows);
    if (cases.every(({ isWhole }) => isWhole)) return this.#works(cases, from, to);
    const open = this.#bracketsFor(asked);
    if (open.length > 0) return undecided(...open.map(reasonOf));
    // where several addresses would do, one that is not followed might
    const isSure = flows.notes.size === 0 || !cases.some((it) => hasChoice(this.#plan, it));
    const unsure = new Set<OpenBracket>();
    const failing = isSure
      ? (this.#fails(cases, from, to, unsure) ?? this.#silent(asked, from, to))
      : undefined;
    return failing ?? undecided(...this.#reasons(cases, unsure));
  }

  #casesOf(asked: readonly Asked[], flows: CertainFlows): readonly Case[] {
    return asked.map((it) => caseOf(this.#plan, this.#sets, flows, it));
  }

  #flowsWith(closed: readonly OpenBracket[], introduced = false): CertainFlows {
    const ids = closed.map(({ id }) => id);
    const key = JSON.stringify([introduced, ids]);
    const known = this.#flows.get(key);
    if (known !== undefined) return known;
    const options = { closed: new Set(ids), introduced, poll: this.#poll };
    const flows = new CertainFlows(this.#plan, this.#sets, this.#segments, options);
    this.#flows.set(key, flows);
    return flows;
  }

  #works(cases: readonly Case[], from: number, to: number): Found {
    const shown: Played[] = [];
    for (const it of cases) {
      const packet = this.#pick(it.shown.opening);
      const played = packet && this.#played(it, packet, from, to);
      if (played === undefined || played.came !== "back" || played.uncertain) {
        return undecided(UNCONFIRMED);
      }
      shown.push(played);
    }
    const [first] = shown;
    if (first === undefined) return undecided(UNCONFIRMED);
    const { script, traces } = first;
    return { verdict: "works", witness: { script, traces }, reasons: [] };
  }

  /**
   * A packet that counts and that the simulator does not bring there and back.
   *
   * @param unsure - is given the brackets that could bring some of those that were tried
   */
  #fails(
    cases: readonly Case[],
    from: number,
    to: number,
    unsure: Set<OpenBracket>,
  ): Found | undefined {
    const isHopeless = cases.every(({ good }) => good === this.#sets.empty);
    for (const it of cases) {
      const counts = (it.source.declared && it.target.declared) || isHopeless;
      const played = it.isWhole || !counts ? undefined : this.#lostOf(it, from, to, unsure);
      if (played === undefined) continue;
      const { script, traces } = played;
      const failure = failureOf(played);
      return { verdict: "fails", witness: { script, traces }, failure, reasons: [] };
    }
    return undefined;
  }

  #lostOf(it: Case, from: number, to: number, unsure: Set<OpenBracket>): Played | undefined {
    let left = it.shown.lost;
    for (let tries = 0; tries < TRIES; tries++) {
      const packet = this.#pick(left);
      if (packet === undefined) return undefined;
      const played = this.#played(it, packet, from, to);
      if (played !== undefined && played.came !== "back" && !played.uncertain) return played;
      if (played?.uncertain === true) {
        for (const bracket of this.#bracketsOn(played)) unsure.add(bracket);
      }
      const same = this.#sets.forget(only(this.#sets, packet), ["sourcePort"]);
      left = this.#sets.diff(left, same);
    }
    return undefined;
  }

  /** What is not understood of the hosts that a played flow met. */
  #bracketsOn({ traces }: Played): readonly OpenBracket[] {
    const met = traces.flatMap(({ steps }) => steps.flatMap((it) => ("host" in it ? it.host : [])));
    return this.#plan.brackets.filter((bracket) => {
      if (bracket.kind === "wire") return false;
      const { scope } = bracket.unread;
      return scope.kind !== "nothing" && met.includes(scope.host);
    });
  }

  #played(it: Asked, packet: Packet, from: number, to: number): Played | undefined {
    const sets = this.#sets;
    const there = sets.and(it.service, sets.swapAddresses(it.target.addresses));
    const meant = sets.forget(there, ["source", "sourcePort", "tos"]);
    return playFlow(this.#plan, this.#witnesses, packet, {
      ...{ from, to, source: it.source.place },
      isMeant: (arrived) => sets.has(meant, valuesOf({ ...arrived, tos: 0 })),
    });
  }

  /** A message of neighbour discovery that the simulator does not deliver. */
  #silent(asked: readonly Asked[], from: number, to: number): Found | undefined {
    const introduced = this.#casesOf(asked, this.#flowsWith([], true));
    if (!introduced.every(({ isWhole }) => isWhole)) return undefined;
    for (const silence of this.#flowsWith([]).silences) {
      if (silence.kind === "arp") continue;
      const packet = this.#pick(silence.lost);
      const shown = packet && this.#unheard(silence, { ...packet, ttl: 255 }, [from, to]);
      if (shown === undefined) continue;
      const failure = discoveryFailure(silence.kind, shown);
      return { verdict: "fails", witness: shown, failure, reasons: [] };
    }
    return undefined;
  }

  #unheard(
    { from, target, router }: Silence,
    packet: Packet,
    zones: readonly number[],
  ): Pick<Played, "script" | "traces"> | undefined {
    const isStack = "host" in from;
    const zone = isStack ? this.#plan.zoneOf.get(from.host) : this.#zoneOn(from.index, zones);
    const name = zone === undefined ? "" : (this.#plan.zones[zone]?.name ?? "");
    const emissions = isStack
      ? [
          {
            ...{ from: name, local: true, packet },
            at: { host: from.host.name, interface: from.interface.name },
          },
        ]
      : emissionsAt(this.#plan, zone ?? -1, { kind: "wire", wire: from, cut: undefined }, packet);
    const heardBy = isStack ? target : ({ kind: "stack", ...router } as const);
    for (const emission of emissions) {
      const walks = this.#witnesses.play([emission]);
      const [walk] = walks;
      if (walk === undefined || this.#witnesses.isUncertain(walk)) return undefined;
      const place = heardBy.kind === "wire" ? heardBy.wire.name : heardBy.host.name;
      if (walk.trace.steps.some((it) => it.kind === "delivered" && it.place === place)) {
        return undefined;
      }
    }
    const [first] = emissions;
    if (first === undefined) return undefined;
    const [walk] = this.#witnesses.play([first]);
    return { script: [first], traces: walk === undefined ? [] : [walk.trace] };
  }

  #zoneOn(wire: number, zones: readonly number[]): number | undefined {
    return zones.find((index) =>
      this.#plan.zones[index]?.places.some((it) => it.kind === "wire" && it.wire.index === wire),
    );
  }

  #reasons(cases: readonly Case[], unsure: ReadonlySet<OpenBracket>): readonly Reason[] {
    if (unsure.size > 0) return [...unsure].map(reasonOf);
    const undeclared = this.#undeclared(cases);
    if (undeclared !== undefined) return [undeclared];
    const flows = this.#flowsWith([]);
    const notes = [...flows.notes].map((text): Reason => ({ text, settle: UNFOLLOWED }));
    const silent = flows.silences
      .filter(({ kind }) => kind === "arp")
      .map(({ router }): Reason => {
        const text = `bridges keep ARP between ${router.host.name}:${router.interface.name} and its neighbours`;
        return { text, settle: "let `rule` lines of the bridge pass ARP both ways" };
      });
    const found = [...silent, ...notes];
    return found.length > 0 ? found : [UNCONFIRMED];
  }

  /** The brackets without which every case is whole: single ones, or as few as are needed. */
  #bracketsFor(asked: readonly Asked[]): readonly OpenBracket[] {
    const { brackets } = this.#plan;
    const holds = (closed: readonly OpenBracket[]): boolean =>
      this.#casesOf(asked, this.#flowsWith(closed)).every(({ isWhole }) => isWhole);
    if (brackets.length === 0 || !holds(brackets)) return [];
    if (brackets.length > CLOSED_SINGLY) return brackets;
    const alone = brackets.filter((bracket) => holds([bracket]));
    if (alone.length > 0) return alone;
    let needed = [...brackets];
    for (const bracket of brackets) {
      const fewer = needed.filter((it) => it !== bracket);
      if (holds(fewer)) needed = fewer;
    }
    return needed;
  }

  /** Who is on a wire is not said, and it works for some addresses there. */
  #undeclared(cases: readonly Case[]): Reason | undefined {
    const open = cases.find(
      ({ isWhole, source, target }) => !isWhole && !(source.declared && target.declared),
    );
    const good = cases.flatMap((it) => this.#pick(it.good) ?? [])[0];
    const bad = open && this.#pick(open.shown.lost);
    if (open === undefined || good === undefined || bad === undefined) return undefined;
    const isTarget = !open.target.declared && (open.source.declared || good.source === bad.source);
    const { place } = isTarget ? open.target : open.source;
    const at = place.kind === "wire" ? place.wire.name : "";
    const text = `nobody says which addresses are on ${at}: it works ${between(good)}, not ${between(bad)}`;
    return { text, settle: "name who is there under `devices:`, each with its `address:`" };
  }

  #nobody(zone: number, family: Family): Reason {
    const name = this.#plan.zones[zone]?.name ?? "";
    const text = `nobody in ${name} has an address of ${family}`;
    return { text, settle: "name who is there under `devices:`, each with its `address:`" };
  }

  #pick(set: PacketSet): Packet | undefined {
    const values = this.#sets.sample(set);
    return values && packetOf(values);
  }
}

const BROADCAST: Reason = {
  text: "who asks for an address has none yet, and asks everybody: such flows are not followed",
  settle: "leave the service out of the required conduit",
};

const UNCONFIRMED: Reason = {
  text: "not every packet gets there and back as far as sets tell, and those that were tried do",
  settle: "see by `pfproof trace` whether a switch on the way floods them, or pf chooses",
};

const UNFOLLOWED = "no setting helps yet";

function undecided(...reasons: readonly Reason[]): Found {
  return { verdict: "undecided", reasons };
}

function between({ family, source, destination }: Packet): string {
  const [from, to] = [source, destination].map((value) => printAddress({ family, value }));
  return `from ${from} to ${to}`;
}
