import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Sources } from "../../model/source.ts";
import type { HostFile } from "../../parser/host/input.ts";
import { type HostReading, readHost } from "../../parser/host/read.ts";

/** Reads a host from the text of its files below /etc; without a pf.conf it has an empty one. */
export function hostFrom(texts: Readonly<Record<string, string>>, name = "fw1"): HostReading {
  return readHost({ name, at: name, files: hostFiles(texts, name) });
}

/** Files below /etc, in the order of their names. */
export function hostFiles(
  texts: Readonly<Record<string, string>>,
  name = "fw1",
): readonly HostFile[] {
  return Object.entries({ "pf.conf": "", ...texts })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, text]) => ({ path: `/etc/${file}`, file: `${name}/etc/${file}`, text }));
}

/** Every diagnostic as `code: what is underlined`, in order. */
export function underlined(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
): readonly string[] {
  return diagnostics.map(({ code, span }) => {
    const line = sources.get(span.file)?.split("\n")[span.line - 1] ?? "";
    return `${code}: ${line.slice(span.column - 1, span.column - 1 + span.length)}`;
  });
}
