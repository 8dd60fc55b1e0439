import type { Diagnostic } from "../../model/diagnostic.ts";
import type { InterfaceAddress, InterfaceKind } from "../../model/host.ts";
import type { Family } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import type { Scope, Unread } from "../../model/unread.ts";
import type { Word } from "../config-lines.ts";

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
  parent?: string | undefined;
  vnetid?: number | undefined;
  members: string[];
  /** Not modelled kinds: interfaces that its packets travel through. */
  readonly carriers: string[];
  tunnel?: TunnelDraft | undefined;
  tunnelTable: number;
  guest?: string;
  readonly unread: Unread[];
}

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
}
