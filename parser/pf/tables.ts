import { parsePrefix } from "../../model/address-text.ts";
import type { Table, TableEntry } from "../../model/rule.ts";
import { type Context, complain, spanIn, unreadOf } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { resolveHosts, resolveName } from "./hosts.ts";
import type { HostSyntax, TableContentSyntax, TableSyntax } from "./syntax.ts";
import { Word } from "./tokens.ts";

/** What kept a table's contents from being known. */
interface Contents {
  readonly entries: TableEntry[];
  /** Why they are not what the file says, or empty. */
  unknown: string;
}

/** Reads a `table` statement into the present anchor. */
export function readTable(context: Context, syntax: TableSyntax): void {
  const name = syntax.name.image;
  if (name.length > 31) complain(context, complaint.tableNameLength(spanIn(context, syntax.name)));
  for (const option of syntax.options) {
    if (TABLE_OPTIONS.has(option.image)) continue;
    complain(context, complaint.badTableOption(option.image, spanIn(context, option)));
  }
  const contents: Contents = { entries: [], unknown: "" };
  for (const it of syntax.contents) addContent(context, contents, it);
  const persist = syntax.options.some((it) => it.image === "persist");
  if (syntax.contents.length === 0 && persist) contents.unknown ||= "is filled at run time";
  const { host } = context.environment;
  const table: Table = {
    name,
    anchor: context.tableAnchor,
    entries: contents.entries,
    span: spanIn(context),
  };
  const scope = { kind: "table", host, table: name } as const;
  const settle = `assume: { table: { "${host}:<${name}>": [] } }`;
  const unread =
    contents.unknown === ""
      ? undefined
      : unreadOf(context, scope, `table <${name}> ${contents.unknown}`, settle);
  if (unread !== undefined) context.unread.push(unread);
  const before = context.tables.findIndex((it) => it.name === name && it.anchor === table.anchor);
  if (before >= 0) context.tables.splice(before, 1);
  context.tables.push(unread === undefined ? table : { ...table, unread });
}

const TABLE_OPTIONS: ReadonlySet<string> = new Set(["const", "persist", "counters"]);

function addContent(context: Context, contents: Contents, it: TableContentSyntax): void {
  if (it.kind === "file") addFile(context, contents, it);
  else for (const host of it.hosts) addHost(context, contents, host);
}

function addHost(context: Context, contents: Contents, host: HostSyntax): void {
  const span = spanIn(context, host.token, host.last ?? host.mask);
  switch (host.kind) {
    case "name": {
      const quick = host.token.tokenType === Word ? plainPrefix(host) : undefined;
      if (quick !== undefined) contents.entries.push({ prefix: quick, negated: host.negated });
      else addResolved(context, contents, host);
      return;
    }
    case "any":
      complain(context, complaint.syntaxError("any", "", span));
      return;
    case "range":
      complain(context, complaint.notInTables("address ranges are", span));
      return;
    case "dynamic":
      complain(context, complaint.notInTables("dynamic addresses are", span));
      return;
    case "table":
      complain(context, complaint.tableInTable(span));
      return;
    case "route":
    case "no-route":
    case "urpf-failed":
      complain(context, complaint.notInTables(`"${host.kind}" is`, span));
  }
}

/** Plain addresses without a look-up: a table may hold a million of them. */
function plainPrefix({ token, mask }: HostSyntax): ReturnType<typeof parsePrefix> {
  if (!/^[\da-f.:]+$/i.test(token.image)) return undefined;
  return parsePrefix(mask === undefined ? token.image : `${token.image}/${mask.image}`);
}

function addResolved(context: Context, contents: Contents, host: HostSyntax): void {
  for (const { test, negated, unknown } of resolveHosts(context, [host]) ?? []) {
    if (test.kind === "prefix") contents.entries.push({ prefix: test.prefix, negated });
    if (unknown !== undefined) {
      contents.unknown ||= `holds addresses of \`${unknown}\`, which are known only at run time`;
    }
  }
}

/** White-space separated words; `#` begins a comment; `!` negates; `weight n` is of pools only. */
function addFile(
  context: Context,
  contents: Contents,
  { file }: Extract<TableContentSyntax, { kind: "file" }>,
): void {
  const text = context.input.include?.(file.image);
  if (text === undefined) {
    contents.unknown ||= `is filled from \`${file.image}\`, which is not here`;
    return;
  }
  let weighted = false;
  for (const [word] of text.matchAll(/#[^\n]*|[^\s#]+/g)) {
    if (word.startsWith("#")) continue;
    if (weighted || word === "weight") {
      weighted = !weighted;
      continue;
    }
    const bare = word.replace(/^!+/, "");
    const negated = (word.length - bare.length) % 2 === 1;
    const prefix = parsePrefix(bare);
    if (prefix !== undefined) {
      contents.entries.push({ prefix, negated });
      continue;
    }
    const token = { ...file, image: bare };
    const resolved = resolveName(context, { token });
    if (resolved === undefined) {
      complain(context, complaint.badTableFile(file.image, spanIn(context, file)));
      return;
    }
    for (const it of resolved) {
      if (it.unknown !== undefined)
        contents.unknown ||= `holds \`${it.unknown}\`, known at run time`;
      else if (it.test.kind === "prefix")
        contents.entries.push({ prefix: it.test.prefix, negated });
    }
  }
}
