import type { Address } from "../../model/address.ts";
import { parseAddress } from "../../model/address-text.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { InterfaceAddress } from "../../model/host.ts";
import type { Family } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import type { Scope, Unread } from "../../model/unread.ts";
import { asWritten, type Word } from "../config-lines.ts";
import * as complaint from "../hostname/diagnostics.ts";
import { driverOf, isCloned, isInterfaceName, kindOf } from "../hostname/interface-kind.ts";
import type { InterfaceDraft, Machine, UnreadText } from "../hostname/machine.ts";
import { type LineUse, LineUses } from "../line-uses.ts";
import { nearestName } from "../nearest-name.ts";
import type { Setting } from "../sysctl.ts";
import type { RouteDraft } from "./routes.ts";

/**
 * A host while rc(8) and netstart(8) configure it.
 *
 * Interfaces stand in the order of ifconfig(8): lo0, hardware, then what was created.
 */
export class HostMachine implements Machine {
  readonly host: string;
  readonly diagnostics: Diagnostic[] = [];
  /** Lines wider than one interface. */
  readonly unread: Unread[] = [];
  readonly routes: RouteDraft[] = [];
  /** What was made of every line that has been looked at. */
  readonly lines: LineUses = new LineUses();
  /** Values of sysctl(8), by name in lower case; later commands overwrite. */
  readonly sysctl: Map<string, Setting> = new Map();
  /** Hardware that only other files name; it stays down. */
  readonly implied: Map<string, Span> = new Map();
  readonly #at: Span;
  readonly #names: ReadonlyMap<string, readonly string[]>;
  readonly #interfaces = new Map<string, InterfaceDraft>();
  readonly #rdomains = new Set([0]);
  /** Ids that are given, with how often each was wished for. */
  readonly #ids = new Map<string, number>();

  constructor(host: string, at: Span, names: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.host = host;
    this.#at = at;
    this.#names = names;
    const lo0 = this.create("lo0", at);
    lo0.addresses = [
      { family: "inet", value: (127n << 24n) | 1n, length: 8 },
      { family: "inet6", value: 1n, length: 128 },
    ];
    lo0.up = true;
  }

  get interfaces(): readonly InterfaceDraft[] {
    const all = [...this.#interfaces.values()];
    const rank = ({ name }: InterfaceDraft): number => {
      if (name === "lo0") return 0;
      return isCloned(name) ? 2 : 1;
    };
    return all.toSorted((a, b) => rank(a) - rank(b));
  }

  interface(name: string): InterfaceDraft | undefined {
    return this.#interfaces.get(name);
  }

  /** The interface of that name, made if there is none. */
  create(name: string, span: Span = this.#at): InterfaceDraft {
    const known = this.#interfaces.get(name);
    if (known !== undefined) return known;
    const kind = kindOf(name);
    const draft: InterfaceDraft = {
      name,
      kind,
      span,
      groups: isCloned(name) ? [driverOf(name), "all"] : ["all"],
      rdomain: 0,
      addresses: [],
      automatic: [],
      learns: [],
      up: false,
      link0: false,
      link1: false,
      link2: false,
      monitor: false,
      staticArp: false,
      locked: false,
      members: [],
      ports: new Map(),
      spans: [],
      carriers: [],
      tunnelTable: 0,
      wgPeers: new Map(),
      wgNetworks: new Map(),
      said: new Map(),
      unread: [],
    };
    this.#interfaces.set(name, draft);
    return draft;
  }

  hostAddress(name: string, family: Family): Address | undefined {
    const found = (this.#names.get(name.toLowerCase()) ?? []).map((text) => parseAddress(text));
    return found.find((it) => it?.family === family);
  }

  mark(words: readonly Word[], use: LineUse, keyword?: string): void {
    for (const { span } of words) {
      this.lines.mark(span, use, keyword === undefined ? {} : { keyword });
    }
  }

  existing(word: Word): InterfaceDraft | undefined {
    const { text, span } = word;
    const known = this.#interfaces.get(text);
    if (known !== undefined) return known;
    if (!isInterfaceName(text) || isCloned(text)) {
      const near = nearestName(text, this.#interfaces.keys());
      this.diagnostics.push(complaint.noSuchInterface(text, span, near));
      return undefined;
    }
    this.implied.set(text, span);
    return this.create(text, span);
  }

  makeRdomain(id: number, at: Word): boolean {
    if (this.#rdomains.has(id)) return true;
    if (this.routes.some((route) => route.rtable === id)) {
      this.diagnostics.push(complaint.rdomainRefused(id, at.span));
      return false;
    }
    this.#rdomains.add(id);
    const loopback = this.create(`lo${id}`, at.span);
    loopback.rdomain = id;
    loopback.up = true;
    return true;
  }

  report(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) this.diagnostics.push(diagnostic);
  }

  bridgeOf(name: string): string | undefined {
    for (const it of this.#interfaces.values()) if (it.members.includes(name)) return it.name;
    return undefined;
  }

  leaveUnread(of: UnreadText): void {
    const unread: Unread = {
      id: this.#newId(of.span),
      span: of.span,
      scope: this.#scopeOf(of),
      words: asWritten(of.words),
      effect: of.effect,
      settle: of.settle ?? settleLine(of.span),
    };
    const { kind } = unread.scope;
    const use = kind === "nothing" ? "no effect" : "unread";
    for (const { span } of of.isLine === false ? [] : of.words) {
      this.lines.mark(span, use, { scope: kind });
    }
    if (of.on === undefined) this.unread.push(unread);
    else of.on.unread.push(unread);
  }

  /** Addresses of interfaces in a routing domain, for finding gateways. */
  addressesIn(
    rdomain: number,
  ): readonly { readonly on: InterfaceDraft; readonly address: InterfaceAddress }[] {
    return [...this.#interfaces.values()]
      .filter((it) => it.rdomain === rdomain)
      .flatMap((on) => on.addresses.map((address) => ({ on, address })));
  }

  /** The routing domain of a table: its own if an interface made it one, else 0. */
  rdomainOf(rtable: number): number {
    return this.#rdomains.has(rtable) ? rtable : 0;
  }

  /** A bridge or veb has no wire of its own: what it may do, it may do between any two ports. */
  #scopeOf({ scope, on }: UnreadText): Scope {
    const { host } = this;
    if (scope === "nothing") return { kind: scope };
    if (scope === "routes") return { kind: scope, host };
    if (scope === "address" && on !== undefined) return { kind: scope, host, interface: on.name };
    const switches = on?.kind === "bridge" || on?.kind === "veb";
    if (scope !== "interface" || on === undefined || switches) return { kind: "host", host };
    return { kind: scope, host, interface: on.name };
  }

  #newId({ file, line, column }: Span): string {
    const wishes = [`${file}:${line}`, `${file}:${line}:${column}`];
    const free = wishes.find((wish) => !this.#ids.has(wish));
    if (free !== undefined) {
      this.#ids.set(free, 1);
      return free;
    }
    const base = `${file}:${line}:${column}`;
    const more = (this.#ids.get(base) ?? 1) + 1;
    this.#ids.set(base, more);
    return `${base}#${more}`;
  }
}

/** The line of `assume:` that says that the text changes nothing. */
export function settleLine({ file, line }: Span): string {
  return `if it changes nothing: assume: { line: { "${file}:${line}": { effect: none, reason: …, by: … } } }`;
}
