/**
 * Words that both threads see while the engine works: the main thread writes `cancel`, the engine
 * writes the others.
 */
export const WORDS = { cancel: 0, done: 1, total: 2 } as const;

export function newWords(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * Object.keys(WORDS).length));
}

/** A count that fits a word. */
export function clamped(count: number): number {
  return Math.min(Math.max(0, Math.trunc(count)), 0x7fffffff);
}
