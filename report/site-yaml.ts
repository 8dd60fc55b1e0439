import type {
  FoundConduit,
  FoundInterface,
  FoundZone,
  InitAnswer,
  NamedService,
  WireDoubt,
} from "../model/init-answer.ts";
import type { Unread } from "../model/unread.ts";
import { count } from "./table.ts";
import { visible, visibleJson } from "./visible.ts";

/**
 * A site.yaml for what `init` found: read back, it has exactly these zones, places and conduits.
 *
 * Everything that a person has to decide is a comment. Text from files is foreign: it stands in
 * quotes or, made visible, in comments, so that none of it is YAML of its own. No package is asked
 * for this: YAML libraries belong to readers, and what is written here is a small part of the language.
 *
 * @param hosts - names of the hosts, in their order
 */
export function siteYaml(answer: InitAnswer, hosts: readonly string[]): string {
  const sections = [
    [...HEAD, "pfproof: 1"],
    doubtLines(answer.doubts),
    serviceLines(answer.services),
    zoneLines(answer.zones, hosts.length > 1),
    conduitLines(answer),
    assumeLines(answer.unread),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join("\n")}\n`);
  return text.join("\n");
}

const HEAD: readonly string[] = [
  "# Proposed by `pfproof init`, confirmed by nobody yet. Read the zones; keep, narrow or delete every",
  "# line that says `todo: confirm`; then ask `pfproof check`.",
];

/** Columns after which a conduit takes several lines. */
const WIDTH = 100;

function doubtLines(doubts: readonly WireDoubt[]): readonly string[] {
  if (doubts.length === 0) return [];
  const ends = doubts.map((it) => flow(it.ends));
  return [
    "# Are these one wire each? The files cannot say. Of each two lines, take the # off the one that is",
    "# true, and off its heading; until then nothing is proved of what they could join.",
    "# wires:",
    ...doubts.map((it, at) => `#   ${scalar(it.name)}: ${ends[at]} ${comment(it.reason)}`),
    "# apart:",
    ...ends.map((it) => `#   - ${it}`),
  ];
}

function serviceLines(services: readonly NamedService[]): readonly string[] {
  if (services.length === 0) return [];
  const entries = services.flatMap(({ name, services: own, remark }) => [
    `  ${comment(remark)}`,
    `  ${scalar(name)}: ${flow(own)}`,
  ]);
  return ["services:", ...entries];
}

function zoneLines(zones: readonly FoundZone[], several: boolean): readonly string[] {
  if (zones.length === 0) return [];
  return [
    "zones:",
    ...zones.flatMap((zone) => [
      `  ${comment(behindText(zone, several))}`,
      `  ${scalar(zone.name)}: { at: ${some(zone.at)} }`,
    ]),
  ];
}

/** Interfaces that a comment on a zone lists, and addresses of each. */
const MOST_LISTED = 4;

function behindText({ name, kind, behind }: FoundZone, several: boolean): string {
  if (kind === "host") return "the host itself: its own addresses and services";
  const rdomains = new Set(behind.map((it) => it.rdomain));
  const [common = 0] = rdomains.size === 1 ? rdomains : [0];
  const texts = behind
    .slice(0, MOST_LISTED)
    .map((it) => interfaceText(it, { several, withRdomain: common !== it.rdomain }));
  const more = behind.length > MOST_LISTED ? [`${behind.length - MOST_LISTED} more`] : [];
  const start = [
    ...(kind === "unused" ? ["without an address: "] : []),
    ...(common === 0 ? [] : [`rdomain ${common}: `]),
  ];
  const text = `${start.join("")}${[...texts, ...more].join("; ")}`;
  const whole = behind.find((it) => it.remark !== undefined)?.remark ?? "";
  // what is said of one of several interfaces is only half true of all
  const remark = behind.length > 1 ? whole.replace(/[:;].*$/, "") : whole.replace(/;.*$/, "");
  if (remark === "" || remark.toLowerCase() === name) return text;
  return `${text} (${clipped(remark, WIDTH - text.length)})`;
}

function interfaceText(
  it: FoundInterface,
  { several, withRdomain }: { readonly several: boolean; readonly withRdomain: boolean },
): string {
  const names = it.interfaces.map((name) => (several ? `${it.host}:${name}` : name));
  const ports = names.length > MOST_LISTED ? [...names.slice(0, MOST_LISTED), "…"] : names;
  const { addresses } = it;
  const listed = addresses.slice(0, MOST_LISTED);
  const shortened = addresses.length > MOST_LISTED ? [...listed, "…"] : listed;
  const on = it.switch === undefined ? [] : ["on", it.switch];
  const first = [...ports, ...on, ...shortened].join(" ");
  return [first, ...(withRdomain ? [`rdomain ${it.rdomain}`] : []), ...it.notes].join(", ");
}

