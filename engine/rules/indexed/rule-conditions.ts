import { type Family, ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { PfAddress, PfPort, PfRule } from "../../../model/pf-rule.ts";
import type { Bounds, LiveRule } from "../../kernel/live-rule.ts";
import {
  ADDRESSES,
  type Conditions,
  FLAGS_MASK,
  FLAGS_SHIFT,
  FROM_PORT,
  KIND,
  OUTWARD,
  TO_PORT,
  WHERE,
  widthOf,
} from "./entries.ts";
import type { InterfaceNames } from "./interface-names.ts";

const PROTOCOL = 0xff;
const TOP_PORT = 0xffff;

/**
 * What a rule asks of packets of one family, as far as words of a key say it; undefined: it matches
 * none. Follows `firstMismatch` (engine/kernel/criteria.ts) up to the criteria that are drawn or
 * counted.
 */
export function conditionsOf(
  live: LiveRule,
  family: Family,
  names: InterfaceNames,
): Conditions | undefined {
  const { rule } = live;
  if (rule.family !== undefined && rule.family !== family) return undefined;
  const words = ADDRESSES + 2 * widthOf(family);
  const it: Conditions = {
    values: new Uint32Array(words),
    masks: new Uint32Array(words),
    ports: Uint16Array.of(0, TOP_PORT, 0, TOP_PORT),
    enough: true,
    known: asksNoMore(rule),
  };
  if (rule.fragment) it.enough = false;
  setKind(it, rule);
  // `on ! rdomain` and a negated interface without a name are for no packet
  if (rule.interface === "" && rule.interfaceNegated) return undefined;
  setInterface(it, rule, names);
  setPorts(it, rule);
  const width = widthOf(family);
  if (!isShown(rule.source.address) || !isShown(rule.destination.address)) it.known = false;
  const isTo = setAddress(it, live.to, family, ADDRESSES);
  const isFrom = setAddress(it, live.from, family, ADDRESSES + width);
  if (!it.known) it.enough = false;
  return isTo && isFrom ? it : undefined;
}

/**
 * What a rule and those that lead to it ask together; undefined: no packet meets all of it.
 */
export function both(one: Conditions, other: Conditions): Conditions | undefined {
  const values = one.values.slice();
  const masks = one.masks.slice();
  for (const [word, mask] of other.masks.entries()) {
    const value = other.values[word]!;
    if (((values[word]! ^ value) & masks[word]! & mask) !== 0) return undefined;
    values[word] = (values[word]! & masks[word]!) | (value & mask);
    masks[word] = masks[word]! | mask;
  }
  const ports = one.ports.slice();
  for (const end of [0, 2]) {
    ports[end] = Math.max(ports[end]!, other.ports[end]!);
    ports[end + 1] = Math.min(ports[end + 1]!, other.ports[end + 1]!);
    if (ports[end]! > ports[end + 1]!) return undefined;
  }
  const [enough, known] = [one.enough && other.enough, one.known && other.known];
  return { values, masks, ports, enough, known };
}

/** Whether columns never show if a rule is met. */
export function isOpaque(rule: PfRule): boolean {
  return !(asksNoMore(rule) && isShown(rule.source.address) && isShown(rule.destination.address));
}

/** Routes are looked up in an rtable that columns do not have. */
function isShown({ kind }: PfAddress): boolean {
  return kind !== "no-route" && kind !== "urpf-failed" && kind !== "route" && kind !== "unknown";
}

/** Criteria that no word of a key is for; those of translation and state are none. */
function asksNoMore(rule: PfRule): boolean {
  return (
    !rule.once &&
    rule.rdomain < 0 &&
    rule.os === "" &&
    rule.user === undefined &&
    rule.group === undefined &&
    rule.tos === 0 &&
    rule.probability === 0 &&
    rule.tagged === "" &&
    rule.receivedOn === undefined &&
    rule.prio < 0 &&
    rule.packetRate === undefined
  );
}

function setKind(it: Conditions, rule: PfRule): void {
  const { direction, protocol, flags, flagMask } = rule;
  let [value, mask] = [0, 0];
  if (protocol !== 0) [value, mask] = [protocol, PROTOCOL];
  if (direction !== undefined) {
    mask |= OUTWARD;
    if (direction === "out") value |= OUTWARD;
  }
  if (flagMask !== 0) {
    if (protocol === TCP) {
      mask |= (flagMask & FLAGS_MASK) << FLAGS_SHIFT;
      value |= (flags & FLAGS_MASK) << FLAGS_SHIFT;
    }
    // only TCP is asked for flags
    if (protocol === 0) it.enough = false;
    if ((flagMask & ~FLAGS_MASK) !== 0) it.known = false;
  }
  it.values[KIND] = value;
  it.masks[KIND] = mask;
}

function setInterface(it: Conditions, rule: PfRule, names: InterfaceNames): void {
  if (rule.interface === "") return;
  const id = rule.interfaceNegated ? undefined : names.idOf(rule.interface);
  if (id === undefined) {
    it.enough = false;
    return;
  }
  it.values[WHERE] = id;
  it.masks[WHERE] = 0xffff_ffff;
}

function setPorts(it: Conditions, rule: PfRule): void {
  const { protocol, icmpType, icmpCode } = rule;
  if (protocol === ICMP || protocol === ICMP6) {
    if (icmpType >= 0) setRange(it, TO_PORT, icmpType, icmpType);
    if (icmpCode >= 0) setRange(it, FROM_PORT, icmpCode, icmpCode);
    return;
  }
  setPort(it, TO_PORT, rule.destination.port, protocol);
  setPort(it, FROM_PORT, rule.source.port, protocol);
  if (icmpType >= 0 || icmpCode >= 0) it.known = false;
}

function setPort(it: Conditions, word: number, port: PfPort | undefined, protocol: number): void {
  if (port === undefined) return;
  const range = protocol === TCP || protocol === UDP ? rangeOf(port) : undefined;
  if (range === undefined) it.enough = false;
  else setRange(it, word, ...range);
}

/** Undefined: no single range of ports, or an empty one. */
function rangeOf({ operator, first, last }: PfPort): readonly [number, number] | undefined {
  const range = plainRange(operator, first, last);
  if (range === undefined) return undefined;
  const [low, high] = [Math.max(0, range[0]), Math.min(TOP_PORT, range[1])];
  return low <= high ? [low, high] : undefined;
}

function plainRange(
  operator: PfPort["operator"],
  first: number,
  last: number,
): readonly [number, number] | undefined {
  switch (operator) {
    case "=":
      return [first, first];
    case "<":
      return [0, first - 1];
    case "<=":
      return [0, first];
    case ">":
      return [first + 1, TOP_PORT];
    case ">=":
      return [first, TOP_PORT];
    case "range":
      return [first, last];
    case "><":
      return [first + 1, last - 1];
    default:
      return undefined;
  }
}

function setRange(it: Conditions, word: number, low: number, high: number): void {
  const at = word === TO_PORT ? 0 : 2;
  it.ports[at] = low;
  it.ports[at + 1] = high;
  // bits above the first one in which both ends differ; no key has a bit above the sixteenth
  const different = 32 - Math.clz32(low ^ high);
  it.masks[word] = different >= 16 ? 0 : 0xffff_ffff << different;
  it.values[word] = low;
}

/** False: no address of the family is meant. */
function setAddress(
  it: Conditions,
  bounds: Bounds | undefined,
  family: Family,
  word: number,
): boolean {
  // tables, routes and addresses of interfaces
  if (bounds === undefined || bounds.negated) {
    it.enough = false;
    return true;
  }
  if (bounds.family === undefined) return true;
  if (bounds.family !== family) return false;
  const width = widthOf(family);
  let { first, last } = bounds;
  let isAligned = true;
  for (let at = word + width - 1; at > word; at--) {
    const [low, high] = [Number(first & WORD), Number(last & WORD)];
    first >>= 32n;
    last >>= 32n;
    if (!setWord(it, at, low, high, first === last)) isAligned = false;
  }
  if (!setWord(it, word, Number(first), Number(last), true)) isAligned = false;
  if (!isAligned) it.enough = false;
  return true;
}

/**
 * Asks for the bits that all addresses from `low` to `high` have; false: others have them too.
 *
 * @param isSame - the words above are the same in both
 */
function setWord(it: Conditions, at: number, low: number, high: number, isSame: boolean): boolean {
  const different = isSame ? 32 - Math.clz32(low ^ high) : 32;
  const hosts = different === 32 ? 0xffff_ffff : 2 ** different - 1;
  it.masks[at] = ~hosts;
  it.values[at] = low;
  return (low & hosts) === 0 && (high & hosts) >>> 0 === hosts;
}

const WORD = 0xffff_ffffn;
