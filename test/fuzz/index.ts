import { stdout } from "node:process";
import { kernelsOf } from "../engine/rules/indexed/two-kernels.ts";
import type { Texts } from "../engine/sets/rules/compile-host.ts";
import { TENANTS } from "../support/kernel-host.ts";
import { goldenKernels } from "./index-golden.ts";
import { type IndexComplaint, IndexTrial } from "./index-trial.ts";
import { Progress } from "./progress.ts";
import { Random } from "./random.ts";
import { shrunkRuleset } from "./ruleset-shrink.ts";
import { drawnTexts } from "./ruleset-text.ts";
import { RDOMAINS } from "./ruleset-trial.ts";

/** What `fuzz index` is to do. */
export interface IndexOptions {
  readonly packets: number;
  readonly seed: number;
  /** Number of the first ruleset. */
  readonly first: number;
  /** Directory of the recorded rulesets; empty: none are read. */
  readonly data: string;
}

/** A ruleset that is not the same to two readings of it. */
export interface IndexFailure {
  readonly name: string;
  readonly complaint: IndexComplaint;
  readonly text: string;
}

const PLACES = 5;
const PACKETS = 200;
const MOST_FAILURES = 10;
/** Packets about each recorded ruleset. */
const GOLDEN_PACKETS = 300;

/** Draws rulesets by number, and packets at their borders: the same seed, the same. */
export class IndexFuzz {
  readonly #seed: number;
  packets = 0;
  rulesets = 0;
  asked = 0;
  left = 0;
  implicit = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Draws ruleset `number` and at most `most` packets; the first thing that is wrong. */
  run(number: number, most: number = Number.POSITIVE_INFINITY): IndexFailure | undefined {
    const texts = drawnTexts(new Random(this.#seed, number));
    const complaint = this.#complaintOf(texts, number, most);
    if (complaint === undefined) return undefined;
    const { law } = complaint;
    const of = (text: string): IndexComplaint | undefined => {
      const quiet = new IndexFuzz(this.#seed);
      try {
        return quiet.#complaintOf(separate(text), number, PLACES * PACKETS);
      } catch {
        return undefined;
      }
    };
    const whole = joined(texts);
    const text = of(whole) && shrunkRuleset(whole, (shorter) => of(shorter)?.law === law);
    const found = text === undefined ? complaint : (of(text) ?? complaint);
    return { name: `--first ${number}`, complaint: found, text: text ?? whole };
  }

  /** Packets at the borders of every `step`-th recorded ruleset. */
  *golden(data: string, step: number, count: number): Iterable<IndexFailure | undefined> {
    let number = 0;
    for (const { name, text, kernels, rdomains } of goldenKernels(data, step)) {
      const trial = new IndexTrial(new Random(this.#seed, number++), kernels, rdomains);
      const complaint = this.#places(trial, count, PLACES);
      yield complaint === undefined ? undefined : { name, complaint, text };
    }
  }

  #complaintOf(texts: Texts, number: number, most: number): IndexComplaint | undefined {
    const random = new Random(this.#seed, number + 0x4000_0000);
    const trial = new IndexTrial(random, kernelsOf(texts, TENANTS), RDOMAINS);
    return this.#places(trial, Math.min(most, PLACES * PACKETS), PLACES);
  }

  #places(trial: IndexTrial, count: number, places: number): IndexComplaint | undefined {
    this.rulesets++;
    let complaint: IndexComplaint | undefined;
    for (let place = 0; place < places && complaint === undefined; place++) {
      const share = Math.floor((count * (place + 1)) / places) - trial.packets;
      complaint = trial.place(share, place % 2 === 1);
    }
    this.packets += trial.packets;
    this.asked += trial.asked;
    this.left += trial.left;
    this.implicit += trial.implicit;
    return complaint;
  }
}

/** Runs them, prints what they find; returns the exit status. */
export function runIndex({ packets, seed, first, data }: IndexOptions): number {
  const progress = new Progress();
  const drawn = new IndexFuzz(seed);
  let failed = 0;
  const tell = (failure: IndexFailure | undefined): void => {
    if (failure === undefined) return;
    failed++;
    stdout.write(`${indexFailureText(failure, seed)}\n`);
  };
  for (let number = first; drawn.packets < packets && failed < MOST_FAILURES; number++) {
    tell(drawn.run(number, packets - drawn.packets));
    progress.tell(() => `${drawn.packets} of ${packets} packets`);
  }
  const recorded = new IndexFuzz(seed);
  if (data !== "" && first === 0) {
    for (const failure of recorded.golden(data, 1, GOLDEN_PACKETS)) {
      tell(failure);
      progress.tell(() => `${recorded.packets} packets about recorded rulesets`);
      if (failed >= MOST_FAILURES) break;
    }
  }
  const seconds = progress.end();
  stdout.write(`  ${share("drawn", drawn)}\n  ${share("recorded", recorded)}\n`);
  const all = drawn.packets + recorded.packets;
  const rate = Math.round(all / Math.max(seconds, 0.001));
  stdout.write(`${all} packets, ${seconds.toFixed(0)} s, ${rate}/s, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function share(what: string, { rulesets, packets, asked, left, implicit }: IndexFuzz): string {
  const percent = (part: number): string => ((part / Math.max(1, asked)) * 100).toFixed(1);
  return (
    `${what}: ${rulesets} rulesets, ${packets} packets, ${asked} of them came to the rules; ` +
    `the classifier left ${percent(left)} % of these to the kernel, ${percent(implicit)} % met no rule`
  );
}

export function indexFailureText({ name, complaint, text }: IndexFailure, seed: number): string {
  const { law, detail, spot, packet } = complaint;
  const told = JSON.stringify({ packet, spot }, (_, value) => {
    return typeof value === "bigint" ? `0x${value.toString(16)}` : value;
  });
  const lines = text.trimEnd().split("\n");
  return [
    `seed ${seed}, ${name}: ${law}: ${detail}`,
    `  ${told}`,
    ...lines.map((it) => `    ${it}`),
  ].join("\n");
}

const HEADING = "# anchor ";

function joined(texts: Texts): string {
  return texts.map(([path, text]) => (path === "" ? text : `${HEADING}${path}\n${text}`)).join("");
}

function separate(text: string): Texts {
  const [main = "", ...others] = text.split(new RegExp(`^${HEADING}`, "m"));
  const loaded = others.map((it): readonly [string, string] => {
    const end = it.indexOf("\n");
    return end < 0 ? [it, ""] : [it.slice(0, end), it.slice(end + 1)];
  });
  return [["", main], ...loaded];
}
