import type { Diagnostic } from "../model/diagnostic.ts";
import type { Span } from "../model/source.ts";
import type { LineUses } from "./line-uses.ts";
import { isRcKey } from "./rc-conf-keys.ts";
import { parseSettings, type Setting } from "./sysctl.ts";

/** Takes what is to be said about lines. */
export interface RcNotes {
  readonly lines: LineUses;
  report(diagnostics: readonly Diagnostic[]): void;
}

/**
 * Reads rc.conf.local(8) as rc.subr does: `key = value`, one pair of quotes off, the last line wins.
 *
 * Nothing is expanded: it is no shell script. Keys that rc.subr does not know are ignored, with a
 * finding.
 */
export function parseRcConf(notes: RcNotes, file: string, text: string): readonly Setting[] {
  const { settings, broken } = parseSettings(file, text, /^\s*([a-z0-9_]+)\s*=\s*([^#]*)/i);
  for (const span of broken) {
    notes.lines.mark(span, "understood");
    notes.report([ignored("this line", "it is no `key=value`", span)]);
  }
  return settings.flatMap((it) => {
    if (isRcKey(it.name)) return [{ ...it, value: unquoted(it.value) }];
    notes.lines.mark(it.span, "understood");
    const why =
      it.name === "pf_rules" ? "the rules are always /etc/pf.conf" : "it knows no such key";
    notes.report([ignored(`\`${it.name}\``, why, it.span)]);
    return [];
  });
}

function ignored(what: string, why: string, span: Span): Diagnostic {
  return { code: "rc-ignored", severity: "warning", message: `rc ignores ${what}: ${why}`, span };
}

/** Whether a daemon is started that the base system leaves off (`X_flags` defaults to NO). */
export function isStarted(settings: ReadonlyMap<string, Setting>, daemon: string): boolean {
  const flags = settings.get(`${daemon}_flags`);
  return flags !== undefined && flags.value !== "NO";
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
}
