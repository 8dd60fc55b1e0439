import type { Environment } from "../../model/environment.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { PfRule } from "../../model/pf-rule.ts";
import type { Span } from "../../model/source.ts";
import type { Unread } from "../../model/unread.ts";
import { parsePf } from "../pf/parse.ts";
import { ruleThat } from "../pf/plain-rule.ts";

/** A pf.conf that does not get into pf. */
export interface RefusedPfConf {
  /** The pf.conf itself. */
  readonly file: string;
  /** What is wrong first, maybe in a file that it includes. */
  readonly span: Span;
  /** The text of every file that was read. */
  readonly sources: ReadonlyMap<string, string>;
  /** The host is one of FreeBSD, whose files are not read yet. */
  readonly freebsd: boolean;
}

/**
 * What pf holds where pfctl refuses pf.conf: the files do not say.
 *
 * After a start it is the ruleset that rc(8) loads before netstart: `block all`, and behind it passes
 * for lo0, ssh to the host, DNS, echo requests and DHCP of the host, IPv6 neighbours and routers, carp
 * (OB:etc/rc:455-490). After a reload that failed it is whatever was there before. So one open line
 * that may do anything stands before a `block all`: a bracket over the whole pf of the host, which a
 * correct file settles. What the boot ruleset passes is left out, since no verdict may rest on it.
 */
export function refusedConf(
  { file, span, sources, freebsd }: RefusedPfConf,
  environment: Environment,
): PfConf {
  const { conf } = parsePf({ file, text: "block all\n", optimize: "none" }, environment);
  const origin: PfRule["origin"] = { span, macros: [], includes: [] };
  const unread: Unread = {
    // the file: an `assume:` that takes one line of it for nothing does not name it
    id: file,
    span,
    scope: { kind: "pf", host: environment.host },
    words: lineAt(span, sources),
    effect: freebsd ? FOREIGN : REFUSED,
    settle: freebsd
      ? "nothing does yet: FreeBSD is not read"
      : "correct the file: what `pfproof print` takes, pfctl takes",
  };
  // should somebody take the line away all the same, it ends the evaluation, and everything passes
  const open = ruleThat({ action: "match", number: 0, quick: true, origin });
  const boot = conf.main.rulesets.get("")?.rules ?? [];
  const rules = [open, ...boot.map((it) => ({ ...it, number: it.number + 1, origin }))];
  const texts = (conf.texts.get("") ?? []).map((it) => `${it} # boot ruleset of rc(8)`);
  return {
    ...conf,
    main: { ...conf.main, printed: [], rulesets: new Map([["", { rules, tables: [] }]]) },
    texts: new Map([["", [unread.words, ...texts]]]),
    openRules: [{ anchor: "", number: 0, what: "anything", unread: [unread] }],
    unread: [unread],
  };
}

const REFUSED =
  "makes pfctl refuse the file: pf holds the boot ruleset of rc(8), or what was loaded before";

const FOREIGN =
  "is no line of OpenBSD's pf.conf, and FreeBSD is not read yet: its pf may do anything";

/** Code units of the line that are shown. */
const LONGEST = 200;

function lineAt({ file, line }: Span, sources: ReadonlyMap<string, string>): string {
  const text = (sources.get(file) ?? "").split("\n")[line - 1] ?? "";
  const words = text.trim().replace(/\s+/g, " ");
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
}
