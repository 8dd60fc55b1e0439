import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Random } from "../../engine/claims/random.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Outcome } from "../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { Environment } from "../../model/environment.ts";
import { environmentOf } from "../support/environment.ts";
import { replayCases } from "./kernel-cases.ts";
import { differences, type Expectation, type RecordedHeader } from "./kernel-differences.ts";
import { answering, type KernelStep, packetOf, wholeStep } from "./kernel-packets.ts";
import {
  acceptedRules,
  type KernelEnv,
  rdomainOf,
  readRules,
  surroundingsOf,
} from "./kernel-surroundings.ts";
import { setsIn } from "./recorded-files.ts";

/** One line of the recorded sets: a ruleset and what OpenBSD's pf did with packets (data/kernel/README.md). */
interface KernelRecord {
  readonly id: string;
  readonly env: KernelEnv;
  readonly conf: string;
  readonly anchors?: readonly (readonly [path: string, text: string])[];
  readonly files?: Readonly<Record<string, string>>;
  readonly pk: readonly KernelStep[];
  readonly ex: readonly (Expectation | null)[];
}

export interface ReplayOptions {
  /** Records drawn per set, with `seed`; all without it. */
  readonly sample?: number;
  readonly seed?: number;
  /** Sets; all that are there if absent. */
  readonly files?: readonly string[];
  /** Also the named cases. */
  readonly cases?: boolean;
  /** Part of the identifier of records and of the title of cases. */
  readonly only?: string;
}

/** Packets (a named case counts as one) whose every field agrees, and those that do not. */
export interface ReplayResult {
  readonly passed: number;
  readonly failed: number;
  /** `set/record/packet: field expected, here got; …`, a line each. */
  readonly disagreements: readonly string[];
}

/** Sets whose state table is emptied before every packet that is no forwarded leg. */
const EMPTIED = /^(stateless|anchors)/;

/**
 * Replays recorded packets through the kernel and holds every field against OpenBSD's own pf.
 *
 * @param data - directory of the recorded sets; those that are not there are skipped
 */
export function replayKernel(data: string, options: ReplayOptions = {}): ReplayResult {
  const tally = new Tally();
  const { seed = 1, only = "" } = options;
  for (const set of options.files ?? setsIn(data)) {
    const file = join(data, `${set}.jsonl.gz`);
    if (!existsSync(file)) continue;
    const lines = gunzipSync(readFileSync(file)).toString("utf8").split("\n");
    const records = lines.filter((line) => line !== "");
    for (const line of sampled(records, options.sample, seed)) {
      const record: KernelRecord = JSON.parse(line);
      if (record.id.includes(only)) replayRecord(set, record, seed, tally);
    }
  }
  if (options.cases === true) replayCases(join(data, "cases"), { seed, only }, tally);
  return tally;
}

/** Counts; a text is a disagreement. */
class Tally implements ReplayResult {
  passed = 0;
  failed = 0;
  readonly disagreements: string[] = [];

  count(place: string, wrong: readonly string[]): void {
    if (wrong.length === 0) this.passed++;
    else {
      this.failed++;
      this.disagreements.push(`${place}: ${wrong.join("; ")}`);
    }
  }
}

/** An exception of the kernel, a disagreement like others, ends the replay of the record. */
function replayRecord(set: string, record: KernelRecord, seed: number, tally: Tally): void {
  let at = 0;
  try {
    const replay = new Replay(record, EMPTIED.test(set), seed);
    for (const [index, step] of record.pk.entries()) {
      at = index;
      const wrong = replay.step(index, step);
      if (wrong !== undefined) tally.count(`${set}/${record.id}/${index}`, wrong);
    }
  } catch (error) {
    tally.count(`${set}/${record.id}/${at}`, [`exception: ${toldOf(error)}`]);
  }
}

function toldOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A packet that was put to the kernel: later steps forward it or answer it. */
interface Put {
  readonly before: KernelPacket;
  readonly outcome: Outcome;
}

class Replay {
  readonly #record: KernelRecord;
  readonly #emptied: boolean;
  readonly #environment: Environment;
  readonly #kernel: Kernel;
  readonly #puts = new Map<number, Put>();
  /** The last packet that was put. */
  #last: Put | undefined;

  constructor(record: KernelRecord, emptied: boolean, seed: number) {
    this.#record = record;
    this.#emptied = emptied;
    this.#environment = environmentOf(record.env);
    const random = new Random(seed);
    this.#kernel = new Kernel(surroundingsOf(record.env), (below) => random.below(below));
    const { conf, anchors = [], files = {} } = record;
    this.#kernel.load(acceptedRules(conf, this.#environment, files, ""));
    for (const [path, text] of anchors) {
      this.#kernel.loadAnchor(acceptedRules(text, this.#environment, files, path));
    }
  }

