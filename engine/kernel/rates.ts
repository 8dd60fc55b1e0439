/**
 * A leaky counter of events (follows pf_add_threshold, OpenBSD 7.8): 32-bit integers, in
 * thousandths, that wrap around.
 */
export class RateCounter {
  readonly #limit: number;
  readonly #seconds: number;
  #value = 0;
  #last: number;

  /** @param now - seconds of uptime */
  constructor(limit: number, seconds: number, now: number) {
    this.#limit = Math.imul(limit, 1000) >>> 0;
    this.#seconds = seconds;
    this.#last = now;
  }

  /** Counts one event; true if there are now more than allowed. */
  isOverWith(now: number): boolean {
    const elapsed = now - this.#last;
    if (elapsed >= this.#seconds) this.#value = 0;
    else this.#value -= Math.floor((Math.imul(this.#value, elapsed) >>> 0) / this.#seconds);
    this.#last = now;
    this.#value = (this.#value + 1000) >>> 0;
    return this.#value > this.#limit;
  }
}
