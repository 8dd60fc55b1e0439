import type { IToken } from "chevrotain";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { Rule, Table } from "../../model/rule.ts";
import type { Span } from "../../model/source.ts";
import type { Scope, Unread } from "../../model/unread.ts";
import type { Report } from "./report.ts";
import { spanOf } from "./span-of.ts";
import type { StateOptionSyntax } from "./syntax.ts";

/** What `parsePf` reads, and what it may ask for. */
export interface PfInput {
  readonly file: string;
  readonly text: string;
  /** The text of an included, table or anchor file; undefined if there is none of that name. */
  readonly include?: (name: string) => string | undefined;
  /** Where a file of `include` lies, for spans; its name if absent. */
  readonly path?: (name: string) => string;
  /** The addresses of a host name, as hosts(5) of the host has them. */
  readonly resolve?: (name: string) => readonly string[] | undefined;
  /** Number of rules to stop at; a million if absent. */
  readonly mostRules?: number;
}

/** What one reading has gathered so far, and the settings that are in force. */
export interface Context {
  readonly input: PfInput;
  readonly environment: Environment;
  readonly report: Report;
  readonly unread: Unread[];
  readonly anchors: Map<string, Rule[]>;
  readonly tables: Table[];
  /** Tables that `overload` fills. */
  readonly overloads: Map<string, Unread>;
  readonly skip: string[];
  /** Queues that packets can be assigned to. */
  readonly queues: Set<string>;
  /** File of the present statement. */
  file: string;
  /** First and last token of the present statement, for spans and words. */
  statement: readonly IToken[];
  /** Unread lines that the present statement made so far, by effect. */
  readonly pending: Map<string, Unread>;
  /** Anchor that rules go to. */
  anchor: string;
  /** Anchor that tables go to. */
  tableAnchor: string;
  blockPolicy: "drop" | "return";
  statePolicy: "floating" | "if-bound";
  stateDefaults: readonly StateOptionSyntax[] | undefined;
  reassemble: boolean;
  /** Tables that pfctl made up for pools so far. */
  automaticTables: number;
  rules: number;
}

/** Where `first` … `last` of the present statement stands; without arguments the whole statement. */
export function spanIn(context: Context, first?: IToken, last?: IToken): Span {
  const from = first ?? context.statement[0];
  const to = first === undefined ? context.statement.at(-1) : last;
  if (from === undefined) return { file: context.file, line: 1, column: 1, length: 1 };
  return spanOf(context.file, from, to);
}

/** Notes a complaint; returns undefined so that readers can give up in one line. */
export function complain(context: Context, it: Diagnostic): undefined {
  context.report.diagnostic(it);
  return undefined;
}

/** An unread line for the present statement. */
export function unreadOf(
  context: Context,
  scope: Scope,
  effect: string,
  settle: string = settleLine(context),
): Unread {
  const span = spanIn(context);
  const words = context.statement
    .slice(0, 60)
    .map((token) => token.image)
    .join(" ");
  return {
    id: `${span.file}:${span.line}`,
    span,
    scope,
    words: words.length > 200 ? `${words.slice(0, 199)}…` : words,
    effect,
    settle,
  };
}

/** The unread line of the present rule statement with this effect, the same for all its rules. */
export function ruleUnread(context: Context, effect: string): Unread {
  const known = context.pending.get(effect);
  if (known !== undefined) return known;
  const scope = { kind: "rule", host: context.environment.host, anchor: context.anchor } as const;
  const unread = unreadOf(context, scope, effect);
  context.pending.set(effect, unread);
  context.unread.push(unread);
  return unread;
}

function settleLine(context: Context): string {
  const { file, line } = spanIn(context);
  return `assume: { line: { "${file}:${line}": { effect: none, reason: … } } }`;
}
