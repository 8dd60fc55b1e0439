import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { PfConfiguration, PfOptions, PfRule, PfRules, PfTable } from "../../model/pf-rule.ts";
import { HostLookup } from "./expansion/host-lookup.ts";
import { expandNumber } from "./expansion/labels.ts";
import { Shapes } from "./grammar/shapes.ts";
import { Lexer } from "./lexical/lexer.ts";
import { Tokens } from "./lexical/tokens.ts";
import { optimizeRules } from "./optimizer/optimizer.ts";
import type { PfInput } from "./statements/input.ts";
import { queueTrees } from "./statements/queue-tree.ts";
import { StatementReader } from "./statements/reader.ts";
import { type AnchorLoad, Exit, Reading, type Shared } from "./statements/reading.ts";
import { countLines } from "./statements/set-handlers.ts";
import type { UnreadStatement } from "./statements/unread-statement.ts";

export type { PfInput } from "./statements/input.ts";
export type { UnreadStatement } from "./statements/unread-statement.ts";

/** Shapes do not depend on what was read before: they are shared by all readings. */
const SHAPES = new Shapes();

/** What was made of one pf.conf and the files it names. */
export interface PfReading {
  readonly main: PfConfiguration;
  /** Files of `load anchor`, in order. */
  readonly loaded: readonly PfConfiguration[];
  /** All that pfctl says on stderr, a line each. */
  readonly stderr: readonly string[];
  /** pfctl would load all of it. */
  readonly accepted: boolean;
  /** One per cause, with help. */
  readonly diagnostics: readonly Diagnostic[];
  /** Statements given up, with `live` input only. */
  readonly unread: readonly UnreadStatement[];
  /** Of the main file. */
  readonly options: PfOptions;
  /** The text of every file that was read for its statements, by the name in spans. */
  readonly sources: ReadonlyMap<string, string>;
  /** Lines of all files that were read. */
  readonly lines: number;
  readonly macros: ReadonlyMap<string, string>;
}

/**
 * Reads a pf.conf exactly as pfctl of OpenBSD 7.8 does: accepts what it accepts, rejects what it
 * rejects with its words, and expands to the rules that it loads.
 *
 * Never throws, whatever the text; touches nothing but what `input` gives.
 *
 * @param environment - what pfctl asks the running system: interfaces, names, routing tables
 */
export function readPf(input: PfInput, environment: Environment): PfReading {
  const live = input.live === true;
  const shared: Shared = {
    input,
    environment,
    hosts: new HostLookup(environment, input.resolve, live),
    stderr: [],
    diagnostics: [],
    automatic: { next: 0 },
    queues: new Map(),
    definedQueues: [],
    statePolicy: "floating",
    fingerprints: undefined,
    stateDefaults: undefined,
    optimization: input.optimize,
    inlineTables: 0,
    rules: 0,
    combinations: 0,
    bytes: 0,
    lines: 0,
    includes: 0,
    sources: new Map([[input.file, input.text]]),
  };
  const run = new Run(shared, input.file, input.text, input.anchor ?? "");
  for (const [name, value] of input.defines ?? []) {
    if (run.lexer.macros.has(name)) continue;
    run.lexer.macros.set(name, { value, permanent: true, used: false });
  }
  const main = run.read();
  const loaded: PfConfiguration[] = [];
  const loadedRuns: Run[] = [];
  // those of a loaded file come behind all that were known before
  const loads = [...run.reading.loads];
  if (main.accepted) {
    for (const load of loads) {
      const made = loadAnchor(shared, load);
      if (made === undefined) break;
      loadedRuns.push(made.run);
      loaded.push(made.configuration);
      loads.push(...made.run.reading.loads);
      if (!made.configuration.accepted) break;
    }
  }
  const accepted = main.accepted && loaded.length === loads.length;
  const complete = accepted && loaded.every((it) => it.accepted);
  const exited = loadedRuns.at(-1)?.exited === true;
  if (main.accepted && !complete && !exited) shared.stderr.push("pfctl: load anchors");
  const macros = [...run.lexer.macros].map(([name, { value }]) => [name, value] as const);
  return {
    main,
    loaded,
    stderr: shared.stderr,
    accepted: complete,
    diagnostics: shared.diagnostics,
    unread: [run, ...loadedRuns].flatMap((it) => it.reading.unread),
    options: optionsOf(run.reading),
    sources: shared.sources,
    lines: shared.lines,
    macros: new Map(macros),
  };
}

const DEFAULT_SYNCOOKIES = { start: 25, end: 12 };

