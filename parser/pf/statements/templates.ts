import type { PfEndpoint, PfRule } from "../../../model/pf-rule.ts";
import { LikeRule } from "../expansion/like-rule.ts";
import type { EndSlots, Slots } from "../grammar/slots.ts";
import type { Tokens } from "../lexical/tokens.ts";
import { quadAddress } from "./host-handlers.ts";
import type { Reading } from "./reading.ts";

const MOST_TEMPLATES = 10_000;
const LONGEST_INTERFACE = 15;

/**
 * Rules that statements of the same words have made before.
 *
 * A plain rule differs from one above it in an interface, addresses and ports only. What the
 * actions have made of the first is taken for the second, the new values in their places: nothing
 * that pfctl checks in such a rule depends on them. Statements with lists, macros, pools or quoted
 * words go through the actions each time.
 */
export class Templates {
  /** By the number of their shape. */
  readonly #rules: (Map<string, PfRule> | undefined)[] = [];
  #count = 0;

  /** Forgets everything: options change what statements mean. */
  clear(): void {
    this.#rules.length = 0;
    this.#count = 0;
  }

  /** Adds the rule that the statement at hand makes, if one like it was met before. */
  take(reading: Reading, slots: Slots): boolean {
    const { tokens } = reading;
    if (!tokens.isPlain) return false;
    const before = this.#rules[slots.id]?.get(keyOf(tokens, slots));
    const rule = before === undefined ? undefined : filled(reading, slots, before);
    if (rule === undefined) return false;
    reading.countCombination();
    reading.addRule(rule);
    return true;
  }

  /** Remembers the rule that the statement at hand has made without a word. */
  keep(reading: Reading, slots: Slots, rule: PfRule): void {
    const { tokens } = reading;
    if (!tokens.isPlain || filled(reading, slots, rule) === undefined) return;
    if (this.#count++ >= MOST_TEMPLATES) this.clear();
    const known = this.#rules[slots.id] ?? new Map<string, PfRule>();
    known.set(keyOf(tokens, slots), rule);
    this.#rules[slots.id] = known;
  }
}

/** `rule` with the values of the statement at hand; undefined if they are not plain ones. */
function filled(reading: Reading, slots: Slots, rule: PfRule): PfRule | undefined {
  const { tokens } = reading;
  const source = endpoint(tokens, slots.source, rule.source);
  if (source === undefined) return undefined;
  const destination = endpoint(tokens, slots.destination, rule.destination);
  if (destination === undefined) return undefined;
  const name = slots.interface < 0 ? rule.interface : tokens.text(slots.interface);
  if (name.length > LONGEST_INTERFACE) return undefined;
  return new LikeRule(rule, name, source, destination, reading.origin);
}

function endpoint(tokens: Tokens, slots: EndSlots, before: PfEndpoint): PfEndpoint | undefined {
  let { address, port } = before;
  if (slots.address >= 0) {
    const quad = tokens.quad(slots.address);
    const length = slots.mask < 0 ? 32 : tokens.small(slots.mask);
    if (quad < 0 || length < 0 || length > 32) return undefined;
    address = quadAddress(quad, length);
  }
  if (slots.port >= 0) {
    const first = tokens.small(slots.port);
    if (first < 0 || first > 65535 || port === undefined) return undefined;
    port = { operator: port.operator, first, last: port.last };
  }
  if (address === before.address && port === before.port) return before;
  return { address, negated: before.negated, port };
}

function keyOf(tokens: Tokens, { keys }: Slots): string {
  const [only] = keys;
  if (only === undefined) return "";
  return keys.length === 1 ? tokens.text(only) : keys.map((at) => tokens.text(at)).join("\n");
}
