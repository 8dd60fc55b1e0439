import { join, type Part, Shown, shown } from "./paint.ts";
import { widthOf } from "./visible.ts";

/** Rows with columns padded to the widest cell; the last column is not padded. */
export function table(rows: readonly (readonly Part[])[], indent = 2): readonly Shown[] {
  const cells = rows.map((row) => row.map((part) => shown`${part}`));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell.plain));
    }
  }
  return cells.map((row) => {
    const padded = row.map((cell, column) =>
      column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0),
    );
    return indented(join(padded, "  "), indent);
  });
}

/** A cell filled with spaces to `width` columns. */
export function pad(cell: Shown, width: number): Shown {
  const fill = " ".repeat(Math.max(0, width - widthOf(cell.plain)));
  return new Shown(cell.text + fill, cell.plain + fill);
}

export function indented(line: Shown, by: number): Shown {
  const fill = " ".repeat(by);
  return new Shown(fill + line.text, fill + line.plain);
}

/** `1 pair`, `2 pairs`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