function optionsOf(reading: Reading): PfOptions {
  const { timeouts, limits, reassemble, reassembleNoDf, skip, fingerprints } = reading;
  const { syncookiesMode: mode } = reading;
  const marks = reading.syncookies ?? DEFAULT_SYNCOOKIES;
  return {
    timeouts,
    limits,
    reassemble,
    reassembleNoDf,
    skip,
    fingerprints,
    syncookies: { mode, ...marks },
  };
}

/** Reads one file of `load anchor` as a run of its own; undefined if it cannot be opened. */
function loadAnchor(
  shared: Shared,
  { anchor, file, origin }: AnchorLoad,
): { run: Run; configuration: PfConfiguration } | undefined {
  shared.stderr.push("", `Loading anchor ${anchor} from ${file}`);
  const text = shared.input.include?.(file);
  if (typeof text !== "string") {
    const reason = text?.error ?? "No such file or directory";
    shared.stderr.push(`pfctl: pushfile: ${file}: ${reason}`);
    shared.stderr.push(`pfctl: cannot open the main config file!: ${reason}`);
    shared.diagnostics.push({
      code: "load-anchor",
      severity: "error",
      message: `cannot open ${file}: ${reason}`,
      span: origin.span,
      help: "write the path in quotes, relative to the directory pfctl runs in",
    });
    return undefined;
  }
  const name = shared.input.path?.(file) ?? file;
  shared.sources.set(name, text);
  const run = new Run(shared, name, text, anchor);
  const { optimization } = shared;
  const configuration = run.read();
  // what this file sets does not hold for the next
  shared.optimization = optimization;
  return { run, configuration };
}

/** One run over one main file. */
class Run {
  readonly lexer: Lexer;
  readonly reading: Reading;
  /** pfctl ended at once. */
  exited = false;
  readonly #shared: Shared;

  constructor(shared: Shared, file: string, text: string, anchor: string) {
    const tokens = new Tokens();
    this.#shared = shared;
    this.lexer = new Lexer(tokens, file, text);
    this.reading = new Reading(shared, tokens, this.lexer, anchor);
    shared.lines += countLines(text);
  }

  read(): PfConfiguration {
    const { reading } = this;
    const rulesets = new Map<string, PfRules>();
    const from = this.#shared.stderr.length;
    let queues: PfConfiguration["queues"] = [];
    try {
      new StatementReader(reading, SHAPES).read();
      if (this.#shared.input.verbose === true) this.#warnUnused();
      if (reading.errors === 0) {
        if (reading.root === "") queues = queueTrees(reading);
        this.#finish(reading.root, rulesets);
      }
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      this.exited = true;
      reading.keepUnread();
    }
    for (const [path, rules] of reading.rulesets) {
      if (!rulesets.has(path)) rulesets.set(path, { rules, tables: [] });
    }
    return {
      anchor: reading.root,
      printed: reading.printed,
      queues,
      rulesets,
      tables: reading.tables,
      stderr: this.#shared.stderr.slice(from),
      accepted: reading.errors === 0,
    };
  }

  #warnUnused(): void {
    for (const [name, { used }] of this.lexer.macros) {
      if (!used) this.reading.plain(`warning: macro '${name}' not used`);
    }
  }

  /** Optimizes and numbers the rules of an anchor, then those of the anchors inside it. */
  #finish(path: string, into: Map<string, PfRules>): void {
    if (into.has(path)) return;
    const read = this.reading.rulesets.get(path) ?? [];
    const { rules, tables } = this.#optimized(read, path);
    into.set(path, { rules, tables });
    rules.forEach((rule, number) => {
      rule.number = number;
      if (!this.#numberMarks(rule)) this.reading.exit("expand_label: label too long");
      if (rule.anchor?.inline === true) this.#finish(rule.anchor.path, into);
    });
  }

  #optimized(rules: readonly PfRule[], path: string): { rules: PfRule[]; tables: PfTable[] } {
    if (this.#shared.optimization === "none") return { rules: [...rules], tables: [] };
    const { rules: made, tables } = optimizeRules(rules, this.#shared.automatic, path);
    return { rules: made, tables: [...tables] };
  }

  #numberMarks(rule: PfRule): boolean {
    if (rule.label === "" && rule.tag === "" && rule.tagged === "") return true;
    for (const mark of ["label", "tag", "tagged"] as const) {
      const made = expandNumber(rule[mark], rule.number);
      if (made === undefined) return false;
      rule[mark] = made;
    }
    return true;
  }
}
