import type { PfAddress, PfEndpoint, PfRule } from "../../../model/pf-rule.ts";
import { ruleText } from "../../../parser/pf/rule-text.ts";
import { end, PASS, rule } from "../../support/pass-rule.ts";

/**
 * The optimizer as pfctl has it, comparing every rule of a block with every later one, for rules
 * that differ in few fields: blocks are split by `quick` alone.
 */
export function optimizedByPairs(rules: readonly PfRule[]): string[] {
  const tables: string[] = [];
  const texts: string[] = [];
  const names = { next: 0 };
  for (const block of blocksByQuick(rules)) {
    const combined = combinedByPairs(uncoveredByPairs(block), names, tables);
    texts.push(...orderedByLists(combined).map((it) => ruleText(it)));
  }
  return [...tables, ...texts];
}

function blocksByQuick(rules: readonly PfRule[]): PfRule[][] {
  const blocks: PfRule[][] = [];
  for (const it of rules) {
    const block = blocks.at(-1);
    if (block?.[0]?.quick === it.quick) block.push(it);
    else blocks.push([it]);
  }
  return blocks;
}

function uncoveredByPairs(block: readonly PfRule[]): PfRule[] {
  const left = [...block];
  for (let p = 0; p < left.length; p++) {
    for (let q = p + 1; q < left.length; q++) {
      if (covers(left[p]!, left[q]!)) {
        left.splice(q--, 1);
      } else if (covers(left[q]!, left[p]!)) {
        left.splice(p--, 1);
        break;
      }
    }
  }
  return left;
}

function covers(wide: PfRule, special: PfRule): boolean {
  const side = (a: PfEndpoint, b: PfEndpoint): PfEndpoint => ({
    ...b,
    port: a.port === undefined ? undefined : b.port,
    address:
      holdsAll(a, b) || (wide.family === special.family && holds(a, b)) ? a.address : b.address,
  });
  const sameProtocol = wide.protocol === 0 || wide.protocol === special.protocol;
  const cut: PfRule = {
    ...special,
    interface: wide.interface === "" ? "" : special.interface,
    direction: (wide.direction ?? undefined) ? special.direction : undefined,
    flagMask: wide.flagMask === 0 && sameProtocol ? 0 : special.flagMask,
    protocol: wide.protocol === 0 ? 0 : special.protocol,
    source: side(wide.source, special.source),
    destination: side(wide.destination, special.destination),
    family: wide.family === undefined ? undefined : special.family,
  };
  return textOf(cut) === textOf(wide);
}

function holdsAll(a: PfEndpoint, b: PfEndpoint): boolean {
  return lengthOf(a) === 0 && !a.negated && !b.negated;
}

function holds(a: PfEndpoint, b: PfEndpoint): boolean {
  const [short, long] = [lengthOf(a), lengthOf(b)];
  if (short < 0 || long < 0 || a.negated !== b.negated || short >= long) return false;
  const value = (it: PfEndpoint): bigint =>
    it.address.kind === "prefix" ? it.address.prefix.value : 0n;
  return value(a) >> BigInt(32 - short) === value(b) >> BigInt(32 - short);
}

function lengthOf({ address }: PfEndpoint): number {
  if (address.kind === "any") return 0;
  return address.kind === "prefix" ? address.prefix.length : -1;
}

/** Of two rules equal iff pf holds the same: `any` and `0.0.0.0/0` are one. */
function textOf(of: object): string {
  return JSON.stringify(of, (_, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    const zero = typeof value === "object" && value !== null && "prefix" in value;
    return zero && lengthOf({ ...PASS.source, address: value as PfAddress }) === 0
      ? { kind: "any" }
      : value;
  });
}

interface Collecting {
  rule: PfRule;
  source?: PfEndpoint[];
  destination?: PfEndpoint[];
}

