import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { Environment } from "../model/environment.ts";
import type { Host } from "../model/host.ts";
import type { HostFile } from "../parser/host/input.ts";
import { hostFile } from "../parser/host/rules.ts";
import { parseHosts } from "../parser/hosts.ts";
import { type HostEntry, hostDirectories } from "./host-directories.ts";
import { siteTree } from "./site-tree.ts";

/** A pf.conf with the files around it; texts have a character a byte, as pfctl reads them. */
export interface PfFile {
  /** Name of the host. */
  readonly host: string;
  /** As it is shown. */
  readonly file: string;
  readonly text: string;
  readonly environment: Environment;
  /** A file that the text names; nothing if there is none. */
  readonly include: (name: string) => string | { readonly error: string } | undefined;
  /** How a file that the text names is shown. */
  readonly path: (name: string) => string;
  readonly resolve: (name: string) => readonly string[] | undefined;
  /** What was read so far, by the names that are shown. */
  readonly sources: ReadonlyMap<string, string>;
}

const DIRECTORY = { error: "Is a directory" } as const;
const OUTSIDE = { error: "outside of the directory of the pf.conf" } as const;
const TOO_LARGE = { error: "larger than 64 MB" } as const;
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * A pf.conf that stands alone: on a host without interfaces, with the files below its directory.
 *
 * A name is taken from that directory, `/etc/x` as x beside the pf.conf. Nothing outside is opened,
 * whatever the text or a symbolic link says.
 *
 * @param path - a file; a directory if there is a `text`, the one to look for files in
 * @param text - what standard input said
 * @returns nothing if `path` is no file
 */
export function pfFile(path: string, text?: string): PfFile | undefined {
  const folder = text === undefined ? dirname(path) : path;
  const main = text ?? plainFile(path);
  const root = realPath(folder);
  if (typeof main !== "string" || root === undefined) return undefined;
  const file = text === undefined ? path : "stdin";
  const sources = new Map([[file, main]]);
  const shown = (name: string): string => (folder === "." ? name : join(folder, name));
  return {
    host: basename(file),
    file,
    text: main,
    environment: { host: basename(file), interfaces: [], rtables: [] },
    include: (name) => {
      if (isEmpty(name)) return "";
      const found = below(root, name.startsWith("/etc/") ? name.slice("/etc/".length) : name);
      if (typeof found === "string") sources.set(shown(name), found);
      return found;
    },
    path: shown,
    resolve: () => undefined,
    sources,
  };
}

/**
 * The pf.conf of every host of a site that has one, in the order of the hosts.
 *
 * @param hosts - as `readSite` read them from the same path
 */
export function hostPfFiles(path: string, hosts: readonly Host[]): readonly PfFile[] {
  const root = realPath(path);
  if (root === undefined) return [];
  const entries = siteTree(root);
  const isSite = entries.some((it) => it.path === "site.yaml" || it.path === "site.yml");
  const directories = hostDirectories(entries, { anywhere: !isSite });
  return directories.flatMap(({ files }, index) => {
    const host = hosts[index];
    return host?.pfConf !== undefined ? (hostPf(host, files) ?? []) : [];
  });
}

function hostPf(host: Host, entries: readonly HostEntry[]): PfFile | undefined {
  const files = entries.map(bytesOf);
  const main = files.find((it) => it.path === "/etc/pf.conf");
  if (main?.text === undefined) return undefined;
  const sources = new Map([[main.file, main.text]]);
  const names = parseHosts(files.find((it) => it.path === "/etc/hosts")?.text ?? "");
  return {
    host: host.name,
    file: main.file,
    text: main.text,
    environment: environmentOf(host),
    include: (name) => {
      if (isEmpty(name)) return "";
      const found = hostFile(files, name);
      const text = found?.text;
      if (found !== undefined && text !== undefined) sources.set(found.file, text);
      return text;
    },
    path: (name) => hostFile(files, name)?.file ?? name,
    resolve: (name) => names.get(name.toLowerCase()),
    sources,
  };
}

function bytesOf({ path, entry }: HostEntry): HostFile {
  return {
    path,
    file: entry.path,
    get text() {
      const found = entry.refused === undefined ? plainFile(entry.real) : undefined;
      return typeof found === "string" ? found : undefined;
    },
  };
}

function environmentOf({ name, interfaces, routes }: Host): Environment {
  const tables = [...interfaces.map((it) => it.rdomain), ...routes.map((it) => it.rtable)];
  const rtables = [...new Set(tables)].filter((id) => id > 0).toSorted((a, b) => a - b);
  return { host: name, interfaces, rtables };
}

function isEmpty(name: string): boolean {
  return name === "/dev/null";
}

/** A file inside of `root`; both what is written and where it leads must lie there. */
function below(root: string, name: string): string | { readonly error: string } | undefined {
  const written = name.startsWith(sep) ? name : join(root, name);
  if (!isInside(written, root)) return OUTSIDE;
  const real = realPath(written);
  if (real === undefined) return undefined;
  return isInside(real, root) ? plainFile(real) : OUTSIDE;
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function plainFile(path: string): string | { readonly error: string } | undefined {
  try {
    const about = statSync(path);
    if (!about.isFile()) return DIRECTORY;
    return about.size > MOST_BYTES ? TOO_LARGE : readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
