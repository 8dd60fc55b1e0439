import { memoryUsage } from "node:process";
import { IN, packetOfFlow, statefulHost } from "./kernel-data.ts";

/**
 * Bytes per state, heap and typed arrays after a collection; of use only in a process of its own
 * that runs with `--expose-gc`.
 *
 * @param count - states that one kernel makes by its rules
 * @param before - rules in front of the one that makes them
 */
export function memoryPerState(count: number, before: string): number {
  statefulHost().kernel.test(packetOfFlow(0, false), IN);
  const collect = globalThis.gc ?? (() => undefined);
  const { kernel } = statefulHost(before);
  collect();
  const start = inUse();
  for (let index = 0; index < count; index++) kernel.test(packetOfFlow(index, false), IN);
  collect();
  const kept = inUse() - start;
  if (kernel.states.count !== count) throw new RangeError("every flow must have its state");
  return kept / count;
}

function inUse(): number {
  const { heapUsed, arrayBuffers } = memoryUsage();
  return heapUsed + arrayBuffers;
}
