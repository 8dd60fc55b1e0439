import type { Family } from "../../../model/packet.ts";
import type { PfAddress } from "../../../model/pf-rule.ts";
import { nearestName } from "../../nearest-name.ts";
import type { HostAnswer } from "../expansion/host-lookup.ts";
import { ANY_HOST, type HostItem } from "../expansion/list-items.ts";
import * as S from "../grammar/steps.ts";
import { kindOf, NEWLINE } from "../lexical/kinds.ts";
import { appended, type Handler, type Handlers, plain, takeNot } from "./handlers.ts";
import { addPrefix, EntryPacker } from "./packed-entries.ts";
import type { Reading } from "./reading.ts";

const LONGEST_INTERFACE = 15;
const LONGEST_TABLE = 31;
const LONGEST_ROUTE_LABEL = 31;

/** Looks `text` up and appends its addresses; false after pfctl's complaint. */
function addHosts(reading: Reading, text: string, at: number, to: number, not: boolean): boolean {
  const { found, notes } = reading.shared.hosts.lookUp(text);
  for (const note of notes) reading.plain(note);
  if (found === undefined) {
    const help = (): string => hostHelp(reading, text, notes);
    return reading.error("could not parse host specification", at, to, help);
  }
  for (const { address, family, scope, wideMask } of found) {
    reading.draft.hosts.push({ address, negated: not, family, scope, wideMask, weight: 0, at, to });
  }
  return true;
}

/** Interfaces among which a name like the wrong one is looked for. */
const MOST_COMPARED = 500;

/** Why a host was not found, and what comes near it. */
function hostHelp(reading: Reading, text: string, notes: readonly string[]): string {
  const interfaces = reading.shared.environment.interfaces.slice(0, MOST_COMPARED);
  const names = interfaces.flatMap(({ name, groups }) => {
    return [name, ...groups].flatMap((it) => [
      it,
      `${it}:network`,
      `${it}:broadcast`,
      `${it}:peer`,
    ]);
  });
  const near = /[a-z]/i.test(text) ? nearestName(text, new Set(names)) : undefined;
  const why = notes[0] ?? "";
  if (near !== undefined) return `${why}: did you mean \`${near}\`?`;
  if (!/^[a-z][\w.-]*$/i.test(text)) return why;
  return `${why}: supply \`@host ${text} ADDRESS\`, or an interface of that name, with --interfaces`;
}

/** `quad`/`length`, the bits of the host cleared. */
export function quadAddress(quad: number, length: number): PfAddress {
  const network = length === 0 ? 0 : (quad & (-1 << (32 - length))) >>> 0;
  const value = BigInt(length === 32 ? quad : network);
  return { kind: "prefix", prefix: { family: "inet", value, length } };
}

/** Adds a dotted quad, the common case, without a look-up; false: it is something else. */
function addQuad(reading: Reading, at: number, to: number, length: number): boolean {
  const { tokens, draft, shared } = reading;
  const quad = tokens.quad(at);
  if (quad < 0) return false;
  shared.hosts.interfacesLoaded = true;
  const negated = draft.not;
  draft.not = false;
  draft.hosts = appended(draft.hosts, {
    address: quadAddress(quad, length),
    negated,
    family: "inet",
    scope: "",
    wideMask: 0,
    weight: 0,
    at,
    to,
  });
  return true;
}

const hostName: Handler = (reading, at) =>
  addQuad(reading, at, at, 32) ||
  addHosts(reading, reading.tokens.text(at), at, at, takeNot(reading));

const hostMask: Handler = (reading, at) => {
  const { tokens } = reading;
  const length = tokens.small(at);
  if (length >= 0 && length <= 32 && addQuad(reading, at - 2, at, length)) return true;
  const text = `${tokens.text(at - 2)}/${tokens.text(at)}`;
  return addHosts(reading, text, at - 2, at, takeNot(reading));
};

