/** Calls `make` at the first use and keeps what it returned: most runs need few of the tables. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** One entry of a text block: a number and its names, the official one first. */
export interface NameEntry {
  readonly number: number;
  readonly names: readonly string[];
}

/** Reads a text block `number:name,alias …`. */
export function entriesOf(table: string): readonly NameEntry[] {
  return table
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const at = entry.indexOf(":");
      return { number: Number(entry.slice(0, at)), names: entry.slice(at + 1).split(",") };
    });
}

/** Every name and alias; the first entry of a name wins, as in the files under /etc. */
export function numbersByName(entries: readonly NameEntry[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const { number, names } of entries) {
    for (const name of names) if (!numbers.has(name)) numbers.set(name, number);
  }
  return numbers;
}

/** The official name of the first entry of a number. */
export function namesByNumber(entries: readonly NameEntry[]): ReadonlyMap<number, string> {
  const known = new Map<number, string>();
  for (const { number, names } of entries) {
    if (!known.has(number)) known.set(number, names[0] ?? "");
  }
  return known;
}
