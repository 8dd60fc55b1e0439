import { Random } from "../engine/claims/random.ts";
import { type Arrival, Kernel, type Load } from "../engine/kernel/kernel.ts";
import type { Outcome } from "../engine/kernel/outcome.ts";
import { ruleIndex } from "../engine/rules/indexed/candidates.ts";
import type { BatchVerdict } from "../model/pf-trace.ts";
import type { PfBatchPacket } from "../parser/pf-batch-text.ts";
import { hasNoNextHop, mayAsk, openRules, type Tested } from "./pf-open.ts";
import type { PfSurroundings } from "./pf-surroundings.ts";

export interface PfBatchRun {
  readonly load: Load;
  readonly around: PfSurroundings;
  readonly seed: number;
}

/** Seconds that may pass between two packets. */
const LONGEST_PAUSE = 10_000_000;

/** A pf that has just loaded its rules, for many packets: states, tables and clock are kept. */
export class PfBatch {
  readonly #kernel: Kernel;
  readonly #around: PfSurroundings;
  /** The fingerprints are those of the system. */
  readonly #stock: boolean;
  /** Some rule may ask for what is not given, so that every tested rule has to be looked at. */
  readonly #listens: boolean;
  #time: number | undefined;

  constructor({ load, around, seed }: PfBatchRun) {
    const random = new Random(seed);
    this.#around = around;
    this.#kernel = new Kernel(around.surroundings, (below) => random.below(below));
    this.#kernel.load(load);
    this.#kernel.index = ruleIndex();
    this.#stock = load.options.fingerprints === "";
    const all = [load.main, ...load.loaded].flatMap((it) => [...it.rulesets.values()]);
    this.#listens = all.some(({ rules }) => rules.some((it) => mayAsk(it, this.#stock)));
  }

  /** Puts a packet to it; undefined: its time is before that of the packet before, or far behind. */
  put(given: PfBatchPacket): BatchVerdict | undefined {
    const { packet, direction, interface: on, forwarded } = given;
    if (!this.#advance(given.time)) return undefined;
    const tested: Tested[] = [];
    const explain: Arrival["explain"] = (live, failed, now) => {
      tested.push({ live, failed, at: { ...now } });
    };
    const listens = this.#listens ? { explain } : {};
    const outcome = this.#kernel.test(packet, { direction, interface: on, forwarded, ...listens });
    const open = openRules(tested, packet, forwarded, this.#around, this.#stock);
    const isOpen = open.length > 0 || hasNoNextHop(outcome, this.#around);
    return verdictOf(outcome, isOpen);
  }

  /** Whole seconds pass; the first packet with a time begins to count. */
  #advance(time: number | undefined): boolean {
    if (time === undefined) return true;
    const before = this.#time ?? time;
    if (time < before || time - before > LONGEST_PAUSE) return false;
    this.#kernel.advance(Math.floor(time) - Math.floor(before));
    this.#time = time;
    return true;
  }
}

function verdictOf({ verdict, rule, state }: Outcome, isOpen: boolean): BatchVerdict {
  return {
    verdict: isOpen ? "open" : verdict,
    rule: rule === undefined ? undefined : { anchor: rule.anchor, number: rule.number },
    state: state === "new" ? "made" : state === "hit" ? "found" : "none",
  };
}
