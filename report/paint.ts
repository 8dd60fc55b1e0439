import { Chalk, supportsColor, supportsColorStderr } from "chalk";
import { visible } from "./visible.ts";

/**
 * Text that may go to a terminal as it is: made by {@link shown} and {@link Paint} only, so that no
 * string from a file gets there unescaped.
 */
export class Shown {
  readonly text: string;
  /** Columns without styling; what {@link pad} counts. */
  readonly plain: string;

  constructor(text: string, plain: string) {
    this.text = text;
    this.plain = plain;
  }
}

/** Strings are foreign and are made visible; `Shown` is taken as it is. */
export type Part = string | number | Shown;

/** Styles by meaning; without colour they return the text alone. */
export interface Paint {
  readonly good: (part: Part) => Shown;
  readonly bad: (part: Part) => Shown;
  readonly open: (part: Part) => Shown;
  readonly strong: (part: Part) => Shown;
  readonly faint: (part: Part) => Shown;
  readonly place: (part: Part) => Shown;
}

/** The paint for a terminal with the given number of colour bits: 0 for none. */
export function paintFor(level: 0 | 1 | 2 | 3): Paint {
  const chalk = new Chalk({ level });
  const style = (apply: (text: string) => string) => (part: Part) => {
    const { text, plain } = showPart(part);
    return new Shown(apply(text), plain);
  };
  return {
    good: style(chalk.green),
    bad: style(chalk.red.bold),
    open: style(chalk.yellow),
    strong: style(chalk.bold),
    faint: style(chalk.dim),
    place: style(chalk.cyan),
  };
}

/**
 * Colour of standard output and error: `NO_COLOR` wins over the terminal, `--color` and
 * `--no-color` (which chalk reads from the command line) win over both.
 */
export function terminalPaints(noColor: boolean, forced: boolean): { out: Paint; err: Paint } {
  const off = noColor && !forced;
  return {
    out: paintFor(off || !supportsColor ? 0 : supportsColor.level),
    err: paintFor(off || !supportsColorStderr ? 0 : supportsColorStderr.level),
  };
}

/** Builds terminal text: what is interpolated is foreign and made visible, unless it is `Shown`. */
export function shown(strings: TemplateStringsArray, ...parts: readonly Part[]): Shown {
  let text = strings[0] ?? "";
  let plain = text;
  for (const [at, part] of parts.entries()) {
    const piece = showPart(part);
    const next = strings[at + 1] ?? "";
    text += piece.text + next;
    plain += piece.plain + next;
  }
  return new Shown(text, plain);
}

/** Joins parts with a separator of the caller's own. */
export function join(parts: readonly Part[], separator: string): Shown {
  const pieces = parts.map(showPart);
  return new Shown(
    pieces.map((piece) => piece.text).join(separator),
    pieces.map((piece) => piece.plain).join(separator),
  );
}

/** Lines of a report, ready to print; empty input gives the empty string. */
export function linesOf(lines: readonly Shown[]): string {
  return lines.map((line) => `${line.text.trimEnd()}\n`).join("");
}

function showPart(part: Part): Shown {
  if (part instanceof Shown) return part;
  const text = visible(String(part));
  return new Shown(text, text);
}