const hostRange: Handler = (reading, at) => {
  const negated = takeNot(reading);
  const { tokens, shared, draft } = reading;
  const end = (text: string): HostAnswer["found"] => {
    const { found, notes } = shared.hosts.lookUp(text);
    for (const note of notes) reading.plain(note);
    return found;
  };
  const low = end(tokens.text(at - 2));
  const high = low && end(tokens.text(at));
  if (low === undefined || high === undefined) {
    return reading.error("could not parse host specification", at - 2, at);
  }
  const [first] = low;
  const [last] = high;
  const open = first?.address.kind === "unknown" ? first : last;
  const place = { at: at - 2, to: at };
  if (open?.address.kind === "unknown") {
    draft.hosts.push({ ...ANY_HOST, address: open.address, negated, ...place });
    return true;
  }
  if (
    low.length !== 1 ||
    high.length !== 1 ||
    first?.address.kind !== "prefix" ||
    last?.address.kind !== "prefix" ||
    first.family !== last.family ||
    first.wideMask !== 0 ||
    last.wideMask !== 0 ||
    isNetwork(first.address.prefix.length, first.family) ||
    isNetwork(last.address.prefix.length, last.family)
  ) {
    return reading.error("invalid address range", at - 2, at);
  }
  const { family } = first.address.prefix;
  const range = { family, first: first.address.prefix.value, last: last.address.prefix.value };
  draft.hosts.push({ ...ANY_HOST, address: { kind: "range", range }, family, negated, ...place });
  return true;
};

function isNetwork(length: number, family: Family | undefined): boolean {
  return length < (family === "inet" ? 32 : 128);
}

const hostDynamic: Handler = (reading, at) => {
  const text = reading.tokens.text(at - 1);
  if (!/^[a-zA-Z]/.test(text)) return reading.error(`invalid interface name '${text}'`, at - 1);
  const parts = dynamicParts(text);
  if (parts.wrong !== "") return reading.error(parts.wrong, at - 1);
  if (parts.name.length > LONGEST_INTERFACE) {
    return reading.error("interface name too long", at - 1);
  }
  const { name, part, first } = parts;
  const address = { kind: "dynamic", name, part, first, length: 128 } as const;
  const negated = takeNot(reading);
  reading.draft.hosts.push({ ...ANY_HOST, address, negated, at: at - 2, to: at });
  return true;
};

type Part = "address" | "network" | "broadcast" | "peer";

/** `em0:network:0` taken apart as pfctl does for `(…)`. */
function dynamicParts(text: string): { name: string; part: Part; first: boolean; wrong: string } {
  let name = text;
  let first = false;
  const parts = new Set<Part>();
  for (let colon = name.lastIndexOf(":"); colon >= 0; colon = name.lastIndexOf(":")) {
    const modifier = name.slice(colon + 1);
    if (modifier === "0") first = true;
    else if (modifier === "network" || modifier === "broadcast" || modifier === "peer") {
      parts.add(modifier);
    } else {
      return { name, part: "address", first, wrong: `interface ${name} has bad modifier` };
    }
    name = name.slice(0, colon);
  }
  const [part = "address"] = parts;
  const wrong = parts.size > 1 ? "illegal combination of interface modifiers" : "";
  return { name, part, first, wrong };
}

const hostDynamicMask: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  const length = Number(text);
  if (length < 0 || length > 128) return reading.error("bit number too big", at);
  const last = reading.draft.hosts.pop();
  if (last?.address.kind === "dynamic") {
    reading.draft.hosts.push({ ...last, address: { ...last.address, length } });
  }
  return true;
};

const hostTable: Handler = (reading, at) => {
  const name = reading.tokens.text(at - 1);
  if (name.length > LONGEST_TABLE) {
    return reading.error(`table name '${name}' too long`, at - 1);
  }
  pushHost(reading, { kind: "table", name }, at - 2, at);
  return true;
};

const hostRoute: Handler = (reading, at) => {
  const label = reading.tokens.text(at);
  if (label.length > LONGEST_ROUTE_LABEL) {
    return reading.error(`route label too long, max ${LONGEST_ROUTE_LABEL} chars`, at);
  }
  pushHost(reading, { kind: "route", label }, at - 1, at);
  return true;
};

function pushHost(reading: Reading, address: HostItem["address"], at: number, to: number): void {
  reading.draft.hosts.push({ ...ANY_HOST, address, negated: takeNot(reading), at, to });
}

