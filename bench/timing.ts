/** Of one run. */
export function seconds(run: () => unknown): number {
  globalThis.gc?.();
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

/** Medians in seconds of so many rounds, all contenders in each; the first only warms up. */
export function interleaved(all: readonly (() => unknown)[], rounds: number): readonly number[] {
  const times = all.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, run] of all.entries()) {
      const time = seconds(run);
      if (round > 0) times[index]!.push(time);
    }
  }
  return times.map(median);
}

/** The upper one of an even number. */
export function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1]!;
}

/** Log-log, of something `times` as large. */
export function slope(one: number, other: number, times: number): number {
  return Math.log(other / one) / Math.log(times);
}
