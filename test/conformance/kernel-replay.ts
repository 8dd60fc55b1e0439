import { join } from "node:path";
import type { RuleIndex } from "../../engine/kernel/walk.ts";
import { replayCases } from "./kernel-cases.ts";
import { type RecordOfSet, type RecordOptions, recordsOf } from "./kernel-records.ts";
import { KernelRun } from "./kernel-run.ts";
import { Tally } from "./tally.ts";

export interface ReplayOptions extends RecordOptions {
  /** Also the named cases; {@link only} is part of their title. */
  readonly cases?: boolean;
  /** Makes the index that each kernel visits rules by; absent: rule by rule. */
  readonly index?: () => RuleIndex;
}

/** Packets (a named case counts as one) whose every field agrees, and those that do not. */
export interface ReplayResult {
  readonly passed: number;
  readonly failed: number;
  /** `set/record/packet: field expected, here got; …`, a line each. */
  readonly disagreements: readonly string[];
}

/**
 * Replays recorded packets through the kernel and holds every field against OpenBSD's own pf.
 *
 * @param data - directory of the recorded sets; those that are not there are skipped
 */
export function replayKernel(data: string, options: ReplayOptions = {}): ReplayResult {
  const tally = new Tally();
  const { seed = 1, only = "" } = options;
  for (const it of recordsOf(data, options)) replayRecord(it, seed, tally, options.index?.());
  if (options.cases === true)
    replayCases(join(data, "cases"), { seed, only, index: options.index }, tally);
  return tally;
}

/** An exception of the kernel, a disagreement like others, ends the replay of the record. */
function replayRecord(
  { set, record, emptied }: RecordOfSet,
  seed: number,
  tally: Tally,
  index: RuleIndex | undefined,
): void {
  let at = 0;
  try {
    const run = new KernelRun(record, emptied, seed, index);
    for (const [index, step] of record.pk.entries()) {
      at = index;
      const wrong = run.step(index, step);
      if (wrong !== undefined) tally.count(`${set}/${record.id}/${index}`, wrong);
    }
  } catch (error) {
    tally.count(`${set}/${record.id}/${at}`, [`exception: ${toldOf(error)}`]);
  }
}

export function toldOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
