import { printAddress, printPrefix } from "../model/address-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type {
  Divert,
  PackedEntries,
  PacketSettings,
  PfAddress,
  PfConfiguration,
  PfEndpoint,
  PfPool,
  PfQueue,
  PfRule,
  PfTable,
  StateOptions,
  TableContent,
} from "../model/pf-rule.ts";
import type { Sources } from "../model/source.ts";
import { document, type Json } from "./json.ts";
import { readable } from "./readable.ts";

/** Name and version of the format; a change that breaks a reader makes it 2. */
export const PF_RULES_SCHEMA = "pfproof/pf-rules/1";

/** What pfctl would load on one host: the main file, then those that `load anchor` names. */
export interface PrintedHost {
  readonly host: string;
  /** Texts that were read, a character a byte; so are those of the other fields. */
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
  readonly configurations: readonly PfConfiguration[];
}

/**
 * Document of `print`: the expanded rules with every field that is set and the text behind them.
 *
 * A key that is not there is false, empty or not set, as the comments of {@link PfRule} tell; numbers
 * that may be 0 without meaning "none" (`icmpType`, `rtable`, `prio`) are there whenever they are set.
 * Addresses, networks and ranges are text. A file that pfctl would not load has neither rules nor
 * queues, as in pfctl's own output. `pf-rules.schema.json` describes the document.
 *
 * @param diagnostics - those of the site
 * @param textOf - a rule as pfctl prints it
 */
export function pfRulesJson(
  hosts: readonly PrintedHost[],
  diagnostics: readonly Diagnostic[],
  textOf: (rule: PfRule) => string,
): string {
  const told = hosts.map((it) => ({ ...it, readable: readable(it.sources) }));
  const all = told.flatMap((it) => it.diagnostics.map(it.readable.diagnostic));
  return document("print", [...diagnostics, ...all], {
    schema: PF_RULES_SCHEMA,
    hosts: told.map((it) => ({
      host: it.host,
      configurations: it.configurations.map((one) => {
        return it.readable.json(configurationJson(one, textOf));
      }),
    })),
  });
}

type Fields = Readonly<Record<string, Json | undefined>>;

