import { readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";

/** One file below the root of a site. */
export interface SiteEntry {
  /** From the root, with `/`. */
  readonly path: string;
  /** Where it really lies: inside the root, or it is refused. */
  readonly real: string;
  readonly bytes: number;
  /** Why it must not be read. */
  readonly refused?: string;
}

/** More files than any site has: a mistake in the argument. */
const MOST_FILES = 200_000;

const SKIPPED: ReadonlySet<string> = new Set([".git", ".hg", ".svn", "CVS", "node_modules"]);

/**
 * Lists all files below `root`, in byte order of their paths.
 *
 * Symbolic links to files inside the root are followed, links to directories are not; links that lead
 * out, devices and pipes come back refused.
 *
 * @param root - a real path
 */
export function siteTree(root: string): readonly SiteEntry[] {
  const entries: SiteEntry[] = [];
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const name of namesIn(join(root, folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      const found = entryAt(root, path);
      if (found === "directory") {
        if (!SKIPPED.has(name)) waiting.push(path);
      } else entries.push(found);
      if (entries.length > MOST_FILES) return entries;
    }
  }
  return entries.toSorted((a, b) => compareBytes(a.path, b.path));
}

/** Order by UTF-8 bytes, the same on every machine. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function entryAt(root: string, path: string): SiteEntry | "directory" {
  const lying = join(root, path);
  const refuse = (refused: string): SiteEntry => ({ path, real: lying, bytes: 0, refused });
  try {
    const real = realpathSync(lying);
    if (real !== root && !real.startsWith(root + sep)) return refuse("a link out of the site");
    const about = statSync(real);
    if (about.isDirectory()) return real === lying ? "directory" : refuse("a link to a directory");
    if (!about.isFile()) return refuse("not a plain file");
    return { path, real, bytes: about.size };
  } catch {
    return refuse("it cannot be opened");
  }
}
