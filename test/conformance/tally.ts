/** Counts packets; what is wrong with one is a line of {@link disagreements}. */
export class Tally {
  passed = 0;
  failed = 0;
  /** Packets that were not compared. */
  skipped = 0;
  /** Of the skipped ones, how many for which reason. */
  readonly reasons: Map<string, number> = new Map();
  readonly disagreements: string[] = [];

  count(place: string, wrong: readonly string[]): void {
    if (wrong.length === 0) this.passed++;
    else {
      this.failed++;
      this.disagreements.push(`${place}: ${wrong.join("; ")}`);
    }
  }

  skip(reason: string, packets = 1): void {
    if (packets === 0) return;
    this.skipped += packets;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + packets);
  }
}
