import { TCP } from "../../model/packet.ts";
import type { Machine } from "./machine.ts";
import { SyncookieKeys } from "./syncookie.ts";

const SYN_SENT = 2;

/**
 * Whether SYNs are answered with cookies (`set syncookies`; follows pf_synflood_check and
 * pf_syncookie_rotate, OpenBSD 7.8).
 */
export class SynFlood {
  readonly keys: SyncookieKeys;
  readonly #machine: Machine;
  #active = false;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.keys = new SyncookieKeys(machine.random, machine.now);
  }

  /** Adaptive mode begins with more half-open states than its start. */
  isOn(): boolean {
    const { syncookies, states } = this.#machine;
    if (syncookies.mode !== "adaptive") return syncookies.mode === "always";
    if (!this.#active && this.#halfOpen() > (states.limit * syncookies.start) / 100) {
      this.#active = true;
    }
    return this.#active;
  }

  /** Each second; adaptive mode ends below its end, when the secret changes. */
  tick(): void {
    const { syncookies, states, now } = this.#machine;
    if (!this.keys.rotate(now) || !this.#active) return;
    if (this.#halfOpen() < (states.limit * syncookies.end) / 100) this.#active = false;
  }

  #halfOpen(): number {
    let count = 0;
    for (const state of this.#machine.states.all()) {
      if (state.wire.protocol === TCP && state.source.level === SYN_SENT) count++;
    }
    return count;
  }
}
