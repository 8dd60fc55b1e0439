import { ACK, SYN } from "../../kernel/packet.ts";
import type { PacketSets } from "../packet-sets.ts";
import { anything, type Bracket, exactly, within } from "./bracket.ts";
import { wholeTcp } from "./headers.ts";
import type { Place } from "./situation.ts";

/**
 * Packets that look like a system: whole ones of TCP are put to the test. Only a SYN without ACK has
 * a fingerprint; others look `unknown`, and nothing looks like `nomatch` (section 10; follows
 * pf_osfp_match, OpenBSD 7.8).
 */
export function lookingLike(sets: PacketSets, { looksLike }: Place, os: string): Bracket {
  const name = os.toLowerCase();
  const constant = (holds: boolean): Bracket => exactly(holds ? sets.all : sets.empty);
  const ofSyn = name === "nomatch" ? constant(false) : looksLike && constant(looksLike(os));
  const syn = sets.masked("flags", BigInt(SYN), BigInt(SYN | ACK));
  const { may, must } = ofSyn ?? anything(sets);
  const ofOthers = name === "unknown" ? sets.not(syn) : sets.empty;
  const tested = {
    may: sets.or(sets.and(syn, may), ofOthers),
    must: sets.or(sets.and(syn, must), ofOthers),
  };
  return within(sets, wholeTcp(sets), tested);
}
