import type { Host, Interface } from "../../model/host.ts";
import { bridgeOf } from "./points.ts";

/** A wire that carries tagged frames, as a number. */
export type Carrier = number;

/** What {@link joinVlans} asks of the wires so far, and how it joins more. */
export interface Joining {
  /** The wire of each end; asked anew after ends were joined. */
  readonly carriers: () => ReadonlyMap<string, Carrier>;
  readonly end: (host: string, name: string) => string;
  readonly join: (a: string, b: string) => void;
}

/**
 * Joins the vlan(4) and svlan(4) interfaces of one tag whose parents are on one wire, or on wires
 * between which bridges pass tagged frames: pf is never asked about those (stack-semantics.md 3).
 *
 * A tag that a bridge passes one way only counts as passed both ways.
 */
export function joinVlans(hosts: readonly Host[], joining: Joining): void {
  const byTag = vlansByTag(hosts, joining);
  // VLANs in VLANs: each round the wires of their parents are known one level deeper
  for (let more = true; more; ) {
    const carriers = joining.carriers();
    more = false;
    for (const [tag, vlans] of byTag) {
      const groups = new Groups();
      for (const [a, b] of bridged(hosts, tag)) {
        groups.join(carriers.get(joining.end(...a)), carriers.get(joining.end(...b)));
      }
      if (joinOnGroups(vlans, carriers, groups, joining.join)) more = true;
    }
  }
}

/** The ends of a vlan interface and of its parent. */
interface Vlan {
  readonly own: string;
  readonly parent: string;
}

function vlansByTag(
  hosts: readonly Host[],
  { end }: Joining,
): ReadonlyMap<string, readonly Vlan[]> {
  const found = new Map<string, Vlan[]>();
  for (const host of hosts) {
    for (const it of host.interfaces.filter(isTagging)) {
      const vlan = { own: end(host.name, it.name), parent: end(host.name, it.parent ?? "") };
      found.set(tagOf(it), [...(found.get(tagOf(it)) ?? []), vlan]);
    }
  }
  return found;
}

/** Joins VLANs of one tag; false: they were joined already. */
function joinOnGroups(
  vlans: readonly Vlan[],
  carriers: ReadonlyMap<string, Carrier>,
  groups: Groups,
  join: Joining["join"],
): boolean {
  let joined = false;
  const first = new Map<Carrier, string>();
  for (const { own, parent } of vlans) {
    const carrier = carriers.get(parent);
    if (carrier === undefined) continue;
    const group = groups.of(carrier);
    const known = first.get(group) ?? own;
    first.set(group, known);
    if (carriers.get(known) === carriers.get(own)) continue;
    join(known, own);
    joined = true;
  }
  return joined;
}

type End = readonly [host: string, name: string];

/** Pairs of members between which a bridge passes frames with a tag. */
function bridged(hosts: readonly Host[], tag: string): readonly (readonly [End, End])[] {
  return hosts.flatMap((host) =>
    host.interfaces.filter(passesTags).flatMap((bridge) => {
      const open = bridge.members.filter((name) => !isClaimed(host, name, tag));
      return open
        .filter((name) => isMember(host, name))
        .flatMap((name) =>
          bridge.members.map((to): readonly [End, End] => {
            return [
              [host.name, name],
              [host.name, to],
            ];
          }),
        );
    }),
  );
}

/** Wires put together. */
class Groups {
  readonly #up: Map<Carrier, Carrier> = new Map();

  of(carrier: Carrier): Carrier {
    let root = carrier;
    for (let up = this.#up.get(root); up !== undefined; up = this.#up.get(root)) root = up;
    return root;
  }

  join(a: Carrier | undefined, b: Carrier | undefined): void {
    if (a === undefined || b === undefined) return;
    const [low, high] = [Math.min(this.of(a), this.of(b)), Math.max(this.of(a), this.of(b))];
    if (low !== high) this.#up.set(high, low);
  }
}

/** Whether frames with a tag go from port to port (stack-semantics.md 3.1). */
function passesTags(it: Interface): boolean {
  if (it.kind === "bridge") return it.up;
  return (it.kind === "veb" && it.link0) || (it.kind === "tpmr" && it.link2);
}

/** A vlan interface on the member takes its tag before the bridge sees it (1.2). */
function isClaimed(host: Host, member: string, tag: string): boolean {
  return host.interfaces.some((it) => isTagging(it) && it.parent === member && tagOf(it) === tag);
}

function isMember(host: Host, name: string): boolean {
  const it = host.interfaces.find((other) => other.name === name);
  return it !== undefined && bridgeOf(host, it) !== undefined;
}

function isTagging(it: Interface): boolean {
  return (it.kind === "vlan" || it.kind === "svlan") && it.parent !== undefined;
}

/** Type and number: 802.1Q and 802.1ad tags are different ones. */
function tagOf(it: Interface): string {
  return `${it.kind} ${it.vnetid ?? 0}`;
}
