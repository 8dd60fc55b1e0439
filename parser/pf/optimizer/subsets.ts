import { addressBits } from "../../../model/packet.ts";
import type { PfAddress, PfEndpoint, PfRule } from "../../../model/pf-rule.ts";
import { type ComparedRule, CriteriaTable, FAMILY } from "./criteria.ts";
import { isPlain } from "./keys.ts";

/**
 * Removes from a block the rules that another rule of it covers, of equal rules all but the first
 * (follows remove_identical_rules, OpenBSD 7.8).
 *
 * pfctl compares each pair in order; as "covers" is transitive, what it leaves are the rules that
 * none covers but their equals. Here rules are sorted by shape, that is by which criteria they
 * have and how long their prefixes are; a rule is covered iff, cut down to the shape of some more
 * general rules, it is one of them. That takes one lookup for each rule and more general shape,
 * the most general first, of which only rules that are themselves not covered count.
 *
 * @param leftovers - what the field for the interface holds, where that is not just its name
 */
export function removeCovered(
  block: readonly PfRule[],
  leftovers: ReadonlyMap<PfRule, string>,
): readonly ComparedRule[] {
  const table = new CriteriaTable();
  const rules = block.map((rule) => table.compared(rule, leftovers.get(rule) ?? rule.interface));
  const shapes = shapesOf(rules);
  const uncovered = new Set<ComparedRule>();
  const done: Shape[] = [];
  for (const special of shapes.sort((a, b) => a.rank - b.rank)) {
    const wider = done.filter((it) => isWider(it, special));
    const left = new Map<string, ComparedRule>();
    for (const rule of special.rules) {
      const covered = wider.some((it) => it.left.has(cutKey(rule, it, table)));
      const key = covered ? "" : cutKey(rule, special, table);
      if (covered || left.has(key)) continue;
      left.set(key, rule);
      uncovered.add(rule);
    }
    if (left.size > 0) done.push({ ...special, left });
  }
  return uncovered.size === rules.length ? rules : rules.filter((rule) => uncovered.has(rule));
}

/** Rules that have the same criteria, with networks of the same length. */
interface Shape {
  /** As of {@link ComparedRule.criteria}. */
  readonly present: number;
  readonly source: HostShape;
  readonly destination: HostShape;
  /** Less than that of all shapes it is wider than. */
  readonly rank: number;
  readonly rules: ComparedRule[];
  /** Keys of the rules that none covers. */
  readonly left: ReadonlyMap<string, ComparedRule>;
}

interface HostShape {
  /** Of a network; -1: an address of another kind, which covers only its equals. */
  readonly length: number;
  readonly negated: boolean;
}

function shapesOf(rules: readonly ComparedRule[]): Shape[] {
  const shapes = new Map<number, Shape>();
  for (const compared of rules) {
    const { present } = compared.criteria;
    const { source, destination } = compared.rule;
    const key =
      (present * HOST_SHAPES + hostNumber(source)) * HOST_SHAPES + hostNumber(destination);
    const known = shapes.get(key);
    if (known === undefined) shapes.set(key, shapeOf(compared));
    else known.rules.push(compared);
  }
  return [...shapes.values()];
}

/** More than there are prefix lengths, and that twice. */
const HOST_SHAPES = 512;

function hostNumber({ address, negated }: PfEndpoint): number {
  return 2 * (lengthOf(address) + 1) + (negated ? 1 : 0);
}

function shapeOf(compared: ComparedRule): Shape {
  const { present } = compared.criteria;
  const { source, destination } = compared.rule;
  const from = { length: lengthOf(source.address), negated: source.negated };
  const to = { length: lengthOf(destination.address), negated: destination.negated };
  let rank = hostRank(from) + hostRank(to);
  for (let bits = present; bits !== 0; bits &= bits - 1) rank++;
  return { present, source: from, destination: to, rank, rules: [compared], left: new Map() };
}

function lengthOf(address: PfAddress): number {
  if (!isPlain(address)) return -1;
  return address.kind === "prefix" ? address.prefix.length : 0;
}

function hostRank({ length }: HostShape): number {
  return length < 0 ? 1 : length;
}

/** Whether rules of `wide` may cover rules of `special` (follows exclude_supersets). */
function isWider(wide: Shape, special: Shape): boolean {
  if ((wide.present & ~special.present) !== 0) return false;
  const families = (wide.present & FAMILY) === (special.present & FAMILY);
  return (
    hostIsWider(wide.source, special.source, families) &&
    hostIsWider(wide.destination, special.destination, families)
  );
}

/** Only an address that is not negated holds other kinds, or networks of another family. */
function hostIsWider(wide: HostShape, special: HostShape, sameFamily: boolean): boolean {
  if (wide.negated !== special.negated) return false;
  if (wide.length === special.length) return true;
  if (wide.length === 0 && !wide.negated) return true;
  return sameFamily && wide.length >= 0 && wide.length < special.length;
}

/** Equal to that of a rule of `shape` iff that rule covers this one. */
function cutKey(compared: ComparedRule, shape: Shape, table: CriteriaTable): string {
  const { rule, criteria, source, destination } = compared;
  const from = cutAddress(rule.source.address, source, shape.source.length);
  const to = cutAddress(rule.destination.address, destination, shape.destination.length);
  return `${table.cutId(criteria, shape.present)} ${from}\0${to}`;
}

/** The key of the network of `length` that holds `address`, whose own key is `key`. */
function cutAddress(address: PfAddress, key: string, length: number): string {
  if (length < 0) return key;
  if (length === 0 || address.kind !== "prefix") return "0";
  if (address.prefix.length === length) return key;
  const { family, value } = address.prefix;
  const host = BigInt(addressBits(family) - length);
  return `${family}${(value >> host) << host}/${length}`;
}
