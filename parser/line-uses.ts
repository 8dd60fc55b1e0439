import type { Span } from "../model/source.ts";
import type { Scope } from "../model/unread.ts";

/**
 * What was made of a line: put into effect or refused as the system does; of no effect on any path;
 * or left unread.
 */
export type LineUse = "understood" | "no effect" | "unread";

export interface LineReading {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly use: LineUse;
  /** `no effect`: the word of the closed list that says so. */
  readonly keyword?: string;
  /** `unread`: how far it can reach. */
  readonly scope?: Scope["kind"];
}

const WEIGHT: Readonly<Record<LineUse, number>> = { "no effect": 0, understood: 1, unread: 2 };

/** Collects what readers say of lines; what weighs most is kept: one unread word makes a line unread. */
export class LineUses {
  readonly #lines: Map<string, LineReading> = new Map();

  mark(
    { file, line }: Pick<Span, "file" | "line">,
    use: LineUse,
    more: Pick<LineReading, "keyword" | "scope"> = {},
  ): void {
    const key = `${file}\0${line}`;
    const known = this.#lines.get(key);
    if (known !== undefined && WEIGHT[known.use] >= WEIGHT[use]) return;
    this.#lines.set(key, { file, line, use, ...more });
  }

  /** By file and line. */
  get readings(): readonly LineReading[] {
    return [...this.#lines.values()].toSorted((a, b) =>
      a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1,
    );
  }
}
