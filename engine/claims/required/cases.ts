import type { Host } from "../../../model/host.ts";
import { TCP, UDP } from "../../../model/packet.ts";
import { runsOf } from "../../../model/pf-conf.ts";
import type { PfAddress, PfRule } from "../../../model/pf-rule.ts";
import type { PacketFunctions } from "../../sets/packet-functions.ts";
import { FIELDS, type Field, type PacketSet } from "../../sets/packet-sets.ts";
import { inPrefix, ofProtocol, union } from "../../sets/packets.ts";
import type { Plan } from "../plan.ts";
import { type Asked, type CertainFlows, type Outcome, SENDERS_CHOICE } from "./certain-flows.ts";

/** What holds for one place of either zone. */
export interface Case extends Asked {
  /** Every opening packet that counts gets through and is answered. */
  readonly isWhole: boolean;
  /** The packets that count: to the target itself, or to where it is published. */
  readonly shown: Outcome;
  /** Packets between addresses that would do if nobody else were there; empty: none would. */
  readonly good: PacketSet;
}

/**
 * Decides the flows between two places (claims.md 3): to every address of a wire, to some address of a
 * host, which is one station. Who sends may address the target itself, or whatever is redirected to it.
 */
export function caseOf(plan: Plan, sets: PacketFunctions, flows: CertainFlows, asked: Asked): Case {
  const direct = flows.direct(asked);
  const { opening, lost } = direct;
  const good = sets.diff(opening, sets.forget(lost, NOT_ADDRESSES));
  const isWanted = opening !== sets.empty;
  if (isWanted && lost === sets.empty) return { ...asked, isWhole: true, shown: direct, good };
  const isHost = asked.target.place.kind === "host";
  const answering = sets.diff(opening, sets.forget(lost, [...SENDERS_CHOICE, "destinationPort"]));
  if (isHost && answering !== sets.empty) {
    return { ...asked, isWhole: true, shown: { opening: answering, lost: sets.empty }, good };
  }
  if (!plan.network.hosts.some(redirects)) return { ...asked, isWhole: false, shown: direct, good };
  return withPublished(plan, sets, flows, { ...asked, isWhole: false, shown: direct, good });
}

/** The same, with what is redirected to the target. */
function withPublished(plan: Plan, sets: PacketFunctions, flows: CertainFlows, asked: Case): Case {
  const { opening, lost } = asked.shown;
  const hints = publishedFor(plan, sets, asked);
  const published = flows.redirected(asked, anyPort(sets, asked.service), hints);
  if (published.opening === sets.empty) return asked;
  const wanted = sets.and(asked.service, sets.swapAddresses(asked.target.addresses));
  const direct = sets.diff(opening, sets.forget(lost, SENDERS_CHOICE));
  const there = sets.forget(sets.or(direct, published.delivered), SENDERS_CHOICE);
  const isCovered = asked.target.place.kind === "host" || sets.implies(wanted, there);
  const isWhole = published.lost === sets.empty && isCovered;
  // where nothing arrives at all, the way by which it should is worth more than the direct one
  const isTold = isCovered || published.delivered === sets.empty;
  const good = sets.or(asked.good, sets.diff(published.opening, published.lost));
  return { ...asked, isWhole, shown: isTold ? published : asked.shown, good };
}

/** What is not up to who has which address. */
const NOT_ADDRESSES = (Object.keys(FIELDS) as Field[]).filter(
  (it) => !["family", "source", "destination"].includes(it),
);

/** Whether more than one address may stand for the target. */
export function hasChoice(plan: Plan, { target }: Asked): boolean {
  return target.place.kind === "host" || plan.network.hosts.some(redirects);
}

/** Opening packets to any port. */
function anyPort(sets: PacketFunctions, service: PacketSet): PacketSet {
  const ported = sets.or(ofProtocol(sets, TCP), ofProtocol(sets, UDP));
  const open = sets.forget(sets.and(service, ported), ["destinationPort"]);
  const ports = sets.range("destinationPort", 1n, 65535n);
  return sets.or(sets.and(open, ports), sets.diff(service, ported));
}

/** Where rules redirect to the target from, if they say so by one address and port. */
function publishedFor(plan: Plan, sets: PacketFunctions, { target, service }: Asked): PacketSet {
  const there = sets.swapAddresses(target.addresses);
  const within = (it: PfAddress | undefined): PacketSet =>
    it?.kind === "prefix" ? inPrefix(sets, "destination", it.prefix) : sets.empty;
  const published = plan.network.hosts
    .flatMap(redirectionsOf)
    .filter(({ rdr }) => sets.meets(within(rdr?.address), there))
    .map(({ destination }) => {
      const { port } = destination;
      const to = within(destination.address);
      if (port?.operator !== "=") return sets.and(service, to);
      const number = BigInt(port.first);
      const chosen = sets.and(to, sets.range("destinationPort", number, number));
      return sets.and(anyPort(sets, service), chosen);
    });
  return union(sets, published);
}

function redirects(host: Host): boolean {
  return redirectionsOf(host).length > 0;
}

function redirectionsOf({ pfConf }: Host): readonly PfRule[] {
  if (pfConf === undefined) return [];
  return runsOf(pfConf)
    .flatMap(({ rulesets }) => [...rulesets.values()].flatMap(({ rules }) => rules))
    .filter((rule) => rule.rdr !== undefined);
}
