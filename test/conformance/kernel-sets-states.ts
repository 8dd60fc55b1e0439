import type { Crossing } from "../../engine/kernel/evaluation.ts";
import { sanitizeTcp } from "../../engine/kernel/headers.ts";
import { isAdvert, isSolicitation, stateKeyPorts } from "../../engine/kernel/icmp.ts";
import type { Kernel } from "../../engine/kernel/kernel.ts";
import { isSameKey, keyOf } from "../../engine/kernel/keys.ts";
import { copyOf, type KernelPacket } from "../../engine/kernel/packet.ts";
import type { State, StateKey } from "../../engine/kernel/state.ts";
import type { Surroundings } from "../../engine/kernel/surroundings.ts";
import type { PacketFunctions } from "../../engine/sets/packet-functions.ts";
import { type StateClass, statesLeft } from "../../engine/sets/rules/state-class.ts";
import { type Crossed, type Hits, hits } from "../../engine/sets/rules/state-hits.ts";
import { TCP } from "../../model/packet.ts";
import { fieldsOf, only } from "../support/packet-fields.ts";
import type { Recorded } from "./kernel-sets-differences.ts";
import { leftOf, told } from "./kernel-sets-packets.ts";
import type { SetAnswer } from "./kernel-sets-reading.ts";

/** A state of the kernel, and what the set functions say of the packet that made it. */
export interface TwinState {
  readonly state: State;
  /** One for each fate that made it, for all that is known; none: no function was asked. */
  readonly classes: readonly StateClass[];
}

/** Beside each state of a kernel the states that the set functions know of. */
export class SetStates {
  readonly #kernel: Kernel;
  readonly #surroundings: Surroundings;
  #known: ReadonlyMap<string, readonly StateClass[]> = new Map();

  constructor(kernel: Kernel, surroundings: Surroundings) {
    this.#kernel = kernel;
    this.#surroundings = surroundings;
  }