/** Leaves out what is false, empty or undefined. */
function whatIsSet(fields: Fields): { readonly [key: string]: Json } {
  const entries = Object.entries(fields).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(entries) as { readonly [key: string]: Json };
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === "" || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** Of numbers with -1 for none. */
function known(number: number): number | undefined {
  return number < 0 ? undefined : number;
}

/** Of numbers with 0 for none. */
function nonzero(number: number): number | undefined {
  return number === 0 ? undefined : number;
}

/** Model values without bigints, less what is not set. */
function plain(value: object | undefined): Json | undefined {
  return value === undefined ? undefined : whatIsSet(value as Fields);
}

/** Spans and macro uses are JSON already. */
function spans(value: object): Json {
  return value as unknown as Json;
}

function configurationJson(
  { anchor, accepted, printed, tables, queues, rulesets }: PfConfiguration,
  textOf: (rule: PfRule) => string,
): Json {
  return {
    anchor,
    accepted,
    printed: printed.filter((it) => typeof it === "string"),
    tables: tables.map(tableJson),
    queues: accepted ? queues.map(queueJson) : [],
    rulesets: [...(accepted ? rulesets : [])].map(([path, ruleset]) => ({
      path,
      tables: ruleset.tables.map(tableJson),
      rules: ruleset.rules.map((rule) => ruleJson(rule, textOf(rule))),
    })),
  };
}

function tableJson({ contents, span, ...table }: PfTable): Json {
  return {
    ...whatIsSet(table),
    contents: contents.map(contentJson),
    span: spans(span),
  };
}

function contentJson(content: TableContent): Json {
  const { kind } = content;
  if (kind === "addresses") return { kind, addresses: content.addresses.map(addressJson) };
  const entries = entryTexts(content.entries);
  return kind === "file" ? { kind, name: content.name, entries } : { kind, entries };
}

/** `10.0.0.0/8`, `! 2001:db8::1`. */
function entryTexts({ count, offsets, words, lengths, marks }: PackedEntries): readonly string[] {
  return Array.from({ length: count }, (_, at) => {
    const [mark = 0, length = 0, offset = 0] = [marks[at], lengths[at], offsets[at]];
    const family = (mark & 1) === 0 ? "inet" : "inet6";
    const parts = words.subarray(offset, offset + (family === "inet" ? 1 : 4));
    const value = parts.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
    return `${(mark & 2) === 0 ? "" : "! "}${printPrefix({ family, value, length })}`;
  });
}

function queueJson({ bandwidth, min, max, span, ...queue }: PfQueue): Json {
  const curves = { bandwidth: plain(bandwidth), min: plain(min), max: plain(max) };
  return { ...whatIsSet({ ...queue, ...curves }), span: spans(span) };
}

function ruleJson(rule: PfRule, text: string): Json {
  const { origin, elements } = rule;
  return {
    number: rule.number,
    text,
    action: rule.action,
    ...whatIsSet({ ...headJson(rule), ...testsJson(rule), ...effectsJson(rule) }),
    span: spans(origin.span),
    ...whatIsSet({
      macros: spans(origin.macros),
      includes: spans(origin.includes),
      elements: spans(elements),
    }),
  };
}

function headJson(rule: PfRule): Fields {
  return {
    answer: plain(rule.answer),
    direction: rule.direction,
    quick: rule.quick,
    log: plain(rule.log),
    interface: rule.interface,
    interfaceNegated: rule.interfaceNegated,
    rdomain: known(rule.rdomain),
    family: rule.family,
    protocol: nonzero(rule.protocol),
    anchor: plain(rule.anchor),
  };
}

function testsJson(rule: PfRule): Fields {
  const tested = rule.flagMask !== 0;
  return {
    source: endpointJson(rule.source),
    destination: endpointJson(rule.destination),
    os: rule.os,
    receivedOn: plain(rule.receivedOn),
    user: plain(rule.user),
    group: plain(rule.group),
    flags: tested ? rule.flags : undefined,
    flagMask: tested ? rule.flagMask : undefined,
    icmpType: known(rule.icmpType),
    icmpCode: known(rule.icmpCode),
    tos: nonzero(rule.tos),
    prio: known(rule.prio),
    packetRate: plain(rule.packetRate),
    probability: nonzero(rule.probability),
    fragment: rule.fragment,
    tagged: rule.tagged,
    taggedNegated: rule.taggedNegated,
  };
}

function effectsJson(rule: PfRule): Fields {
  return {
    state: rule.state,
    stateOptions: stateOptionsJson(rule.stateOptions),
    set: settingsJson(rule.set),
    allowOptions: rule.allowOptions,
    once: rule.once,
    scrub: plain(rule.scrub),
    label: rule.label,
    tag: rule.tag,
    rtable: known(rule.rtable),
    divert: divertJson(rule.divert),
    nat: poolJson(rule.nat),
    rdr: poolJson(rule.rdr),
    route: poolJson(rule.route),
    routeKind: rule.routeKind,
    afTo: rule.afTo,
  };
}

function endpointJson({ address, negated, port }: PfEndpoint): Json {
  return whatIsSet({ address: addressJson(address), negated, port: plain(port) });
}

function addressJson(address: PfAddress): Json {
  switch (address.kind) {
    case "prefix": {
      const { kind, prefix } = address;
      return { kind, family: prefix.family, prefix: printPrefix(prefix) };
    }
    case "range": {
      const { family, first, last } = address.range;
      const text = (value: bigint): string => printAddress({ family, value });
      return { kind: address.kind, family, first: text(first), last: text(last) };
    }
    default:
      return whatIsSet({ ...address });
  }
}

function stateOptionsJson(options: StateOptions): Json {
  const { max, maxSourceStates, maxSourceConnections, maxSourceNodes, sourceRate } = options;
  return whatIsSet({
    ...options,
    max: nonzero(max),
    maxSourceStates: nonzero(maxSourceStates),
    maxSourceConnections: nonzero(maxSourceConnections),
    maxSourceNodes: nonzero(maxSourceNodes),
    sourceRate: plain(sourceRate),
    timeouts: Object.fromEntries(options.timeouts),
  });
}

function settingsJson(settings: PacketSettings | undefined): Json | undefined {
  if (settings === undefined) return undefined;
  return whatIsSet({
    ...settings,
    prio: known(settings.prio),
    lowDelayPrio: known(settings.lowDelayPrio),
    tos: known(settings.tos),
    delay: nonzero(settings.delay),
  });
}

function divertJson(divert: Divert | undefined): Json | undefined {
  if (divert?.kind !== "divert-to") return plain(divert);
  return { ...divert, address: printAddress(divert.address) };
}

function poolJson(pool: PfPool | undefined): Json | undefined {
  if (pool === undefined) return undefined;
  const { address, low, high, ...rest } = pool;
  const ports = low === 0 && high === 0 ? {} : { low, high };
  return whatIsSet({ address: addressJson(address), ...rest, ...ports });
}
