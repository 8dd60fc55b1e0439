import { stderr, stdout } from "node:process";
import { Worker } from "node:worker_threads";
import { BOMBS } from "./bombs.ts";
import type { Failure } from "./parser.ts";
import { type Report, Standing, type Task } from "./worker.ts";

/** What `fuzz parser` is to do. */
export interface FuzzOptions {
  readonly data: string;
  readonly seed: number;
  readonly first: number;
  readonly runs: number;
  readonly workers: number;
  readonly bombs: boolean;
}

const MOST_FAILURES = 20;
/** What a bomb may take, and how long any text is waited for. */
const BOMB_SECONDS = 5;
const HANG_SECONDS = 60;
const WATCH_MS = 1000;

/** Runs the workers, prints what they find, and kills those that hang; returns the exit status. */
export async function supervise(options: FuzzOptions): Promise<number> {
  const run = new Run(options);
  if (options.bombs) await run.bombs();
  await run.inputs();
  return run.finish();
}

class Run {
  readonly #options: FuzzOptions;
  readonly #standings: Standing[] = [];
  readonly #exceptions = new Map<string, number>();
  #failures = 0;

  constructor(options: FuzzOptions) {
    this.#options = options;
  }

  async bombs(): Promise<void> {
    const standing = new Standing();
    const { runs, first: from } = this.#options;
    for (let first = runs === 0 ? from : 0; first < BOMBS.length; ) {
      const task = this.#task("bombs", standing, { first, step: 1, end: BOMBS.length });
      const stopped = await this.#work(task, standing);
      if (stopped === undefined) return;
      this.#fail(`bomb: ${BOMBS[stopped.number]?.name}: ${stopped.reason}`);
      first = stopped.number + 1;
    }
  }

  async inputs(): Promise<void> {
    const { first, runs, workers: step } = this.#options;
    const ends = first + runs;
    const lanes = Array.from({ length: Math.min(step, runs) }, async (_, lane) => {
      const standing = new Standing();
      this.#standings.push(standing);
      for (let next = first + lane; next < ends; ) {
        const task = this.#task("inputs", standing, { first: next, step, end: ends });
        const stopped = await this.#work(task, standing);
        if (stopped === undefined) return;
        const where = `seed ${this.#options.seed} input ${stopped.number}`;
        this.#fail(`an end: ${where}: ${stopped.reason}: ${JSON.stringify(standing.text)}`);
        next = stopped.number + step;
      }
    });
    const progress = stderr.isTTY ? setInterval(() => this.#progress(), WATCH_MS) : undefined;
    await Promise.all(lanes);
    clearInterval(progress);
    if (progress !== undefined) stderr.write("\r\x1b[K");
  }

  finish(): number {
    for (const [reason, count] of [...this.#exceptions].toSorted((a, b) => b[1] - a[1])) {
      stdout.write(`  printed, not read again: ${count} × ${reason}\n`);
    }
    const { inputs, accepted, slowest } = this.#sums();
    const time = (slowest / 1000).toFixed(1);
    stdout.write(
      `${inputs} inputs, ${accepted} accepted, slowest ${time} ms, ${this.#failures} failed\n`,
    );
    return this.#failures === 0 ? 0 : 1;
  }

  #task(
    kind: Task["kind"],
    { shared }: Standing,
    range: Pick<Task, "first" | "step" | "end">,
  ): Task {
    const { data, seed } = this.#options;
    return { kind, data, seed, shared, ...range };
  }

  /** Runs a worker to its end; tells where it stood if that was not of its own. */
  #work(
    task: Task,
    standing: Standing,
  ): Promise<{ readonly number: number; readonly reason: string } | undefined> {
    return new Promise((resolve) => {
      const worker = new Worker(new URL("./main.ts", import.meta.url), { workerData: task });
      let done = false;
      let ticks = -1;
      let since = performance.now();
      const watch = setInterval(() => {
        if (this.#failures >= MOST_FAILURES) stop(undefined);
        if (standing.ticks !== ticks) {
          ticks = standing.ticks;
          since = performance.now();
        } else if (performance.now() - since > HANG_SECONDS * 1000) stop("it hangs");
      }, WATCH_MS);
      const stop = (reason: string | undefined): void => {
        if (done) return;
        done = true;
        clearInterval(watch);
        void worker.terminate();
        resolve(reason === undefined ? undefined : { number: standing.number, reason });
      };
      worker.on("message", (report: Report) => {
        if (report.kind === "done") {
          for (const [it, count] of report.exceptions) {
            this.#exceptions.set(it, (this.#exceptions.get(it) ?? 0) + count);
          }
          stop(undefined);
        } else this.#tell(report);
      });
      worker.on("error", (error) => stop(`it ends the process: ${error}`));
      worker.on("exit", () => stop("it ends the process"));
    });
  }

  #tell(report: Exclude<Report, { kind: "done" }>): void {
    if (report.kind === "failure") {
      this.#fail(line(report.failure, this.#options.seed));
      return;
    }
    const { name, seconds, answer } = report;
    const told = `bomb: ${name}: ${seconds.toFixed(2)} s, ${answer}\n`;
    const late = seconds > BOMB_SECONDS ? `over ${BOMB_SECONDS} s: ` : "";
    const wrong = answer === "" || answer.startsWith("exception") ? "no answer: " : late;
    if (wrong === "") stdout.write(told);
    else this.#fail(wrong + told.trimEnd());
  }

  #fail(text: string): void {
    if (this.#failures >= MOST_FAILURES) return;
    this.#failures++;
    stdout.write(`${text}\n`);
  }

  #progress(): void {
    const { inputs, accepted } = this.#sums();
    stderr.write(`\r${inputs} of ${this.#options.runs} inputs, ${accepted} accepted`);
  }

  #sums(): { readonly inputs: number; readonly accepted: number; readonly slowest: number } {
    return {
      inputs: this.#standings.reduce((sum, it) => sum + it.inputs, 0),
      accepted: this.#standings.reduce((sum, it) => sum + it.accepted, 0),
      slowest: Math.max(0, ...this.#standings.map((it) => it.slowest)),
    };
  }
}

function line({ law, detail, number, text, options }: Failure, seed: number): string {
  const where = `${law}: seed ${seed} input ${number}: ${detail}`;
  return `${where}: ${JSON.stringify(text)} ${JSON.stringify(options)}`;
}
