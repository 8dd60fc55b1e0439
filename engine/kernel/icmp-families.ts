import { ICMP, ICMP6 } from "../../model/packet.ts";
import type { IcmpHeader, KernelPacket } from "./packet.ts";

/** Difference of the header lengths of the two families. */
const HEADERS = 20;

/** Codes of ICMPv6 unreach as those of ICMP unreach. */
const UNREACH_IN_4: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [1, 10],
  [2, 1],
  [3, 1],
  [4, 3],
]);

/** Codes of ICMP unreach as those of ICMPv6 unreach. */
const UNREACH_IN_6: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [3, 4],
  [6, 0],
  [7, 0],
  [8, 0],
  [9, 1],
  [10, 1],
  [11, 0],
  [12, 0],
  [13, 1],
  [15, 1],
]);

/** Types of echo requests and replies in both families. */
export const ECHOES: ReadonlySet<number> = new Set([0, 8, 128, 129]);

/**
 * Whether the other family has a word for an ICMP message, and for the one it quotes (follows
 * pf_translate_icmp_af, OpenBSD 7.8).
 */
export function changesFamily({ family, icmp }: KernelPacket): boolean {
  if ((family === "inet" ? icmpIn6(icmp) : icmpIn4(icmp)) === undefined) return false;
  const quoted = icmp?.quoted;
  const isIcmp = quoted?.protocol === ICMP || quoted?.protocol === ICMP6;
  return !isIcmp || ECHOES.has(quoted.icmpType);
}

/** An ICMPv6 header as ICMP says it; undefined: it does not (follows pf_translate_icmp_af). */
export function icmpIn4(icmp: IcmpHeader | undefined): IcmpHeader | undefined {
  if (icmp === undefined) return undefined;
  switch (icmp.type) {
    case 128:
      return { ...icmp, type: 8 };
    case 129:
      return { ...icmp, type: 0 };
    case 1: {
      const code = UNREACH_IN_4.get(icmp.code);
      return code === undefined ? undefined : { ...icmp, type: 3, code };
    }
    case 2:
      return { ...icmp, type: 3, code: 4, mtu: icmp.mtu - HEADERS };
    case 3:
      return { ...icmp, type: 11 };
    case 4:
      if (icmp.code === 0) return { ...icmp, type: 12, code: 0 };
      return icmp.code === 1 ? { ...icmp, type: 3, code: 2 } : undefined;
    default:
      return undefined;
  }
}

/** An ICMP header as ICMPv6 says it; undefined: it does not. */
export function icmpIn6(icmp: IcmpHeader | undefined): IcmpHeader | undefined {
  if (icmp === undefined) return undefined;
  switch (icmp.type) {
    case 8:
      return { ...icmp, type: 128 };
    case 0:
      return { ...icmp, type: 129 };
    case 3:
      return unreachIn6(icmp);
    case 11:
      return { ...icmp, type: 3 };
    case 12:
      return icmp.code === 0 || icmp.code === 2 ? { ...icmp, type: 4, code: 0 } : undefined;
    default:
      return undefined;
  }
}

function unreachIn6(icmp: IcmpHeader): IcmpHeader | undefined {
  if (icmp.code === 2) return { ...icmp, type: 4, code: 1 };
  if (icmp.code === 4) return { ...icmp, type: 2, code: 0, mtu: icmp.mtu + HEADERS };
  const code = UNREACH_IN_6.get(icmp.code);
  return code === undefined ? undefined : { ...icmp, type: 1, code };
}
