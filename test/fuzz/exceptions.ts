import type {
  PfAddress,
  PfPool,
  PfQueue,
  PfRule,
  PfTable,
  TableContent,
} from "../../model/pf-rule.ts";
import { queueText, tableText } from "../../parser/pf/configuration-text.ts";
import { STRING, wordKind } from "../../parser/pf/lexical/kinds.ts";
import { protocolName } from "../../parser/pf/names/protocols.ts";
import { ruleText } from "../../parser/pf/rule-text.ts";

/**
 * What pfctl prints but does not read again as the same (sections 16 and 20 of the description of
 * the language): here and nowhere else. Every entry takes out the one rule, table, queue or option
 * that it holds for.
 */
interface Exception<T> {
  readonly reason: string;
  readonly holds: (it: T) => boolean;
}

const OF_RULES: readonly Exception<PfRule>[] = [
  {
    reason: "the probability is printed between the state word and its options",
    holds: (it) => / probability \S+% \(/.test(ruleText(it)),
  },
  {
    reason: "return-icmp(x) is printed with the code 3 of another type",
    holds: ({ answer, family }) => {
      return family !== "inet" && answer?.kind === "return-icmp" && answer.code6 > 255;
    },
  },
  {
    reason: "labels and anchor names are printed between quotes as they are",
    holds: ({ label, anchor, source, destination }) => {
      const routes = [source, destination].map(({ address }) => routeLabel(address));
      return [label, anchor?.name ?? "", ...routes].some((it) => !standsInQuotes(it));
    },
  },
  {
    reason: "a label or tag that still holds a variable is expanded again",
    holds: ({ label, tag, tagged }) => [label, tag, tagged].some(holdsVariable),
  },
  {
    reason: "tags are printed without quotes",
    holds: ({ tag, tagged }) =>
      [tag, tagged].some((it) => it !== "" && !it.split(" ").every(isWord)),
  },
  {
    reason: "names of interfaces, tables and queues are printed without quotes",
    holds: (it) => namesOf(it).some((name) => name !== "" && !isWord(name)),
  },
  {
    reason: "antispoof for (name) does not look at the name",
    holds: ({ source: { address } }) => {
      return address.kind === "dynamic" && !/^[A-Za-z][^:]*$/.test(address.name);
    },
  },
  {
    reason: "some protocols are printed as the keyword any, or as a/n",
    holds: ({ protocol }) => protocol !== 0 && /^any$|\//.test(protocolName(protocol)),
  },
  {
    reason: "the icmp type skip is printed as a keyword",
    holds: (it) => /icmp6?-type skip\b/.test(ruleText(it)),
  },
  {
    reason: "port a:* of rdr-to counts the end from 0 if the rule tests a single port",
    holds: ({ rdr }) => rdr !== undefined && rdr.high !== 0 && rdr.high < rdr.low,
  },
  {
    reason: "pool options behind the second pool of af-to belong to the first",
    holds: ({ afTo, nat, rdr }) => {
      return (
        afTo !== undefined && rdr !== undefined && (rdr.type !== "" || nat?.staticPort === true)
      );
    },
  },
  {
    reason: "a pool of every address is printed as the keyword any",
    holds: ({ nat, rdr, route }) => [nat, rdr, route].some(isWholeSpace),
  },
  {
    reason: "the negation of every address is printed as ! any",
    holds: ({ source, destination }) => {
      return [source, destination].some(({ address, negated }) => negated && isEvery(address));
    },
  },
  {
    reason: "adaptive timeouts of 0 are not printed: max sets them again",
    holds: ({ stateOptions: { max, timeouts } }) => {
      const names = timeouts.map(([name]) => name);
      const given = ["adaptive.start", "adaptive.end"].some((it) => names.includes(it));
      return max >= 10 && !given;
    },
  },
  {
    reason: "divert-packet switches reassembly on, but not behind set reassemble no",
    holds: ({ divert, scrub }) => {
      return divert?.kind === "divert-packet" && scrub?.reassembleTcp !== true;
    },
  },
  {
    reason: "empty anchors within others are printed with a name of pfctl's own",
    holds: ({ anchor }) => anchor !== undefined && /(^|\/)_/.test(anchor.name),
  },
];

const OF_TABLES: readonly Exception<PfTable>[] = [
  {
    reason: "names of interfaces, tables and queues are printed without quotes",
    holds: ({ name }) => !isWord(name),
  },
  {
    reason: "tables hold no ranges, but automatic tables of pools do",
    holds: ({ contents }) => contents.some(({ kind }) => kind === "addresses"),
  },
  {
    reason: "a table entry of every address is printed as the keyword any",
    holds: (it) => / !?any( |$)/.test(tableText({ ...it, name: "t", contents: lists(it) })),
  },
  {
    reason: "names of files are printed between quotes as they are",
    holds: ({ contents }) => {
      return contents.some((it) => it.kind === "file" && !standsInQuotes(it.name));
    },
  },
];

const OF_QUEUES: readonly Exception<PfQueue>[] = [
  {
    reason: "names of interfaces, tables and queues are printed without quotes",
    holds: ({ name, parent, interface: on }) => {
      return [name, parent, on].some((it) => it !== "" && !isWord(it));
    },
  },
  {
    reason: "rates above 1000G are printed with a NUL byte, rates of 0 not at all",
    holds: (it) => {
      return (
        queueText(it).includes("\0") || [it.bandwidth, it.min, it.max].some((c) => c?.rate === 0)
      );
    },
  },
];

const OF_OPTIONS: readonly Exception<string>[] = [
  {
    reason: "timeouts and limits are printed as signed numbers",
    holds: (it) => /^set (timeout|limit) \S+ -/.test(it),
  },
  {
    reason: "half of a syncookie start of 1% is an end of 0%",
    holds: (it) => it.startsWith("set syncookies ") && it.endsWith(", end 0%)"),
  },
  {
    reason: "names in options are printed without quotes",
    holds: (it) => {
      const [, option = "", names] =
        /^set (debug|loginterface|skip on) (?:\{ )?(.*?)(?: \})?$/.exec(it) ?? [];
      const keyword = KEYWORDS.get(option);
      return names?.split(" ").some((name) => !isWord(name) && name !== keyword) ?? false;
    },
  },
  {
    reason: "names of files are printed between quotes as they are",
    holds: (it) => {
      return it.startsWith("set fingerprints ") && !standsInQuotes(it.slice(18, -1));
    },
  },
];

/** The keyword that each option takes as a name. */
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["debug", "debug"],
  ["loginterface", "all"],
  ["skip on", "any"],
]);

