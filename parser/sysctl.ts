import type { Span } from "../model/source.ts";

/** `name=value` of sysctl.conf(5); the last line of a name wins. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly span: Span;
}

/** Reads sysctl.conf(5): `name=value` lines, `#` to the end of the line is a comment. */
export function parseSysctl(file: string, text: string): ReadonlyMap<string, Setting> {
  return parseSettings(file, text, /^\s*([a-z0-9._-]+)\s*=\s*([^#]*)/i);
}

/** Reads lines that `pattern` takes apart into name and value; the rest is left out. */
export function parseSettings(
  file: string,
  text: string,
  pattern: RegExp,
): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const [index, line] of text.split("\n").entries()) {
    const [, name, value] = pattern.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const column = line.indexOf(name) + 1;
    const length = (line.split("#", 1)[0] ?? "").trimEnd().length - column + 1;
    const span = { file, line: index + 1, column, length: Math.max(1, length) };
    settings.delete(name.toLowerCase());
    settings.set(name.toLowerCase(), { name: name.toLowerCase(), value: value.trim(), span });
  }
  return settings;
}
