import { addressesOf } from "../../engine/kernel/keys.ts";
import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import type { StateKey } from "../../engine/kernel/state.ts";
import type { StateTable } from "../../engine/kernel/state-table.ts";
import { FIELDS, type Field, type FieldValues } from "../../engine/sets/packet-sets.ts";
import { fieldAddress } from "../../engine/sets/packets.ts";
import type { Fate } from "../../engine/sets/rules/fate.ts";
import type { SourceRule } from "../../engine/sets/rules/situation.ts";
import { ICMP, ICMP6 } from "../../model/packet.ts";
import type { PfPool, PfRule } from "../../model/pf-rule.ts";
import { only } from "../support/packet-fields.ts";
import type { Expectation } from "./kernel-differences.ts";
import { nameOf } from "./kernel-sets-differences.ts";
import type { SetAnswer } from "./kernel-sets-reading.ts";

/**
 * Why a packet has several fates: what the network chooses in the rules that not all of them have
 * met, or else in any that are loaded. None: it may have one only.
 */
export function reasonsOf(fates: readonly Fate[], loaded: readonly LiveRule[]): readonly string[] {
  const met = fates.map(({ rule, caller, matched }) => new Set([rule, caller, ...matched]));
  const rules = new Set(met.flatMap((it) => [...it]));
  const differing = [...rules].filter((it) => it && met.some((its) => !its.has(it)));
  const own = choicesIn(differing.filter((it) => it !== undefined));
  return own.length > 0 ? own : choicesIn(loaded);
}

function choicesIn(rules: readonly SourceRule[]): readonly string[] {
  return [...new Set(rules.flatMap(({ rule }) => choicesOf(rule)))].toSorted();
}

function choicesOf(rule: PfRule): readonly string[] {
  const { probability, once, packetRate, nat, rdr } = rule;
  return [
    ...(probability === 0 ? [] : ["probability"]),
    ...(once ? ["once"] : []),
    ...(packetRate === undefined ? [] : ["max-pkt-rate"]),
    ...([nat, rdr].some(isSeveral) ? ["pool"] : []),
  ];
}

function isSeveral(pool: PfPool | undefined): boolean {
  return pool !== undefined && (pool.type !== "" || (pool.low !== pool.high && pool.low > 0));
}

/**
 * Why pf may drop what a fate lets pass, if it came to the same deciding rule: no state could be
 * made. Undefined: it may not.
 */
export function refusalOf(answer: SetAnswer, fate: Fate, states: StateTable): string | undefined {
  const { rule, matched, state, route, actions } = fate;
  if (rule === undefined || state === undefined) return undefined;
  const { stateOptions } = rule.rule;
  if (stateOptions.max > 0) return "max";
  if (stateOptions.sourceTrack !== "") return "source limits";
  if (states.count >= states.limit) return "limit states";
  if (isInTheWay(answer, fate, states)) return "a state in the way, or all ports taken";
  const pools = [rule, ...matched].flatMap(({ rule: it }) => [it.nat, it.rdr, it.route]);
  if (pools.some((it) => it?.sticky === true)) return "source nodes of sticky-address";
  if (route !== undefined) return "no next hop";
  return actions.reassembleTcp ? "reassemble tcp" : undefined;
}

/** Why pf may have given up in the middle of the rules, at a `match` rule; undefined: it has not. */
export function givenUp(
  { m = [] }: Expectation,
  answer: SetAnswer,
  fate: Fate,
  states: StateTable,
): string | undefined {
  const names = fate.matched.map(nameOf);
  const failed = fate.matched[m.length];
  const isThere = m.every((it, at) => names[at] === it);
  if (!isThere || failed === undefined || failed.rule.nat === undefined) return undefined;
  if (failed.rule.nat.type === "least-states") return "least-states of a match rule";
  const isTaken =
    fate.verdict === "pass" ? isInTheWay(answer, fate, states) : isSourceTaken(answer, states);
  return isTaken ? "no port left in a match rule" : undefined;
}

/** Some state is one of a packet like this one from another source: it may be the translated one. */
function isSourceTaken({ fields, tested }: SetAnswer, table: StateTable): boolean {
  const { source, sourcePort } = fields;
  return [...table.all()].some(({ wire, stack }) => {
    return [wire, stack].some((key) => {
      return isSame({ ...fields, ...fieldsOfKey(key, tested), source, sourcePort }, fields);
    });
  });
}

/**
 * A state has the key of the packet as it came, or states have those of all that it can become once
 * its address is chosen.
 */
function isInTheWay(answer: SetAnswer, fate: Fate, table: StateTable): boolean {
  const { compiled, fields, tested } = answer;
  const { sets } = compiled;
  const actions = { ...fate.actions, tos: -1 };
  const image = compiled.image(only(sets, fields), { ...fate, actions });
  const taken = new Map<bigint, Set<bigint>>();
  for (const { wire, stack } of table.all()) {
    for (const key of [wire, stack]) {
      const values = { ...fields, ...fieldsOfKey(key, tested) };
      if (isSame(values, fields)) return true;
      if (!sets.has(image, values)) continue;
      const ports = taken.get(values.source) ?? new Set();
      taken.set(values.source, ports.add(values.sourcePort));
    }
  }
  return [...taken].some(([source, ports]) => {
    const unused = fields.family === 0n ? (1n << 96n) - 1n : 0n;
    const made = sets.and(image, sets.range("source", source, source | unused));
    return BigInt(ports.size) === sets.count(made);
  });
}

/** The fields of a packet like this one with the ends of a key. */
function fieldsOfKey(
  key: StateKey,
  { direction, packet }: SetAnswer["tested"],
): Partial<FieldValues> {
  const { family, source, destination, sourcePort, destinationPort } = addressesOf(key, direction);
  const isIcmp = key.protocol === ICMP || key.protocol === ICMP6;
  const port = isIcmp ? destinationPort * 256 + (packet.icmp?.code ?? 0) : destinationPort;
  return {
    family: family === "inet" ? 0n : 1n,
    protocol: BigInt(key.protocol),
    source: fieldAddress(family, source),
    destination: fieldAddress(family, destination),
    sourcePort: BigInt(sourcePort),
    destinationPort: BigInt(port),
  };
}

function isSame(one: FieldValues, other: FieldValues): boolean {
  return Object.keys(FIELDS).every((field) => one[field as Field] === other[field as Field]);
}
