import type { Host } from "../../model/host.ts";
import { ICMP, ICMP_ERRORS, ICMP6, TCP, UDP } from "../../model/packet.ts";
import { compileRuleset, type Outcome, type Reading } from "./compile.ts";
import { type Asking, names } from "./criteria.ts";
import type { PacketSet, PacketSets } from "./packet-sets.ts";
import { constant, icmpType, ofFamily, ofProtocol } from "./packets.ts";
import { IDENTITY } from "./rewrite.ts";

/** One pf test as a function on sets: what can be a state hit, and what the rules make of the rest. */
export interface Gate {
  /** pf is off or the interface is skipped: everything passes, untouched and without state. */
  readonly open: boolean;
  /** Packets that get as far as state lookup and rules. */
  readonly eligible: PacketSet;
  /** Ways to pass by the rules; they may overlap. */
  readonly passes: readonly Outcome[];
  /** Packets that pass unchanged without any state, so that a state hit means nothing for them. */
  readonly alone: PacketSet;
}

/** Compiles the pf test in the place of `asking` (pf-semantics.md 1). */
export function gateOf(asking: Asking, reading: Reading): Gate {
  const { sets, host, interface: it } = asking;
  if (!host.pf || host.ruleset.skip.some((name) => names(it, name))) {
    return { open: true, eligible: sets.all, passes: [], alone: sets.all };
  }
  const eligible = eligibleFor(sets, host);
  const passes = compileRuleset(asking, reading)
    .filter((outcome) => outcome.action === "pass")
    .flatMap((outcome) => fates(sets, { ...outcome, set: sets.and(outcome.set, eligible) }));
  return { open: false, eligible, passes, alone: aloneOf(sets, host, passes) };
}

/** Where rules test tags, a state may give another tag than the rules do: no hit is without meaning. */
function aloneOf(sets: PacketSets, host: Host, passes: readonly Outcome[]): PacketSet {
  const rules = [...host.ruleset.anchors.values()].flat();
  if (rules.some((rule) => rule.tagged !== undefined)) return sets.empty;
  return passes
    .filter((pass) => pass.rewrite.key === "" && pass.rtable === undefined)
    .reduce((all, pass) => sets.or(all, pass.set), sets.empty);
}

/** Packets that normalisation and sanity checks leave (pf-semantics.md 2 … 4). */
function eligibleFor(sets: PacketSets, host: Host): PacketSet {
  let set = sets.all;
  // with reassembly only whole packets get to the rules; their fragments were one packet of the sender
  if (host.ruleset.reassemble) set = sets.and(set, sets.range("fragment", 0n, 0n));
  // of a fragment pf reads no more than the IP header
  const foreign = sets.or(
    sets.and(ofProtocol(sets, ICMP), ofFamily(sets, "inet6")),
    sets.and(ofProtocol(sets, ICMP6), ofFamily(sets, "inet")),
  );
  set = sets.diff(set, sets.and(foreign, sets.range("fragment", 0n, 0n)));
  const ported = sets.or(ofProtocol(sets, TCP), ofProtocol(sets, UDP));
  const nowhere = sets.and(sets.range("destinationPort", 0n, 0n), sets.range("fragment", 0n, 0n));
  return sets.diff(set, sets.or(badFlags(sets), sets.and(ported, nowhere)));
}

/**
 * TCP segments that pf drops for their flags alone.
 *
 * SYN with FIN becomes a plain SYN in the kernel; here it is left out, as its sender can send that
 * plain SYN as well.
 */
function badFlags(sets: PacketSets): PacketSet {
  const set = (letters: number): PacketSet =>
    sets.masked("flags", BigInt(letters), BigInt(letters));
  const without = (letters: number): PacketSet => sets.masked("flags", 0n, BigInt(letters));
  const [fin, syn, rst, push, ack, urgent] = [1, 2, 4, 8, 16, 32];
  let bad = set((syn ?? 0) | (rst ?? 0));
  bad = sets.or(bad, without((syn ?? 0) | (ack ?? 0) | (rst ?? 0)));
  bad = sets.or(bad, set((syn ?? 0) | (fin ?? 0)));
  for (const flag of [fin, push, urgent]) {
    bad = sets.or(bad, sets.and(set(flag ?? 0), without(ack ?? 0)));
  }
  const whole = sets.range("fragment", 0n, 0n);
  return sets.and(bad, sets.and(whole, ofProtocol(sets, TCP)));
}

/** Splits a pass into what makes a state, translated, and what passes on its own, unchanged. */
function fates(sets: PacketSets, outcome: Outcome): readonly Outcome[] {
  const plain = outcome.allowOptions
    ? outcome.set
    : sets.and(outcome.set, sets.range("options", 0n, 0n));
  const kept = outcome.state ? sets.and(plain, stateable(sets)) : sets.empty;
  const unkept = sets.diff(plain, kept);
  const fate = { ...outcome, state: false, rewrite: IDENTITY, set: unkept };
  return [{ ...outcome, set: kept }, fate].filter((it) => it.set !== sets.empty);
}

/** Packets that can make a state: no fragments, no ICMP errors, no neighbour advertisements. */
export function stateable(sets: PacketSets): PacketSet {
  return constant(sets, "stateable", () => {
    const advertisement = sets.and(ofProtocol(sets, ICMP6), icmpType(sets, 136));
    const never = sets.or(sets.range("fragment", 1n, 3n), sets.or(icmpErrors(sets), advertisement));
    return sets.not(never);
  });
}

/** ICMP and ICMPv6 errors, which pf looks up by the packet that they quote. */
export function icmpErrors(sets: PacketSets): PacketSet {
  return constant(sets, "icmp errors", () => {
    const typed = (protocol: number, type: number): PacketSet =>
      sets.and(ofProtocol(sets, protocol), icmpType(sets, type));
    const errors = [
      ...ICMP_ERRORS.inet.map((type) => typed(ICMP, type)),
      ...ICMP_ERRORS.inet6.map((type) => typed(ICMP6, type)),
    ];
    return errors.reduce((all, some) => sets.or(all, some), sets.empty);
  });
}
