import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Environment } from "../../model/environment.ts";
import { type PfReading, parsePf } from "../../parser/pf/parse.ts";
import { printRuleset } from "../../parser/pf/print.ts";
import { environmentOf, type RecordedEnv } from "../support/environment.ts";
import { environmentOfTable } from "../support/interface-table.ts";

/** How the reader fared against rules that pfctl printed. */
export interface PfRulesResult {
  readonly passed: number;
  readonly failed: number;
  readonly disagreements: readonly string[];
  /** Agreeing or not, a rule of them is unread. */
  readonly skipped: number;
}

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  readonly disagreements: string[];
}

interface RuleRecord {
  readonly id: string;
  readonly env: RecordedEnv;
  readonly conf: string;
  readonly rules: Readonly<Record<string, readonly string[]>>;
  readonly anchors?: readonly (readonly [path: string, text: string])[];
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Compares our rules, anchor by anchor, with those that pfctl printed for the same text.
 *
 * @param data - the directory of the kind: `data/claims`, `data/kernel`, `data/corpus`
 * @param options - `only`: part of the id or directory; `unread`: compare readings with unread rules too
 */
export function conformPf(
  kind: "claims" | "kernel" | "corpus",
  data: string,
  options: { readonly only?: string; readonly unread?: boolean } = {},
): PfRulesResult {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, disagreements: [] };
  if (kind === "corpus") conformCorpus(`${data}/golden`, options, tally);
  else {
    const files = readdirSync(data).filter((it) => it.endsWith(".jsonl.gz"));
    for (const file of files) {
      for (const line of gunzipSync(readFileSync(`${data}/${file}`))
        .toString()
        .split("\n")) {
        if (line === "") continue;
        const record: RuleRecord = JSON.parse(line);
        if (options.only === undefined || record.id.includes(options.only)) {
          conformRecord(record, options, tally);
        }
      }
    }
  }
  return tally;
}

/** Users that the recorded system had and OpenBSD has not. */
const KNOWN_USERS: Readonly<Record<string, string>> = { alice: "1000" };

function conformRecord(record: RuleRecord, options: { unread?: boolean }, tally: Tally): void {
  const environment = environmentOf(record.env);
  const include = (name: string): string | undefined => record.files?.[name];
  const reading = parsePf({ file: record.id, text: record.conf, include }, environment);
  const ours = anchorsOf(reading);
  const readings = [reading];
  const loads = new Set<string>();
  for (const [path, text] of record.anchors ?? []) {
    const loaded = parsePf({ file: `${record.id}/${path}`, text, include }, environment);
    readings.push(loaded);
    for (const [below, rules] of anchorsOf(loaded)) {
      ours.set([path, below].filter((it) => it !== "").join("/"), rules);
    }
    loads.add(path);
  }
  if (options.unread !== true && readings.some(hasUnreadRule)) {
    tally.skipped++;
    return;
  }
  const wrong = Object.entries(record.rules).flatMap(([path, rules]) =>
    differences(`${record.id} [${path}]`, ours.get(path) ?? [], asPrinted(path, rules, loads)),
  );
  const [complaint] = readings.flatMap((it) => it.diagnostics);
  if (complaint !== undefined) wrong.push(`${record.id}: ${complaint.message}`);
  count(tally, wrong);
}

/** Kernel names made plain: tables carry a hash, anchors loaded by `-a` their path. */
function asPrinted(
  path: string,
  rules: readonly string[],
  loads: ReadonlySet<string>,
): readonly string[] {
  return rules.map((rule) => {
    const plain = rule.replace(/__automatic_[0-9a-f]+_/g, "__automatic_");
    return loads.has(path) ? plain.replace(`anchor "${path}/`, 'anchor "') : plain;
  });
}

