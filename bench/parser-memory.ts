import { memoryUsage, resourceUsage } from "node:process";
import { bigTable, plainSubject } from "./parser-data.ts";

/** Bytes of one reading. */
export interface Memory {
  /** Still there after a collection: heap and typed arrays. */
  readonly kept: number;
  /** How far the largest resident size of the process rose. */
  readonly peak: number;
}

/**
 * Measures one reading; of use only in a process of its own that runs with `--expose-gc`: the peak
 * of a process never falls.
 *
 * @param folder - of the big table; absent: 100,000 plain rules
 */
export function memoryOfReading(folder: string | undefined): Memory {
  plainSubject(1000).read();
  const subject = folder === undefined ? plainSubject(100_000) : bigTable(folder);
  const collect = globalThis.gc ?? (() => undefined);
  collect();
  const [before, peakBefore] = [inUse(), resourceUsage().maxRSS];
  const reading = subject.read();
  const peak = (resourceUsage().maxRSS - peakBefore) * 1024;
  collect();
  const kept = inUse() - before;
  if (!reading.accepted) throw new RangeError("the text must be accepted");
  return { kept, peak };
}

function inUse(): number {
  const { heapUsed, arrayBuffers } = memoryUsage();
  return heapUsed + arrayBuffers;
}
