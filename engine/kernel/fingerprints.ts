import { FINGERPRINT_TABLE } from "./fingerprint-table.ts";
import { transportLength } from "./headers.ts";
import { ACK, type KernelPacket, SYN, type TcpHeader } from "./packet.ts";

/** How far a SYN may have come, hops: PF_OSFP_MAXTTL_OFFSET. */
const FARTHEST = 40;
const HEADER4 = 20;
const HEADER6 = 40;
/** IPv4 options. */
const OPTIONS4 = 4;
/** IPv6 header with hop-by-hop options. */
const HOP_BY_HOP = 8;
/** IPv6 routing header of type 2: one address. */
const ROUTING = 24;
/** Fragment header of an IPv6 packet in one piece. */
const FRAGMENT = 8;
/** IPv4 and TCP header: what the MTU is above the MSS, in IPv6 too. */
const HEADERS = 40;
/** What devices on the way set the MSS to; the window is then a multiple of this one. */
const USUAL_MSS = 1460;

/** What a signature wants of a number. */
interface Measure {
  /** `mss`, `mtu`: so many times that of the packet. */
  readonly kind: "any" | "exactly" | "multiple" | "mss" | "mtu";
  readonly value: number;
}

interface Signature {
  readonly window: Measure;
  readonly mss: Measure;
  readonly windowScale: Measure;
  /** Of the sender. */
  readonly ttl: number;
  /** Bytes of the whole packet. */
  readonly length: number;
  /** Every name of `os` that it has, in lower case. */
  readonly systems: Set<string>;
}

/** Signatures by what has to be equal, {@link layoutKey}; the first that fits counts. */
type Signatures = ReadonlyMap<string, readonly Signature[]>;

const ANY: Measure = { kind: "any", value: 0 };

let stock: Signatures | undefined;

/**
 * Whether a packet looks like a system of OpenBSD 7.8's /etc/pf.os (section 10.9; follows
 * pf_osfp_fingerprint and pf_osfp_match, OpenBSD 7.8).
 *
 * Only a SYN without ACK has a fingerprint; other packets and SYNs that no signature fits look
 * `unknown`. A class stands for all its versions, a version for all its subtypes.
 *
 * @param os - as pfctl prints it, in upper or lower case; nothing looks like `nomatch`
 */
export function looksLike(packet: KernelPacket, os: string): boolean {
  const wanted = os.toLowerCase();
  const systems = systemsOf(packet);
  return systems === undefined ? wanted === "unknown" : systems.has(wanted);
}

/** Names of the systems that a packet may come from (follows pf_osfp_find). */
function systemsOf(packet: KernelPacket): ReadonlySet<string> | undefined {
  const { tcp } = packet;
  if (tcp === undefined || (tcp.flags & (SYN | ACK)) !== SYN) return undefined;
  stock ??= readSignatures(FINGERPRINT_TABLE);
  const dontFragment = packet.family === "inet6" || packet.dontFragment;
  const candidates = stock.get(layoutKey(optionLayout(tcp), dontFragment)) ?? [];
  const length = lengthOf(packet);
  return candidates.find((it) => fits(it, packet.ttl, length, tcp))?.systems;
}

function fits(signature: Signature, ttl: number, length: number, tcp: TcpHeader): boolean {
  const mss = Math.max(tcp.mss, 0);
  const hops = signature.ttl - ttl;
  return (
    hops >= 0 &&
    hops <= FARTHEST &&
    signature.length === length &&
    measures(signature.mss, mss, mss) &&
    measures(signature.windowScale, Math.max(tcp.windowScale, 0), mss) &&
    measures(signature.window, tcp.window, mss)
  );
}

function measures({ kind, value }: Measure, found: number, mss: number): boolean {
  switch (kind) {
    case "any":
      return true;
    case "exactly":
      return found === value;
    case "multiple":
      return value !== 0 && found % value === 0;
    case "mss":
      return mss !== 0 && (found === value * mss || found === value * USUAL_MSS);
    case "mtu":
      return (
        mss !== 0 && (found === value * (mss + HEADERS) || found === value * (USUAL_MSS + HEADERS))
      );
  }
}

/** TCP options as in the table, without their numbers: MSS, window scale, SACK, timestamp. */
function optionLayout({ mss, windowScale, sackPermitted, timestamp }: TcpHeader): string {
  return [
    mss < 0 ? "" : "M",
    windowScale < 0 ? "" : "NW",
    sackPermitted ? "NNS" : "",
    timestamp < 0 ? "" : "NNT",
    timestamp === 0 ? "0" : "",
  ].join("");
}

