import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { Ruleset, Table } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import { openAnchor } from "./anchors.ts";
import { type Context, complain, type PfInput, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { type AnchorLoad, PfReader } from "./reader.ts";
import { Report } from "./report.ts";

/** What was made of one pf.conf and the files it names. */
export interface PfReading {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  /** Lines of all files that were read. */
  readonly lines: number;
  /** Every unread line, those of rules and tables included. */
  readonly unread: readonly Unread[];
  readonly macros: ReadonlyMap<string, string>;
}

/**
 * Reads a pf.conf into the rules that pfctl would load, without its optimizer.
 *
 * Rules are expanded, ordered and numbered as pfctl does; what the model cannot hold stands as an
 * unread rule in its place. Never throws, whatever the text.
 *
 * @param input - `include` also gives table files and the files of `load anchor`
 * @param environment - the interfaces that names in the text stand for
 */
export function parsePf(input: PfInput, environment: Environment): PfReading {
  const context = emptyContext(input, environment);
  const reader = new PfReader(context);
  reader.read(input.file, input.text);
  const loaded = reader.loads.map((load) => loadAnchor(context, load));
  for (const it of [reader, ...loaded]) it?.openReferences();
  const lines = [reader, ...loaded].reduce((sum, it) => sum + (it?.lines ?? 0), 0);
  const { anchors, skip, reassemble } = context;
  const tables = tablesOf(context);
  const scoped = context.unread.filter(
    ({ scope }) => scope.kind !== "rule" && scope.kind !== "table",
  );
  return {
    ruleset: { anchors, tables, skip, reassemble, unread: scoped },
    diagnostics: context.report.diagnostics,
    lines,
    unread: [...context.unread, ...context.overloads.values()],
    macros: reader.macros,
  };
}

/** Reads the file of a `load anchor`: macros are gone, the policies back to their defaults. */
function loadAnchor(context: Context, load: AnchorLoad): PfReader | undefined {
  context.statement = load.statement;
  context.file = load.from;
  const text = context.input.include?.(load.file);
  if (text === undefined) {
    complain(context, complaint.loadMissing(load.file, spanIn(context)));
    openAnchor(context, load.call);
    return undefined;
  }
  context.blockPolicy = "drop";
  const { reassemble, skip } = context;
  const skipped = [...skip];
  context.anchor = load.path;
  context.tableAnchor = load.path;
  context.anchors.set(load.path, []);
  const reader = new PfReader(context);
  reader.read(context.input.path?.(load.file) ?? load.file, text);
  context.anchor = "";
  context.tableAnchor = "";
  context.reassemble = reassemble;
  context.skip.splice(0, context.skip.length, ...skipped);
  return reader;
}

/** Tables that `overload` fills may hold anything, whatever their statement says. */
function tablesOf(context: Context): readonly Table[] {
  const named = new Set(context.tables.map((it) => it.name));
  const tables = context.tables.map((it) => {
    const unread = it.unread ?? context.overloads.get(it.name);
    return unread === undefined ? it : { ...it, unread };
  });
  const undefinedOnes = [...context.overloads].filter(([name]) => !named.has(name));
  return [
    ...tables,
    ...undefinedOnes.map(([name, unread]) => {
      return { name, anchor: "", entries: [], unread, span: unread.span };
    }),
  ];
}

function emptyContext(input: PfInput, environment: Environment): Context {
  return {
    input,
    environment,
    report: new Report(),
    unread: [],
    anchors: new Map([["", []]]),
    tables: [],
    overloads: new Map(),
    skip: [],
    queues: new Set(),
    pending: new Map(),
    file: input.file,
    statement: [],
    anchor: "",
    tableAnchor: "",
    blockPolicy: "drop",
    statePolicy: "floating",
    stateDefaults: undefined,
    reassemble: true,
    automaticTables: 0,
    rules: 0,
  };
}
