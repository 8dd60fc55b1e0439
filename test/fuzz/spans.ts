import type { PfConfiguration, PfRule } from "../../model/pf-rule.ts";
import type { Span } from "../../model/source.ts";
import type { PfReading } from "../../parser/pf/read.ts";

/** The first span that points at no text, and what it belongs to. */
export function strayingSpan(
  reading: PfReading,
  texts: ReadonlyMap<string, string>,
): string | undefined {
  const check = new Check(texts);
  for (const { code, span } of reading.diagnostics) check.at(`diagnostic ${code}`, span);
  for (const { span } of reading.unread) check.at("unread", span);
  for (const configuration of [reading.main, ...reading.loaded]) check.configuration(configuration);
  return check.found;
}

class Check {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #widths = new Map<string, readonly number[]>();
  readonly #seen = new Set<object>();
  found: string | undefined;

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  at(what: string, span: Span): void {
    if (this.found !== undefined) return;
    const { file, line, column, length } = span;
    const width = this.#widthsOf(file)?.[line - 1];
    // a span may stand on the line end itself
    const within = width !== undefined && column >= 1 && column + length - 1 <= width + 1;
    if (within && length >= 1 && [line, column, length].every(Number.isInteger)) return;
    this.found = `${what} at ${file}:${line}:${column}+${length}, line of ${width} characters`;
  }

  configuration({ queues, tables, rulesets }: PfConfiguration): void {
    for (const { name, span } of queues) this.at(`queue ${name}`, span);
    for (const { name, span } of tables) this.at(`table ${name}`, span);
    for (const ruleset of rulesets.values()) {
      for (const { name, span } of ruleset.tables) this.at(`table ${name}`, span);
      for (const rule of ruleset.rules) this.#rule(rule);
    }
  }

  #rule({ origin, elements }: PfRule): void {
    for (const span of elements) this.at("element", span);
    if (this.#seen.has(origin)) return;
    this.#seen.add(origin);
    this.at("rule", origin.span);
    for (const { name, span } of origin.macros) this.at(`macro ${name}`, span);
    for (const span of origin.includes) this.at("include", span);
  }

  #widthsOf(file: string): readonly number[] | undefined {
    const known = this.#widths.get(file);
    if (known !== undefined) return known;
    const made = this.#texts
      .get(file)
      ?.split("\n")
      .map((line) => line.length);
    if (made !== undefined) this.#widths.set(file, made);
    return made;
  }
}
