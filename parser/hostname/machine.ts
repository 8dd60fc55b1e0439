import type { Address, Prefix } from "../../model/address.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type {
  BridgePort,
  InterfaceAddress,
  InterfaceKind,
  WireguardPeer,
} from "../../model/host.ts";
import type { Family } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import type { Scope, Unread } from "../../model/unread.ts";
import type { Word } from "../config-lines.ts";
import type { LineUse } from "../line-uses.ts";

/** An interface while netstart(8) configures it. */
export interface InterfaceDraft {
  readonly name: string;
  readonly kind: InterfaceKind;
  /** The file that configures it, or the words that name it. */
  readonly span: Span;
  groups: string[];
  rdomain: number;
  addresses: InterfaceAddress[];
  /** Families with addresses that no file gives: DHCP, autoconf, link-local from the MAC. */
  automatic: Family[];
  /** Of those, the ones whose default route comes from the network too. */
  learns: Family[];
  up: boolean;
  link0: boolean;
  link1: boolean;
  link2: boolean;
  monitor: boolean;
  staticArp: boolean;
  lladdr?: string | undefined;
  locked: boolean;
  guestLladdr?: string | undefined;
  vhid?: number | undefined;
  /** The other end of a pair(4) or rport(4). */
  peer?: string | undefined;
  parent?: string | undefined;
  vnetid?: number | undefined;
  members: string[];
  /** Options of members, by name; a member without options has none. */
  readonly ports: Map<string, BridgePort>;
  spans: string[];
  /** Not modelled kinds: interfaces that its packets travel through. */
  readonly carriers: string[];
  tunnel?: TunnelDraft | undefined;
  tunnelTable: number;
  wgPort?: number | undefined;
  /** By key, without inner networks. */
  readonly wgPeers: Map<string, WireguardPeer>;
  /** The peer that was named last. */
  wgLast?: string;
  /** Inner networks, by text, with the key of the peer that has each. */
  readonly wgNetworks: Map<string, WireguardNetwork>;
  guest?: string;
  /** Where the last word about each thing stands. */
  readonly said: Map<Said, Span>;
  readonly unread: Unread[];
}

export interface WireguardNetwork {
  readonly prefix: Prefix;
  readonly peer: string;
}

/** What of an interface two files may contradict each other in. */
export type Said = "rdomain" | "vnetid" | "vhid" | "up" | "parent" | "inet" | "inet6";

/** Outer ends of a tunnel; a multicast or absent destination accepts frames of any source. */
export interface TunnelDraft {
  readonly family: Family;
  readonly source: bigint;
  readonly destination?: bigint;
  readonly port: number;
}

/** The running system that commands change, as far as paths depend on it. */
export interface Machine {
  readonly host: string;
  readonly diagnostics: Diagnostic[];
  interface(name: string): InterfaceDraft | undefined;
  /** An interface that a word names: hardware is taken to be there, others must have been made. */
  existing(word: Word): InterfaceDraft | undefined;
  /** The address that hosts(5) gives for a name, if any: netstart(8) runs before any resolver. */
  hostAddress(name: string, family: Family): Address | undefined;
  /** Notes what was made of the lines on which words stand. */
  mark(words: readonly Word[], use: LineUse, keyword?: string): void;
  /** Makes routing domain `id` with its loopback; false if the kernel refuses (rdomain(4)). */
  makeRdomain(id: number, at: Word): boolean;
  /** The bridge or veb that an interface is a member of. */
  bridgeOf(name: string): string | undefined;
  /** Opens a bracket for text that is not modelled. */
  leaveUnread(of: UnreadText): void;
}

export interface UnreadText {
  readonly scope: Scope["kind"];
  /** Scope `interface`: the one; the host's own unread lines otherwise. */
  readonly on?: InterfaceDraft;
  readonly words: readonly Word[];
  readonly span: Span;
  readonly effect: string;
  readonly settle?: string;
  /** False: no line is to blame, and what was made of the one at the span stays as it was. */
  readonly isLine?: boolean;
}