function layoutKey(layout: string, dontFragment: boolean): string {
  return `${layout} ${dontFragment}`;
}

/** Bytes of the whole packet, IP headers included. */
function lengthOf(packet: KernelPacket): number {
  return networkLength(packet) + transportLength(packet) + packet.payload;
}

function networkLength({ family, options, routingHeader, fragment }: KernelPacket): number {
  if (family === "inet") return HEADER4 + (options === "none" ? 0 : OPTIONS4);
  return (
    HEADER6 +
    (options === "none" ? 0 : HOP_BY_HOP) +
    (routingHeader < 0 ? 0 : ROUTING) +
    (fragment === undefined ? 0 : FRAGMENT)
  );
}

/**
 * Each signature is there twice: as written, and as IPv6 has it, which is 20 bytes longer and never
 * fragmented on its way. Either fits packets of both families. Systems with the same signature
 * share the first place where it stands (follows pfctl_file_fingerprints and pf_osfp_add).
 */
function readSignatures(table: string): Signatures {
  const byLayout = new Map<string, Signature[]>();
  const known = new Map<string, Signature>();
  let system = "";
  for (const line of table.trim().split("\n")) {
    if (!line.startsWith(" ")) {
      system = line;
      continue;
    }
    const [signature = "", versions = ""] = line.trim().split(" = ");
    const [window = "", ttl = "", fragmenting, length, options = ""] = signature.split(" ");
    const layout = layoutOf(options);
    for (const extra of [0, HEADER6 - HEADER4]) {
      const dontFragment = extra > 0 || fragmenting === "df";
      const key = [window, ttl, dontFragment, length, options, extra].join(" ");
      const found = known.get(key) ?? {
        window: measureOf(window),
        mss: optionOf(options, "M"),
        windowScale: optionOf(options, "W"),
        ttl: Number(ttl),
        length: Number(length) + extra,
        systems: new Set<string>(),
      };
      for (const version of versions.split(", ")) addNames(found.systems, system, version);
      if (known.has(key)) continue;
      known.set(key, found);
      const place = layoutKey(layout, dontFragment);
      const others = byLayout.get(place);
      if (others === undefined) byLayout.set(place, [found]);
      else others.push(found);
    }
  }
  return byLayout;
}

function layoutOf(options: string): string {
  return options === "none" ? "" : options.replace(/([MW])[*%\d]+/g, "$1");
}

/** What is wanted of the MSS (`M`) or window scale (`W`); without the option: nothing. */
function optionOf(options: string, letter: "M" | "W"): Measure {
  const [, measure] = new RegExp(`${letter}([*%\\d]+)`).exec(options) ?? [];
  return measure === undefined ? ANY : measureOf(measure);
}

const KINDS: ReadonlyMap<string, Measure["kind"]> = new Map([
  ["%", "multiple"],
  ["S", "mss"],
  ["T", "mtu"],
]);

function measureOf(text: string): Measure {
  if (text === "*") return ANY;
  const kind = KINDS.get(text.charAt(0));
  return kind === undefined
    ? { kind: "exactly", value: Number(text) }
    : { kind, value: Number(text.slice(1)) };
}

/** Adds the names, as pfctl prints them, that a `version/subtype` of a class goes by. */
function addNames(names: Set<string>, system: string, text: string): void {
  const [version = "", subtype = ""] = text.split("/");
  const name = system.toLowerCase();
  names.add(name);
  if (version === "") return;
  for (const one of rangeOf(version)) {
    names.add(`${name} ${one}`);
    if (subtype === "") continue;
    for (const part of rangeOf(subtype)) names.add(`${name} ${one}${connected(one, part)}`);
  }
}

/** A subtype behind its version: a dot goes between numbers. */
function connected(version: string, subtype: string): string {
  const isNumber = version.includes(".") && !version.includes(" ") && /^\d/.test(subtype);
  return `${isNumber ? "." : " "}${subtype}`;
}

/** The name, and those it stands for: `4.8-4.11` also for 4.8, 4.9, 4.10, 4.11. Lower case. */
function rangeOf(text: string): readonly string[] {
  const name = text.toLowerCase();
  const parts = /^(\d\.)?(\d{1,2})-\1(\d{1,3})$/.exec(name);
  if (parts === null) return [name];
  const [, major = "", first, last] = parts;
  const length = Number(last) - Number(first) + 1;
  return [name, ...Array.from({ length }, (_, at) => `${major}${Number(first) + at}`)];
}
