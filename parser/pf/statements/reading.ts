import type { Diagnostic } from "../../../model/diagnostic.ts";
import type { Environment } from "../../../model/environment.ts";
import type { Origin, PfQueue, PfRule, PfTable, Syncookies } from "../../../model/pf-rule.ts";
import type { Span } from "../../../model/source.ts";
import type { HostLookup } from "../expansion/host-lookup.ts";
import type { Written } from "../expansion/list-items.ts";
import type { Lexer } from "../lexical/lexer.ts";
import type { Tokens } from "../lexical/tokens.ts";
import type { Fingerprints } from "../names/fingerprints.ts";
import { adviceOn } from "./advice.ts";
import { Draft } from "./draft.ts";
import type { PfInput } from "./input.ts";
import { Nesting } from "./nesting.ts";
import type { StateOption } from "./state-option.ts";
import { syntaxHelp } from "./syntax-help.ts";
import { type UnreadStatement, unreadStatement } from "./unread-statement.ts";

/** Thrown where pfctl ends at once; caught by the reader. */
export class Exit extends Error {}

/** A `load anchor` statement, carried out after the main ruleset. */
export interface AnchorLoad {
  readonly anchor: string;
  readonly file: string;
  readonly origin: Origin;
}

/** What one reading shares between all its files: the counters and settings that pfctl keeps. */
export interface Shared {
  readonly input: PfInput;
  readonly environment: Environment;
  readonly hosts: HostLookup;
  readonly stderr: string[];
  readonly diagnostics: Diagnostic[];
  /** Counter of automatic tables. */
  readonly automatic: { next: number };
  readonly queues: Map<string, PfQueue[]>;
  readonly definedQueues: PfQueue[];
  statePolicy: "floating" | "if-bound";
  /** Of `set fingerprints`; absent: those of the system. */
  fingerprints: Fingerprints | undefined;
  stateDefaults: readonly StateOption[] | undefined;
  /** Set once by the file, or by the caller. */
  optimization: string | undefined;
  /** Table statements inside inline anchors. */
  inlineTables: number;
  rules: number;
  /** Combinations of list elements, whatever became of them. */
  combinations: number;
  /** Of included files and tables. */
  bytes: number;
  /** Lines of all files that were read. */
  lines: number;
  includes: number;
  readonly sources: Map<string, string>;
}

/** An inline anchor whose body is being read. */
export interface Body {
  readonly draft: Draft;
  readonly origin: Origin;
  /** Number of its brace in the run, from 1. */
  readonly brace: number;
  /** The anchor that the anchor rule itself goes to. */
  readonly outer: string;
  readonly rules: PfRule[];
}

/** One run over one main file: what it has made, and the statement at hand. */
export class Reading {
  readonly shared: Shared;
  readonly tokens: Tokens;
  readonly lexer: Lexer;
  readonly printed: (string | PfTable)[] = [];
  readonly tables: PfTable[] = [];
  readonly rulesets: Map<string, PfRule[]> = new Map();
  readonly loads: AnchorLoad[] = [];
  /** Statements that pfctl gives up; kept where the host's own file is read. */
  readonly unread: UnreadStatement[] = [];
  readonly skip: string[] = [];
  readonly bodies: Body[] = [];
  readonly nesting: Nesting = new Nesting();
  /** Rules of an inline anchor of the same name that was closed before. */
  readonly earlier: Map<Body, PfRule[]> = new Map();
  braces = 0;
  /** What the steps of the statement at hand have gathered. */
  draft: Draft = new Draft();
  /** The anchor whose rules are read; `-a` and the bodies below it. */
  anchor: string;
  readonly root: string;
  blockPolicy: "drop" | "return" = "drop";
  reassemble = true;
  reassembleNoDf = false;
  /** The file of `set fingerprints`. */
  fingerprints = "";
  /** Of `set timeout`, `set limit` and `set optimization`. */
  readonly timeouts: Map<string, number> = new Map();
  readonly limits: Map<string, number> = new Map();
  syncookiesMode: Syncookies["mode"] = "never";
  syncookies: { readonly start: number; readonly end: number } | undefined;
  errors = 0;
  /** Index of the token last read, whose line pfctl reports. */
  last = 0;
  /** Where the statement at hand comes from; made when first asked for. */
  #origin: Origin | undefined;
  /** Codes of what the statement at hand was told about. */
  #told: Set<string> | undefined;

