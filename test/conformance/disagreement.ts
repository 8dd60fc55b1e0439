/** How a suite fared: what it counted and a text for every disagreement. */
export interface Tally {
  passed: number;
  failed: number;
  readonly disagreements: string[];
}

/** One output of ours beside what is recorded of it. */
export interface Compared {
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Counts one comparison of several outputs; `verbose` puts unified diffs under the line. */
export function compareOutputs(
  name: string,
  outputs: readonly Compared[],
  verbose: boolean,
  tally: Tally,
): void {
  const wrong = outputs.filter(({ ours, theirs }) => ours !== theirs);
  const [first] = wrong;
  if (first === undefined) {
    tally.passed++;
    return;
  }
  tally.failed++;
  const line = `${name}: ${firstDifference(first)}`;
  const diffs = verbose ? wrong.flatMap(unifiedDiff) : [];
  tally.disagreements.push([line, ...diffs].join("\n"));
}

const MOST_SHOWN = 100;

function firstDifference({ what, ours, theirs }: Compared): string {
  const [mine, recorded] = [ours.split("\n"), theirs.split("\n")];
  const at = mine.findIndex((line, index) => line !== recorded[index]);
  const line = at < 0 ? mine.length : at;
  return `${what} line ${line + 1}: ours ${shown(mine[line])}, theirs ${shown(recorded[line])}`;
}

function shown(line: string | undefined): string {
  if (line === undefined) return "nothing";
  return JSON.stringify(line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN - 1)}…` : line);
}

const CONTEXT = 3;

/** What to change in theirs to get ours, in one piece: common lines at both ends are left out. */
function unifiedDiff({ what, ours, theirs }: Compared): readonly string[] {
  const [mine, recorded] = [ours.split("\n"), theirs.split("\n")];
  const most = Math.min(mine.length, recorded.length);
  let before = 0;
  while (before < most && mine[before] === recorded[before]) before++;
  let after = 0;
  while (after < most - before && mine.at(-1 - after) === recorded.at(-1 - after)) after++;
  const first = Math.max(0, before - CONTEXT);
  const kept = Math.max(0, after - CONTEXT);
  const head = mine.slice(first, before).map((line) => ` ${line}`);
  const tail = mine.slice(mine.length - after, mine.length - kept).map((line) => ` ${line}`);
  const body = editScript(
    recorded.slice(before, recorded.length - after),
    mine.slice(before, mine.length - after),
  );
  const size = (lines: readonly string[]): number => lines.length - kept - first;
  return [
    `--- theirs ${what}`,
    `+++ ours ${what}`,
    `@@ -${first + 1},${size(recorded)} +${first + 1},${size(mine)} @@`,
    ...head,
    ...body,
    ...tail,
  ];
}

const MOST_CELLS = 4_000_000;

/** The lines of both with marks, as few changed ones as possible unless that would take long. */
function editScript(old: readonly string[], fresh: readonly string[]): readonly string[] {
  if (old.length * fresh.length > MOST_CELLS) {
    return [...old.map((line) => `-${line}`), ...fresh.map((line) => `+${line}`)];
  }
  const width = fresh.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      const best = Math.max(at(i + 1, j), at(i, j + 1));
      common[i * width + j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : best;
    }
  }
  const script: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      script.push(` ${old[i]}`);
      i++;
      j++;
    } else if (j >= fresh.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      script.push(`-${old[i++]}`);
    } else script.push(`+${fresh[j++]}`);
  }
  return script;
}
