import { parentPort, workerData } from "node:worker_threads";
import { Cancelled } from "../engine/sets/packet-sets.ts";
import { answer } from "./answer.ts";
import type { AnswerTo, Question } from "./question.ts";
import { clamped, WORDS } from "./shared-words.ts";

/** What the worker is started with. */
export interface WorkerData {
  readonly question: Question;
  readonly words: Int32Array<SharedArrayBuffer>;
}

/** What the worker says: the phase whenever it changes, the answer at the end. */
export type WorkerMessage =
  | { readonly kind: "phase"; readonly phase: string }
  | { readonly kind: "answer"; readonly answer: AnswerTo<Question> };

const { question, words } = workerData as WorkerData;
let phase = "";

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

say({
  kind: "answer",
  answer: answer(question, {
    progress: (progress) => {
      Atomics.store(words, WORDS.done, clamped(progress.done));
      Atomics.store(words, WORDS.total, clamped(progress.total));
      if (progress.phase === phase) return;
      phase = progress.phase;
      say({ kind: "phase", phase });
    },
    poll: () => {
      if (Atomics.load(words, WORDS.cancel) !== 0) throw new Cancelled();
    },
  }),
});
