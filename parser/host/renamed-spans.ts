import type { Diagnostic } from "../../model/diagnostic.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { PfConfiguration, PfRule } from "../../model/pf-rule.ts";
import type { Span } from "../../model/source.ts";
import type { Unread } from "../../model/unread.ts";

/** Name of a file on its host → its path in the site. */
export type FileNames = ReadonlyMap<string, string>;

/** What a reader of rules gives back, as far as spans go. */
export interface Spanned {
  readonly conf: PfConf;
  readonly diagnostics: readonly Diagnostic[];
  readonly unread: readonly Unread[];
}

/** Points spans of included files at their paths in the site; equal ids stay equal. */
export function withFileNames({ conf, diagnostics, unread }: Spanned, names: FileNames): Spanned {
  if (names.size === 0) return { conf, diagnostics, unread };
  return {
    conf: renamedConf(conf, names),
    diagnostics: diagnostics.map((it) => ({ ...it, span: renamed(it.span, names) })),
    unread: unread.map((it) => renamedUnread(it, names)),
  };
}

function renamedConf(conf: PfConf, names: FileNames): PfConf {
  return {
    ...conf,
    main: renamedConfiguration(conf.main, names),
    loaded: conf.loaded.map((it) => renamedConfiguration(it, names)),
    openRules: conf.openRules.map((it) => {
      return { ...it, unread: it.unread.map((one) => renamedUnread(one, names)) };
    }),
    openTables: conf.openTables.map((it) => ({ ...it, unread: renamedUnread(it.unread, names) })),
    unread: conf.unread.map((it) => renamedUnread(it, names)),
  };
}

function renamedConfiguration(run: PfConfiguration, names: FileNames): PfConfiguration {
  const rulesets = [...run.rulesets].map(([path, made]) => {
    const rules = made.rules.map((rule) => ofRenamedOrigin(rule, names));
    return [path, { ...made, rules }] as const;
  });
  return { ...run, rulesets: new Map(rulesets) };
}

/** Most rules stand in the main file, whose name is right. */
function ofRenamedOrigin(rule: PfRule, names: FileNames): PfRule {
  const { origin } = rule;
  const span = renamed(origin.span, names);
  return span === origin.span ? rule : { ...rule, origin: { ...origin, span } };
}

function renamed(span: Span, names: FileNames): Span {
  const file = names.get(span.file);
  return file === undefined ? span : { ...span, file };
}

function renamedUnread(unread: Unread, names: FileNames): Unread {
  const file = names.get(unread.span.file);
  if (file === undefined) return unread;
  const old = unread.span.file;
  const change = (text: string): string => text.replaceAll(old, () => file);
  const { id, settle } = unread;
  return { ...unread, span: { ...unread.span, file }, id: change(id), settle: change(settle) };
}
