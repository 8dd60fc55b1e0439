import { Worker } from "node:worker_threads";
import { runsOf, tablesOf } from "../model/pf-conf.ts";
import type { PfTable } from "../model/pf-rule.ts";
import type { WorkerData, WorkerMessage } from "./engine-worker.ts";
import { EngineStopped } from "./io.ts";
import type { AnswerTo, Ask, Question } from "./question.ts";
import { newWords, WORDS } from "./shared-words.ts";

/** Where progress is shown and from where a stop is asked for. */
export interface Watcher {
  /** Called a few times a second while the engine works. */
  readonly show: (phase: string, done: number, total: number) => void;
  /** Called once, when the engine has ended. */
  readonly end: () => void;
  /** Registers what a stop request does; returns how to take it back. */
  readonly onStop: (stop: () => void) => () => void;
}

/** Milliseconds between two looks at the engine's progress. */
const PERIOD = 200;

/** The thread's stack: diagrams recurse once per tested field of a packet. */
const STACK_MB = 64;

/** Networks with more rules and table entries than this are not copied into the thread. */
const LARGEST_COPY = 200_000;

/**
 * Asks the engine in a thread of its own.
 *
 * The first stop request asks the engine to answer with what it knows; the second ends it.
 */
export function askWorker(watcher: Watcher): Ask {
  return async <Q extends Question>(question: Q): Promise<AnswerTo<Q>> => {
    if (sizeOf(question) > LARGEST_COPY) return answerHere(question);
    const words = newWords();
    const workerData: WorkerData = { question, words };
    const worker = new Worker(workerUrl(), {
      workerData,
      resourceLimits: { stackSizeMb: STACK_MB },
    });
    let phase = "working";
    const timer = setInterval(() => {
      const done = Atomics.load(words, WORDS.done);
      watcher.show(phase, done, Atomics.load(words, WORDS.total));
    }, PERIOD);
    const forget = watcher.onStop(() => {
      if (Atomics.exchange(words, WORDS.cancel, 1) !== 0) void worker.terminate();
    });
    return new Promise<AnswerTo<Q>>((resolve, reject) => {
      worker.on("message", (message: WorkerMessage) => {
        if (message.kind === "phase") phase = message.phase;
        else resolve(message.answer as AnswerTo<Q>);
      });
      worker.on("error", (error) => reject(new EngineStopped(reasonOf(error), { cause: error })));
      worker.on("exit", () => reject(new EngineStopped("it was ended before it had an answer")));
    }).finally(() => {
      clearInterval(timer);
      forget();
      watcher.end();
    });
  };
}

/**
 * Answers in this thread: a second copy of a network this large would not fit into memory.
 *
 * No progress is shown, and Ctrl-C ends the program at once.
 */
async function answerHere<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
  const { answer } = await import("./answer.ts");
  const nobody = { progress: () => {}, poll: () => {} };
  return answer(question, nobody) as AnswerTo<Q>;
}

/** Rules and table entries of the network in question. */
function sizeOf({ network }: Question): number {
  return network.hosts
    .flatMap(({ pfConf }) => runsOf(pfConf))
    .flatMap((run) => [
      ...[...run.rulesets.values()].map(({ rules }) => rules.length),
      ...tablesOf(run).map(entriesOf),
    ])
    .reduce((all, size) => all + size, 0);
}

function entriesOf({ contents }: PfTable): number {
  return contents
    .map((it) => (it.kind === "addresses" ? it.addresses.length : it.entries.count))
    .reduce((all, size) => all + size, 0);
}

/** The worker's own file: a source when run from a checkout, compiled when run from dist. */
function workerUrl(): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./engine-worker.${extension}`, import.meta.url);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "Cancelled") return "it was stopped before it had an answer";
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") return "it ran out of memory";
  return error.stack ?? error.message;
}