  constructor(shared: Shared, tokens: Tokens, lexer: Lexer, anchor: string) {
    this.shared = shared;
    this.tokens = tokens;
    this.lexer = lexer;
    this.anchor = anchor;
    this.root = anchor;
    this.rulesets.set(anchor, []);
  }

  beginStatement(): void {
    this.#origin = undefined;
    this.draft.reset();
    this.#told = undefined;
  }

  /** The statement at hand, as the rules it makes remember it. */
  get origin(): Origin {
    if (this.#origin === undefined) {
      const { tokens } = this;
      const last = Math.max(0, tokens.count - 2);
      const includes = tokens.frame(0)?.includes ?? [];
      const macros = tokens.macros.length === 0 ? NONE : [...tokens.macros];
      this.#origin = { span: tokens.span(0, last), macros, includes };
    }
    return this.#origin;
  }

  /** Goes back to the statement that opened a body. */
  set origin(origin: Origin) {
    this.#origin = origin;
  }

  /**
   * A complaint of pfctl about the statement at hand: rejects the file.
   *
   * @param at - the first token it is about; absent: what its words speak of
   * @param help - what to write instead; absent: see {@link adviceOn}
   */
  error(message: string, at?: number, to?: number, help?: Help): false {
    this.consequence(message);
    const { tokens } = this;
    if (this.errors >= MOST_ERRORS) this.limit(`more than ${MOST_ERRORS} errors`);
    this.#diagnose(message, "error", at === undefined ? undefined : tokens.span(at, to), help);
    return false;
  }

  /** As {@link error}, of a complaint that pfctl makes without file and line. */
  plainError(message: string): void {
    this.errors++;
    this.plain(message);
    this.#diagnose(message.replace(/^pfctl: /, ""), "error", undefined);
  }

  /** As {@link error}, of something that follows from another complaint: no diagnostic of its own. */
  consequence(message: string): false {
    this.errors++;
    const { tokens, last } = this;
    this.shared.stderr.push(`${tokens.file(last)}:${tokens.line(last)}: ${message}`);
    if (this.errors >= MOST_ERRORS) this.limit(`more than ${MOST_ERRORS} errors`);
    return false;
  }

  /** Rejects the file without a word, as pfctl does here; `why` is for the diagnostic only. */
  silentError(why: string, at?: number): false {
    this.errors++;
    if (why !== "")
      this.#diagnose(why, "error", at === undefined ? undefined : this.tokens.span(at));
    return false;
  }

