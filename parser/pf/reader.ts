import {
  addUnreadRule,
  inlineAnchor,
  type NamedCall,
  openAnchor,
  referencedAnchor,
} from "./anchors.ts";
import { writeAntispoof } from "./antispoof.ts";
import { type Context, complain, spanIn, unreadOf } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { PfGrammar } from "./grammar.ts";
import { PfLexer } from "./lexer.ts";
import { ruleStatement } from "./rule-statement.ts";
import { writeRules } from "./rule-writer.ts";
import { salvagedCriteria } from "./salvage.ts";
import { applyOption } from "./set-options.ts";
import { beginsStatement, Statements, type StatementTokens } from "./statements.ts";
import type { RuleSyntax, StatementSyntax } from "./syntax.ts";
import { readTable } from "./tables.ts";

/** A `load anchor` statement, to be read after the main ruleset. */
export interface AnchorLoad {
  readonly path: string;
  readonly file: string;
  readonly call: NamedCall;
  readonly statement: Context["statement"];
  readonly from: string;
}

/** An inline anchor whose body is being read. */
interface OpenBody {
  /** Absent: its name is wrong or its rule was not understood. */
  readonly rule: RuleSyntax | undefined;
  readonly call: NamedCall | undefined;
  readonly statement: Context["statement"];
  readonly outer: string;
  readonly outerTables: string;
  /** Number of its brace in the file, from 1. */
  readonly brace: number;
}

const LONGEST_MACRO = 1 << 16;
const MOST_ERRORS = 1000;
const DEEPEST_INCLUDE = 64;
const MOST_INCLUDES = 10_000;
const DEEPEST_BODY = 63;
const INSIDE_ANCHORS: ReadonlySet<StatementSyntax["kind"]> = new Set([
  "rule",
  "table",
  "include",
  "close",
]);

let grammar: PfGrammar | undefined;

