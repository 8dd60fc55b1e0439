import type { Rule } from "../../model/rule.ts";
import type { State } from "./state.ts";
import type { StateKey } from "./state-key.ts";

export type { State } from "./state.ts";

/**
 * The states of one host, and what else its pf remembers between packets.
 *
 * Not modelled: TCP sequence numbers and the closing of connections, timeouts, limits, source
 * nodes. So a state never ends and never refuses a packet of its key; a SYN on an existing state
 * hits it. What is reached that way stays reachable in pf by a sender who keeps to the numbers.
 */
export class StateTable {
  /** Per key the states that have it on either side: if-bound ones first, newest first; then floating, oldest first. */
  readonly #byKey = new Map<string, State[]>();
  readonly #expired = new Map<Rule, "yes" | "maybe">();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * Finds the state that a packet with `key` belongs to at an interface (pf-semantics.md 7).
   *
   * Wire keys admit packets going in, stack keys packets going out; a state bound to the interface
   * goes before a floating one.
   */
  find(key: StateKey, direction: "in" | "out", interfaceName: string): State | undefined {
    return this.#byKey.get(key.text)?.find((state) => {
      if (state.boundTo !== undefined && state.boundTo !== interfaceName) return false;
      return keyFor(state, direction).text === key.text;
    });
  }

  /** Whether some state, wherever bound, admits packets with `key` in `direction`: nat-to must not take it. */
  admits(key: StateKey, direction: "in" | "out"): boolean {
    const states = this.#byKey.get(key.text) ?? [];
    return states.some((state) => keyFor(state, direction).text === key.text);
  }

  /** Whether a key is there already for the same interface and direction (pf-semantics.md 16). */
  collides(state: State): boolean {
    return [state.wire, state.stack].some((key) =>
      this.#byKey
        .get(key.text)
        ?.some((other) => other.boundTo === state.boundTo && other.direction === state.direction),
    );
  }

  add(state: State): void {
    for (const text of new Set([state.wire.text, state.stack.text])) {
      const states = this.#byKey.get(text) ?? [];
      this.#byKey.set(text, states);
      if (state.boundTo === undefined) states.push(state);
      else states.unshift(state);
    }
    this.#size++;
  }

  /** Removes all states (`pfctl -F states`); rules that have expired stay expired. */
  flush(): void {
    this.#byKey.clear();
    this.#size = 0;
  }

  /** Whether a `once` rule has had its match. */
  hasExpired(rule: Rule): "yes" | "maybe" | "no" {
    return this.#expired.get(rule) ?? "no";
  }

  expire(rule: Rule, how: "yes" | "maybe"): void {
    if (this.#expired.get(rule) !== "yes") this.#expired.set(rule, how);
  }
}

function keyFor(state: State, direction: "in" | "out"): StateKey {
  return direction === "in" ? state.wire : state.stack;
}
