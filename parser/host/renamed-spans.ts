import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Rule, Ruleset, Table } from "../../model/rule.ts";
import type { Span } from "../../model/source.ts";
import type { Unread } from "../../model/unread.ts";

/** Name of a file on its host → its path in the site. */
export type FileNames = ReadonlyMap<string, string>;

/** What a reader of rules gives back, as far as spans go. */
export interface Spanned {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  readonly unread: readonly Unread[];
}

/** Points spans of included files at their paths in the site; equal ids stay equal. */
export function withFileNames(
  { ruleset, diagnostics, unread }: Spanned,
  names: FileNames,
): Spanned {
  if (names.size === 0) return { ruleset, diagnostics, unread };
  const anchors = [...ruleset.anchors].map(([path, rules]) => {
    return [path, rules.map((rule) => renamedRule(rule, names))] as const;
  });
  return {
    ruleset: {
      ...ruleset,
      anchors: new Map(anchors),
      tables: ruleset.tables.map((table) => renamedTable(table, names)),
      unread: ruleset.unread.map((it) => renamedUnread(it, names)),
    },
    diagnostics: diagnostics.map((it) => ({ ...it, span: renamed(it.span, names) })),
    unread: unread.map((it) => renamedUnread(it, names)),
  };
}

function renamed(span: Span, names: FileNames): Span {
  const file = names.get(span.file);
  return file === undefined ? span : { ...span, file };
}

function renamedRule(rule: Rule, names: FileNames): Rule {
  const uncertain = rule.uncertain.map((it) => renamedUnread(it, names));
  return { ...rule, uncertain, span: renamed(rule.span, names) };
}

function renamedTable(table: Table, names: FileNames): Table {
  const span = renamed(table.span, names);
  return table.unread === undefined
    ? { ...table, span }
    : { ...table, span, unread: renamedUnread(table.unread, names) };
}

function renamedUnread(unread: Unread, names: FileNames): Unread {
  const file = names.get(unread.span.file);
  if (file === undefined) return unread;
  const old = unread.span.file;
  const change = (text: string): string => text.replaceAll(old, () => file);
  const { id, settle } = unread;
  return { ...unread, span: { ...unread.span, file }, id: change(id), settle: change(settle) };
}
