import type {
  PackedEntries,
  PfAddress,
  PfEndpoint,
  PfRule,
  PfTable,
} from "../../../model/pf-rule.ts";
import { LikeRule } from "../expansion/like-rule.ts";
import type { ComparedRule } from "./criteria.ts";
import { isPlain } from "./keys.ts";

export interface CombinedRules {
  readonly rules: readonly PfRule[];
  readonly tables: readonly PfTable[];
}

/** From so many addresses on pfctl makes a table. */
const ENOUGH = 6;

/**
 * Replaces rules that differ only in their source, or only in their destination, by one rule with
 * a table (follows combine_rules, OpenBSD 7.8).
 *
 * The rules of `block` must be distinct. Each rule in order takes all later ones that it goes with
 * and that no earlier rule has taken; the nearest of them decides between source and destination.
 * Every collection uses up a name, whether or not it is large enough for a table. Negated
 * addresses are collected too, which changes what the rules match; so does pfctl.
 */
export function combineAddresses(
  block: readonly ComparedRule[],
  names: { next: number },
  anchor: string,
): CombinedRules {
  const candidates = candidatesOf(block);
  const removed = new Set<Candidate>();
  const tables: PfTable[] = [];
  for (const first of candidates) {
    if (first.taken) continue;
    const side = sideOf(first);
    const row = side === undefined ? undefined : first[side];
    if (side === undefined || row === undefined) continue;
    const others = row.members.slice(row.next).filter(({ taken }) => !taken);
    for (const other of others) other.taken = true;
    first.taken = true;
    const name = `__automatic_${names.next++}`;
    if (others.length + 1 < ENOUGH) continue;
    for (const other of others) removed.add(other);
    const { rule } = first;
    const addresses = [first, ...others].map((it) => it.rule[side].address);
    tables.push(tableOf(name, anchor, addresses, rule));
    const end: PfEndpoint = { ...rule[side], address: { kind: "table", name } };
    const [source, destination] = side === "source" ? [end, rule.destination] : [rule.source, end];
    first.rule = new LikeRule(rule, rule.interface, source, destination, rule.origin);
  }
  return { rules: candidates.filter((it) => !removed.has(it)).map(({ rule }) => rule), tables };
}

type Side = "source" | "destination";

interface Candidate {
  rule: PfRule;
  readonly at: number;
  /** In a collection. */
  taken: boolean;
  /** The rules that may differ in the source only; none if that cannot be collected. */
  source: Row | undefined;
  destination: Row | undefined;
}

interface Row {
  readonly members: Candidate[];
  /** Those before are taken, or not later than the rule at hand. */
  next: number;
}

function candidatesOf(block: readonly ComparedRule[]): readonly Candidate[] {
  const rows = new Map<string, Row>();
  const rowOf = (key: string, candidate: Candidate): Row => {
    let row = rows.get(key);
    if (row === undefined) {
      row = { members: [], next: 0 };
      rows.set(key, row);
    }
    row.members.push(candidate);
    return row;
  };
  return block.map(({ rule, criteria, source, destination }, at) => {
    const candidate: Candidate = {
      rule,
      at,
      taken: false,
      source: undefined,
      destination: undefined,
    };
    if (isPlain(rule.source.address)) {
      candidate.source = rowOf(`s${criteria.id} ${destination}`, candidate);
    }
    if (isPlain(rule.destination.address)) {
      candidate.destination = rowOf(`d${criteria.id} ${source}`, candidate);
    }
    return candidate;
  });
}

/** Where the next rule that goes with `first` differs. */
function sideOf({ at, source, destination }: Candidate): Side | undefined {
  const bySource = nextIn(source, at);
  const byDestination = nextIn(destination, at);
  if (bySource === byDestination) return undefined;
  return bySource < byDestination ? "source" : "destination";
}

function nextIn(row: Row | undefined, at: number): number {
  if (row === undefined) return Number.POSITIVE_INFINITY;
  for (; row.next < row.members.length; row.next++) {
    const member = row.members[row.next];
    if (member !== undefined && member.at > at && !member.taken) return member.at;
  }
  return Number.POSITIVE_INFINITY;
}

function tableOf(
  name: string,
  anchor: string,
  addresses: readonly PfAddress[],
  rule: PfRule,
): PfTable {
  return {
    name,
    anchor,
    constant: true,
    persist: false,
    counters: false,
    contents: [{ kind: "list", entries: packed(addresses, rule.family === "inet6") }],
    span: rule.origin.span,
  };
}

/** All of one family; `any` has the rule's. */
function packed(addresses: readonly PfAddress[], inet6: boolean): PackedEntries {
  const width = inet6 ? 4 : 1;
  const words = new Uint32Array(addresses.length * width);
  const lengths = new Uint8Array(addresses.length);
  addresses.forEach((address, at) => {
    if (address.kind !== "prefix") return;
    const { value, length } = address.prefix;
    lengths[at] = length;
    for (let word = 0; word < width; word++) {
      words[at * width + word] = Number((value >> BigInt(32 * (width - 1 - word))) & 0xffffffffn);
    }
  });
  return {
    count: addresses.length,
    offsets: Uint32Array.from(addresses.keys(), (at) => at * width),
    words,
    lengths,
    marks: new Uint8Array(addresses.length).fill(inet6 ? 1 : 0),
  };
}
