import { parsePrefix } from "../../model/address-text.ts";
import type { PfAddress, PfEndpoint, PfRule } from "../../model/pf-rule.ts";
import { ruleThat } from "../../parser/pf/plain-rule.ts";

/** `pass` with the fields of `change`; without any, it prints `pass all no state`. */
export function rule(change: Partial<PfRule> = {}): PfRule {
  return { ...PASS, ...change };
}

/** `10.0.0.0/8`, `<name>`, `any`; without port. */
export function end(text: string): PfEndpoint {
  return { address: addressOf(text), negated: false, port: undefined };
}

function addressOf(text: string): PfAddress {
  if (text === "any") return { kind: "any" };
  if (text.startsWith("<")) return { kind: "table", name: text.slice(1, -1) };
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(text);
  return { kind: "prefix", prefix };
}

/** A rule that tests nothing. */
export const PASS: PfRule = ruleThat({
  action: "pass",
  origin: { span: { file: "pf.conf", line: 1, column: 1, length: 1 }, macros: [], includes: [] },
});
