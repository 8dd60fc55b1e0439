import type { ZoneKind } from "../../../model/init-answer.ts";
import type { Wiring } from "../../path/wiring.ts";
import { hasAddress, sharedNetworks, type WireEnd } from "./wire-ends.ts";

/** Wires that become one zone. */
export interface EndGroup {
  readonly kind: Exclude<ZoneKind, "host">;
  /** Of kind `group` the interface group, of `rdomain` its number, of `guest` the guest's name. */
  readonly word: string;
  readonly ends: readonly WireEnd[];
}

interface Key {
  readonly kind: EndGroup["kind"];
  readonly word: string;
  /** Ends with equal ids are one zone. */
  readonly id: string;
}

/**
 * Sorts wires into zones: what leads out of the site, then by rdomain, by interface group, and by wire.
 *
 * An rdomain other than 0 is one zone, unless its interfaces are in several groups. Ports of a switch
 * on which the host has an address are one wire; without one the host filters between them, so they
 * are several. Wires that seem to be one, because a network of addresses is on both, share a zone:
 * whatever the user says of them later, no wire is in two zones then.
 */
export function groupEnds(wiring: Wiring, ends: readonly WireEnd[]): readonly EndGroup[] {
  const union = new Groups(new Map(ends.map((end) => [end, keyOf(end, ends)])));
  for (const end of ends) {
    for (const other of ends) if (end.wire === other.wire) union.put(other, end);
  }
  for (const end of ends) {
    for (const other of ends) {
      const beside = other.host === end.host && other.rdomain === end.rdomain;
      if (!beside || sharedNetworks(end, other).length === 0) continue;
      union.follow(end, other);
      union.join(end, other);
    }
  }
  for (const { ends: pair } of wiring.suspicions) {
    const [a, b] = pair.map((it) =>
      ends.find((end) => end.wire === wiring.wireOf(it.host.name, it.interface.name)),
    );
    if (a !== undefined && b !== undefined) union.join(a, b);
  }
  return union.groups();
}

/** Ends by the zone that they are in, joined step by step. */
class Groups {
  readonly #of: Map<WireEnd, Key>;

  constructor(keys: ReadonlyMap<WireEnd, Key>) {
    this.#of = new Map(keys);
  }

  /** Puts an end where another one of the same wire is, the one that somebody has named. */
  put(end: WireEnd, other: WireEnd): void {
    const [key, wanted] = [this.#of.get(end), this.#of.get(other)];
    if (key === undefined || wanted === undefined) return;
    if (isNamed(wanted) || !isNamed(key)) this.#of.set(end, wanted);
    else this.#of.set(other, key);
  }

  /** A second interface on the wire of an uplink leads out of the site, whatever group it is in. */
  follow(end: WireEnd, other: WireEnd): void {
    const key = this.#of.get(end);
    if (key?.kind === "internet" && end.isUplink) this.#of.set(other, key);
  }

  /** Makes one zone of two, unless somebody has named both: then they are apart on purpose. */
  join(a: WireEnd, b: WireEnd): void {
    const [left, right] = [this.#of.get(a), this.#of.get(b)];
    if (left === undefined || right === undefined || left.id === right.id) return;
    const numbered = left.kind === "rdomain" && right.kind === "rdomain";
    if (isNamed(left) && isNamed(right) && !(numbered && left.word === right.word)) return;
    const [kept, gone] = isNamed(right) ? [right, left] : [left, right];
    for (const [end, key] of this.#of) if (key.id === gone.id) this.#of.set(end, kept);
  }

  groups(): readonly EndGroup[] {
    const groups = new Map<string, Key & { readonly ends: WireEnd[] }>();
    for (const [end, key] of this.#of) {
      const known = groups.get(key.id);
      if (known === undefined) groups.set(key.id, { ...key, ends: [end] });
      else known.ends.push(end);
    }
    return [...groups.values()];
  }
}

function isNamed({ kind }: Key): boolean {
  return kind === "internet" || kind === "rdomain" || kind === "group";
}

function keyOf(end: WireEnd, all: readonly WireEnd[]): Key {
  if (end.isUplink) return { kind: "internet", word: "", id: "internet" };
  const group = chosenGroup(end, all);
  if (end.rdomain !== 0) return rdomainKey(end, group, all);
  if (group !== undefined) return groupKey(end, group, all);
  return wireKey(end);
}

function rdomainKey(end: WireEnd, group: string | undefined, all: readonly WireEnd[]): Key {
  const { host, rdomain } = end;
  const beside = all.filter((it) => it.host === host && it.rdomain === rdomain);
  const groups = new Set(beside.map((it) => chosenGroup(it, all)));
  const distinct = [...groups].filter((it) => it !== undefined).length;
  const isWhole = distinct === 1 && groups.size === 1;
  if (group !== undefined && (isWhole || distinct > 1)) return groupKey(end, group, all);
  return { kind: "rdomain", word: `${rdomain}`, id: `rdomain ${host.name} ${rdomain}` };
}

/** Of several groups the smallest says most; the first of equals. */
function chosenGroup({ host, groups }: WireEnd, all: readonly WireEnd[]): string | undefined {
  const size = (group: string): number =>
    all.filter((it) => it.host === host && it.groups.includes(group)).length;
  return groups.toSorted((a, b) => size(a) - size(b))[0];
}

/** The same group on several hosts is one zone; in several rdomains of one host it is several. */
function groupKey({ host, rdomain }: WireEnd, group: string, all: readonly WireEnd[]): Key {
  const spread = all
    .filter((it) => it.groups.includes(group))
    .some((it, _, members) =>
      members.some((other) => other.host === it.host && other.rdomain !== it.rdomain),
    );
  const where = spread ? ` ${host.name} ${rdomain}` : "";
  return { kind: "group", word: group, id: `group ${group}${where}` };
}

function wireKey(end: WireEnd): Key {
  const { host, interface: it } = end;
  const own = `${host.name} ${it.name}`;
  const [speaker] = end.speakers;
  if (end.switch !== undefined && speaker !== undefined) {
    return { kind: "switch", word: "", id: `switch ${host.name} ${end.switch.name}` };
  }
  const guest = host.guests.find((vm) => vm.taps.includes(it.name))?.name ?? it.guest;
  if (guest !== undefined) return { kind: "guest", word: guest, id: `guest ${host.name} ${guest}` };
  if (end.switch === undefined && !hasAddress(it)) {
    if (host.interfaces.some((other) => other.parent === it.name && other.kind === "vlan")) {
      return { kind: "trunk", word: "", id: `trunk ${own}` };
    }
    if (isIdle(end)) return { kind: "unused", word: "", id: "unused" };
  }
  return { kind: "wire", word: "", id: `wire ${own}` };
}

/** Hardware that nothing uses, and drivers that carry no packets of their own. */
function isIdle({ interface: it }: WireEnd): boolean {
  if (/^(?:enc|pflog|pflow|pfsync)\d+$/.test(it.name)) return true;
  return it.kind === "ethernet" && !it.unread.some(({ scope }) => scope.kind !== "nothing");
}
