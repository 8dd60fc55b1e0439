import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { PfConfiguration, PfRule } from "../../model/pf-rule.ts";
import type { Rule, Ruleset, Table } from "../../model/rule.ts";
import type { Span } from "../../model/source.ts";
import type { Scope, Unread } from "../../model/unread.ts";
import { engineRule } from "./engine-rules.ts";
import { engineTable, overloadedTables } from "./engine-tables.ts";
import { HostLookup } from "./expansion/host-lookup.ts";
import { pfConfOf } from "./pf-conf.ts";
import { type PfInput, type PfReading, readPf, type UnreadStatement } from "./read.ts";

/** What the engines take of one pf.conf and the files it names. */
export interface EngineReading {
  readonly ruleset: Ruleset;
  readonly conf: PfConf;
  readonly diagnostics: readonly Diagnostic[];
  /** Lines of all files that were read. */
  readonly lines: number;
  /** Every unread line, those of rules and tables included. */
  readonly unread: readonly Unread[];
  /** What pfctl would load and print. */
  readonly configuration: PfReading;
}

/**
 * Reads a pf.conf as the host itself loads it, for the engines: what pfctl cannot know from files
 * stays open, what it would reject stands as an unread rule in its place, and what the engines do
 * not model opens a bracket.
 *
 * Never throws, whatever the text.
 */
export function parsePf(input: PfInput, environment: Environment): EngineReading {
  let configuration = readPf({ ...input, live: true }, environment);
  if (configuration.unread.length > 0 && input.optimize === undefined) {
    // what stands between rules that are not understood must not be moved across it
    configuration = readPf({ ...input, live: true, optimize: "none" }, environment);
  }
  const view = new EngineView(configuration, environment, input);
  const { diagnostics, lines } = configuration;
  const conf = pfConfOf(configuration, environment.host);
  return { ruleset: view.ruleset(), conf, diagnostics, lines, unread: view.unread, configuration };
}

const LONGEST_WORDS = 200;

/** Builds the rulesets of one host. */
class EngineView {
  readonly unread: Unread[] = [];
  readonly #reading: PfReading;
  readonly #environment: Environment;
  readonly #hosts: HostLookup;
  readonly #anchors: Map<string, Rule[]> = new Map([["", []]]);
  readonly #brackets: Map<string, Unread> = new Map();
  readonly #lines: Lines;
  /** References without braces, in order. */
  readonly #references: PfRule[] = [];

  constructor(reading: PfReading, environment: Environment, input: PfInput) {
    this.#reading = reading;
    this.#environment = environment;
    this.#hosts = new HostLookup(environment, input.resolve, true);
    this.#lines = new Lines(reading.sources);
  }

  ruleset(): Ruleset {
    const { main, loaded, options } = this.#reading;
    for (const run of [main, ...loaded]) this.#addRun(run);
    for (const rule of this.#references) this.#openReference(rule);
    const tables = this.#tables();
    for (const queue of main.queues) {
      this.#note(
        queue.span,
        { kind: "nothing" },
        "shares bandwidth and moves no packet",
        this.#wordsAt(queue.span),
      );
    }
    const scoped = this.unread.filter(({ scope }) => scope.kind === "nothing");
    return {
      anchors: this.#anchors,
      tables,
      skip: options.skip,
      reassemble: options.reassemble,
      unread: scoped,
    };
  }

