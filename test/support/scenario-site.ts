import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { answer } from "../../cli/answer.ts";
import { centralFirewall } from "../../scenarios/central-firewall/scenario.ts";
import { multiTenantHost } from "../../scenarios/multi-tenant-host/scenario.ts";
import { perimeter } from "../../scenarios/perimeter/scenario.ts";
import { purduePlant } from "../../scenarios/purdue-plant/scenario.ts";
import type { Scenario, Variant } from "../../scenarios/scenario.ts";
import { readSite } from "../../site/read-site.ts";
import { pfproof, type Ran } from "./io.ts";

/** A scenario as it is, or with one mistake. */
export interface Case {
  readonly title: string;
  readonly scenario: Scenario;
  readonly variant: Variant | undefined;
}

/** All scenarios, each followed by its variants. */
export const CASES: readonly Case[] = [
  multiTenantHost,
  centralFirewall,
  perimeter,
  purduePlant,
].flatMap((scenario) => [
  { title: scenario.name, scenario, variant: undefined },
  ...scenario.variants.map((variant) => {
    return { title: `${scenario.name} with ${variant.name}`, scenario, variant };
  }),
]);

/** Files of a site by their path from its root. */
export type SiteFiles = ReadonlyMap<string, string | Uint8Array>;

/** The files of a scenario, those of the variant laid over them. */
export function scenarioFiles({ scenario, variant }: Case): ReadonlyMap<string, string> {
  const root = join(import.meta.dirname, "../..", scenario.directory);
  const base = [...filesBelow(root)].filter(([path]) => /^site\.yaml$|\/etc\//.test(path));
  const own = base.filter(([path]) => !path.startsWith("variants/"));
  const overlay = variant === undefined ? [] : filesBelow(join(root, "variants", variant.name));
  return new Map([...own, ...overlay]);
}

function filesBelow(root: string): ReadonlyMap<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name).slice(root.length + 1));
  return new Map(paths.toSorted().map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

/** Renames in the texts of files and in their paths. */
export function renamedFiles(
  files: ReadonlyMap<string, string>,
  rename: (text: string) => string,
): ReadonlyMap<string, string> {
  return new Map([...files].map(([path, text]) => [rename(path), rename(text)]));
}

/** Writes files, in their order, into a fresh directory that is removed when the test is over. */
export function temporarySite(files: SiteFiles): string {
  const root = mkdtempSync(join(tmpdir(), "pfproof-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Runs a command line about a site on disk, the engine in this thread. */
export async function pfproofAt(
  argv: readonly string[],
  root: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return pfproof(argv, {
    site: readSite(root),
    files,
    answer: (question) => answer(question, { progress: () => {}, poll: () => {} }),
  });
}