  /**
   * A token that fits nowhere.
   *
   * @param quiet - pfctl does not say so, shortly after another error
   * @param follows - the error is that of the statement before: no diagnostic of its own
   */
  syntaxError(at: number, expected: string, quiet: boolean, follows: boolean): void {
    this.errors++;
    const { tokens } = this;
    if (!quiet) this.shared.stderr.push(`${tokens.file(at)}:${tokens.line(at)}: syntax error`);
    if (follows) return;
    this.#diagnose("syntax error", "error", tokens.span(at), () =>
      syntaxHelp(tokens, at, expected),
    );
  }

  /** A complaint of the lexer. */
  lexicalError(message: string, span: Span, line: number, file: string): void {
    this.errors++;
    this.shared.stderr.push(`${file}:${line}: ${message}`);
    this.#diagnose(message, "error", span);
  }

  /** The statement at hand was given up at token `wrong`: what it says stays as data. */
  keepUnread(wrong: number = this.tokens.count): void {
    if (this.shared.input.live !== true || this.tokens.kind(0) === 0) return;
    this.unread.push(unreadStatement(this, wrong));
  }

  /** An error ends every body that is open: their closing braces are errors of their own. */
  leaveBodies(): void {
    this.bodies.length = 0;
    if (this.shared.input.live !== true) return;
    this.nesting.clear();
    this.anchor = this.root;
  }

  /** Says something that does not reject. */
  warn(message: string): void {
    const { tokens, last } = this;
    this.shared.stderr.push(`${tokens.file(last)}:${tokens.line(last)}: warning: ${message}`);
    this.#diagnose(message, "warning", undefined);
  }

  /** A line of stderr without file and line. */
  plain(message: string): void {
    this.shared.stderr.push(message);
  }

  /** Ends pfctl: `pfctl: message` and exit status 1. */
  exit(message: string): never {
    this.errors++;
    this.shared.stderr.push(`pfctl: ${message}`);
    this.#diagnose(message, "error", undefined);
    throw new Exit(message);
  }

  /** A limit of this reader, which pfctl has not: the rest is not read. */
  limit(message: string): never {
    this.exit(message);
  }

  /** Where an element of a list was written, if it was. */
  spanOf(it: Written | undefined): Span | undefined {
    if (it === undefined || it.at < 0) return undefined;
    it.span ??= this.tokens.span(it.at, it.to);
    return it.span;
  }

  /** Lists multiply: what they make is counted before it is made. */
  countCombination(): void {
    if (this.shared.combinations++ >= MOST_COMBINATIONS) {
      this.limit(`lists with more than ${MOST_COMBINATIONS} combinations`);
    }
  }

  /** A small file may be named very often. */
  countBytes(text: string): void {
    this.shared.bytes += text.length;
    if (this.shared.bytes > MOST_BYTES) this.limit(`files of more than ${MOST_BYTES} bytes`);
  }

  /** Adds to the rules of the present anchor. */
  addRule(rule: PfRule): void {
    const most = this.shared.input.mostRules ?? MOST_RULES;
    if (this.shared.rules++ >= most) this.limit(`more than ${most} rules`);
    this.rulesOf(this.anchor).push(rule);
  }

  rulesOf(anchor: string): PfRule[] {
    const known = this.rulesets.get(anchor);
    if (known !== undefined) return known;
    const made: PfRule[] = [];
    this.rulesets.set(anchor, made);
    return made;
  }

  /** One diagnostic for each cause: what a statement has said once it does not say again. */
  #diagnose(
    message: string,
    severity: Diagnostic["severity"],
    span: Span | undefined,
    more: Help = undefined,
  ): void {
    const { diagnostics } = this.shared;
    const { code, help: general, under } = adviceOn(message);
    this.#told ??= new Set();
    // a complaint of the lexer makes the token that follows wrong as well
    if (this.#told.has(code) || (code === "syntax" && this.#told.size > 0)) return;
    this.#told.add(code);
    if (diagnostics.length >= MOST_DIAGNOSTICS) return;
    const help = (typeof more === "function" ? more() : more) ?? general;
    const it = { code, severity, message, span: span ?? this.#spanUnder(under) };
    diagnostics.push(help === undefined ? it : { ...it, help });
  }

  /** The first of `words` in the statement with the token behind it; else all of the statement. */
  #spanUnder(words: readonly number[]): Span {
    const { tokens } = this;
    for (let at = 0; at < tokens.count; at++) {
      if (words.includes(tokens.kind(at)))
        return tokens.span(at, Math.min(at + 1, tokens.count - 2));
    }
    return this.origin.span;
  }
}

/** What to write instead, or how to find out: only what is shown is worth a search. */
export type Help = string | undefined | (() => string | undefined);

const NONE: Origin["macros"] = [];
const MOST_RULES = 1_000_000;
const MOST_COMBINATIONS = 50_000_000;
const MOST_ERRORS = 1_000_000;
const MOST_BYTES = 1 << 27;
const MOST_DIAGNOSTICS = 1000;