  #addRun(run: PfConfiguration): void {
    const paths = [...run.rulesets.keys()].toSorted((a, b) => Number(b === "") - Number(a === ""));
    for (const path of paths) this.#addRules(path, run.rulesets.get(path)?.rules ?? []);
    for (const it of this.#reading.unread) {
      if (!run.rulesets.has(it.anchor)) this.#addRules(it.anchor, []);
    }
  }

  /** Rules of one anchor, with the statements that were given up in their places. */
  #addRules(path: string, rules: readonly PfRule[]): void {
    const made: Rule[] = [];
    const given = this.#reading.unread.filter((it) => it.anchor === path && !it.isOption);
    let next = 0;
    for (let at = 0; at <= rules.length; at++) {
      for (let it = given[next]; it !== undefined && it.position <= at; it = given[++next]) {
        made.push(this.#unreadRule(it, made.length));
      }
      const rule = rules[at];
      if (rule === undefined) continue;
      made.push(
        engineRule(rule, path, made.length, this.#hosts, (of, anchor, effect) =>
          this.#bracket(of, anchor, effect),
        ),
      );
      if (rule.anchor?.inline === false) this.#references.push(rule);
    }
    this.#anchors.set(path, made);
  }

  #bracket({ origin }: PfRule, anchor: string, effect: string): Unread {
    const key = `${origin.span.file}\0${origin.span.line}\0${origin.span.column}\0${effect}`;
    const known = this.#brackets.get(key);
    if (known !== undefined) return known;
    const scope = { kind: "rule", host: this.#environment.host, anchor } as const;
    const made = this.#note(origin.span, scope, effect, this.#wordsAt(origin.span));
    this.#brackets.set(key, made);
    return made;
  }

  /** The words of a statement as written, on one line. */
  #wordsAt(span: Span): string {
    const text = this.#lines.at(span);
    const words = text.trim().replace(/\s+/g, " ");
    return words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS - 1)}…` : words;
  }

  #note(
    span: Span,
    scope: Scope,
    effect: string,
    words: string,
    settle: string = `assume: { line: { "${span.file}:${span.line}": { effect: none, reason: … } } }`,
  ): Unread {
    const id = `${span.file}:${span.line}`;
    const unread = { id, span, scope, words, effect, settle };
    this.unread.push(unread);
    return unread;
  }

  #unreadRule(it: UnreadStatement, number: number): Rule {
    const { host } = this.#environment;
    const scope = { kind: "rule", host, anchor: it.anchor } as const;
    const uncertain = [this.#note(it.span, scope, "was not understood", it.words)];
    const { quick, direction, interface: on, family, protocol } = it.criteria;
    return {
      ...openRule(it.anchor, number, it.span, it.words),
      quick,
      ...(direction === undefined ? {} : { direction }),
      ...(on === undefined ? {} : { interface: { name: on, negated: false } }),
      ...(family === undefined ? {} : { family }),
      ...(protocol === undefined ? {} : { protocol }),
      uncertain,
    };
  }

  /**
   * Makes an anchor that no file fills one unread rule that may do anything. A wildcard's key is
   * `path/*`: one child that stands for all that may come.
   */
  #openReference({ anchor: call, origin }: PfRule): void {
    if (call === undefined) return;
    const { path, wildcard, name } = call;
    const key = wildcard ? (path === "" ? "*" : `${path}/*`) : path;
    if ((this.#anchors.get(key)?.length ?? 0) > 0) return;
    const { host } = this.#environment;
    const settle = `assume: { anchor: { "${host}:${name}": FILE } }`;
    const scope = { kind: "rule", host, anchor: key } as const;
    const words = this.#wordsAt(origin.span);
    const effect = "holds rules that come at run time";
    const uncertain = [this.#note(origin.span, scope, effect, words, settle)];
    this.#anchors.set(key, [{ ...openRule(key, 0, origin.span, words), uncertain }]);
  }

  /** Tables by name and anchor, the last declaration of each; those that overload fills stay open. */
  #tables(): readonly Table[] {
    const { host } = this.#environment;
    const runs = [this.#reading.main, ...this.#reading.loaded];
    const byName = new Map<string, Table>();
    const overloaded = overloadedTables(runs);
    const note = (name: string, span: Span, effect: string): Unread => {
      const scope = { kind: "table", host, table: name } as const;
      const settle = `assume: { table: { "${host}:<${name}>": [] } }`;
      return this.#note(span, scope, effect, this.#wordsAt(span), settle);
    };
    for (const run of runs) {
      const made = [...run.rulesets.values()].flatMap((it) => it.tables);
      for (const table of [...run.tables, ...made]) {
        const key = `${table.anchor}\0${table.name}`;
        byName.delete(key);
        byName.set(key, engineTable(table, note));
      }
    }
    const named = new Set([...byName.values()].map((it) => it.name));
    const open = new Map<string, Unread>();
    for (const [name, span] of overloaded) {
      const effect = `table <${name}> may hold any address: overload fills it at run time`;
      open.set(name, note(name, span, effect));
    }
    const tables = [...byName.values()].map((it) => {
      const unread = it.unread ?? open.get(it.name);
      return unread === undefined ? it : { ...it, unread };
    });
    const undeclared = [...open].filter(([name]) => !named.has(name));
    return [
      ...tables,
      ...undeclared.map(([name, unread]) => ({
        name,
        anchor: "",
        entries: [],
        unread,
        span: unread.span,
      })),
    ];
  }
}

/** Finds the text under spans; each file's lines are looked for once. */
class Lines {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #starts: Map<string, readonly number[]> = new Map();

  constructor(sources: ReadonlyMap<string, string>) {
    this.#sources = sources;
  }

  at({ file, line, column, length }: Span): string {
    const text = this.#sources.get(file) ?? "";
    let starts = this.#starts.get(file);
    if (starts === undefined) {
      starts = lineStarts(text);
      this.#starts.set(file, starts);
    }
    const from = (starts[line - 1] ?? text.length) + column - 1;
    return text.slice(from, from + length);
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** A rule that may match anything and do anything. */
function openRule(anchor: string, number: number, span: Span, text: string): Rule {
  const any = { address: { kind: "any" }, negated: false } as const;
  return {
    action: "unread",
    number,
    anchor,
    quick: true,
    log: false,
    source: any,
    destination: any,
    fragment: false,
    allowOptions: true,
    once: false,
    state: "keep",
    binding: "floating",
    sloppy: false,
    answer: "drop",
    uncertain: [],
    text,
    span,
  };
}
