import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { Unread } from "../../model/unread.ts";
import { parseHosts } from "../hosts.ts";
import { parsePf } from "../pf/parse.ts";
import type { HostFile } from "./input.ts";
import { withFileNames } from "./renamed-spans.ts";

/** What a host's pf.conf says. */
export interface RulesReading {
  readonly conf: PfConf;
  readonly diagnostics: readonly Diagnostic[];
  /** Every unread line, those of single rules included. */
  readonly unread: readonly Unread[];
  /** Files on the host that pf.conf asked for. */
  readonly included: readonly HostFile[];
}

/** Reads /etc/pf.conf in its environment; files that it names are looked for among the host's. */
export function readRules(
  pf: HostFile & { readonly text: string },
  files: readonly HostFile[],
  environment: Environment,
): RulesReading {
  const included = new Map<string, HostFile>();
  const names = parseHosts(files.find((it) => it.path === "/etc/hosts")?.text ?? "");
  const reading = parsePf(
    {
      file: pf.file,
      text: pf.text,
      include: (name) => {
        const found = hostFile(files, name);
        if (found !== undefined) included.set(name, found);
        return found?.text;
      },
      resolve: (name) => names.get(name.toLowerCase()),
    },
    environment,
  );
  const paths = new Map([...included].map(([name, it]) => [name, it.file] as const));
  return { ...withFileNames(reading, paths), included: [...new Set(included.values())] };
}

/** A file by the name that a configuration gives it: `/etc/x`, or `x` beside pf.conf. */
export function hostFile(files: readonly HostFile[], name: string): HostFile | undefined {
  const path = plainPath(name.startsWith("/") ? name : `/etc/${name}`);
  return files.find((file) => file.path === path);
}

/** Without `.`, `..` and empty parts. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