const OPERATORS: ReadonlySet<number> = new Set(["{", "}", ",", "!"].map(kindOf));

/** Plain hosts from token `at` on, up to what the shape took as one. */
export function hostRun(reading: Reading, at: number, end: number): boolean {
  const { tokens } = reading;
  const into = reading.draft.tableName === "" ? undefined : packedRun(reading);
  for (let it = at; it < end; it++) {
    const kind = tokens.kind(it);
    if (kind === NOT) reading.draft.not = true;
    if (OPERATORS.has(kind) || kind === NEWLINE) continue;
    reading.last = it;
    const masked = tokens.kind(it + 1) === SLASH;
    reading.last = masked ? it + 2 : it + 1;
    if (masked) it += 2;
    if (into !== undefined && packQuad(reading, it, masked, into)) continue;
    const taken = masked ? hostMask(reading, it) : hostName(reading, it);
    if (taken === false) return false;
    if (into !== undefined) repack(reading, into);
  }
  return true;
}

/** The entries of a table that a run goes to; what was read before stays in front of them. */
function packedRun({ draft }: Reading): EntryPacker {
  const entries = new EntryPacker();
  if (draft.hosts.length > 0) draft.tableContents.push({ kind: "list", hosts: draft.hosts });
  draft.hosts = [];
  draft.tableContents.push({ kind: "packed", entries });
  return entries;
}

/** Packs a dotted quad whose mask, if any, is token `at`; false: it is something else. */
function packQuad(reading: Reading, at: number, masked: boolean, into: EntryPacker): boolean {
  const { tokens, draft } = reading;
  const quad = tokens.quad(masked ? at - 2 : at);
  const length = masked ? tokens.small(at) : 32;
  if (quad < 0 || length < 0 || length > 32) return false;
  const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  into.addInet((quad & mask) >>> 0, length, draft.not);
  draft.not = false;
  return true;
}

/** Moves hosts that are addresses and nothing else to the packed ones. */
function repack({ draft }: Reading, into: EntryPacker): void {
  const plain = draft.hosts.every((it) => it.address.kind === "prefix" && it.wideMask === 0);
  if (!plain) return;
  for (const { address, negated } of draft.hosts) {
    if (address.kind === "prefix") addPrefix(into, address.prefix, negated);
  }
  draft.hosts = [];
}

const [SLASH, NOT] = [kindOf("/"), kindOf("!")];

/** `from`: the hosts and ports gathered so far are those of the source. */
const from: Handler = ({ draft }) => {
  draft.sources = draft.anyHost ? [] : draft.hosts;
  draft.sourcePorts = draft.ports;
  draft.hosts = [];
  draft.ports = [];
  draft.anyHost = false;
  return true;
};

const to: Handler = (reading, at) => {
  const { draft } = reading;
  const hosts = draft.anyHost ? [] : draft.hosts;
  if (hosts.some((it) => it.address.kind === "urpf-failed")) {
    return reading.error(`"urpf-failed" is not permitted in a destination address`, at);
  }
  draft.destinations = hosts;
  draft.destinationPorts = draft.ports;
  draft.hosts = [];
  draft.ports = [];
  draft.anyHost = false;
  return true;
};

export const hostHandlers: Handlers = [
  [
    S.HOST_ANY,
    plain(({ draft }) => {
      draft.anyHost = true;
    }),
  ],
  [S.HOST_NAME, hostName],
  [S.HOST_MASK, hostMask],
  [S.HOST_RANGE, hostRange],
  [S.HOST_DYNAMIC, hostDynamic],
  [S.HOST_DYNAMIC_MASK, hostDynamicMask],
  [S.HOST_TABLE, hostTable],
  [S.HOST_ROUTE, hostRoute],
  [S.NO_ROUTE, plain((reading, at) => pushHost(reading, { kind: "no-route" }, at, at))],
  [S.URPF_FAILED, plain((reading, at) => pushHost(reading, { kind: "urpf-failed" }, at, at))],
  [S.FROM, from],
  [S.TO, to],
];
