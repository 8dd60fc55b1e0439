import type { Diagnostic } from "../model/diagnostic.ts";
import type { Span } from "../model/source.ts";

/** `name=value` of sysctl.conf(5) or rc.conf.local(8). */
export interface Setting {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  readonly span: Span;
}

/** Lines in their order, and those that are no setting. */
export interface Settings {
  readonly settings: readonly Setting[];
  readonly broken: readonly Span[];
}

/** Reads sysctl.conf(5): `name=value` lines, `#` to the end of the line is a comment. */
export function parseSysctl(file: string, text: string): Settings {
  return parseSettings(file, text, /^\s*([a-z0-9._-]+)\s*=\s*([^#]*)/i);
}

/** Reads lines that `pattern` takes apart into name and value. */
export function parseSettings(file: string, text: string, pattern: RegExp): Settings {
  const settings: Setting[] = [];
  const broken: Span[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const said = (line.split("#", 1)[0] ?? "").trimEnd();
    const column = said.length - said.trimStart().length + 1;
    if (said.trim() === "") continue;
    const span = { file, line: index + 1, column, length: Math.max(1, said.length - column + 1) };
    const [, name, value] = pattern.exec(line) ?? [];
    if (name === undefined || value === undefined) broken.push(span);
    else settings.push({ name: name.toLowerCase(), value: value.trim(), span });
  }
  return { settings, broken };
}

/** Two lines that disagree: the later one wins. */
export function contradicted(
  before: Setting,
  after: Setting,
  code: "sysctl" | "rc.conf",
): readonly Diagnostic[] {
  if (before.value === after.value) return [];
  const { file, line } = before.span;
  return [
    {
      code: `${code === "sysctl" ? "sysctl" : "rc"}-twice`,
      severity: "warning",
      message: `\`${after.name}\` is \`${before.value}\` in ${file}:${line} and \`${after.value}\` here: this line wins`,
      span: after.span,
      help: "leave one of them out",
    },
  ];
}
