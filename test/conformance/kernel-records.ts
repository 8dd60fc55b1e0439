import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Expectation } from "./kernel-differences.ts";
import type { KernelStep } from "./kernel-packets.ts";
import type { KernelEnv } from "./kernel-surroundings.ts";
import { setsIn } from "./recorded-files.ts";
import { sampled } from "./sampled.ts";

/** One line of the recorded sets: a ruleset and what OpenBSD's pf did with packets (data/kernel/README.md). */
export interface KernelRecord {
  readonly id: string;
  readonly env: KernelEnv;
  readonly conf: string;
  readonly anchors?: readonly (readonly [path: string, text: string])[];
  readonly files?: Readonly<Record<string, string>>;
  readonly pk: readonly KernelStep[];
  readonly ex: readonly (Expectation | null)[];
}

export interface RecordOptions {
  /** Records drawn per set, with `seed`; all without it. */
  readonly sample?: number;
  readonly seed?: number;
  /** Sets; all that are there if absent. */
  readonly files?: readonly string[];
  /** Part of the identifier of records. */
  readonly only?: string;
}

/** A record and the set that it belongs to. */
export interface RecordOfSet {
  readonly set: string;
  readonly record: KernelRecord;
  /** The state table is emptied before every packet that is no forwarded leg. */
  readonly emptied: boolean;
}

const EMPTIED = /^(stateless|anchors)/;

/**
 * The records of the sets in a directory, in their order.
 *
 * @param data - directory of the recorded sets; those that are not there are skipped
 */
export function* recordsOf(data: string, options: RecordOptions): Iterable<RecordOfSet> {
  const { files = setsIn(data), sample, seed = 1, only = "" } = options;
  for (const set of files) {
    const file = join(data, `${set}.jsonl.gz`);
    if (!existsSync(file)) continue;
    const lines = gunzipSync(readFileSync(file)).toString("utf8").split("\n");
    const records = lines.filter((line) => line !== "");
    for (const line of sampled(records, sample, seed)) {
      const record: KernelRecord = JSON.parse(line);
      if (record.id.includes(only)) yield { set, record, emptied: EMPTIED.test(set) };
    }
  }
}
