import { parseSettings, type Setting } from "./sysctl.ts";

/**
 * Reads rc.conf.local(8) as rc.subr does: `key = value`, one pair of quotes off, the last line wins.
 *
 * Nothing is expanded: it is no shell script.
 */
export function parseRcConf(file: string, text: string): ReadonlyMap<string, Setting> {
  const settings = parseSettings(file, text, /^\s*([a-z0-9_]+)\s*=\s*([^#]*)/i);
  return new Map(
    [...settings].map(([name, it]) => [name, { ...it, value: unquoted(it.value) }] as const),
  );
}

/** Whether a daemon is started that the base system leaves off (`X_flags` defaults to NO). */
export function isStarted(settings: ReadonlyMap<string, Setting>, daemon: string): boolean {
  const flags = settings.get(`${daemon}_flags`);
  return flags !== undefined && flags.value !== "NO";
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
}
