/**
 * A leaky counter of events (follows pf_add_threshold, OpenBSD 7.8): integers, in thousandths.
 */
export class RateCounter {
  readonly #limit: number;
  readonly #seconds: number;
  #value = 0;
  #last: number;

  /** @param now - seconds of uptime */
  constructor(limit: number, seconds: number, now: number) {
    this.#limit = limit * 1000;
    this.#seconds = seconds;
    this.#last = now;
  }

  /** Counts one event; true if there are now more than allowed. */
  isOverWith(now: number): boolean {
    const elapsed = now - this.#last;
    if (elapsed >= this.#seconds) this.#value = 0;
    else this.#value -= Math.floor((this.#value * elapsed) / this.#seconds);
    this.#last = now;
    this.#value += 1000;
    return this.#value > this.#limit;
  }
}
