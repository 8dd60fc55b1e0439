import { TCP } from "../../model/packet.ts";
import type { Machine } from "./machine.ts";
import { SyncookieKeys } from "./syncookie.ts";

const SYN_SENT = 2;

type Mode = Machine["syncookies"]["mode"];

/**
 * Whether SYNs are answered with cookies (`set syncookies`; follows pf_synflood_check and
 * pf_syncookie_rotate, OpenBSD 7.8).
 */
export class SynFlood {
  readonly keys: SyncookieKeys;
  readonly #machine: Machine;
  #mode: Mode = "never";
  #active = false;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.keys = new SyncookieKeys(machine.random);
  }

  /** Options were loaded; a mode that stays does nothing. */
  setMode(mode: Mode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    if (mode === "always") this.#begin();
  }

  #begin(): void {
    this.#active = true;
    this.keys.renew(this.#machine.now);
  }

  /** Adaptive mode begins with more half-open states than its start. */
  isOn(): boolean {
    const { syncookies, states } = this.#machine;
    if (this.#mode !== "adaptive") return this.#mode === "always";
    if (!this.#active && this.#halfOpen() > part(states.limit, syncookies.start)) this.#begin();
    return this.#active;
  }

  /**
   * Each second. When the secret is due, adaptive mode ends with fewer half-open states, cookies that
   * are out included, than its end.
   */
  tick(): void {
    const { syncookies, states, now } = this.#machine;
    if (!this.keys.isDue(now)) return;
    const { inFlight } = this.keys;
    const isQuiet = (): boolean => this.#halfOpen() + inFlight < part(states.limit, syncookies.end);
    if (this.#mode === "never" || (this.#mode === "adaptive" && isQuiet())) this.#active = false;
    if (this.#active || inFlight > 0) this.keys.renew(now);
    else this.keys.stop();
  }

  #halfOpen(): number {
    let count = 0;
    for (const state of this.#machine.states.all()) {
      if (state.wire.protocol === TCP && state.source.level === SYN_SENT) count++;
    }
    return count;
  }
}

/** Percent of the limit of states, as pfctl counts them out. */
function part(limit: number, percent: number): number {
  return Math.floor((limit * percent) / 100);
}
