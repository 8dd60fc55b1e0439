import { readdirSync, realpathSync } from "node:fs";
import { join, posix } from "node:path";
import type { HostFile } from "../../parser/host/input.ts";
import { HARMLESS_COMMANDS, interfaceOfFile } from "../../parser/host/netstart.ts";
import { readHost } from "../../parser/host/read.ts";
import { plainWords } from "../../parser/hostname/plain-words.ts";
import type { LineReading } from "../../parser/line-uses.ts";
import { plainKeys } from "../../parser/rc-conf-keys.ts";
import { plainSysctls } from "../../parser/sysctl-names.ts";
import { plainVmWords } from "../../parser/vm/blocks.ts";
import { FileTexts } from "../../site/file-text.ts";
import { type HostDirectory, hostDirectories } from "../../site/host-directories.ts";
import { siteTree } from "../../site/site-tree.ts";
import { conformHostSites } from "./host-sites.ts";
import { sampled } from "./sampled.ts";

/** What the readers made of the lines of all host sets. */
export interface HostsResult {
  readonly passed: number;
  readonly failed: number;
  readonly disagreements: readonly string[];
  readonly notes: readonly string[];
}

/** Of all lines, this share must be understood or have no effect. */
const SHARE = 0.98;

/** Files whose every line must be accounted for. */
const COUNTED = /^\/etc\/(?:mygate|sysctl\.conf|vm\.conf|rc\.conf\.local)$/;

/**
 * Holds the readers of a host's own files against real host sets: every line that is no comment must be
 * understood, of no effect by a word of the closed lists, or unread with a scope. A line that no reader
 * has looked at is a failure, as is a share below 98 %.
 *
 * @param directory - holds one directory a host set
 */
export function conformHosts(
  directory: string,
  options: {
    readonly only?: string;
    readonly sample?: number;
    readonly seed?: number;
    readonly verbose?: boolean;
    /** Also ask `init` and `check` about every set: minutes. */
    readonly sites?: boolean;
  },
): HostsResult {
  const names = readdirSync(directory)
    .toSorted()
    .filter((name) => options.only === undefined || name.includes(options.only));
  const tally = new LineTally();
  const sets = new Map<string, string>();
  for (const name of sampled(names, options.sample, options.seed ?? 1)) {
    const root = realpathSync(join(directory, name));
    // hosts of one directory are one site, as far as a set of files tells
    for (const above of countSet(tally, name, root)) {
      sets.set(above === "." ? name : `${name}/${above}`, join(root, above));
    }
  }
  const lines = tally.result(options.verbose ?? false);
  if (options.sites !== true) return lines;
  const sites = conformHostSites(sets);
  return {
    passed: lines.passed + sites.passed,
    failed: lines.failed + sites.disagreements.length,
    disagreements: [...lines.disagreements, ...sites.disagreements],
    notes: [...sites.notes, ...lines.notes],
  };
}

/**
 * Counts the hosts of a set that have files of interfaces.
 *
 * @returns the directories right above those of these hosts, or of one that is the root itself
 */
function countSet(tally: LineTally, set: string, root: string): ReadonlySet<string> {
  const hosts = hostDirectories(siteTree(root), { anywhere: true });
  const own = hosts.filter(({ files }) =>
    files.some((it) => interfaceOfFile(it.path) !== undefined),
  );
  if (own.length > 0) tally.sets++;
  for (const host of own) countHost(tally, set, host);
  return new Set(own.map((it) => (it.directory === "" ? "." : posix.dirname(it.directory))));
}

function countHost(tally: LineTally, set: string, { directory, files }: HostDirectory): void {
  tally.hosts++;
  const texts = new FileTexts();
  const read: readonly HostFile[] = files.map(({ path, entry }) => ({
    path,
    file: `${set}/${entry.path}`,
    text: texts.text(entry),
  }));
  const { lines } = readHost({ name: "host", at: `${set}/${directory}`, files: read });
  const known = new Map(lines.map((it) => [`${it.file}:${it.line}`, it]));
  for (const { path, file, text } of read) {
    if (!COUNTED.test(path) && interfaceOfFile(path) === undefined) continue;
    if (text === undefined) tally.count(file, "the whole file", undefined, path);
    if (text === undefined) continue;
    for (const { line, words } of writtenLines(text)) {
      tally.count(`${file}:${line}`, words, known.get(`${file}:${line}`), path);
    }
  }
}

/** Lines that are neither blank nor comments. */
function writtenLines(text: string): readonly { readonly line: number; readonly words: string }[] {
  return text
    .split("\n")
    .map((it, index) => ({ line: index + 1, words: it.trim() }))
    .filter(({ words }) => words !== "" && words !== "\\" && !words.startsWith("#"));
}

class LineTally {
  sets = 0;
  hosts = 0;
  readonly #uses: Map<string, number> = new Map();
  readonly #keywords: Map<string, number> = new Map();
  readonly #unread: Map<string, number> = new Map();
  readonly #places: string[] = [];
  readonly #unseen: string[] = [];

  count(place: string, words: string, reading: LineReading | undefined, path: string): void {
    if (reading === undefined) {
      this.#unseen.push(`hosts: ${place}: no reader has looked at: ${words}`);
      return;
    }
    add(this.#uses, reading.use);
    if (reading.use === "no effect") add(this.#keywords, reading.keyword ?? "{ }");
    if (reading.use !== "unread") return;
    const kind = path.replace(/^\/etc\/(hostname)\..*/, "$1").replace("/etc/", "");
    add(this.#unread, `${kind}, ${reading.scope ?? "interface"}`);
    this.#places.push(`hosts: ${place}: unread: ${words}`);
  }

  result(verbose: boolean): HostsResult {
    const of = (use: string): number => this.#uses.get(use) ?? 0;
    const seen = of("understood") + of("no effect");
    const all = seen + of("unread") + this.#unseen.length;
    const share = all === 0 ? 1 : seen / all;
    const percent = (100 * share).toFixed(1);
    const short = `hosts: only ${percent} % of the lines are understood or have no effect`;
    const disagreements = [
      ...this.#unseen,
      ...(share < SHARE ? [short] : []),
      ...(verbose ? this.#places : []),
    ];
    return {
      passed: all - this.#unseen.length,
      failed: this.#unseen.length + (share < SHARE ? 1 : 0),
      disagreements,
      notes: [
        `${this.sets} sets with ${this.hosts} hosts, ${all} lines: ${percent} % understood or of no effect`,
        `understood ${of("understood")}, no effect ${of("no effect")}, unread ${of("unread")}`,
        `no effect by: ${counted(this.#keywords)}`,
        `unread by file and scope: ${counted(this.#unread)}`,
        ...closedLists(),
      ],
    };
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function counted(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return sorted.map(([key, count]) => `${key} ${count}`).join(", ");
}

/** Every word that makes a line one of no effect. */
function closedLists(): readonly string[] {
  return [
    `of no effect in ifconfig: ${plainWords().join(" ")}`,
    `of no effect after !: ${HARMLESS_COMMANDS.join(" ")}`,
    `of no effect in sysctl.conf: ${plainSysctls().join(" ")}`,
    `of no effect in rc.conf.local: ${plainKeys().join(" ")}`,
    `of no effect in vm.conf: ${plainVmWords().join(" ")}`,
  ];
}