function combinedByPairs(
  block: readonly PfRule[],
  names: { next: number },
  tables: string[],
): PfRule[] {
  const made = new Map<PfEndpoint[], string>();
  const left: Collecting[] = block.map((it) => ({ rule: it }));
  for (const p of left) {
    for (const q of left.slice(left.indexOf(p) + 1)) {
      const side = differing(p.rule, q.rule);
      if (side === undefined || q.source || q.destination) continue;
      if (p[side === "source" ? "destination" : "source"]) continue;
      let collected = p[side];
      if (collected === undefined) {
        collected = [p.rule[side]];
        p[side] = collected;
        made.set(collected, `__automatic_${names.next++}`);
      }
      collected.push(q.rule[side]);
      q[side] = collected;
      if (collected.length >= 6) left.splice(left.indexOf(q), 1);
    }
  }
  const done = new Set<PfEndpoint[]>();
  return left.flatMap(({ rule: it, source, destination }) => {
    const collected = source ?? destination;
    if (collected === undefined || collected.length < 6) return [it];
    if (done.has(collected)) return [];
    done.add(collected);
    const name = made.get(collected)!;
    const addresses = collected.map(({ address }) => ruleText(from10(address)).split(" ")[3]);
    tables.push(`table <${name}> const { ${addresses.join(" ")} }`);
    const side = source === undefined ? "destination" : "source";
    return [{ ...it, [side]: { ...it[side], address: { kind: "table", name } } }];
  });
}

/** `block inet from ADDRESS …`, also of an address that would make it `all`. */
function from10(address: PfAddress): PfRule {
  return rule({
    family: "inet",
    source: { ...PASS.source, address },
    destination: end("10.0.0.1"),
  });
}

function differing(p: PfRule, q: PfRule): "source" | "destination" | undefined {
  const sources = textOf(p.source.address) === textOf(q.source.address);
  const destinations = textOf(p.destination.address) === textOf(q.destination.address);
  if (sources === destinations) return undefined;
  const side = sources ? "destination" : "source";
  if (lengthOf(p[side]) < 0 || lengthOf(q[side]) < 0) return undefined;
  const other = { ...q, [side]: { ...q[side], address: p[side].address } };
  return textOf(other) === textOf(p) ? side : undefined;
}

const STEPS: readonly ((of: PfRule) => string | undefined)[] = [
  (it) => it.interface || undefined,
  (it) => it.direction,
  () => undefined,
  (it) => it.family,
  (it) => String(it.protocol),
  (it) => comparable(it.source),
  (it) => comparable(it.destination),
  (it) => it.source.port && textOf(it.source.port),
  (it) => it.destination.port && textOf(it.destination.port),
];

function comparable({ address, negated }: PfEndpoint): string | undefined {
  const zero = address.kind === "any" || (address.kind === "prefix" && address.prefix.value === 0n);
  return zero ? undefined : `${negated}${textOf(address)}`;
}

interface List {
  size: number;
  readonly rules: PfRule[];
}

function orderedByLists(block: readonly PfRule[]): PfRule[] {
  const lists = STEPS.map((step) => listsOf(block, step));
  for (const [first] of lists) {
    if (first !== undefined && (first.size === block.length || first.size === 1)) first.size = 0;
  }
  const before: PfRule[] = [];
  const after: PfRule[] = [];
  let pending = [...block];
  for (;;) {
    const largest = Math.max(1, ...lists.map(([first]) => first?.size ?? 0));
    const step = lists.findIndex(([first]) => first?.size === largest);
    if (largest < 2) return [...before, ...after, ...pending];
    const { rules } = lists[step]!.shift()!;
    for (const it of rules) {
      for (const list of lists) if (list !== lists[step]) removeFrom(list, it);
    }
    pending = pending.filter((it) => !rules.includes(it));
    if (rules.length > 2) before.push(...orderedByLists(rules));
    else after.push(...rules);
  }
}

function listsOf(block: readonly PfRule[], step: (of: PfRule) => string | undefined): List[] {
  const lists: List[] = [];
  for (const it of block) {
    const text = step(it);
    let at = lists.findIndex(({ rules }) => text !== undefined && step(rules[0]!) === text);
    if (at < 0) at = lists.push({ size: 0, rules: [] }) - 1;
    const list = lists[at]!;
    list.rules.push(it);
    list.size++;
    for (; at > 0 && lists[at - 1]!.size < list.size; at--) lists[at] = lists[at - 1]!;
    lists[at] = list;
  }
  return lists;
}

function removeFrom(lists: List[], removed: PfRule): void {
  if (lists.length === 0 || lists[0]!.size <= 1) return;
  let at = lists.findIndex(({ rules }) => rules.includes(removed));
  const list = lists[at]!;
  list.rules.splice(list.rules.indexOf(removed), 1);
  list.size--;
  for (; lists[at + 1] !== undefined && lists[at + 1]!.size > list.size; at++) {
    lists[at] = lists[at + 1]!;
  }
  lists[at] = list;
}
