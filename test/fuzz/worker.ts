import { parentPort, workerData } from "node:worker_threads";
import { readPf } from "../../parser/pf/read.ts";
import { interfaceOf } from "../support/interface.ts";
import { BOMBS } from "./bombs.ts";
import { loadCorpora } from "./corpora.ts";
import { spent } from "./laws.ts";
import { type Failure, ParserFuzz } from "./parser.ts";

/** What a worker is to do: inputs `first`, `first + step` … below `end`, or the bombs from one on. */
export interface Task {
  readonly kind: "inputs" | "bombs";
  readonly data: string;
  readonly seed: number;
  readonly first: number;
  readonly step: number;
  readonly end: number;
  /** Where the worker stands; see {@link Standing}. */
  readonly shared: SharedArrayBuffer;
}

/** What a worker tells. */
export type Report =
  | { readonly kind: "failure"; readonly failure: Failure }
  | {
      readonly kind: "bomb";
      readonly name: string;
      readonly seconds: number;
      readonly answer: string;
    }
  | { readonly kind: "done"; readonly exceptions: ReadonlyMap<string, number> };

const HEADER = 32;
const MOST_TEXT = 1 << 16;

/**
 * The memory that a worker and its supervisor share: a worker that hangs cannot be asked, but what
 * it reads stands here.
 */
export class Standing {
  readonly shared: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #text: Buffer;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(HEADER + MOST_TEXT)) {
    this.shared = shared;
    this.#numbers = new Int32Array(shared, 0, HEADER / 4);
    this.#text = Buffer.from(shared, HEADER);
  }

  /** Counts every text that is read. */
  get ticks(): number {
    return Atomics.load(this.#numbers, 0);
  }

  /** The input at hand. */
  get number(): number {
    return Atomics.load(this.#numbers, 1);
  }

  get inputs(): number {
    return Atomics.load(this.#numbers, 2);
  }

  get accepted(): number {
    return Atomics.load(this.#numbers, 3);
  }

  /** In microseconds. */
  get slowest(): number {
    return Atomics.load(this.#numbers, 4);
  }

  get text(): string {
    return this.#text.toString("latin1", 0, Atomics.load(this.#numbers, 5));
  }

  begin(number: number): void {
    Atomics.store(this.#numbers, 1, number);
    Atomics.add(this.#numbers, 0, 1);
  }

  reads(text: string): void {
    Atomics.store(this.#numbers, 5, this.#text.write(text, "latin1"));
    Atomics.add(this.#numbers, 0, 1);
  }

  end(accepted: boolean, milliseconds: number): void {
    Atomics.add(this.#numbers, 2, 1);
    if (accepted) Atomics.add(this.#numbers, 3, 1);
    const slowest = Math.max(this.slowest, Math.round(milliseconds * 1000));
    Atomics.store(this.#numbers, 4, slowest);
  }
}

/** What a worker thread does. */
export function work(): void {
  const task: Task = workerData;
  const standing = new Standing(task.shared);
  if (task.kind === "bombs") explode(task, standing);
  else tryInputs(task, standing);
}

function tell(report: Report): void {
  parentPort?.postMessage(report);
}

function tryInputs({ data, seed, first, step, end }: Task, standing: Standing): void {
  standing.begin(first);
  const fuzz = new ParserFuzz(loadCorpora(data), seed, (text) => standing.reads(text));
  // the first reading also builds the grammar
  readPf({ file: "stdin", text: "pass\n" }, { host: "", interfaces: [], rtables: [] });
  for (let number = first; number < end; number += step) {
    standing.begin(number);
    const { accepted, milliseconds, failure } = fuzz.run(number);
    standing.end(accepted, milliseconds);
    if (failure !== undefined) tell({ kind: "failure", failure });
  }
  tell({ kind: "done", exceptions: fuzz.exceptions });
}

function explode({ first }: Task, standing: Standing): void {
  for (const [at, { name, make }] of BOMBS.entries()) {
    if (at < first) continue;
    const input = make();
    standing.begin(at);
    const start = process.threadCpuUsage();
    let answer: string;
    try {
      const reading = readPf({ file: "stdin", ...input }, BOMB_SYSTEM);
      const [complaint] = reading.diagnostics;
      answer = reading.accepted ? "accepted" : (complaint?.message ?? "");
    } catch (error) {
      answer = `exception: ${error instanceof Error ? error.message : error}`;
    }
    tell({ kind: "bomb", name, seconds: spent(start) / 1000, answer });
  }
  tell({ kind: "done", exceptions: new Map() });
}

const BOMB_SYSTEM = { host: "bomb", interfaces: [interfaceOf("em0")], rtables: [] };