/** At most so many characters, and 30 in any case. */
function clipped(text: string, most: number): string {
  const characters = Array.from(text);
  const length = Math.max(30, most);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

function conduitLines({ conduits, pairs, stopped, unread }: InitAnswer): readonly string[] {
  const open = unread.length;
  const notes = [
    ...(open === 0
      ? []
      : [
          `# Flows that only the ${count(open, "line")} at the end could let pass are not among them.`,
        ]),
    ...(stopped === undefined
      ? []
      : [
          `# NOT COMPLETE: only ${pairs.done} of ${pairs.total} ordered pairs were looked at, ${STOPS[stopped]}.`,
        ]),
  ];
  if (conduits.length === 0) {
    const nothing = stopped === undefined && pairs.total > 0;
    const what = open === 0 ? "pf lets nothing pass" : "nothing is known to pass";
    const start = nothing ? [`# Without conduits: ${what} between zones today.`] : [];
    return [...start, ...notes];
  }
  return [
    "# What pf lets pass today without an earlier packet; answers need no entry. Every other ordered pair",
    "# is forbidden.",
    ...notes,
    "conduits:",
    ...conduits.flatMap(conduitText),
  ];
}

const STOPS = {
  budget: "the node budget was used up: give init a larger --budget",
  cancelled: "since init was interrupted",
} as const;

function conduitText({ from, to, services }: FoundConduit): readonly string[] {
  const note = services.note === undefined ? "" : `; ${services.note}`;
  const todo = comment(`todo: confirm${note}`);
  const parts = [
    `from: ${some(from)}`,
    `to: ${some(to)}`,
    `services: ${services.names.length === 1 ? some(services.names) : flow(services.names)}`,
  ];
  const line = `  - { ${parts.join(", ")} }`;
  if (line.length <= WIDTH) return [`${line} ${todo}`];
  const [first = "", ...rest] = parts;
  return [`  - ${first} ${todo}`, ...rest.map((part) => `    ${part}`)];
}

/** Unread lines that stand in the text; `pfproof show SITE files` has all of them. */
const MOST_UNREAD = 60;

/** The block `assume:` as a comment, by its keys, and what is settled by an edit elsewhere. */
function assumeLines(unread: readonly Unread[]): readonly string[] {
  if (unread.length === 0) return [];
  // several things can be said of one line, and an entry settles all of them
  const blocks = new Map<string, Map<string, string>>();
  const edits: string[] = [];
  for (const it of unread.slice(0, MOST_UNREAD)) {
    const [, key, entry = ""] = /assume: \{ (\w+): \{ (.+) \} \}$/.exec(it.settle) ?? [];
    if (key === undefined) {
      edits.push(comment(`${placeOf(it)}: ${clipped(it.words, 60)}: ${it.effect}; ${it.settle}`));
      continue;
    }
    const said = key === "line" ? `${clipped(it.words, 60)}: ${it.effect}` : it.effect;
    const block = blocks.get(key) ?? new Map<string, string>();
    blocks.set(key, block.set(visible(entry), block.get(visible(entry)) ?? comment(said)));
  }
  const more = unread.length - MOST_UNREAD;
  return [
    "# Not understood, or not in the files: a pair that one of these lines could change is undecided. The",
    "# block says what settles each; entries of `routes` are used by a later version.",
    ...(blocks.size === 0 ? [] : ["# assume:"]),
    ...[...blocks].flatMap(([key, entries]) => [
      `#   ${key}:`,
      ...[...entries].map(([entry, said]) => `#     ${entry} ${said}`),
    ]),
    ...edits,
    ...(more > 0 ? [`# … and ${more} more: pfproof show SITE files`] : []),
  ];
}

function placeOf({ span: { file, line } }: Unread): string {
  return `${file}:${line}`;
}

function comment(text: string): string {
  return `# ${visible(text)}`;
}

/** `x`, or `[x, y]`. */
function some(items: readonly string[]): string {
  const [only] = items;
  return items.length === 1 && only !== undefined ? scalar(only) : flow(items);
}

function flow(items: readonly string[]): string {
  return `[${items.map(scalar).join(", ")}]`;
}

/** Letters of names and references that YAML reads as text wherever they stand. */
const PLAIN = /^[a-z][\w./-]*(?::[a-z][\w./-]*)?$/i;

/** Words that some YAML reads as no text. */
const KEYWORDS: ReadonlySet<string> = new Set("true false null yes no on off y n".split(" "));

/** Text as one scalar of YAML: plain where nothing else can be read, else in double quotes. */
function scalar(text: string): string {
  if (PLAIN.test(text) && !KEYWORDS.has(text.toLowerCase())) return text;
  return visibleJson(JSON.stringify(text));
}
