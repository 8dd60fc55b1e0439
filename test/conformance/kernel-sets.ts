import type { Surroundings } from "../../engine/kernel/surroundings.ts";
import type { Expectation } from "./kernel-differences.ts";
import type { KernelStep } from "./kernel-packets.ts";
import { type RecordOfSet, type RecordOptions, recordsOf } from "./kernel-records.ts";
import { toldOf } from "./kernel-replay.ts";
import { KernelRun, type Put } from "./kernel-run.ts";
import { type Judged, judge } from "./kernel-sets-judge.ts";
import { type SetAnswer, SetReading } from "./kernel-sets-reading.ts";
import {
  followedDifferences,
  SetStates,
  type TwinState,
  unfollowed,
} from "./kernel-sets-states.ts";
import { surroundingsOf } from "./kernel-surroundings.ts";
import { Tally } from "./tally.ts";

/** Packets whose recorded outcome is the fate, or one of the fates, that the set function gives them. */
export interface SetsResult {
  readonly passed: number;
  readonly failed: number;
  /** `set/record/packet: field expected, here got; …`, a line each. */
  readonly disagreements: readonly string[];
  /** How the packets fared, and why others were not asked about. */
  readonly notes: readonly string[];
}

/**
 * Replays recorded packets through the kernel; for each that pf put to its rules, asks the function
 * that these rules are in that place, and holds its fates against what OpenBSD's own pf did.
 *
 * @param data - directory of the recorded sets; those that are not there are skipped
 */
export function conformKernelSets(data: string, options: RecordOptions = {}): SetsResult {
  const tally = new SetsTally();
  const { seed = 1 } = options;
  for (const it of recordsOf(data, options)) conformRecord(it, seed, tally);
  const { passed, failed, disagreements } = tally;
  return { passed, failed, disagreements, notes: tally.notes() };
}

/** What became of packets, by a name for it. */
class SetsTally extends Tally {
  compilations = 0;
  readonly #found: Map<string, number> = new Map();

  found(what: string): void {
    this.#found.set(what, (this.#found.get(what) ?? 0) + 1);
  }

  notes(): readonly string[] {
    const lines = (counts: ReadonlyMap<string, number>): readonly string[] => {
      return [...counts].toSorted().map(([what, count]) => `${what}: ${count}`);
    };
    return [
      ...lines(this.#found),
      `rulesets compiled: ${this.compilations}`,
      `not asked: ${this.skipped}`,
      ...lines(this.reasons).map((it) => `  ${it}`),
    ];
  }
}

/** An exception, a disagreement like others, ends the replay of the record. */
function conformRecord(it: RecordOfSet, seed: number, tally: SetsTally): void {
  const { set, record } = it;
  let at = 0;
  try {
    const conformance = new RecordConformance(it, seed, tally);
    for (const [index, step] of record.pk.entries()) {
      at = index;
      conformance.step(index, step);
    }
  } catch (error) {
    tally.count(`${set}/${record.id}/${at}`, [`exception: ${toldOf(error)}`]);
  }
}

class RecordConformance {
  readonly #it: RecordOfSet;
  readonly #run: KernelRun;
  readonly #surroundings: Surroundings;
  readonly #reading: SetReading;
  readonly #states: SetStates;
  readonly #tally: SetsTally;

  constructor(it: RecordOfSet, seed: number, tally: SetsTally) {
    this.#it = it;
    this.#tally = tally;
    this.#run = new KernelRun(it.record, it.emptied, seed);
    this.#surroundings = surroundingsOf(it.record.env);
    const { kernel } = this.#run;
    this.#reading = new SetReading(kernel, this.#surroundings);
    this.#states = new SetStates(kernel, this.#surroundings);
  }

  step(index: number, step: KernelStep): void {
    const { set, record, emptied } = this.#it;
    const reading = this.#reading;
    const answers: SetAnswer[] = [];
    const before = reading.compilations;
    this.#run.kernel.watch = (tested) => answers.push(reading.ask(tested));
    const isLeg = step.f !== undefined;
    const states = emptied && !isLeg ? [] : this.#states.live();
    const wrong = this.#run.step(index, step) ?? [];
    const expected = record.ex[index];
    const put = this.#run.putOf(index);
    if (step.op !== undefined) reading.forget();
    else if (expected) {
      const judged = this.#judge({ expected, put, isLeg, answers, states });
      if (typeof judged === "string") this.#tally.skip(judged);
      else {
        const all = [...wrong, ...judged.wrong];
        this.#tally.count(`${set}/${record.id}/${index}`, all);
        if (all.length === 0) this.#tally.found(judged.how);
      }
    }
    this.#states.learn(answers);
    this.#tally.compilations += reading.compilations - before;
  }

  /** A text says why nothing was asked. */
  #judge({ expected, put, isLeg, answers, states }: Found): Judged | string {
    const [answer] = answers;
    const looking = { sets: this.#reading.sets, states, surroundings: this.#surroundings };
    if (expected.st === "hit" && put !== undefined) {
      const followed = followedDifferences({ expected, put, isLeg }, looking);
      return followed ?? "packet of a state that no function was asked about";
    }
    const why = notAsked(expected, answer);
    if (why !== undefined || answer === undefined || put === undefined) {
      return why ?? "no packet was put";
    }
    const recorded = { expected, put, isLeg };
    const judged = judge(recorded, answer, this.#run.kernel.states);
    const other = unfollowed(recorded, answer, looking);
    if (other.how !== "") this.#tally.found(other.how);
    return { ...judged, wrong: [...judged.wrong, ...other.wrong] };
  }
}

interface Found {
  readonly expected: Expectation;
  readonly put: Put | undefined;
  readonly isLeg: boolean;
  /** Of the rules, each time that they were asked. */
  readonly answers: readonly SetAnswer[];
  /** That the packet could find. */
  readonly states: readonly TwinState[];
}

/** Why rules were not asked about a packet. */
function notAsked(expected: Expectation, answer: SetAnswer | undefined): string | undefined {
  if (expected.v === "none") return "nothing to forward";
  if (expected.rec === 0) {
    return expected.v === "gone" ? "fragment that waits" : "interface that is skipped";
  }
  if (expected.st === "-") return "dropped before the rules";
  return answer === undefined ? "answered with a SYN cookie" : undefined;
}
