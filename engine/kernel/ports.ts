import type { IdTest, PfPort } from "../../model/pf-rule.ts";

/** Follows pf_match_port, OpenBSD 7.8; no test matches every port. */
export function matchesPort(port: PfPort | undefined, value: number): boolean {
  return port === undefined || holds(port.operator, port.first, port.last, value);
}

/**
 * Whether a user or group meets a test; undefined, no socket, is `unknown` and meets only `=` and
 * `!=` (section 10; follows pf_match_uid, OpenBSD 7.8).
 */
export function matchesId({ operator, first, last }: IdTest, id: number | undefined): boolean {
  if (id === undefined && operator !== "=" && operator !== "!=") return false;
  return holds(operator, first, last, id ?? UNKNOWN);
}

const UNKNOWN = -1;

function holds(operator: PfPort["operator"], first: number, last: number, value: number): boolean {
  switch (operator) {
    case "=":
      return value === first;
    case "!=":
      return value !== first;
    case "<":
      return value < first;
    case "<=":
      return value <= first;
    case ">":
      return value > first;
    case ">=":
      return value >= first;
    case "range":
      return value >= first && value <= last;
    case "><":
      return value > first && value < last;
    case "<>":
      return value < first || value > last;
  }
}
