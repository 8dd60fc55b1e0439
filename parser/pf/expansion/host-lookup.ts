import { parseAddress, prefixOf } from "../../../model/address-text.ts";
import type { Environment } from "../../../model/environment.ts";
import type { Interface } from "../../../model/host.ts";
import { addressBits, type Family } from "../../../model/packet.ts";
import type { PfAddress } from "../../../model/pf-rule.ts";
import { wrongNumber } from "../lexical/digits.ts";
import { addressesOf, interfaceExpression, isLinkLocal } from "./interface-addresses.ts";

/** One address that a host text stands for. */
export interface FoundHost {
  readonly address: PfAddress;
  /** Absent for names that stay open. */
  readonly family: Family | undefined;
  /** Interface that a link-local address belongs to; empty: none. */
  readonly scope: string;
  /** The mask written behind an IPv4 address when it is over 32: an error once a rule is made. */
  readonly wideMask: number;
}

/** What became of a text: its addresses, or what pfctl says on stderr before it gives up. */
export interface HostAnswer {
  readonly found: readonly FoundHost[] | undefined;
  readonly notes: readonly string[];
}

const MOST_KNOWN = 100_000;

/** Looks host texts up as pfctl's host() does: interface, number, name (OpenBSD 7.8). */
export class HostLookup {
  /** pfctl has read the interface table: only then do scopes have names. */
  interfacesLoaded = false;
  readonly #interfaces: Map<string, Interface> = new Map();
  readonly #groups: Map<string, Interface[]> = new Map();
  readonly #all: readonly Interface[];
  readonly #resolve: (name: string) => readonly string[] | undefined;
  readonly #open: boolean;
  readonly #known: Map<string, HostAnswer> = new Map();

  /** @param open - names that nothing here knows stay open instead of failing */
  constructor(
    environment: Environment,
    resolve: ((name: string) => readonly string[] | undefined) | undefined,
    open: boolean,
  ) {
    this.#all = environment.interfaces;
    for (const it of environment.interfaces) {
      if (!this.#interfaces.has(it.name)) this.#interfaces.set(it.name, it);
      for (const group of it.groups) {
        const members = this.#groups.get(group);
        if (members === undefined) this.#groups.set(group, [it]);
        else members.push(it);
      }
    }
    this.#resolve = resolve ?? ((name) => environment.hosts?.get(name));
    this.#open = open;
  }

  /** The interface of exactly this name. */
  interface(name: string): Interface | undefined {
    return this.#interfaces.get(name);
  }

  isGroup(name: string): boolean {
    return this.#groups.has(name);
  }

  /** Group, `self` or interface. */
  members(name: string): readonly Interface[] {
    const group = this.#groups.get(name);
    if (group !== undefined) return group;
    if (name === "self") return this.#all;
    const one = this.#interfaces.get(name);
    return one === undefined ? [] : [one];
  }

  /** As {@link members}; a name without a digit at its end also means all with digits behind it. */
  looseMembers(name: string): readonly Interface[] {
    const exact = this.members(name);
    if (exact.length > 0 || /\d$/.test(name) || name === "") return exact;
    return this.#all.filter(
      (it) => it.name.startsWith(name) && /^\d/.test(it.name.slice(name.length)),
    );
  }

  /** Looks up `name` or `name/mask`. */
  lookUp(text: string): HostAnswer {
    const known = this.#known.get(text);
    if (known !== undefined) {
      this.interfacesLoaded = true;
      return known;
    }
    const loaded = this.interfacesLoaded;
    this.interfacesLoaded = false;
    const answer = this.#lookUp(text);
    // an answer may be given again only where it would load the interface table as well
    if (this.interfacesLoaded && this.#known.size < MOST_KNOWN) this.#known.set(text, answer);
    this.interfacesLoaded ||= loaded;
    return answer;
  }

  #lookUp(text: string): HostAnswer {
    const slash = text.indexOf("/");
    if (slash < 0) return this.#withMask(text, text, undefined);
    const mask = text.slice(slash + 1);
    const reason = wrongNumber(mask, 128);
    if (reason !== undefined) {
      return { found: undefined, notes: [`netmask is ${reason}: /${mask}`] };
    }
    return this.#withMask(text, text.slice(0, slash), Number(mask));
  }

  #withMask(text: string, name: string, length: number | undefined): HostAnswer {
    const notes: string[] = [];
    const found =
      this.#ofInterface(name, length, notes) ??
      numeric(name, length, (zone) => this.#zone(zone)) ??
      this.#ofName(name, length);
    if (found === undefined) notes.push(`no IP address found for ${text}`);
    return { found, notes };
  }

