import { parsePrefix } from "../../model/address-text.ts";
import type { Environment } from "../../model/environment.ts";
import type { Rule, Ruleset, Table, TableEntry } from "../../model/rule.ts";
import { parsePf } from "../../parser/pf/parse.ts";
import type { KernelRecord, KernelStep } from "./kernel-record.ts";

/** The rules and tables that a record's pf has loaded; replaced as a whole by every change. */
export interface Loaded {
  readonly ruleset: Ruleset;
  /** Paths that came with each load: inline anchors go when their text is replaced. */
  readonly loads: ReadonlyMap<string, readonly string[]>;
  /** Tables that outlive their rules, as `anchor table`. */
  readonly persistent: ReadonlySet<string>;
}

/** Loads pf.conf and the anchors of a record; nothing if the reader complains. */
export function load(record: KernelRecord, environment: Environment): Loaded | undefined {
  const read = parsePf(
    { file: "pf.conf", text: record.conf, include: includeOf(record), optimize: "none" },
    environment,
  );
  if (read.diagnostics.some((it) => it.severity === "error")) return undefined;
  const ruleset = withKnownContents(read.ruleset);
  let loaded: Loaded = {
    ruleset,
    loads: new Map(),
    persistent: persistentOf("", record.conf),
  };
  for (const [path, text] of record.anchors ?? []) {
    const next = loadAnchor(loaded, path, text, environment);
    if (next === undefined) return undefined;
    loaded = next;
  }
  return loaded;
}

/** `pfctl -a path -f -`: replaces the rules of the anchor and the tables that the text defines. */
export function loadAnchor(
  loaded: Loaded,
  path: string,
  text: string,
  environment: Environment,
): Loaded | undefined {
  const main = `load anchor "${path}" from "text"\n`;
  const read = parsePf(
    { file: "pf.conf", text: main, include: () => text, optimize: "none" },
    environment,
  );
  if (read.diagnostics.some((it) => it.severity === "error")) return undefined;
  const fresh = [...withKnownContents(read.ruleset).anchors].filter(([at]) => isBelow(at, path));
  const anchors = new Map(loaded.ruleset.anchors);
  for (const gone of loaded.loads.get(path) ?? []) anchors.delete(gone);
  for (const [at, rules] of fresh) anchors.set(at, rules);
  const persistent = new Set([...loaded.persistent, ...persistentOf(path, text)]);
  const named = namesIn(fresh.flatMap(([, rules]) => rules));
  const defined = withKnownContents(read.ruleset).tables.filter(({ anchor }) =>
    isBelow(anchor, path),
  );
  const tables = mergedTables(loaded, { path, defined, named, persistent });
  const paths = fresh.map(([at]) => at);
  return {
    ruleset: { ...loaded.ruleset, anchors, tables },
    loads: new Map(loaded.loads).set(path, paths),
    persistent,
  };
}

/** `pfctl -a path -F rules`. */
export function flushAnchor(loaded: Loaded, path: string): Loaded {
  const anchors = new Map(loaded.ruleset.anchors).set(path, []);
  const { persistent } = loaded;
  const tables = mergedTables(loaded, { path, defined: [], named: new Set(), persistent });
  return { ...loaded, ruleset: { ...loaded.ruleset, anchors, tables } };
}

/** `pfctl -t table -T add|delete|replace`; an address that is there with the other sign stays as it is. */
export function changeTable(loaded: Loaded, step: KernelStep): Loaded {
  const { tables } = loaded.ruleset;
  const { t: name = "", a: anchor = "" } = step;
  const old = tables.find((table) => table.anchor === anchor && table.name === name);
  const given = (step.ads ?? []).flatMap(entryOf);
  const before = step.op === "treplace" ? [] : (old?.entries ?? []);
  const entries =
    step.op === "tdelete"
      ? before.filter(
          (it) => !given.some((other) => isSame(it, other) && it.negated === other.negated),
        )
      : [...before, ...given.filter((it) => !before.some((other) => isSame(it, other)))];
  const span = { file: "pf.conf", line: 1, column: 1, length: 1 };
  const changed: Table = { name, anchor, span, ...old, entries };
  const others = tables.filter((table) => table !== old);
  return { ...loaded, ruleset: { ...loaded.ruleset, tables: [...others, changed] } };
}

function includeOf(record: KernelRecord): (path: string) => string | undefined {
  return (path) => record.files?.[path];
}

/** The records know what is in every table and anchor at every moment. */
function withKnownContents(ruleset: Ruleset): Ruleset {
  const isPlaceholder = (rule: Rule) =>
    rule.action === "unread" &&
    rule.uncertain.some(({ effect }) => effect === "holds rules that come at run time");
  const anchors = [...ruleset.anchors].map(
    ([path, rules]) => [path, rules.filter((rule) => !isPlaceholder(rule))] as const,
  );
  return {
    ...ruleset,
    anchors: new Map(anchors),
    tables: ruleset.tables.map(({ unread: _, ...table }) => table),
  };
}

function mergedTables(
  loaded: Loaded,
  change: {
    readonly path: string;
    readonly defined: readonly Table[];
    readonly named: ReadonlySet<string>;
    readonly persistent: ReadonlySet<string>;
  },
): readonly Table[] {
  const { path, defined, named, persistent } = change;
  const kept = loaded.ruleset.tables.filter((table) => {
    if (table.anchor !== path) return true;
    const again = defined.find((it) => it.anchor === table.anchor && it.name === table.name);
    if (again !== undefined) return again.entries.length === 0;
    return named.has(table.name) || persistent.has(`${table.anchor} ${table.name}`);
  });
  const isKept = (table: Table) =>
    kept.some((it) => it.anchor === table.anchor && it.name === table.name);
  return [...kept, ...defined.filter((table) => !isKept(table))];
}

function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`);
}

function namesIn(rules: readonly Rule[]): ReadonlySet<string> {
  const tests = rules.flatMap((rule) => [rule.source.address, rule.destination.address]);
  return new Set(tests.flatMap((test) => (test.kind === "table" ? [test.name] : [])));
}

function persistentOf(path: string, text: string): ReadonlySet<string> {
  const found = text.matchAll(/table\s+<(\w+)>[^{\n]*\bpersist\b/g);
  return new Set([...found].map(([, name]) => `${path} ${name}`));
}

function entryOf(text: string): readonly TableEntry[] {
  const negated = text.startsWith("!");
  const prefix = parsePrefix(negated ? text.slice(1) : text);
  return prefix === undefined ? [] : [{ prefix, negated }];
}

function isSame(a: TableEntry, b: TableEntry): boolean {
  const [one, other] = [a.prefix, b.prefix];
  return one.family === other.family && one.value === other.value && one.length === other.length;
}
