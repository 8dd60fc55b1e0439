import type { Prefix } from "../../model/address.ts";
import { parsePrefix } from "../../model/address-text.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import { unlink } from "./end-state.ts";
import type { Machine } from "./machine.ts";
import type { SourceNode, State } from "./state.ts";

/** The interface that floating states are bound to. */
const ALL = "all";

/**
 * `pfctl [-V rdomain] [-i interface] -k host [-k host]`, `-k label -k name`, `-K host [-K host]`,
 * `-F states [-i interface]`, `-F Sources` (follows DIOCKILLSTATES, DIOCKILLSRCNODES and
 * DIOCCLRSTATES, OpenBSD 7.8). `-k` means the routing domain 0 if `-V` names no other.
 */
export function killStates(machine: Machine, args: readonly string[]): void {
  const given = (flag: string): string[] => {
    return args.filter((_, at) => args[at - 1] === flag);
  };
  const [first, second] = given("-k");
  const [on] = given("-i");
  const isBound = (it: State): boolean =>
    on === undefined || (it.ifBound ? it.interface : ALL) === on;
  const rdomain = Number(given("-V")[0] ?? 0);
  const isMeant = (it: State): boolean => endsOf(it).rdomain === rdomain && isBound(it);
  if (first === "label") {
    remove(machine, (state) => {
      const { label } = state.rule.rule;
      return label !== "" && label === second && isMeant(state);
    });
  } else if (first !== undefined) {
    const [from, to] = [hostOf(first), hostOf(second)];
    remove(machine, (state) => {
      const { family, source, destination } = endsOf(state);
      return isIn(from, family, source) && isIn(to, family, destination) && isMeant(state);
    });
  }
  const [node, pool] = given("-K");
  if (node !== undefined) killNodes(machine, hostOf(node), hostOf(pool));
  for (const what of given("-F")) {
    if (what === "Sources") killNodes(machine, undefined, undefined);
    else remove(machine, isBound);
  }
}

function remove(machine: Machine, isMeant: (state: State) => boolean): void {
  for (const state of [...machine.states.all()]) {
    if (isMeant(state)) unlink(machine, state);
  }
}

/** States lose the node at once; it is gone whatever they do. */
function killNodes(machine: Machine, from: Prefix | undefined, to: Prefix | undefined): void {
  const killed = new Set<SourceNode>();
  for (const node of machine.nodes.all()) {
    const reaches =
      to === undefined || (node.sticky !== undefined && isIn(to, node.family, node.sticky));
    if (isIn(from, node.family, node.source) && reaches) killed.add(node);
  }
  for (const state of machine.states.all()) {
    const { extra } = state;
    if (extra === undefined || !extra.nodes.some((it) => killed.has(it))) continue;
    state.extra = { ...extra, nodes: extra.nodes.filter((it) => !killed.has(it)) };
  }
  for (const node of killed) {
    node.states = 0;
    node.expires = 0;
    machine.nodes.drop(node, machine.now);
  }
}

/** Who began a state and with whom, as its first packet came. */
function endsOf({ direction, wire, stack }: State): {
  family: Family;
  source: bigint;
  destination: bigint;
  rdomain: number;
} {
  const { family, address0, address1, rdomain } = direction === "out" ? stack : wire;
  return direction === "out"
    ? { family, source: address1, destination: address0, rdomain }
    : { family, source: address0, destination: address1, rdomain };
}

function hostOf(text: string | undefined): Prefix | undefined {
  return text === undefined ? undefined : parsePrefix(text);
}

function isIn(prefix: Prefix | undefined, family: Family, address: bigint): boolean {
  if (prefix === undefined) return true;
  if (prefix.family !== family) return false;
  const rest = BigInt(addressBits(family) - prefix.length);
  return address >> rest === prefix.value >> rest;
}
