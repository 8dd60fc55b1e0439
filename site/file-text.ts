import { readFileSync } from "node:fs";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { SiteEntry } from "./site-tree.ts";

/** 64 MB: no configuration file is larger. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Reads files once each, and remembers what was read and what could not be. */
export class FileTexts {
  readonly sources: Map<string, string> = new Map();
  readonly diagnostics: Diagnostic[] = [];
  readonly #seen = new Map<string, string | undefined>();

  /** The text of a file; without one there is a diagnostic. */
  text(entry: SiteEntry): string | undefined {
    if (this.#seen.has(entry.path)) return this.#seen.get(entry.path);
    const read = textOf(entry);
    if ("problem" in read) this.diagnostics.push(unreadable(entry.path, read.problem));
    else this.sources.set(entry.path, read.text);
    const text = "problem" in read ? undefined : read.text;
    this.#seen.set(entry.path, text);
    return text;
  }
}

function textOf(entry: SiteEntry): { readonly text: string } | { readonly problem: string } {
  if (entry.refused !== undefined) return { problem: entry.refused };
  if (entry.bytes > MOST_BYTES) return { problem: "it is larger than 64 MB" };
  try {
    const bytes = readFileSync(entry.real);
    if (bytes.includes(0)) return { problem: "it is not text" };
    return { text: decode(bytes) };
  } catch {
    return { problem: "it cannot be opened" };
  }
}

/** UTF-8; what is none is taken for Latin-1, as comments of old files are. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

function unreadable(file: string, problem: string): Diagnostic {
  return {
    code: "file-unreadable",
    severity: "error",
    message: `the file is not read: ${problem}`,
    span: { file, line: 1, column: 1, length: 1 },
  };
}
