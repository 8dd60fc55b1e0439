import type { AddressRange } from "./address.ts";
import type { Family } from "./packet.ts";

/** Numbers `first` … `last`, both included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Packets as a pf rule names them: a list of values a field, ascending and apart. A field that is
 * absent has any value.
 *
 * As in pf, what a packet does not have is not asked: {@link flags} is about TCP and
 * {@link withoutReplies} about ICMP, whatever else the region holds; packets without ports have none
 * of {@link sourcePorts}. Only whole packets show ports, flags and messages, unless
 * {@link fragments} says otherwise.
 */
export interface Region {
  readonly family?: Family;
  /** IANA numbers. */
  readonly protocols?: readonly NumberRange[];
  /** Of both families if {@link family} is absent. */
  readonly source?: readonly AddressRange[];
  readonly destination?: readonly AddressRange[];
  /** Protocols are then among TCP and UDP. */
  readonly sourcePorts?: readonly NumberRange[];
  readonly destinationPorts?: readonly NumberRange[];
  /** `type << 8 | code` of ICMP or ICMPv6, which then is the only protocol. */
  readonly messages?: readonly NumberRange[];
  /** Of the same. */
  readonly messageIds?: readonly NumberRange[];
  /** Of TCP packets, which then are whole; FIN is bit 0. */
  readonly flags?: readonly NumberRange[];
  /** No whole packet is an ICMP reply: what `keep state` means for a pass rule. */
  readonly withoutReplies?: true;
  readonly tos?: readonly NumberRange[];
  /** Absent: whole packets where transport is asked for, any else. A first fragment shows it too. */
  readonly fragments?: readonly ("no" | "first" | "later")[];
  /** Whether IP options that need `allow-opts` are there. */
  readonly options?: boolean;
  /** Packets of these are not in the region. Their own list is empty. */
  readonly except: readonly Region[];
}

/** A set of packets as regions, which may overlap. */
export interface Regions {
  readonly regions: readonly Region[];
  /** The union of the regions is the set; otherwise it is a part of it. */
  readonly complete: boolean;
  /** Number of different packets in the regions, and in the set. */
  readonly covered: bigint;
  readonly total: bigint;
}