/** What of a printed configuration is not read again. */
export const exceptions = {
  ofRule: (rule: PfRule): string | undefined => first(OF_RULES, rule),
  ofTable: (table: PfTable): string | undefined => first(OF_TABLES, table),
  ofQueue: (queue: PfQueue): string | undefined => first(OF_QUEUES, queue),
  /** Of all queues, which are one tree. */
  ofQueues: (
    queues: readonly PfQueue[],
    isInterface: (name: string) => boolean,
  ): string | undefined => {
    if (queues.some((it) => it.interface !== "" && !isInterface(it.interface))) {
      return "of a list of interfaces, only the first is looked up";
    }
    const names = new Set(queues.map(({ name }) => name));
    return names.size < queues.length
      ? "a queue below a parent does not show its interface"
      : undefined;
  },
  ofOption: (line: string): string | undefined => first(OF_OPTIONS, line),
  /** Anchors without a name can be read only together with their rules. */
  namelessAnchor: "an anchor without a name is printed without its rules",
  /** A rule may only name queues that stand in front of it. */
  queueTaken: "the queue that a rule names was itself left out",
} as const;

function first<T>(list: readonly Exception<T>[], it: T): string | undefined {
  return list.find(({ holds }) => holds(it))?.reason;
}

/** A word that pfctl takes for a STRING. */
function isWord(text: string): boolean {
  const shape = /^[A-Za-z0-9:_][^\s(){}<>!=/#,\\]*$/.test(text) && !/^\d+$/.test(text);
  return shape && [...text].every((it) => it > " " && it < "\x7f") && wordKind(text) === STRING;
}

/** The marks of the lexer, 1 and 2, are never part of a name. */
function standsInQuotes(text: string): boolean {
  return !/["\n\\]/.test(text);
}

function holdsVariable(text: string): boolean {
  return /\$(if|srcaddr|dstaddr|srcport|dstport|proto|nr)/.test(text);
}

function namesOf(rule: PfRule): readonly string[] {
  const { source, destination, nat, rdr, route, stateOptions, set } = rule;
  const pools = [nat, rdr, route].flatMap((it) => (it === undefined ? [] : [it.address]));
  const addresses = [source.address, destination.address, ...pools].map(nameOf);
  const interfaces = [rule.interface, rule.receivedOn?.name ?? ""].map((it) => {
    return it === "any" ? "" : it;
  });
  const queues = [set?.queue ?? "", set?.lowDelayQueue ?? ""];
  return [...interfaces, ...queues, ...addresses, stateOptions.overload];
}

function nameOf(address: PfAddress): string {
  return address.kind === "table" || address.kind === "dynamic" ? address.name : "";
}

function routeLabel(address: PfAddress): string {
  return address.kind === "route" ? address.label : "";
}

function isWholeSpace(pool: PfPool | undefined): boolean {
  return pool !== undefined && isEvery(pool.address);
}

function isEvery(address: PfAddress): boolean {
  return address.kind === "any" || (address.kind === "prefix" && address.prefix.length === 0);
}

function lists({ contents }: PfTable): readonly TableContent[] {
  return contents.filter(({ kind }) => kind !== "file");
}
