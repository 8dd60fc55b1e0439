import { createHash } from "node:crypto";
import * as S from "../grammar/steps.ts";
import type { PoolDraft } from "./draft.ts";
import type { Handler, Handlers } from "./handlers.ts";
import { portTerm } from "./ports.ts";
import type { Reading } from "./reading.ts";

const MOST_PORT = 65535;

/** The addresses gathered so far are those of the pool. */
const pool: Handler = ({ draft }) => {
  draft.poolHosts = draft.hosts.splice(0);
  draft.poolFirst = -1;
  draft.poolLast = -1;
  draft.poolType = "";
  draft.poolKey = "";
  draft.sticky = false;
  draft.staticPort = false;
  return true;
};

const poolFirst: Handler = (reading, at) => {
  const { hosts } = reading.draft;
  if (hosts.some((it) => it.address.kind !== "prefix" && it.address.kind !== "unknown")) {
    return reading.error("only addresses can be listed for redirection pools ", at);
  }
  return true;
};

const weight: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const value = tokens.number(at);
  if (value < 1 || value > MOST_PORT) return reading.error("weight out of range", at);
  // of a name with several addresses, every one weighs as much
  const last = draft.hosts.at(-1)?.at;
  draft.hosts = draft.hosts.map((it) => (it.at === last ? { ...it, weight: value } : it));
  return true;
};

const poolPort: Handler = (reading, at) => {
  const term = portTerm(reading, at, true);
  if (term === undefined) return false;
  reading.draft.poolFirst = term.first;
  // an end of 0 counts as `*`
  const last = term.last === 0 && term.first !== 0 ? -1 : term.last;
  reading.draft.poolLast = term.isRange ? last : term.first;
  return true;
};

const poolType: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  if (draft.poolType !== "") return reading.error("pool type cannot be redefined", at);
  const text = tokens.text(at);
  if (text === "bitmask" || text === "random" || text === "round-robin" || text === "least-states")
    draft.poolType = text;
  return true;
};

const poolHash: Handler = (reading, at) => {
  const { draft } = reading;
  const words = draft.words.splice(0);
  const key = words.join(" ");
  const random = words.length === 0;
  const hex = random ? NO_KEY : key.startsWith("0x") ? hexKey(reading, key, at) : hashed(key);
  if (hex === undefined) return false;
  if (draft.poolType !== "") return reading.error("pool type cannot be redefined", at);
  draft.poolType = "source-hash";
  draft.poolKey = hex;
  return true;
};

/** A key in hexadecimal, or undefined after pfctl's complaint. */
function hexKey(reading: Reading, key: string, at: number): string | undefined {
  if (key.length !== 34) {
    reading.error("hex key must be 128 bits (32 hex digits) long", at);
    return undefined;
  }
  const numbers = scannedHex(key.slice(2));
  if (numbers === undefined) {
    reading.error("invalid hex key", at);
    return undefined;
  }
  return `0x${numbers.map((it) => it.toString(16).padStart(8, "0")).join("")}`;
}

const HEX_NUMBER = /^[\t\n\v\f\r ]*([0-9a-f]{1,8})/i;

/** Four numbers as sscanf(3) reads them with `%8x`; undefined: there are fewer. */
function scannedHex(text: string): readonly number[] | undefined {
  const numbers: number[] = [];
  let rest = text;
  while (numbers.length < 4) {
    const match = HEX_NUMBER.exec(rest);
    if (match === null) return undefined;
    numbers.push(Number.parseInt(match[1] ?? "", 16));
    rest = rest.slice(match[0].length);
  }
  return numbers;
}

/**
 * Stands for the key that pfctl draws anew at every run: no set of packets depends on it, and the
 * same input must give the same output.
 */
const NO_KEY = `0x${"0".repeat(32)}`;

/** The MD5 digest that pfctl makes of a key. */
function hashed(key: string): string {
  return `0x${createHash("md5").update(Buffer.from(key, "latin1")).digest("hex")}`;
}

const staticPort: Handler = (reading, at) => {
  if (reading.draft.staticPort) return reading.error("static-port cannot be redefined", at);
  reading.draft.staticPort = true;
  return true;
};

const sticky: Handler = (reading, at) => {
  if (reading.draft.sticky) return reading.error("sticky-address cannot be redefined", at);
  reading.draft.sticky = true;
  return true;
};