  /** What is wrong with the step; undefined: it is no packet and went as recorded. */
  step(index: number, step: KernelStep): readonly string[] | undefined {
    if (step.op !== undefined) return this.#operate(step);
    const expected = this.#record.ex[index];
    if (expected === undefined || expected === null) return ["no expectation"];
    if (step.f === undefined) return this.#packet(index, step, expected);
    return this.#leg(index, step.f, expected);
  }

  #packet(index: number, step: KernelStep, expected: Expectation): readonly string[] {
    if (this.#emptied) this.#kernel.forgetStates();
    const own = this.#answered(step);
    const rdomain = rdomainOf(this.#record.env, own.i);
    const outcome = this.#kernel.test(packetOf(own, rdomain), {
      direction: own.d === "in" ? "in" : "out",
      interface: own.i ?? "",
      forwarded: own.d === "fwd",
    });
    const before = packetOf(wholeStep(own), rdomain);
    this.#remember(index, { before, outcome });
    const isFragment = own.off !== undefined || own.mf !== undefined;
    return differences(expected, before, outcome, { isLeg: false, isFragment, wasDiverted: false });
  }

  /** The packet that was let in last goes out as a forwarded one. */
  #leg(index: number, name: string, expected: Expectation): readonly string[] {
    const last = this.#last;
    if (last === undefined || last.outcome.verdict !== "pass") {
      return expected.v === "none" ? [] : [`verdict ${expected.v}, here none`];
    }
    const { packet } = last.outcome;
    const before = {
      ...packet,
      ttl: (packet.ttl + 255) % 256,
      receivedOn: last.before.receivedOn,
    };
    const outcome = this.#kernel.test(before, {
      direction: "out",
      interface: name,
      forwarded: true,
    });
    this.#remember(index, { before, outcome });
    const wasDiverted = last.outcome.diverted;
    return differences(expected, before, outcome, { isLeg: true, isFragment: false, wasDiverted });
  }

  #remember(index: number, put: Put): void {
    this.#puts.set(index, put);
    this.#last = put;
  }

  /** The step with what the own run drew for the packet that it answers. */
  #answered(step: KernelStep): KernelStep {
    const found = step.re === undefined ? this.#generated(step) : this.#left(step.re);
    return found === undefined ? step : answering(step, found.stored, found.own);
  }

  #left(entry: number): Answered | undefined {
    const stored = this.#record.ex[entry]?.c;
    const own = this.#puts.get(entry)?.outcome.packet;
    return stored === undefined || own === undefined ? undefined : { stored, own };
  }

  #generated({ rg }: KernelStep): Answered | undefined {
    if (rg === undefined) return undefined;
    const [entry, index] = rg;
    const stored = this.#record.ex[entry]?.gen?.[index]?.p;
    const made = this.#puts.get(entry)?.outcome.generated[index];
    if (stored === undefined || made === undefined || !("packet" in made)) return undefined;
    return { stored, own: made.packet };
  }

  #operate(step: KernelStep): readonly string[] | undefined {
    const { a: anchor = "", t: text = "" } = step;
    switch (step.op) {
      case "adv":
        this.#kernel.advance(step.n ?? 0);
        return undefined;
      case "flush":
        this.#kernel.flushStates();
        return undefined;
      case "kill":
        this.#kernel.kill(step.ar ?? []);
        return undefined;
      case "aload":
        this.#loadAnchor(anchor, text);
        return undefined;
      case "aflush":
        this.#kernel.flushAnchor(anchor);
        return undefined;
      case "tadd":
        return this.#changeTable("add", step);
      case "tdelete":
        return this.#changeTable("delete", step);
      case "treplace":
        return this.#changeTable("replace", step);
      default:
        return [`unknown operation ${step.op}`];
    }
  }

  /** A text that pfctl refuses changes nothing. */
  #loadAnchor(path: string, text: string): void {
    const reading = readRules(text, this.#environment, this.#record.files ?? {}, path);
    if (reading.accepted) this.#kernel.loadAnchor(reading);
  }

  #changeTable(
    operation: "add" | "delete" | "replace",
    { a = "", t = "", ads = [], rc = 0 }: KernelStep,
  ): readonly string[] | undefined {
    const done = this.#kernel.changeTable(operation, a, t, ads);
    if (done === (rc === 0)) return undefined;
    const said = (it: boolean): string => (it ? "done" : "refused");
    return [`table ${t} ${operation} ${said(rc === 0)}, here ${said(done)}`];
  }
}

interface Answered {
  readonly stored: RecordedHeader;
  readonly own: KernelPacket;
}

/** `sample` of the lines, the same ones for the same seed, in their order. */
function sampled(
  lines: readonly string[],
  sample: number | undefined,
  seed: number,
): readonly string[] {
  if (sample === undefined || sample >= lines.length) return lines;
  const random = new Random(seed);
  const left = lines.map((_, index) => index);
  const drawn = Array.from({ length: sample }, () => left.splice(random.below(left.length), 1));
  return drawn
    .flat()
    .toSorted((a, b) => a - b)
    .map((index) => lines[index] ?? "");
}
