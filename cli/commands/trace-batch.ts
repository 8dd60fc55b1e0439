import type { BatchVerdict } from "../../model/pf-trace.ts";
import { PfBatchReader } from "../../parser/pf-batch-text.ts";
import { batchErrorLine, batchJsonLine, batchLine } from "../../report/pf-batch.ts";
import { type Given, UsageError } from "../command.ts";
import { Exit, type Io } from "../io.ts";
import { PfBatch, type PfBatchRun } from "../pf-batch.ts";

/** What `--batch` takes and gives. */
export const BATCH_ABOUT: readonly string[] = [
  "--batch FILE reads many packets as a stream, CSV under a line that names the columns, or an object",
  "of JSON a line, and writes a line for each: verdict, deciding rule, state (`pass @3 made`); with",
  "--json an object a line. Columns and keys, in any order, the first five needed:",
  "  direction (in, out, forward)  interface  protocol  source  destination",
  "  source-port  destination-port  flags        tcp and udp have ports, tcp flags (S)",
  "  type  code  id                              icmp and icmp6 (an echo request)",
  "  length  tos  ttl  received-on  time         time in seconds: the clock of pf follows it",
  "A line that is wrong is told of as FILE:LINE:COLUMN, has the verdict `error`, and ends in exit code 2;",
  "if some verdict is `open` the exit code is 3, else 0.",
];

/** Characters that are written at once. */
const PORTION = 65_536;

/** Puts the packets of a file to the pf of one pf.conf, as they are read. */
export async function traceBatch(
  path: string,
  interfaces: readonly string[],
  run: PfBatchRun,
  given: Given,
  io: Io,
): Promise<Exit> {
  const lines = io.readLines(path);
  if (lines === undefined) throw new UsageError(`cannot read \`${path}\``);
  const name = path === "-" ? "standard input" : path;
  const batch = new Batch(new PfBatchReader(name, interfaces), new PfBatch(run), name, given, io);
  for await (const portion of lines) {
    for (const line of portion) batch.take(line);
    batch.flush(0);
  }
  return batch.exit;
}

class Batch {
  readonly #reader: PfBatchReader;
  readonly #pf: PfBatch;
  readonly #file: string;
  readonly #json: boolean;
  readonly #io: Io;
  #out = "";
  exit: Exit = Exit.proved;

  constructor(reader: PfBatchReader, pf: PfBatch, file: string, given: Given, io: Io) {
    this.#reader = reader;
    this.#pf = pf;
    this.#file = file;
    this.#json = given.values.json === true;
    this.#io = io;
  }

  take(text: string): void {
    const read = this.#reader.read(text);
    if (read === undefined) return;
    if ("message" in read) {
      this.#wrong(batchErrorLine(read));
      return;
    }
    const verdict = this.#pf.put(read);
    if (verdict === undefined) {
      const span = { file: this.#file, line: this.#reader.line, column: 1, length: text.length };
      const message = "the time goes back, or too far ahead";
      this.#wrong(batchErrorLine({ code: "batch", severity: "error", message, span }));
      return;
    }
    if (verdict.verdict === "open" && this.exit === Exit.proved) this.exit = Exit.undecided;
    this.#write(verdict);
  }

  /** Writes what has gathered if it is more than `most`. */
  flush(most: number): void {
    if (this.#out.length <= most) return;
    this.#io.out(this.#out);
    this.#out = "";
  }

  #write(verdict: BatchVerdict): void {
    this.#out += this.#json ? batchJsonLine(verdict, this.#reader.line) : batchLine(verdict);
    this.flush(PORTION);
  }

  /** Verdicts stay as many as packets. */
  #wrong(complaint: string): void {
    this.exit = Exit.wrongInput;
    this.#io.err(complaint);
    const { line } = this.#reader;
    this.#out += this.#json ? `${JSON.stringify({ line, verdict: "error" })}\n` : "error - none\n";
    this.flush(PORTION);
  }
}
