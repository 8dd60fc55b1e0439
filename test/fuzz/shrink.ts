const MOST_TRIES = 1500;
const MOST_MS = 20_000;
const TOKEN = /\s+|[\w.:@%*+-]+|[\s\S]/g;

/** A smaller text that still does what `fails` asks: lines are taken out, then tokens. */
export function shrunk(text: string, fails: (text: string) => boolean): string {
  const budget = { tries: MOST_TRIES, until: performance.now() + MOST_MS };
  const lines = without(text.split(/(?<=\n)/), budget, fails);
  const tokens = without(lines.join("").match(TOKEN) ?? [], budget, fails);
  return tokens.join("");
}

interface Budget {
  tries: number;
  readonly until: number;
}

/** Takes out ever smaller stretches of `parts`. */
function without(
  parts: readonly string[],
  budget: Budget,
  fails: (text: string) => boolean,
): readonly string[] {
  let left = parts;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let at = 0; at < left.length; ) {
      if (budget.tries-- <= 0 || performance.now() > budget.until) return left;
      const shorter = [...left.slice(0, at), ...left.slice(at + size)];
      if (fails(shorter.join(""))) left = shorter;
      else at += size;
    }
  }
  return left;
}
