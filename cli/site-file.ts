import { linkSync, lstatSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { replaceFile } from "./replace-file.ts";

/** What became of a site.yaml that was to be written. */
export type SiteWriting =
  | { readonly kind: "written"; readonly path: string }
  /** A file is there already, or something that is no file. */
  | { readonly kind: "refused"; readonly path: string; readonly reason: string };

const NAMES = ["site.yaml", "site.yml"] as const;

/**
 * Writes the site.yaml of a directory, in whole or not at all; nothing outside of it is touched.
 *
 * A file that is there is kept, unless `force` says otherwise; a symbolic link is never followed.
 */
export function writeSiteFile(
  directory: string,
  text: string,
  options: { readonly force: boolean },
): SiteWriting {
  const known = siteFileIn(directory);
  const path = join(directory, known ?? NAMES[0]);
  if (known === undefined) return created(directory, path, text);
  if (!options.force) return { kind: "refused", path, reason: "it exists" };
  if (!lstatSync(path).isFile()) return { kind: "refused", path, reason: "it is no plain file" };
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  return replaceFile(path, bytes)
    ? { kind: "written", path }
    : { kind: "refused", path, reason: "it cannot be written" };
}

/** The name of the site.yaml that `check` would read, if there is one. */
export function siteFileIn(directory: string): string | undefined {
  return NAMES.find((name) => {
    try {
      lstatSync(join(directory, name));
      return true;
    } catch {
      return false;
    }
  });
}

/** A link to the finished file fails if somebody was faster: no text is lost, none is seen half. */
function created(directory: string, path: string, text: string): SiteWriting {
  let made: string | undefined;
  try {
    const beside = join(realpathSync(directory), `site.yaml.pfproof-${process.pid}`);
    writeFileSync(beside, "", { flag: "wx" });
    made = beside;
    writeFileSync(beside, text, { flush: true });
    link(beside, path, text);
    return { kind: "written", path };
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    return { kind: "refused", path, reason: isThere ? "it exists" : "it cannot be written" };
  } finally {
    if (made !== undefined) rmSync(made, { force: true });
  }
}

/** Some file systems have no hard links; there only one writer at a time gets through as well. */
function link(beside: string, path: string, text: string): void {
  try {
    linkSync(beside, path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
    writeFileSync(path, text, { flag: "wx", flush: true });
  }
}
