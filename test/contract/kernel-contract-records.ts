import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { Expectation } from "../conformance/kernel-differences.ts";
import { answering, type KernelStep, packetOf } from "../conformance/kernel-packets.ts";
import { type KernelEnv, rdomainOf } from "../conformance/kernel-surroundings.ts";
import type { ContractAnswer, ContractEngine, ContractScript } from "./kernel-contract.ts";

/** A line of the stateful set (data/kernel/README.md): packets in order, with a state table. */
interface RecordedScript {
  readonly id: string;
  readonly env: KernelEnv;
  readonly conf: string;
  readonly pk: readonly KernelStep[];
  readonly ex: readonly (Expectation | null)[];
}

/** Every `step`th record of a file. */
export function recordedScripts(file: string, step: number): readonly RecordedScript[] {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").split("\n");
  return lines
    .filter((line, index) => line !== "" && index % step === 0)
    .map((line): RecordedScript => JSON.parse(line));
}

/**
 * Packets of a record in order: verdict, rule, state, and how many states there are more.
 *
 * Sizes are not recorded; but each `new` is a state more, nothing else is, and states only go while
 * time passes.
 */
export function recordDisagreements(
  { id, env, conf, pk, ex }: RecordedScript,
  script: NonNullable<ContractEngine["script"]>,
): readonly string[] {
  const play = new RecordPlay(env, script(conf, env));
  return pk.flatMap((step, index) => {
    const expected = ex[index] ?? undefined;
    const wanted = expected && recorded(expected);
    const got = play.step(index, step, expected);
    return got === wanted ? [] : [`${id}/${index}: ${wanted}, here ${got}`];
  });
}

function recorded({ v, r, a, st, rec, out2 }: Expectation): string {
  if (v === "none") return v;
  const made = (st === "new" ? 1 : 0) + (out2?.[2] === "new" ? 1 : 0);
  const isHere = rec !== 0 && r !== undefined && r >= 0;
  const rule = isHere ? (a === undefined ? `${r}` : `${a}#${r}`) : "-";
  return `${v} ${rule} ${st === undefined || st === "-" ? "none" : st} +${made}`;
}

interface Put {
  readonly before: KernelPacket;
  readonly answer: ContractAnswer;
  readonly expected: Expectation | undefined;
}

class RecordPlay {
  readonly #env: KernelEnv;
  readonly #pf: ContractScript;
  readonly #puts = new Map<number, Put>();
  #last: Put | undefined;

  constructor(env: KernelEnv, pf: ContractScript) {
    this.#env = env;
    this.#pf = pf;
  }

  /** Undefined: it was no packet. */
  step(index: number, step: KernelStep, expected: Expectation | undefined): string | undefined {
    if (step.op === "adv") return this.#wait(step.n ?? 0);
    if (step.op === "flush") {
      this.#pf.flush();
      return undefined;
    }
    const sent = step.f === undefined ? this.#own(step) : this.#forwarded();
    if (sent === undefined) return "none";
    const states = this.#pf.states;
    const direction = step.f === undefined ? step.d : "fwd";
    const on = step.f ?? step.i ?? "";
    const answer = this.#pf.put(sent, {
      direction: direction === "in" || direction === "fwd" ? direction : "out",
      interface: on,
    });
    this.#last = { before: sent, answer, expected };
    this.#puts.set(index, this.#last);
    const { verdict, rule, state } = answer;
    return `${verdict} ${rule} ${state} +${this.#pf.states - states}`;
  }

  #wait(seconds: number): string | undefined {
    const states = this.#pf.states;
    this.#pf.advance(seconds);
    return this.#pf.states > states ? "states out of nothing" : undefined;
  }

  /** A packet that answers another carries what pf drew for that one here. */
  #own(step: KernelStep): KernelPacket {
    const answered = step.re === undefined ? undefined : this.#puts.get(step.re);
    const stored = answered?.expected?.c;
    const own = stored && answered ? answering(step, stored, answered.answer.packet) : step;
    return packetOf(own, rdomainOf(this.#env, own.i));
  }

  #forwarded(): KernelPacket | undefined {
    const last = this.#last;
    if (last?.answer.verdict !== "pass") return undefined;
    const { packet } = last.answer;
    return { ...packet, ttl: (packet.ttl + 255) % 256, receivedOn: last.before.receivedOn };
  }
}
