import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { Unread } from "../../model/unread.ts";
import { parseHosts } from "../hosts.ts";
import { type EngineReading, parsePf } from "../pf/parse.ts";
import { refusedConf } from "./boot-ruleset.ts";
import type { HostFile } from "./input.ts";
import { firstError, refused } from "./refused.ts";
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

/** What is known of the host around its pf.conf. */
export interface RulesSetting {
  readonly files: readonly HostFile[];
  readonly environment: Environment;
  readonly freebsd: boolean;
  /** Nothing but the pf.conf is asked about: what pfctl refuses is an error then. */
  readonly isAlone: boolean;
}

/**
 * Reads /etc/pf.conf in its environment; files that it names are looked for among the host's.
 *
 * What pfctl refuses it refuses as a whole: `conf` is then what rc(8) leaves in force, with a bracket
 * over all of it, and the errors are warnings.
 */
export function readRules(
  pf: HostFile & { readonly text: string },
  setting: RulesSetting,
): RulesReading {
  const { files, environment } = setting;
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
  const held = setting.isAlone ? reading : inForce(pf.file, reading, setting);
  return { ...withFileNames(held, paths), included: [...new Set(included.values())] };
}

/** What pf of a running host holds after this reading. */
function inForce(
  file: string,
  { conf, diagnostics, unread, configuration: { sources } }: EngineReading,
  { environment, freebsd }: RulesSetting,
): Pick<EngineReading, "conf" | "diagnostics" | "unread"> {
  const span = firstError(diagnostics);
  if (span === undefined) return { conf, diagnostics, unread };
  const kept = refusedConf({ file, span, sources, freebsd }, environment);
  const told = {
    code: "pf-refused",
    message: freebsd
      ? "pf.conf is none of OpenBSD, and FreeBSD is not read yet"
      : "pfctl refuses pf.conf, and rc(8) leaves its boot ruleset in force",
    help: `${freebsd ? "" : "a reload leaves what was loaded before; "}what this pf decides is undecided`,
  };
  return { conf: kept, diagnostics: refused(diagnostics, told), unread: kept.unread };
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
