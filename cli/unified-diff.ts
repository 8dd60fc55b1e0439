/** Lines of context around a change. */
const CONTEXT = 3;

/** Lines taken away and added that are searched for; texts that differ more are one change. */
const MOST_EDITS = 2000;

/** A line of both texts, or of one of them. */
interface Line {
  readonly mark: " " | "-" | "+";
  /** With its newline, if it has one. */
  readonly text: string;
}

/** What `diff -u` prints for two texts; nothing if they are equal. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return "";
  const lines = compared(linesOf(before), linesOf(after));
  return `--- ${name}\n+++ ${name}\n${hunksOf(lines).join("")}`;
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Both texts as one, in every change what is taken away before what is added. */
function compared(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  const [left, right] = [before, after].map((it) => it.slice(start, it.length - end));
  return [
    ...before.slice(0, start).map((text): Line => ({ mark: " ", text })),
    ...changes(left ?? [], right ?? []),
    ...before.slice(before.length - end).map((text): Line => ({ mark: " ", text })),
  ];
}

function changes(before: readonly string[], after: readonly string[]): readonly Line[] {
  const pairs = [...commonLines(before, after), [before.length, after.length] as const];
  const lines: Line[] = [];
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of pairs) {
    for (const text of before.slice(x, nextX)) lines.push({ mark: "-", text });
    for (const text of after.slice(y, nextY)) lines.push({ mark: "+", text });
    const text = before[nextX];
    if (text !== undefined) lines.push({ mark: " ", text });
    [x, y] = [nextX + 1, nextY + 1];
  }
  return lines;
}

type Pair = readonly [number, number];

/** How far into `before` the best path on a diagonal has come. */
type Furthest = (diagonal: number) => number;

/**
 * The longest common subsequence as pairs of indices; none if it takes too many edits (E. Myers,
 * An O(ND) Difference Algorithm, 1986).
 */
function commonLines(before: readonly string[], after: readonly string[]): readonly Pair[] {
  const most = Math.min(before.length + after.length, MOST_EDITS);
  const reached = new Int32Array(2 * most + 3);
  const furthest: Furthest = (diagonal) => reached[most + 1 + diagonal] ?? 0;
  const history: Furthest[] = [];
  for (let edits = 0; edits <= most; edits++) {
    const past = reached.slice(most - edits, most + edits + 3);
    history.push((diagonal) => past[edits + 1 + diagonal] ?? 0);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = startOn(diagonal, edits, furthest);
      while (x < before.length && before[x] === after[x - diagonal]) x++;
      reached[most + 1 + diagonal] = x;
      if (x >= before.length && x - diagonal >= after.length) {
        return walkedBack(history, before.length, after.length);
      }
    }
  }
  return [];
}

/** Where the best path with so many edits enters a diagonal. */
function startOn(diagonal: number, edits: number, furthest: Furthest): number {
  if (adds(diagonal, edits, furthest)) return furthest(diagonal + 1);
  return furthest(diagonal - 1) + 1;
}

/** Whether its last edit adds a line. */
function adds(diagonal: number, edits: number, furthest: Furthest): boolean {
  if (diagonal === -edits) return true;
  return diagonal !== edits && furthest(diagonal - 1) < furthest(diagonal + 1);
}

/** The common lines on the path that ends at the end of both texts. */
function walkedBack(
  history: readonly Furthest[],
  beforeEnd: number,
  afterEnd: number,
): readonly Pair[] {
  const pairs: Pair[] = [];
  let [x, y] = [beforeEnd, afterEnd];
  for (const [edits, furthest] of [...history.entries()].reverse()) {
    const diagonal = x - y;
    const start = startOn(diagonal, edits, furthest);
    while (x > start) pairs.push([--x, --y]);
    if (adds(diagonal, edits, furthest)) y--;
    else x--;
  }
  return pairs.reverse();
}

function hunksOf(lines: readonly Line[]): readonly string[] {
  const hunks: string[] = [];
  const line = { "-": 1, "+": 1 };
  let done = 0;
  const changed = lines.flatMap(({ mark }, at) => (mark === " " ? [] : [at]));
  for (let at = 0; at < changed.length; at++) {
    const first = Math.max(done, (changed[at] ?? 0) - CONTEXT);
    while ((changed[at + 1] ?? Infinity) - (changed[at] ?? 0) <= 2 * CONTEXT) at++;
    const end = Math.min(lines.length, (changed[at] ?? 0) + CONTEXT + 1);
    const skipped = first - done;
    line["-"] += skipped;
    line["+"] += skipped;
    const hunk = lines.slice(first, end);
    const [taken, added] = [countOf(hunk, "-"), countOf(hunk, "+")];
    hunks.push(`@@ -${range(line["-"], taken)} +${range(line["+"], added)} @@\n`);
    hunks.push(...hunk.map(printed));
    line["-"] += taken;
    line["+"] += added;
    done = end;
  }
  return hunks;
}

/** Lines of a hunk that one of the texts has. */
function countOf(hunk: readonly Line[], mark: "-" | "+"): number {
  return hunk.filter((it) => it.mark === " " || it.mark === mark).length;
}

/** As diff prints it: an empty range is named by the line before it. */
function range(first: number, count: number): string {
  if (count === 0) return `${first - 1},0`;
  return count === 1 ? `${first}` : `${first},${count}`;
}

function printed({ mark, text }: Line): string {
  return text.endsWith("\n") ? mark + text : `${mark}${text}\n\\ No newline at end of file\n`;
}
