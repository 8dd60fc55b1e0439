import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";

/** What `init` and then `check` make of real host sets that nobody has edited. */
export interface HostSitesResult {
  readonly passed: number;
  readonly disagreements: readonly string[];
  readonly notes: readonly string[];
}

/** The part of `check --json` that is counted. */
interface Checked {
  readonly pairs: readonly {
    readonly verdict: "proved" | "violated" | "undecided";
    readonly reasons: readonly {
      readonly text: string;
      readonly unread?: { readonly effect: string } | null;
    }[];
  }[];
}

const PFPROOF = join(import.meta.dirname, "../../cli/main.ts");

/** Seconds that one command may take on one set. */
const LONGEST = 300;

/** How many of the most frequent reasons are told. */
const TOLD = 10;

/**
 * Runs `pfproof init` and `pfproof check` on a copy of each set, as a user would, and counts verdicts
 * of pairs and the reasons of undecided ones. A command that fails, or a site.yaml of `init` that
 * `check` refuses, is a failure.
 *
 * @param sets - name and directory of each
 */
export function conformHostSites(sets: ReadonlyMap<string, string>): HostSitesResult {
  const verdicts = { proved: 0, violated: 0, undecided: 0 };
  const reasons = new Map<string, number>();
  const disagreements: string[] = [];
  for (const [name, root] of sets) {
    const checked = checkedSet(root);
    if (typeof checked === "string") {
      disagreements.push(`hosts: ${name}: ${checked}`);
      continue;
    }
    for (const pair of checked.pairs) {
      verdicts[pair.verdict]++;
      for (const text of new Set(pair.reasons.map(wordsOf))) {
        reasons.set(text, (reasons.get(text) ?? 0) + 1);
      }
    }
  }
  const pairs = verdicts.proved + verdicts.violated + verdicts.undecided;
  const passed = sets.size - disagreements.length;
  const share = ((100 * verdicts.undecided) / Math.max(1, pairs)).toFixed(1);
  return {
    passed,
    disagreements,
    notes: [
      `init and check, unedited: ${passed} of ${sets.size} sets; ${pairs} pairs: ${verdicts.proved} proved, ` +
        `${verdicts.violated} violated, ${verdicts.undecided} undecided (${share} %)`,
      ...[...reasons]
        .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
        .slice(0, TOLD)
        .map(([text, count]) => `undecided because of (pairs): ${count} ${text}`),
    ],
  };
}

/** The answer for one set, or what went wrong. */
function checkedSet(root: string): Checked | string {
  const directory = mkdtempSync(join(tmpdir(), "pfproof-"));
  try {
    cpSync(root, directory, { recursive: true, verbatimSymlinks: true });
    const init = pfproof("init", directory);
    if (init.status !== 0) return `init ends with ${init.status ?? init.signal}`;
    const check = pfproof("check", "--json", "--attack", "0", directory);
    if (check.status === 2 || check.status === null) {
      return `check ends with ${check.status ?? check.signal}: ${check.stderr.split("\n")[0]}`;
    }
    return JSON.parse(check.stdout) as Checked;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function pfproof(...argv: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(execPath, [PFPROOF, ...argv], {
    encoding: "utf8",
    timeout: LONGEST * 1000,
    maxBuffer: 1 << 30,
  });
}

/** The reason without the names and numbers of its host. */
function wordsOf({ text, unread }: Checked["pairs"][number]["reasons"][number]): string {
  return (unread?.effect ?? text)
    .replace(/`[^`]*`|<[^>]*>/g, "…")
    .replace(/\b[a-z]+\d+\b/g, "if")
    .replace(/\S+:\S+/g, "…");
}
