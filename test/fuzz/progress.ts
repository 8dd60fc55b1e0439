import { stderr } from "node:process";

const EVERY_MS = 500;

/** A line on a terminal that says how far a run is; nothing elsewhere. */
export class Progress {
  readonly #start: number = performance.now();
  #told = 0;

  /** Tells it if it is time to. */
  tell(line: () => string): void {
    if (!stderr.isTTY) return;
    const now = performance.now();
    if (now - this.#told < EVERY_MS) return;
    this.#told = now;
    stderr.write(`\r\x1b[K${line()}`);
  }

  /** Takes the line back; gives the seconds since the beginning. */
  end(): number {
    if (stderr.isTTY) stderr.write("\r\x1b[K");
    return (performance.now() - this.#start) / 1000;
  }
}