/** Rules per anchor as text; rules that only stand for what comes at run time are left out. */
function anchorsOf({ ruleset }: PfReading): Map<string, readonly string[]> {
  const texts = (rules: readonly { text: string; uncertain: readonly { effect: string }[] }[]) =>
    rules
      .filter((it) => !it.uncertain.some(({ effect }) => effect === RUN_TIME))
      .map((it) =>
        it.text.replace(/\b(user|group) (\S+) (\w+)/, (all, word, operator, name) =>
          KNOWN_USERS[name] === undefined ? all : `${word} ${operator} ${KNOWN_USERS[name]}`,
        ),
      );
  return new Map([...ruleset.anchors].map(([path, rules]) => [path, texts(rules)]));
}

const RUN_TIME = "holds rules that come at run time";

function hasUnreadRule({ ruleset }: PfReading): boolean {
  return [...ruleset.anchors.values()].some((rules) =>
    rules.some(
      (it) => it.action === "unread" && !it.uncertain.some(({ effect }) => effect === RUN_TIME),
    ),
  );
}

function differences(
  where: string,
  ours: readonly string[],
  theirs: readonly string[],
): readonly string[] {
  const at = Array.from({ length: Math.max(ours.length, theirs.length) }).findIndex(
    (_, index) => ours[index] !== theirs[index],
  );
  if (at < 0) return [];
  return [`${where} @${at}\n  ours   ${ours[at] ?? "-"}\n  pfctl  ${theirs[at] ?? "-"}`];
}

function conformCorpus(
  golden: string,
  options: { only?: string; unread?: boolean },
  tally: Tally,
): void {
  for (const name of readdirSync(golden)) {
    if (options.only !== undefined && !name.includes(options.only)) continue;
    const directory = `${golden}/${name}`;
    const text = readFileSync(`${directory}/pf.conf`, "latin1");
    const table = environmentOfTable(readFileSync(`${directory}/ifaces`, "utf8"));
    const include = (file: string): string | undefined =>
      readIfThere(`${directory}/${file}`) ?? readIfThere(`${directory}/root/${file}`);
    const { environment, hosts } = table;
    const resolve = (host: string): readonly string[] | undefined => hosts.get(host);
    const reading = parsePf({ file: name, text, include, resolve }, environment);
    if (options.unread !== true && hasUnreadRule(reading)) {
      tally.skipped++;
      continue;
    }
    const expected = ruleLines(readFileSync(`${directory}/expected.txt`, "latin1"));
    const ours = [printRuleset(reading.ruleset), ...loadedAnchors(reading, environment)].join("");
    const wrong = [...differences(name, ruleLines(ours), expected)];
    const [complaint] = reading.diagnostics;
    if (complaint !== undefined) {
      wrong.push(`${name}:${complaint.span.line}: ${complaint.message}`);
    }
    count(tally, wrong);
  }
}

/** pfctl prints the anchors that `load anchor` fills behind the main ruleset. */
function loadedAnchors({ ruleset }: PfReading, _: Environment): readonly string[] {
  const inline = new Set(
    [...ruleset.anchors.values()].flatMap((rules) =>
      rules.flatMap((it) => (it.calls?.inline === true ? [it.calls.path] : [])),
    ),
  );
  return [...ruleset.anchors]
    .filter(([path]) => path !== "" && !inline.has(path))
    .map(([, rules]) => {
      const known = rules.filter((it) => !it.uncertain.some(({ effect }) => effect === RUN_TIME));
      return printRuleset({ ...ruleset, anchors: new Map([...ruleset.anchors, ["", known]]) });
    });
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "latin1") : undefined;
}

/** Rule lines only: no macros, options, tables or queues. */
function ruleLines(text: string): readonly string[] {
  return text.split("\n").filter((it) => /^\s*(pass|block|match|anchor|\})/.test(it));
}

function count(tally: Tally, wrong: readonly string[]): void {
  if (wrong.length === 0) tally.passed++;
  else {
    tally.failed++;
    tally.disagreements.push(...wrong);
  }
}