/** Reads one file, and what it includes, statement by statement into a context. */
export class PfReader {
  readonly macros: Map<string, string> = new Map();
  readonly loads: AnchorLoad[] = [];
  /** Lines of all files that were read. */
  lines = 0;
  readonly #context: Context;
  readonly #lexer: PfLexer;
  readonly #statements: Statements;
  readonly #grammar: PfGrammar;
  readonly #bodies: OpenBody[] = [];
  /** References that need contents at run time unless some line gives them. */
  readonly #references: {
    readonly call: NamedCall;
    readonly statement: Context["statement"];
    readonly file: string;
  }[] = [];
  #braces = 0;
  #includes = 0;
  /** The statement before this one was not understood. */
  #broken = false;

  constructor(context: Context) {
    this.#context = context;
    this.#lexer = new PfLexer(this.macros, context.report);
    this.#statements = new Statements(this.#lexer);
    grammar ??= new PfGrammar();
    this.#grammar = grammar;
  }

  read(file: string, text: string): void {
    const context = this.#context;
    const first = context.report.errors;
    this.#open(file, text);
    for (;;) {
      context.file = this.#lexer.characters.file;
      const statement = this.#statements.next();
      if (statement !== undefined) {
        this.#readStatement(statement);
        if (context.report.errors - first <= MOST_ERRORS) continue;
        complain(context, complaint.tooManyErrors(spanIn(context)));
        addUnreadRule(context, "begins the rest of the file, which was not read");
        return;
      }
      if (!this.#lexer.characters.close()) break;
    }
    if (this.#bodies.length > 0) complain(context, complaint.unclosedAnchor(spanIn(context)));
    while (this.#bodies.length > 0) this.#closeBody();
  }

  /** Opens every anchor that is called and that no line fills. */
  openReferences(): void {
    for (const { call, statement, file } of this.#references) {
      this.#context.statement = statement;
      this.#context.file = file;
      openAnchor(this.#context, call);
    }
  }

  #open(file: string, text: string): void {
    this.lines += countLines(text);
    this.#lexer.characters.open(file, text);
  }

  #readStatement(statement: StatementTokens): void {
    const context = this.#context;
    const { tokens } = statement;
    context.statement = tokens;
    context.pending.clear();
    const errors = context.report.errors;
    if (statement.tooLong) {
      complain(context, complaint.statementTooLong(spanIn(context)));
      addUnreadRule(context, "is too long to read");
      return;
    }
    // the rest of a list whose beginning was wrong is the same mistake, not another one
    if (this.#broken && isRest(tokens)) return;
    const result = this.#grammar.read(tokens);
    const kind = result.ok ? result.statement.kind : undefined;
    const allowed = kind === undefined || this.#bodies.length === 0 || INSIDE_ANCHORS.has(kind);
    if (result.ok && allowed && (kind !== "close" || this.#bodies.length > 0)) {
      this.#broken = false;
      this.#apply(result.statement);
      return;
    }
    this.#broken = true;
    const at = result.ok ? 0 : result.at;
    const expected = result.ok ? "" : result.expected;
    const wrong = tokens[at];
    if (context.report.errors === errors && !this.#lexerComplained(statement)) {
      const span = wrong === undefined ? spanIn(context, tokens.at(-1)) : spanIn(context, wrong);
      complain(context, complaint.syntaxError(wrong?.image ?? "", expected, span));
    }
    this.#statements.resumeBehind(statement, at);
    if (statement.opensBody) this.#openBody(undefined, undefined);
    else if (!isMacro(tokens)) {
      addUnreadRule(context, "was not understood", salvagedCriteria(tokens, at));
    }
  }

  /** The lexer has already said what is wrong with the last token. */
  #lexerComplained({ tokens }: StatementTokens): boolean {
    const last = this.#context.report.diagnostics.at(-1);
    const token = tokens.at(-1);
    return (
      last !== undefined &&
      LEXER_CODES.has(last.code) &&
      last.span.line === token?.startLine &&
      last.span.column === token.startColumn
    );
  }

  #apply(statement: StatementSyntax): void {
    const context = this.#context;
    switch (statement.kind) {
      case "macro":
        this.#define(statement);
        return;
      case "include":
        this.#include(statement.file.image);
        return;
      case "set":
        applyOption(context, statement);
        return;
      case "table":
        readTable(context, statement);
        return;
      case "queue":
        if (statement.parent) context.queues.add(statement.name.image);
        context.unread.push(
          unreadOf(context, { kind: "nothing" }, "shares bandwidth and moves no packet"),
        );
        return;
      case "antispoof":
        this.#guarded(() => writeAntispoof(context, statement));
        return;
      case "load":
        this.#load(statement);
        return;
      case "close":
        this.#closeBody();
        return;
      case "rule":
        if (statement.action === "anchor") this.#anchor(statement);
        else this.#rule(statement, undefined);
    }
  }

  #rule(syntax: RuleSyntax, call: NamedCall | undefined): void {
    this.#guarded(() => {
      const statement = ruleStatement(this.#context, syntax, call);
      if (statement !== undefined) writeRules(this.#context, statement);
    });
  }

  /** Runs `write`; what pfctl would reject leaves an unread rule in its place. */
  #guarded(write: () => void): void {
    const context = this.#context;
    const errors = context.report.errors;
    write();
    if (context.report.errors === errors) return;
    const { tokens } = { tokens: context.statement };
    addUnreadRule(context, "was rejected", salvagedCriteria(tokens, tokens.length));
  }

  #anchor(syntax: RuleSyntax): void {
    if (syntax.opensBody === true) {
      const call = inlineAnchor(this.#context, syntax.name, this.#braces + 1);
      this.#openBody(call === undefined ? undefined : syntax, call);
      return;
    }
    const call = referencedAnchor(this.#context, syntax.name);
    if (call === undefined) {
      addUnreadRule(this.#context, "was rejected");
      return;
    }
    const { statement, file } = this.#context;
    this.#references.push({ call, statement, file });
    this.#rule(syntax, call);
  }

  #openBody(rule: RuleSyntax | undefined, call: NamedCall | undefined): void {
    const context = this.#context;
    this.#braces++;
    this.#bodies.push({
      rule,
      call,
      statement: context.statement,
      outer: context.anchor,
      outerTables: context.tableAnchor,
      brace: this.#braces,
    });
    const deep = this.#bodies.length > DEEPEST_BODY;
    if (deep) complain(context, complaint.anchorsTooDeep(spanIn(context)));
    const hidden = `_${this.#braces}`;
    if (!deep)
      context.anchor =
        call?.path ?? (context.anchor === "" ? hidden : `${context.anchor}/${hidden}`);
    if (!context.anchors.has(context.anchor)) context.anchors.set(context.anchor, []);
    // pfctl leaves tables behind under an internal name when it moves a body below a named one
    const lost = this.#bodies.slice(0, -1).some((it) => it.call?.name !== "");
    context.tableAnchor = lost ? `${context.anchor}/_` : context.anchor;
  }

  /** The rule of an inline anchor is written when its body has ended. */
  #closeBody(): void {
    const context = this.#context;
    const body = this.#bodies.pop();
    if (body === undefined) return;
    context.anchor = body.outer;
    context.tableAnchor = body.outerTables;
    context.statement = body.statement;
    context.pending.clear();
    if (body.rule === undefined) addUnreadRule(context, "was not understood");
    else this.#rule(body.rule, this.#closedCall(body));
  }

  /** An empty named body inside another one keeps the internal path that pfctl gave it. */
  #closedCall({ call, rule }: OpenBody): NamedCall | undefined {
    const outer = this.#bodies.at(-1);
    const name = rule?.name?.image;
    if (call === undefined || outer === undefined || name === undefined) return call;
    if ((this.#context.anchors.get(call.path)?.length ?? 0) > 0) return call;
    const internal = `_${outer.brace}/${name}`;
    return {
      path: `${outer.call?.path ?? ""}/${internal}`,
      wildcard: false,
      name: ` "${internal}"`,
    };
  }

  #define({ name, value }: Extract<StatementSyntax, { kind: "macro" }>): void {
    const span = spanIn(this.#context, name);
    const text = value.map((it) => it.image).join(" ");
    if (/.\s/.test(name.image)) complain(this.#context, complaint.macroName(span));
    else if (text.length > LONGEST_MACRO) complain(this.#context, complaint.macroTooLong(span));
    else this.macros.set(name.image, text);
  }

  #include(name: string): void {
    const context = this.#context;
    const { characters } = this.#lexer;
    const path = context.input.path?.(name) ?? name;
    const span = spanIn(context);
    const text = context.input.include?.(name);
    if (characters.files.includes(path) || characters.depth > DEEPEST_INCLUDE) {
      complain(context, complaint.includeCycle(name, span));
    } else if (this.#includes++ > MOST_INCLUDES) {
      complain(context, complaint.includeMany(span));
    } else if (text === undefined) complain(context, complaint.includeMissing(name, span));
    else {
      this.#open(path, text);
      return;
    }
    addUnreadRule(context, `includes \`${name}\`, which was not read`);
  }

  #load({ name, file }: Extract<StatementSyntax, { kind: "load" }>): void {
    const context = this.#context;
    const call = referencedAnchor(context, name);
    if (call === undefined) return;
    const path = file.map((it) => it.image).join(" ");
    const { statement, file: from } = context;
    this.loads.push({ path: call.path, file: path, call, statement, from });
  }
}

const LEXER_CODES: ReadonlySet<string> = new Set([
  "undefined-macro",
  "number-range",
  "unfinished-string",
  "string-too-long",
  "macro-too-long",
]);

function isRest(tokens: Context["statement"]): boolean {
  return !beginsStatement(tokens[0]) && !isMacro(tokens) && tokens[0]?.image !== "}";
}

function isMacro(tokens: Context["statement"]): boolean {
  return tokens[1]?.image === "=";
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return text === "" || text.endsWith("\n") ? lines : lines + 1;
}
