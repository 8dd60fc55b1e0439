/**
 * The name closest to `word`: fewest edits, at most a third of its letters and at least one.
 *
 * Of equally close names the one that {@link likeness} finds likelier, else the first one.
 */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  return nearNames(word, names)[0];
}

/** All names that are so close to `word`, closest first. */
export function nearNames(word: string, names: Iterable<string>): readonly string[] {
  const most = Math.max(1, Math.floor(word.length / 3));
  const typed = word.toLowerCase();
  const near: { readonly name: string; readonly edits: number; readonly likeness: number }[] = [];
  for (const name of names) {
    if (Math.abs(name.length - word.length) > most) continue;
    const meant = name.toLowerCase();
    const edits = distance(typed, meant);
    if (edits <= most) near.push({ name, edits, likeness: likeness(typed, meant) });
  }
  near.sort((a, b) => a.edits - b.edits || b.likeness - a.likeness);
  return near.map(({ name }) => name);
}

/** No name that is looked for one edit at a time is longer. */
const LONGEST_KNOWN = 32;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-";

/** As {@link nearestName} with one edit, of names that can only be asked for. */
export function nearestKnown(word: string, isKnown: (name: string) => boolean): string | undefined {
  if (word.length > LONGEST_KNOWN) return undefined;
  const variants: string[] = [];
  for (let at = 0; at <= word.length; at++) {
    const [before, behind] = [word.slice(0, at), word.slice(at)];
    const [first = "", second = ""] = behind;
    variants.push(before + second + first + behind.slice(2), before + behind.slice(1));
    for (const letter of ALPHABET) {
      variants.push(before + letter + behind.slice(1), before + letter + behind);
    }
  }
  return nearestName(word, new Set(variants.filter((it) => it !== word && isKnown(it))));
}

/**
 * How likely one of two words is a slip of the other, for equal numbers of edits: letters in another
 * order first, then the same first letter, then as many letters.
 */
function likeness(typed: string, meant: string): number {
  const reordered = [...typed].toSorted().join("") === [...meant].toSorted().join("");
  const begins = typed[0] === meant[0];
  return (reordered ? 4 : 0) + (begins ? 2 : 0) + (typed.length === meant.length ? 1 : 0);
}

/** Edits between two words: a letter more, less or other, or two neighbours swapped. */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const change = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const swapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swap = swapped ? (before[j - 1] ?? 0) + 1 : change;
      next.push(Math.min(change, swap, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
