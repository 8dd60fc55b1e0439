import { Random } from "../../engine/claims/random.ts";
import type { Crossing } from "../../engine/kernel/evaluation.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Outcome } from "../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { RuleIndex } from "../../engine/kernel/walk.ts";
import type { Environment } from "../../model/environment.ts";
import { environmentOf } from "../support/environment.ts";
import { differences, type Expectation, type RecordedHeader } from "./kernel-differences.ts";
import { answering, type KernelStep, packetOf, wholeStep } from "./kernel-packets.ts";
import type { KernelRecord } from "./kernel-records.ts";
import { acceptedRules, rdomainOf, readRules, surroundingsOf } from "./kernel-surroundings.ts";

/** A packet that was put to the kernel: later steps forward it or answer it. */
export interface Put {
  readonly before: KernelPacket;
  readonly crossing: Crossing;
  readonly outcome: Outcome;
  /** It was marked for diversion where it came in. */
  readonly wasDiverted: boolean;
}

/** One record on its way through the kernel. */
export class KernelRun {
  readonly kernel: Kernel;
  readonly #record: KernelRecord;
  readonly #emptied: boolean;
  readonly #environment: Environment;
  readonly #puts = new Map<number, Put>();
  /** The last packet that was put. */
  #last: Put | undefined;

  /** @param index - absent: rulesets are walked rule by rule */
  constructor(record: KernelRecord, emptied: boolean, seed: number, index?: RuleIndex) {
    this.#record = record;
    this.#emptied = emptied;
    this.#environment = environmentOf(record.env);
    const random = new Random(seed);
    this.kernel = new Kernel(surroundingsOf(record.env), (below) => random.below(below));
    this.kernel.index = index;
    const { conf, anchors = [], files = {} } = record;
    this.kernel.load(acceptedRules(conf, this.#environment, files, ""));
    for (const [path, text] of anchors) {
      this.kernel.loadAnchor(acceptedRules(text, this.#environment, files, path));
    }
  }

  /** The packet of a step as it was put to the kernel, and what came of it. */
  putOf(index: number): Put | undefined {
    return this.#puts.get(index);
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
    if (this.#emptied) this.kernel.forgetStates();
    const own = this.#answered(step);
    const rdomain = rdomainOf(this.#record.env, own.i);
    const crossing: Crossing = {
      direction: own.d === "in" ? "in" : "out",
      interface: own.i ?? "",
      forwarded: own.d === "fwd",
    };
    const outcome = this.kernel.test(packetOf(own, rdomain), crossing);
    const before = packetOf(wholeStep(own), rdomain);
    this.#remember(index, { before, crossing, outcome, wasDiverted: false });
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
    const crossing: Crossing = { direction: "out", interface: name, forwarded: true };
    const outcome = this.kernel.test(before, crossing);
    const wasDiverted = last.outcome.diverted;
    this.#remember(index, { before, crossing, outcome, wasDiverted });
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
        this.kernel.advance(step.n ?? 0);
        return undefined;
      case "flush":
        this.kernel.flushStates();
        return undefined;
      case "kill":
        this.kernel.kill(step.ar ?? []);
        return undefined;
      case "aload":
        this.#loadAnchor(anchor, text);
        return undefined;
      case "aflush":
        this.kernel.flushAnchor(anchor);
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
    if (reading.accepted) this.kernel.loadAnchor(reading);
  }

  #changeTable(
    operation: "add" | "delete" | "replace",
    { a = "", t = "", ads = [], rc = 0 }: KernelStep,
  ): readonly string[] | undefined {
    const done = this.kernel.changeTable(operation, a, t, ads);
    if (done === (rc === 0)) return undefined;
    const said = (it: boolean): string => (it ? "done" : "refused");
    return [`table ${t} ${operation} ${said(rc === 0)}, here ${said(done)}`];
  }
}

interface Answered {
  readonly stored: RecordedHeader;
  readonly own: KernelPacket;
}
