import type { PfTable, TableContent } from "../../../model/pf-rule.ts";
import type { HostItem } from "../expansion/list-items.ts";
import * as S from "../grammar/steps.ts";
import type { Draft, TableDraft } from "./draft.ts";
import type { Handler, Handlers } from "./handlers.ts";
import { addPrefix, EntryPacker } from "./packed-entries.ts";
import type { Reading } from "./reading.ts";
import { fileEntries, openText } from "./table-file.ts";

const LONGEST_NAME = 31;

const begin: Handler = ({ draft, tokens }, at) => {
  draft.tableName = tokens.text(at - 1);
  return true;
};

const option: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  if (text !== "const" && text !== "persist" && text !== "counters") {
    return reading.error(`invalid table option '${text}'`, at);
  }
  reading.draft.tableOptions.push(text);
  return true;
};

const file: Handler = ({ draft, tokens }, at) => {
  addContent(draft, { kind: "file", name: tokens.text(at), at });
  return true;
};

const empty: Handler = ({ draft }) => {
  addContent(draft, { kind: "list", hosts: [] });
  return true;
};

/** Adds an initialiser that is complete. */
function addContent(draft: Draft, content: TableDraft): void {
  draft.tableContents.push(content);
  draft.tableListStart = draft.tableContents.length;
}

/** What is wrong with a host of a table; empty: nothing. */
function misplaced({ address }: HostItem): string {
  switch (address.kind) {
    case "range":
      return "address ranges are not permitted inside tables";
    case "dynamic":
      return "dynamic addresses are not permitted inside tables";
    case "table":
      return "tables cannot contain tables";
    case "no-route":
      return `"no-route" is not permitted inside tables`;
    case "urpf-failed":
      return `"urpf-failed" is not permitted inside tables`;
    case "route":
      return "unknown address type 4";
    default:
      return "";
  }
}

const list: Handler = (reading) => {
  const { draft } = reading;
  const hosts = draft.hosts;
  draft.hosts = [];
  const before = draft.tableContents.slice(draft.tableListStart);
  for (const host of [...before.flatMap((it) => (it.kind === "list" ? it.hosts : [])), ...hosts]) {
    const wrong = misplaced(host);
    if (wrong !== "") return reading.error(wrong, host.at, host.to);
  }
  addContent(draft, { kind: "list", hosts });
  return true;
};

const end: Handler = (reading, at) => {
  const { draft } = reading;
  if (draft.tableName.length > LONGEST_NAME) {
    return reading.error(`table name too long, max ${LONGEST_NAME} chars`, at);
  }
  const filled = fill(reading, at);
  return filled !== undefined && addTable(reading, filled.contents, filled.open);
};

interface Filled {
  readonly contents: readonly TableContent[];
  readonly open: string | undefined;
}

/** Packs the initialisers, lists side by side as one; undefined after a complaint. */
function fill(reading: Reading, at: number): Filled | undefined {
  const { tableContents: drafts } = reading.draft;
  const contents: TableContent[] = [];
  let packer = new EntryPacker();
  let open: string | undefined;
  for (const it of drafts) {
    if (it.kind === "file") {
      pushList(contents, packer);
      packer = new EntryPacker();
      const entries = fileEntries(reading, it.name, it.at);
      if (entries === undefined) return undefined;
      open ??= entries.open;
      contents.push({ kind: "file", name: it.name, entries: entries.packed });
    } else if (it.kind === "packed") packer.append(it.entries.done());
    else if (it.hosts.some((host) => host.wideMask !== 0)) {
      reading.error("cannot create address buffer: Invalid argument", at);
      return undefined;
    } else open ??= packHostItems(packer, it.hosts);
  }
  pushList(contents, packer);
  if (contents.length === 0 && drafts.length > 0) {
    contents.push({ kind: "list", entries: packer.done() });
  }
  return { contents, open };
}

/** Packs the addresses among `hosts`; says why others are open. */
function packHostItems(packer: EntryPacker, hosts: readonly HostItem[]): string | undefined {
  let open: string | undefined;
  for (const { address, negated, weight } of hosts) {
    if (address.kind === "prefix") {
      addPrefix(packer, address.prefix, negated);
      if (weight > 0) packer.weigh(weight);
    } else if (address.kind === "unknown") open ??= openText(address.text);
  }
  return open;
}

function pushList(contents: TableContent[], packer: EntryPacker): void {
  if (packer.count > 0) contents.push({ kind: "list", entries: packer.done() });
}

function addTable(
  reading: Reading,
  contents: readonly TableContent[],
  open: string | undefined,
): boolean {
  const { draft, shared } = reading;
  const table: PfTable = {
    name: draft.tableName,
    anchor: anchorOf(reading),
    constant: draft.tableOptions.includes("const"),
    persist: draft.tableOptions.includes("persist"),
    counters: draft.tableOptions.includes("counters"),
    contents,
    span: reading.origin.span,
    ...(open === undefined ? {} : { open }),
  };
  reading.printed.push(table);
  if (reading.nesting.depth > 0 && shared.input.live !== true && ++shared.inlineTables > 1) {
    // pfctl -n does not record names in braces, so the second collides with the first: it gives
    // the statement up without a word
    return reading.silentError("pfctl -n takes only one table inside braces");
  }
  reading.tables.push(table);
  return true;
}

/**
 * Where a table goes: pfctl leaves those in braces within named braces behind, under a name that
 * no rule can see.
 */
function anchorOf({ anchor, bodies }: Reading): string {
  const lost = bodies.slice(0, -1).some((it) => it.draft.anchorName !== undefined);
  return lost ? `${anchor}/_` : anchor;
}

export const tableHandlers: Handlers = [
  [S.TABLE, begin],
  [S.TABLE_OPTION, option],
  [S.TABLE_FILE, file],
  [S.TABLE_EMPTY, empty],
  [S.TABLE_LIST, list],
  [S.TABLE_END, end],
];