  #ofInterface(
    text: string,
    length: number | undefined,
    notes: string[],
  ): readonly FoundHost[] | undefined {
    const expression = interfaceExpression(text);
    if (expression === "unknown modifier") return undefined;
    if (expression === "illegal combination") {
      notes.push("illegal combination of interface modifiers");
      return undefined;
    }
    const netted = expression.part === "network" || expression.part === "broadcast";
    if (netted && length !== undefined) {
      notes.push("network or broadcast lookup, but extra netmask given");
      return undefined;
    }
    this.interfacesLoaded = true;
    const members = this.members(expression.name);
    if (members.some((it) => it.automatic.length > 0)) return [openName(text)];
    const found = addressesOf(members, expression, length);
    if (found.length === 0) return undefined;
    return found.map(({ prefix, scope }) => ({
      address: { kind: "prefix", prefix },
      family: prefix.family,
      scope: scope ?? "",
      wideMask: wideMask(prefix.family, length),
    }));
  }

  /** Name of the interface that a zone means; undefined if there is none. */
  #zone(zone: string): string | undefined {
    if (this.#interfaces.has(zone)) return zone;
    if (!/^\d+$/.test(zone)) return undefined;
    return this.#all[Number(zone) - 1]?.name ?? `#${zone}`;
  }

  #ofName(text: string, length: number | undefined): readonly FoundHost[] | undefined {
    const first = text.endsWith(":0");
    const name = first ? text.slice(0, -2) : text;
    // getaddrinfo(3) takes numbers for names
    const number = first ? numeric(name, undefined, (zone) => this.#zone(zone)) : undefined;
    const texts = number === undefined ? this.#resolve(name) : [name];
    if (texts === undefined) {
      const open = this.#open && /^\w[\w.-]*$/.test(name) && /[a-z]/i.test(name);
      return open && !/^0x/i.test(name) ? [openName(text)] : undefined;
    }
    const found = texts.flatMap((it) => numeric(it, length, (zone) => this.#zone(zone)) ?? []);
    return first
      ? found.filter((it, at) => found.findIndex(({ family }) => family === it.family) === at)
      : found;
  }
}

function openName(text: string): FoundHost {
  return { address: { kind: "unknown", text }, family: undefined, scope: "", wideMask: 0 };
}

function wideMask(family: Family, length: number | undefined): number {
  return family === "inet" && length !== undefined && length > 32 ? length : 0;
}

function numeric(
  text: string,
  length: number | undefined,
  zoneName: (zone: string) => string | undefined,
): readonly FoundHost[] | undefined {
  const percent = text.indexOf("%");
  const zone = percent < 0 ? undefined : text.slice(percent + 1);
  const address =
    parseAddress(percent < 0 ? text : text.slice(0, percent)) ?? abbreviated(text, length);
  if (address === undefined) return undefined;
  const { family } = address;
  const full = addressBits(family);
  let scope = "";
  if (zone !== undefined) {
    const name = hasZone(address.value, family) || /^\d+$/.test(zone) ? zoneName(zone) : undefined;
    if (name === undefined || family === "inet") return undefined;
    scope = name;
  }
  const prefix = prefixOf(address, Math.min(length ?? full, full));
  return [
    { address: { kind: "prefix", prefix }, family, scope, wideMask: wideMask(family, length) },
  ];
}

/** Link-local unicast, and multicast within an interface or link (RFC 4007). */
function hasZone(value: bigint, family: Family): boolean {
  if (isLinkLocal({ family, value })) return true;
  const high = Number(value >> 112n);
  return (high & 0xff0f) === 0xff01 || (high & 0xff0f) === 0xff02;
}

/** `10/8`, `10.1/16`, `0x0a/8`: missing parts are 0; only with a mask. */
function abbreviated(
  text: string,
  length: number | undefined,
): { family: "inet"; value: bigint } | undefined {
  if (length === undefined) return undefined;
  const hex = /^0[xX]([0-9a-fA-F]{1,8})$/.exec(text)?.[1];
  if (hex !== undefined) return { family: "inet", value: BigInt(`0x${hex.padEnd(8, "0")}`) };
  if (!/^\d+(\.\d+){0,3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  if (parts.some((it) => it > 255)) return undefined;
  const value = [0, 1, 2, 3].reduce((sum, at) => sum * 256 + (parts[at] ?? 0), 0);
  return { family: "inet", value: BigInt(value) };
}
