import { type Family, ICMP, ICMP6, TCP } from "../../../model/packet.ts";
import type { PfRule } from "../../../model/pf-rule.ts";
import type { Cubes } from "../cubes.ts";
import { DIGITS, digitsOf } from "../digits.ts";
import type { Field } from "../packet-sets.ts";
import { ValueSet } from "../value-set.ts";
import { FAMILY_VALUES } from "./address-box.ts";
import { REPLIES } from "./icmp-types.ts";

const MESSAGES: readonly (readonly [Family, protocol: number])[] = [
  ["inet", ICMP],
  ["inet6", ICMP6],
];

/** One of the boxes that a rule's box is parted into; what is absent stays as it was. */
interface Variant {
  readonly family?: Family;
  /** Only these protocols. */
  readonly protocols?: ValueSet | undefined;
  readonly fragments?: "whole" | "fragments";
  readonly flags?: ValueSet | undefined;
  readonly types?: ValueSet | undefined;
}

/**
 * Parts the box of a rule by what pf asks of TCP flags, and of ICMP replies where the rule keeps
 * state (sections 10, 22; follows pf_match_rule, OpenBSD 7.8).
 *
 * @param keeps - packets that are ICMP replies do not match
 * @returns how many boxes it has become, from `box` on; `box` is the last that `cubes` has
 */
export function partBox(cubes: Cubes, box: number, rule: PfRule, keeps: boolean): number {
  const made = variantsOf(cubes, box, rule, keeps).filter((it) => isPossible(cubes, box, it));
  for (let copy = 1; copy < made.length; copy++) cubes.copy(cubes, box, 0);
  for (const [at, variant] of made.entries()) narrow(cubes, box + at, variant);
  return made.length;
}

/** Whether the rule asks TCP for flags. */
export function testsFlags({ protocol, flags, flagMask }: PfRule): boolean {
  return (flags !== 0 || flagMask !== 0) && (protocol === 0 || protocol === TCP);
}

/** By flags, their mask, whether they are tested, what is kept, and family. */
const known: Map<number, readonly Variant[]> = new Map();

function variantsOf(cubes: Cubes, box: number, rule: PfRule, keeps: boolean): readonly Variant[] {
  const { flags, flagMask } = rule;
  const [first, last] = rangeOf(cubes, box, "family");
  const tested = testsFlags(rule) ? 1 : 0;
  const key = (flags << 12) | (flagMask << 4) | (first << 3) | (last << 2) | (tested << 1);
  let variants = known.get(key | (keeps ? 1 : 0));
  if (variants === undefined) {
    const families = MESSAGES.filter(([family]) => {
      return FAMILY_VALUES[family] >= first && FAMILY_VALUES[family] <= last;
    });
    variants = makeVariants(rule, keeps ? families : []);
    known.set(key | (keeps ? 1 : 0), variants);
  }
  return variants;
}

/** @param replying - families whose ICMP replies do not match */
function makeVariants(rule: PfRule, replying: typeof MESSAGES): readonly Variant[] {
  const isFlagged = testsFlags(rule);
  const variants: Variant[] = isFlagged ? [tcpOf(rule)] : [];
  const asked = new Set<number>(isFlagged ? [TCP] : []);
  for (const [family, protocol] of replying) {
    variants.push(...messagesOf(family, protocol));
    asked.add(protocol);
    // messages of the other family's ICMP are no replies
    for (const [, other] of replying) {
      if (other !== protocol) variants.push({ family, protocols: only(other) });
    }
  }
  variants.push({ protocols: ValueSet.where((it) => !asked.has(it)) });
  return variants;
}

function tcpOf({ flags, flagMask }: PfRule): Variant {
  const protocols = only(TCP);
  // without a mask no flags are met, and fragments are not asked
  if (flagMask === 0) return { protocols, fragments: "fragments" };
  const met = ValueSet.where((it) => (it & flagMask) === flags);
  return met === undefined
    ? { protocols: undefined }
    : { protocols, fragments: "whole", flags: met };
}

function messagesOf(family: Family, protocol: number): readonly Variant[] {
  const protocols = only(protocol);
  const types = ValueSet.where((it) => !REPLIES[family].has(it));
  return [
    { family, protocols, fragments: "whole", types },
    { family, protocols, fragments: "fragments" },
  ];
}

function only(protocol: number): ValueSet | undefined {
  return ValueSet.where((it) => it === protocol);
}

/** Whether the box has packets of a variant. */
function isPossible(cubes: Cubes, box: number, variant: Variant): boolean {
  if ("protocols" in variant && !meets(cubes, box, "protocol", variant.protocols)) return false;
  if (variant.family !== undefined) {
    const [first, last] = rangeOf(cubes, box, "family");
    const value = FAMILY_VALUES[variant.family];
    if (value < first || value > last) return false;
  }
  const [low, high] = rangeOf(cubes, box, "fragment");
  if (variant.fragments === "whole" && low > 0) return false;
  if (variant.fragments === "fragments" && high === 0) return false;
  return variant.types === undefined || meets(cubes, box, "destinationPort", variant.types);
}

/** Whether the range of a field's first digit has one of the values. */
function meets(cubes: Cubes, box: number, field: Field, values: ValueSet | undefined): boolean {
  if (values === undefined) return false;
  const [low, high] = rangeOf(cubes, box, field);
  return values.has[low] === 1 || (values.runEnd[low] ?? 255) < high;
}

function rangeOf(cubes: Cubes, box: number, field: Field): readonly [low: number, high: number] {
  const at = box * DIGITS + digitsOf(field).first;
  return [cubes.lows[at] ?? 0, cubes.highs[at] ?? 255];
}

function narrow(cubes: Cubes, box: number, variant: Variant): void {
  const { family, protocols, fragments, flags, types } = variant;
  if (family !== undefined) {
    cubes.narrow(box, "family", FAMILY_VALUES[family], FAMILY_VALUES[family]);
  }
  if (isWide(cubes, box, "protocol") && protocols !== undefined) {
    cubes.among(box, "protocol", protocols);
  }
  if (fragments === "whole") cubes.narrow(box, "fragment", 0, 0);
  if (fragments === "fragments") cubes.narrow(box, "fragment", 1, 3);
  if (flags !== undefined) cubes.among(box, "flags", flags);
  // a rule for one type that has this variant asks for a type that is no reply
  if (types !== undefined && isWide(cubes, box, "destinationPort")) {
    cubes.among(box, "destinationPort", types);
  }
}

function isWide(cubes: Cubes, box: number, field: Field): boolean {
  const [low, high] = rangeOf(cubes, box, field);
  return low < high;
}
