import type { Address, Prefix } from "../../model/address.ts";
import { parseAddress, parsePrefix, prefixOf } from "../../model/address-text.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { Word } from "../config-lines.ts";

/** A route(8) `add`, `change` or `delete` that was understood. */
export interface RouteCommand {
  readonly verb: "add" | "change" | "delete";
  readonly rtable: number;
  readonly prefix: Prefix;
  readonly gateway?: Address;
  /** `-ifp`, or the scope of `fe80::1%em0`. */
  readonly interface?: string;
  /** `-reject`, `-blackhole`. */
  readonly discards?: "reject" | "blackhole";
  /** 1 … 63, lower is better; absent: 8, that of a static route. */
  readonly priority?: number;
  /** `-mpath`: it may stand beside another one of its priority. */
  readonly mpath?: boolean;
}

/**
 * Reads the words after `route`: `[-nqv] [-T N] add [-inet6] [-net|-host] DEST GATEWAY [MASK] …`,
 * `change` with the same words, and `delete … DEST [GATEWAY [MASK]]`.
 *
 * Gives nothing for every other command and for words it does not know.
 */
export function routeCommand(words: readonly Word[]): RouteCommand | undefined {
  if (words.some((word) => word.shell)) return undefined;
  const read: Reading = { rtable: 0, family: undefined, positions: [] };
  const texts = words.map((word) => word.text);
  for (let at = 0; at < texts.length; at++) {
    const text = texts[at] ?? "";
    const value = texts[at + 1];
    if (!text.startsWith("-")) read.positions.push(text);
    else if (WITH_VALUE.has(text)) {
      if (value === undefined || !readValue(read, text, value)) return undefined;
      at++;
    } else if (!readFlag(read, text)) return undefined;
  }
  return commandOf(read);
}

/** Reads `192.0.2.1` or `fe80::1%em0`. */
export function parseScoped(text: string): (Address & { readonly scope?: string }) | undefined {
  const [bare = "", scope] = text.split("%", 2);
  const address = parseAddress(bare);
  if (address === undefined || scope === undefined) return address;
  return address.family === "inet" ? undefined : { ...address, scope };
}

interface Reading {
  rtable: number;
  family: Family | undefined;
  readonly positions: string[];
  discards?: "reject" | "blackhole";
  priority?: number;
  mpath?: boolean;
  net?: boolean;
  mask?: string;
  length?: number;
  interface?: string;
}

const WITH_VALUE: ReadonlySet<string> = new Set(
  (
    "-T -ifp -ifa -priority -label -mtu -expire -hopcount -netmask -prefixlen -gateway -rtt " +
    "-rttvar -sendpipe -recvpipe -ssthresh"
  ).split(" "),
);

/** Names of priorities that route(8) takes (OB:sbin/route/route.c, getpriority). */
const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ["local", 1],
  ["connected", 4],
  ["static", 8],
  ["ospf", 32],
  ["isis", 36],
  ["rip", 40],
  ["bgp", 48],
]);

function readValue(read: Reading, text: string, value: string): boolean {
  switch (text) {
    case "-T":
      read.rtable = Number(value);
      return /^\d{1,3}$/.test(value) && read.rtable < 256;
    case "-ifp":
      read.interface = value;
      return true;
    case "-netmask":
      read.mask = value;
      return true;
    case "-prefixlen":
      read.length = Number(value);
      return /^\d{1,3}$/.test(value);
    case "-priority":
      read.priority = PRIORITIES.get(value) ?? Number(value);
      return read.priority >= 1 && read.priority <= 63;
    case "-gateway":
      read.positions.push(value);
      return true;
    default:
      return true;
  }
}

function readFlag(read: Reading, text: string): boolean {
  if (text === "-inet" || text === "-inet6") {
    read.family = text === "-inet" ? "inet" : "inet6";
    return true;
  }
  if (text === "-net" || text === "-host") {
    read.net = text === "-net";
    return true;
  }
  if (text === "-reject" || text === "-blackhole") {
    read.discards = text === "-reject" ? "reject" : "blackhole";
    return true;
  }
  if (text === "-mpath") {
    read.mpath = true;
    return true;
  }
  return /^-(?:[nqvd]{1,4}|static|cloning|nocloning|nostatic|proto1|proto2)$/.test(text);
}

function commandOf(read: Reading): RouteCommand | undefined {
  const [verb, to, via, mask = read.mask] = read.positions;
  if (verb !== "add" && verb !== "change" && verb !== "delete") return undefined;
  if (to === undefined || read.positions.length > 4) return undefined;
  const gateway = via === undefined ? undefined : parseScoped(via);
  const needsNone = verb === "delete" || read.discards !== undefined;
  if (gateway === undefined && !(needsNone && via === undefined)) return undefined;
  const family = read.family ?? (to.includes(":") ? "inet6" : "inet");
  const prefix = prefixFrom(to, family, { ...read, ...(mask === undefined ? {} : { mask }) });
  if (prefix === undefined || (gateway !== undefined && gateway.family !== family))
    return undefined;
  return { verb, rtable: read.rtable, prefix, ...optionsOf(read, gateway) };
}

function optionsOf(
  { discards, priority, mpath, interface: on }: Reading,
  gateway: ReturnType<typeof parseScoped>,
): Omit<RouteCommand, "verb" | "rtable" | "prefix"> {
  const it = on ?? gateway?.scope;
  return {
    ...(discards === undefined ? {} : { discards }),
    ...(priority === undefined ? {} : { priority }),
    ...(mpath === undefined ? {} : { mpath }),
    ...(gateway === undefined ? {} : { gateway: { family: gateway.family, value: gateway.value } }),
    ...(it === undefined ? {} : { interface: it }),
  };
}

function prefixFrom(text: string, family: Family, read: Reading): Prefix | undefined {
  if (text === "default") return { family, value: 0n, length: 0 };
  const whole = family === "inet" ? text.replace(/^[\d.]+/, fullQuad) : text;
  const prefix = parsePrefix(whole.replace(/%[a-z0-9]+/i, ""));
  if (prefix === undefined || prefix.family !== family) return undefined;
  if (text.includes("/")) return prefix;
  const length = lengthFrom(prefix, read);
  return length === undefined || length > addressBits(family)
    ? undefined
    : prefixOf(prefix, length);
}

/** `10` and `10.1` stand for networks: the missing parts are 0. */
function fullQuad(text: string): string {
  const parts = text.split(".").filter((part) => part !== "");
  return [...parts, "0", "0", "0"].slice(0, Math.max(4, parts.length)).join(".");
}

/** A destination without mask is a host, unless it is a network of its class (route(8)). */
function lengthFrom({ family, value }: Prefix, read: Reading): number | undefined {
  if (read.length !== undefined) return read.length;
  if (family === "inet6") return read.net === true ? 64 : 128;
  if (read.mask !== undefined) return maskBits(read.mask);
  if (read.net === false) return 32;
  const classful = value >> 31n === 0n ? 8 : value >> 30n === 2n ? 16 : 24;
  const host = value & ((1n << BigInt(32 - classful)) - 1n);
  return host === 0n || read.net === true ? classful : 32;
}

function maskBits(text: string): number | undefined {
  const mask = /^0x[0-9a-f]{8}$/i.test(text) ? BigInt(text) : parseAddress(text)?.value;
  if (mask === undefined || mask >> 32n !== 0n) return undefined;
  const bits = mask.toString(2).padStart(32, "0");
  return /^1*0*$/.test(bits) ? bits.replaceAll("0", "").length : undefined;
}
