import { realpathSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Host } from "../model/host.ts";
import type { Network } from "../model/network.ts";
import type { Sources } from "../model/source.ts";
import type { HostFile } from "../parser/host/input.ts";
import { readHost } from "../parser/host/read.ts";
import { NO_ADDITIONS, parseSite } from "../parser/site/parse.ts";
import { FileTexts } from "./file-text.ts";
import { type HostDirectory, type HostEntry, hostDirectories } from "./host-directories.ts";
import { hostNames } from "./host-names.ts";
import { inferredInternet } from "./internet.ts";
import { type SiteEntry, siteTree } from "./site-tree.ts";

/** A site as it was read. */
export interface SiteReading {
  /** Absent if there is no host to ask about. */
  readonly network?: Network;
  readonly diagnostics: readonly Diagnostic[];
  /** Text of every file that was read, by its path from the root. */
  readonly sources: Sources;
}

export interface ReadOptions {
  /** `2027-01-31`: what site.yaml let expire before counts no longer; absent: nothing has expired. */
  readonly today?: string;
}

/**
 * Reads a site: a directory with hosts and maybe a site.yaml, or one pf.conf.
 *
 * Never throws on what lies in files. Nothing outside of the root is opened. The same files give the
 * same network, whatever order the file system lists them in.
 */
export function readSite(path: string, { today }: ReadOptions = {}): SiteReading {
  const root = rootOf(path);
  if (root === undefined) return nothing(path, "there is no such file or directory");
  const texts = new FileTexts();
  if (!root.directory) return readSingle(root.path, texts);
  const entries = siteTree(root.path);
  const yaml = entries.find((it) => it.path === "site.yaml" || it.path === "site.yml");
  const directories = hostDirectories(entries, { anywhere: yaml === undefined });
  if (directories.length === 0) {
    return nothing(yaml?.path ?? path, "no directory here has a pf.conf or a hostname.IF");
  }
  const hosts = readHostFiles(root.path, directories, texts);
  return siteFrom(hosts, yaml, texts, today);
}

/**
 * Reads the hosts of a directory as they are found beside a site.yaml, which is not opened: what
 * `init` writes one for.
 *
 * Hosts in deeper directories are complained about: nobody would find them there any more.
 */
export function readHosts(path: string): SiteReading {
  const root = rootOf(path);
  if (root === undefined) return nothing(path, "there is no such file or directory");
  if (!root.directory) return nothing(path, "it is a file: a site.yaml stands in a directory");
  const texts = new FileTexts();
  const entries = siteTree(root.path);
  const directories = hostDirectories(entries, { anywhere: false });
  const found = new Set(directories.map((it) => it.directory));
  const deep = hostDirectories(entries, { anywhere: true })
    .map((it) => it.directory)
    .filter((it) => !found.has(it) && !it.startsWith("variants/"));
  if (directories.length === 0) {
    return deep.length === 0
      ? nothing(path, "no directory here has a pf.conf or a hostname.IF")
      : { diagnostics: [tooDeep(path, deep, "error")], sources: new Map() };
  }
  const reading = siteFrom(readHostFiles(root.path, directories, texts), undefined, texts);
  if (deep.length === 0) return reading;
  return { ...reading, diagnostics: [...reading.diagnostics, tooDeep(path, deep, "warning")] };
}

function tooDeep(
  file: string,
  directories: readonly string[],
  severity: Diagnostic["severity"],
): Diagnostic {
  const shown = directories.slice(0, 4).map((it) => `\`${it}\``);
  const listed = `${shown.join(", ")}${directories.length > 4 ? ", …" : ""}`;
  return {
    code: "site-depth",
    severity,
    message: `hosts lie too deep to be found beside a site.yaml: ${listed}`,
    span: { file, line: 1, column: 1, length: 1 },
    help: "name the directory right above those of the hosts, or put them into `hosts/`",
  };
}

function rootOf(path: string): { readonly path: string; readonly directory: boolean } | undefined {
  try {
    const real = realpathSync(path);
    return { path: real, directory: statSync(real).isDirectory() };
  } catch {
    return undefined;
  }
}

function nothing(file: string, message: string): SiteReading {
  const span = { file, line: 1, column: 1, length: 1 };
  const help = 'give a directory as README.md, "A site", tells, or a pf.conf';
  return {
    diagnostics: [{ code: "site-empty", severity: "error", message, span, help }],
    sources: new Map(),
  };
}

interface HostsReading {
  readonly hosts: readonly Host[];
  readonly diagnostics: readonly Diagnostic[];
}

/** One pf.conf is a site of one host that has no interfaces. */
function readSingle(path: string, texts: FileTexts): SiteReading {
  const bytes = statSync(path).size;
  const entry: SiteEntry = { path: basename(path), real: path, bytes };
  const files: readonly HostEntry[] = [{ path: "/etc/pf.conf", entry }];
  return siteFrom(
    readHostFiles(dirname(path), [{ directory: "host", files }], texts, true),
    undefined,
    texts,
  );
}

function readHostFiles(
  root: string,
  directories: readonly HostDirectory[],
  texts: FileTexts,
  isPfConf = false,
): HostsReading {
  const nameable = directories.map(({ directory, files }) => {
    const file = files.find((it) => it.path === "/etc/myname");
    const isNeeded = directory === "" && file !== undefined;
    return { directory, myname: isNeeded ? texts.text(file.entry) : undefined };
  });
  const names = hostNames(nameable, root);
  const readings = directories.map(({ directory, files }, index) =>
    readHost({
      name: names[index] ?? directory,
      at: files[0]?.entry.path ?? directory,
      files: files.map((file) => hostFile(file, texts)),
      isPfConf,
    }),
  );
  return {
    hosts: readings.map((it) => it.host),
    diagnostics: readings.flatMap((it) => it.diagnostics),
  };
}

/** A file whose text is read when a reader asks for it. */
function hostFile({ path, entry }: HostEntry, texts: FileTexts): HostFile {
  const { path: file, refused } = entry;
  return {
    path,
    file,
    get text() {
      return texts.text(entry);
    },
    ...(refused === undefined ? {} : { reason: refused }),
  };
}

function siteFrom(
  { hosts, diagnostics }: HostsReading,
  yaml: SiteEntry | undefined,
  texts: FileTexts,
  today?: string,
): SiteReading {
  const text = yaml === undefined ? undefined : texts.text(yaml);
  const site =
    yaml === undefined || text === undefined
      ? { additions: NO_ADDITIONS, hosts, diagnostics: [] }
      : parseSite({ file: yaml.path, text, hosts, ...(today === undefined ? {} : { today }) });
  const written: Network = { hosts: site.hosts, ...site.additions };
  return {
    network: { ...written, clouds: [...written.clouds, ...inferredInternet(written)] },
    diagnostics: [...texts.diagnostics, ...diagnostics, ...site.diagnostics],
    sources: texts.sources,
  };
}