/** The pool gathered so far as a value. */
function poolDraft(reading: Reading, binat: boolean): PoolDraft {
  const { draft } = reading;
  return {
    hosts: draft.poolHosts,
    first: draft.poolFirst,
    last: draft.poolLast,
    type: draft.poolType,
    key: draft.poolKey,
    sticky: draft.sticky,
    staticPort: draft.staticPort || binat,
    binat,
  };
}

const natTo: Handler = (reading, at) => {
  if (reading.draft.nat !== undefined) {
    return reading.error("cannot respecify nat-to/binat-to", at);
  }
  reading.draft.nat = poolDraft(reading, false);
  return true;
};

const binatTo: Handler = (reading, at) => {
  if (reading.draft.nat !== undefined) {
    return reading.error("cannot respecify nat-to/binat-to", at);
  }
  reading.draft.nat = poolDraft(reading, true);
  return true;
};

const rdrTo: Handler = (reading, at) => {
  if (reading.draft.rdr !== undefined || reading.draft.afTo)
    return reading.error("cannot respecify rdr-to", at);
  reading.draft.rdr = poolDraft(reading, false);
  return true;
};

const afTo: Handler = ({ draft }) => {
  draft.familyBefore = draft.family;
  draft.family = undefined;
  return true;
};

const afToFrom: Handler = (reading) => {
  const { draft } = reading;
  draft.afToFamily = draft.family;
  draft.family = draft.familyBefore;
  draft.afToPools = [poolDraft(reading, false)];
  draft.poolHosts = [];
  return true;
};

const NO_OPTIONS = { type: "", key: "", sticky: false, staticPort: false } as const;

/** With a second pool its options replace those of the first: what pfctl does. */
const afToDone: Handler = (reading, at) => {
  const { draft } = reading;
  const [first] = draft.afToPools;
  if (first === undefined) return false;
  const second = draft.poolHosts.length > 0 ? poolDraft(reading, false) : undefined;
  if (draft.nat !== undefined) return reading.error("cannot respecify af-to", at);
  const family = draft.afToFamily;
  if (second === undefined) {
    if (family === undefined) return reading.error("no target address family specified", at);
    draft.nat = first;
    draft.rdr = undefined;
  } else {
    if (family === undefined) return reading.error("no address family specified", at);
    const heads = [first.hosts[0], second.hosts[0]];
    if (heads.some((it) => it?.family !== undefined && it.family !== family)) {
      return reading.error("af-to addresses must be in the target address family", at);
    }
    const { type, key, sticky, staticPort } = second;
    draft.nat = { ...first, type, key, sticky, staticPort };
    // those of the second pool itself are what an earlier `rdr-to` left
    const before = draft.rdr ?? NO_OPTIONS;
    const left = {
      type: before.type,
      key: before.key,
      sticky: before.sticky,
      staticPort: before.staticPort,
    };
    draft.rdr = { ...second, ...left };
  }
  draft.afTo = true;
  return true;
};

const route: Handler = (reading, at) => {
  const { draft } = reading;
  if (draft.route !== undefined) {
    return reading.error("cannot respecify route-to/reply-to/dup-to", at);
  }
  draft.route = poolDraft(reading, false);
  draft.routeKind = draft.routeWord;
  return true;
};

const routeKind: Handler = ({ draft, tokens }, at) => {
  const text = tokens.text(at);
  draft.routeWord = text === "reply-to" || text === "dup-to" ? text : "route-to";
  return true;
};

export const poolHandlers: Handlers = [
  [S.POOL, pool],
  [S.POOL_FIRST, poolFirst],
  [S.POOL_WEIGHT, weight],
  [S.POOL_PORT, poolPort],
  [S.POOL_TYPE, poolType],
  [S.POOL_HASH, poolHash],
  [S.STATIC_PORT, staticPort],
  [S.STICKY_ADDRESS, sticky],
  [S.NAT_TO, natTo],
  [S.BINAT_TO, binatTo],
  [S.RDR_TO, rdrTo],
  [S.AF_TO, afTo],
  [S.AF_TO_FROM, afToFrom],
  [S.AF_TO_DONE, afToDone],
  [S.ROUTE_KIND, routeKind],
  [S.ROUTE, route],
];
