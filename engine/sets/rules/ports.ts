import type { PfPort } from "../../../model/pf-rule.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";

const LAST = 65_535;

/** Ports that meet a test: `first … last`, or all others. `first > last`: none, or all. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly outside: boolean;
}

/** Follows pf_match_port, OpenBSD 7.8. Outside only where one range does not say it. */
export function portRange({ operator, first, last }: PfPort): PortRange {
  switch (operator) {
    case "=":
      return inside(first, first);
    case "!=":
      return outside(first, first);
    case "<":
      return inside(0, first - 1);
    case "<=":
      return inside(0, first);
    case ">":
      return inside(first + 1, LAST);
    case ">=":
      return inside(first, LAST);
    case "range":
      return inside(first, last);
    case "><":
      return inside(first + 1, last - 1);
    case "<>":
      return outside(first, last);
  }
}

function inside(first: number, last: number): PortRange {
  return { first: Math.max(first, 0), last: Math.min(last, LAST), outside: false };
}

/** Less than `first` or more than `last`. */
function outside(first: number, last: number): PortRange {
  if (first > last) return inside(0, LAST);
  if (first <= 0) return inside(last + 1, LAST);
  return last >= LAST ? inside(0, first - 1) : { first, last, outside: true };
}

export function portSet(
  sets: PacketSets,
  field: "sourcePort" | "destinationPort",
  { first, last, outside: isOutside }: PortRange,
): PacketSet {
  const range = first > last ? sets.empty : sets.range(field, BigInt(first), BigInt(last));
  return isOutside ? sets.not(range) : range;
}
