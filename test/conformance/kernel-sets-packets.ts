import type { FieldValues } from "../../engine/sets/packet-sets.ts";
import { fieldAddress } from "../../engine/sets/packets.ts";
import type { Fate } from "../../engine/sets/rules/fate.ts";
import { type Family, ICMP, ICMP6 } from "../../model/packet.ts";
import { only } from "../support/packet-fields.ts";
import type { Expectation, RecordedGenerated, RecordedHeader } from "./kernel-differences.ts";
import { addressOf, flagsOf } from "./kernel-packets.ts";
import type { SetAnswer } from "./kernel-sets-reading.ts";

/** How what left pf stands to what a fate can make of the packet. */
export interface MadePacket {
  /** The packet that left is none of those. */
  readonly wrong: readonly string[];
  /** What pf could choose; empty: the fate makes this very packet and no other. */
  readonly choices: readonly string[];
}

/** Holds the packet that left against the image of the one that came; undefined: none is recorded. */
export function madePacket(
  expected: Expectation,
  isLeg: boolean,
  { compiled, fields }: SetAnswer,
  fate: Fate,
): MadePacket | undefined {
  const left = leftOf(expected, isLeg, fields);
  if (left === undefined) return undefined;
  const { sets } = compiled;
  const image = compiled.image(only(sets, fields), fate);
  const packet = sets.forget(only(sets, left.fields), left.open);
  if (!sets.meets(image, packet))
    return { wrong: [`${told(left.fields)} is not made`], choices: [] };
  if (sets.count(image) === 1n) return { wrong: [], choices: [] };
  const choices = choicesOf(fate);
  return { wrong: choices.length === 0 ? ["more than one packet is made"] : [], choices };
}

/** The fields of the packet that left, and those of them that are not known. */
export interface Left {
  readonly fields: FieldValues;
  readonly open: readonly (keyof FieldValues)[];
}

/** The packet that left, as far as it is recorded; undefined: none, or only one that met rules again. */
export function leftOf(expected: Expectation, isLeg: boolean, came: FieldValues): Left | undefined {
  const { v, c = {}, gen = [], out2 } = expected;
  // of a leg it is not told whether it came with the number drawn
  if (v === "pass") return changed(came, isLeg ? { tos: 0, ...c, rnd: "*" } : c, familyOf(came));
  const across = gen.find(({ k }) => k === "affwd" || k === "afout");
  if (across !== undefined) return ofGenerated(across, came);
  const routed = gen.find(({ k }) => k === "routed");
  // what went through the rules a second time is changed by them as well
  if (v !== "gone" || routed === undefined || out2 !== undefined) return undefined;
  return ofGenerated(routed, came);
}

function ofGenerated({ p = {} }: RecordedGenerated, came: FieldValues): Left {
  return changed(came, p, p.af === 6 ? "inet6" : "inet");
}

function familyOf({ family }: FieldValues): Family {
  return family === 0n ? "inet" : "inet6";
}

function changed(came: FieldValues, listed: RecordedHeader, family: Family): Left {
  const isIcmp = came.protocol === BigInt(ICMP) || came.protocol === BigInt(ICMP6);
  const crossed = isIcmp && family !== familyOf(came);
  const open: (keyof FieldValues)[] = [];
  const number = (
    field: "sourcePort" | "destinationPort",
    value: number | string | undefined,
  ): bigint => {
    if (value === undefined) return came[field];
    const drawn = value === "*" ? listed.rnd : value;
    if (typeof drawn === "number") return BigInt(drawn);
    open.push(field);
    return 0n;
  };
  const { type = Number(came.destinationPort >> 8n), code = Number(came.destinationPort & 255n) } =
    listed;
  const fields: FieldValues = {
    ...came,
    family: family === "inet" ? 0n : 1n,
    // the header is a new one
    options: family === familyOf(came) ? came.options : 0n,
    protocol: crossed ? BigInt(family === "inet" ? ICMP : ICMP6) : came.protocol,
    source: addressIn(listed.s) ?? came.source,
    destination: addressIn(listed.d) ?? came.destination,
    sourcePort: number("sourcePort", isIcmp ? listed.id : listed.sp),
    destinationPort: isIcmp ? BigInt(type * 256 + code) : number("destinationPort", listed.dp),
    flags: listed.fl === undefined ? came.flags : BigInt(flagsOf(listed.fl)),
    tos: listed.tos === undefined ? came.tos : BigInt(listed.tos),
  };
  return { fields, open };
}

function addressIn(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const { family, value } = addressOf(text);
  return fieldAddress(family, value);
}

/** What of a packet pf draws: ports and ids, addresses of a pool. */
function choicesOf({ translation: { writes, family } }: Fate): readonly string[] {
  const drawn = writes.filter(({ change }) => change.kind === "values").map(({ field }) => field);
  const found = new Set(drawn.map((it) => CHOICES[it] ?? it));
  if (family !== undefined) found.add("first packet of af-to");
  return [...found].toSorted();
}

const CHOICES: Readonly<Record<string, string>> = {
  source: "address",
  destination: "address",
  sourcePort: "port or id",
};

export function told(fields: FieldValues): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field} ${value.toString(16)}`)
    .join(" ");
}