  /** Those that packets can find now. */
  live(): readonly TwinState[] {
    return [...this.#kernel.states.all()].flatMap((state) => {
      if (state.life !== "live") return [];
      return [{ state, classes: this.#known.get(nameOf(state)) ?? [] }];
    });
  }

  /** @param answers - of the rules since this was last called */
  learn(answers: readonly SetAnswer[]): void {
    const states = [...this.#kernel.states.all()].map((state) => {
      const name = nameOf(state);
      return [name, this.#known.get(name) ?? this.#made(state, answers)] as const;
    });
    this.#known = new Map(states);
  }

  #made(state: State, answers: readonly SetAnswer[]): readonly StateClass[] {
    const answer = answers.find((it) => isMadeBy(state, it));
    if (answer === undefined) return [];
    const { compiled, fates, fields, tested } = answer;
    const { direction, interface: on, domain } = tested;
    const place = { direction, interface: on, rdomain: domain };
    const packet = only(compiled.sets, fields);
    return fates.flatMap((fate) => {
      if (fate.state === undefined || fate.rule !== state.rule) return [];
      return statesLeft(compiled, place, fate, packet, this.#surroundings) ?? [];
    });
  }
}

function isMadeBy(state: State, { tested }: SetAnswer): boolean {
  const { direction, interface: on, ends, packet, domain } = tested;
  const own = keyOf(ends, packet.protocol, domain, direction);
  const made = direction === "in" ? state.wire : state.stack;
  return state.direction === direction && state.interface === on && isSameKey(own, made);
}

function nameOf({ index, created, direction, interface: on, wire, stack }: State): string {
  return [index, created, direction, on, keyText(wire), keyText(stack)].join(" ");
}

function keyText(key: StateKey): string {
  return Object.values(key).join(" ");
}

/** What is found when packets are held against states. */
export interface Followed {
  readonly wrong: readonly string[];
  readonly how: string;
}

/** What of a packet's way to states does not change with the states. */
export interface Looking {
  readonly sets: PacketFunctions;
  readonly states: readonly TwinState[];
  readonly surroundings: Surroundings;
}

/**
 * Whether a packet that was recorded as one of a state hits one that the functions know, and leaves
 * it as it may; undefined: they were not asked about any.
 */
export function followedDifferences(recorded: Recorded, looking: Looking): Followed | undefined {
  const { expected, put, isLeg } = recorded;
  const { sets, states } = looking;
  const classes = states.flatMap((it) => it.classes);
  const came = normal(put.before);
  const found = classes.flatMap((it) => hitsOf(came, put.crossing, looking, it) ?? []);
  if (expected.v === "drop") {
    const how = `state drops it (reason ${expected.why ?? 0})`;
    return { wrong: [], how: found.length > 0 ? how : `${how}, and it is no hit` };
  }
  if (found.length === 0) {
    const isUnknown = states.some((it) => it.classes.length === 0);
    return isUnknown ? undefined : { wrong: ["no state is hit"], how: "" };
  }
  const left = leftOf(expected, isLeg, fieldsOf(came));
  if (left === undefined) return { wrong: [], how: "hit of a state that takes it" };
  const packet = sets.forget(only(sets, left.fields), left.open);
  const becoming = found.filter((it) => sets.meets(it.becomes, packet));
  if (becoming.length === 0) return { wrong: [`hit never becomes ${told(left.fields)}`], how: "" };
  if (expected.v !== "pass" || becoming.some((it) => carries(recorded, it))) {
    return { wrong: [], how: "hit of a state" };
  }
  return { wrong: [`hit has not tag ${expected.tag ?? ""} or table`], how: "" };
}

function carries({ expected, put, isLeg }: Recorded, { tags, rtables }: Hits): boolean {
  const { tag = "", c = {} } = expected;
  const rtable = c.rtab ?? (isLeg ? 0 : put.before.rtable);
  return (tags?.includes(tag) ?? true) && (rtables?.includes(rtable) ?? true);
}

/** States that a packet hits, though it was recorded as one that rules decided on. */
export function unfollowed(
  { put: { crossing } }: Recorded,
  { tested: { packet } }: SetAnswer,
  looking: Looking,
): Followed {
  const reasons = new Set<string>();
  for (const twin of looking.states) {
    for (const states of twin.classes) {
      if (hitsOf(packet, crossing, looking, states) === undefined) continue;
      const why = exceptionOf(packet, twin.state, states);
      if (why === undefined) return { wrong: ["a state is hit"], how: "" };
      reasons.add(why);
    }
  }
  if (reasons.size === 0) {
    const isAsked = looking.states.some(({ classes }) => classes.length > 0);
    return { wrong: [], how: isAsked ? "no packet of a state, and no hit of one" : "" };
  }
  return {
    wrong: [],
    how: `no packet of a state, but a hit: ${[...reasons].toSorted().join(", ")}`,
  };
}

/** Why a hit may be none for pf. @param state - as the packet has left it */
function exceptionOf(
  packet: KernelPacket,
  state: State,
  { translation: { writes, family }, sloppy }: StateClass,
): string | undefined {
  if (isAdvert(packet) || isSolicitation(packet)) return "target of a neighbour message";
  if (stateKeyPorts(packet).isError) return "ICMP error, whatever it quotes";
  if (state.life !== "live") return "finished connection";
  if (state.rule.packetRate !== undefined) return "max-pkt-rate";
  if (writes.some(({ change }) => change.kind === "values"))
    return "any address or port of a choice";
  if (family !== undefined) return "af-to";
  return sloppy ? "sloppy" : undefined;
}

function hitsOf(
  packet: KernelPacket,
  { direction, interface: on }: Crossing,
  { sets, surroundings }: Looking,
  states: StateClass,
): Hits | undefined {
  const { rtable, tag } = packet;
  const rdomain = surroundings.rtables.get(rtable) ?? rtable;
  const at: Crossed = { direction, interface: on, rdomain, rtable, tag };
  const found = hits(sets, states, at, only(sets, fieldsOf(packet)));
  return found.hit === sets.empty ? undefined : found;
}

/** The packet as states see it. */
function normal(packet: KernelPacket): KernelPacket {
  if (packet.protocol !== TCP) return packet;
  const copy = copyOf(packet);
  sanitizeTcp(copy);
  return copy;
}
