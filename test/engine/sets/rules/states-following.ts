import { expect } from "vitest";
import type { Kernel } from "../../../../engine/kernel/kernel.ts";
import type { Outcome } from "../../../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../../../engine/kernel/packet.ts";
import type { PacketFunctions } from "../../../../engine/sets/packet-functions.ts";
import { type StateClass, statesLeft } from "../../../../engine/sets/rules/state-class.ts";
import {
  type Crossed,
  type Hits,
  hits,
  imitatedHits,
} from "../../../../engine/sets/rules/state-hits.ts";
import { mirrored } from "../../../../engine/sets/rules/state-keys.ts";
import { ICMP_ERRORS } from "../../../../model/packet.ts";
import type { Shot } from "../../../support/kernel-drawn-tests.ts";
import { KernelHost } from "../../../support/kernel-host.ts";
import { fieldsOf, only } from "../../../support/packet-fields.ts";
import { TwoReadings } from "./compile-host.ts";
import { type Probe, probeOf, quotedPacket } from "./states-probes.ts";

/** A text, read twice; packets make a state each and are followed by one more. */
export class Following {
  readonly sets: PacketFunctions;
  readonly readings: TwoReadings;
  readonly #kernel: Kernel;

  constructor(text: string, sets: PacketFunctions) {
    this.sets = sets;
    this.readings = new TwoReadings([["", text]]);
    this.#kernel = new KernelHost(text).kernel;
  }

  first(shot: Shot): Outcome {
    this.#kernel.forgetStates();
    return this.test(shot);
  }

  test({ packet, direction, interface: on }: Shot): Outcome {
    return this.#kernel.test(packet, { direction, interface: on, forwarded: true });
  }

  /** Classes that this very packet can leave. */
  left(shot: Shot): readonly StateClass[] {
    const { sets, readings } = this;
    const rules = readings.compiled(sets, shot, "outcomes");
    const fields = fieldsOf(shot.packet);
    const { direction, interface: on, packet } = shot;
    const { surroundings } = readings.source;
    const place = { direction, interface: on, rdomain: this.domainOf(packet.rtable) };
    return rules.fatesOf(sets.at(rules.function, fields)).flatMap((fate) => {
      const states = statesLeft(rules, place, fate, only(sets, fields), surroundings);
      return states === undefined ? [] : [states];
    });
  }

  at({ direction, interface: on, packet: { rtable, tag } }: Shot): Crossed {
    return { direction, interface: on, rdomain: this.domainOf(rtable), rtable, tag };
  }

  domainOf(rtable: number): number {
    return this.readings.source.surroundings.rtables.get(rtable) ?? rtable;
  }
}

/** What left pf: the packet, or it in the other family. */
function leavers({ verdict, packet, generated }: Outcome): KernelPacket | undefined {
  if (verdict === "pass") return packet;
  return generated.flatMap((it) => (it.kind === "affwd" ? [it.packet] : []))[0];
}

/** How many were compared, so that no law holds for want of packets. */
export interface Counts {
  hit: number;
  replies: number;
  rules: number;
  errors: number;
  errorRules: number;
  translated: number;
}

export function noCounts(): Counts {
  return { hit: 0, replies: 0, rules: 0, errors: 0, errorRules: 0, translated: 0 };
}

/**
 * Each probe follows the first packet, to a table that holds its state alone: what that state lets
 * pass the class of the first packet lets pass, as it leaves the kernel, and nothing else but the
 * exceptions that the docstring of `hits` names.
 */
export function compareAll(
  following: Following,
  first: Shot,
  probes: readonly Probe[],
  counts: Counts,
): void {
  if (following.first(first).state !== "new") return;
  const classes = following.left(first);
  expect(classes).toHaveLength(1);
  const [states] = classes;
  if (states === undefined) return;
  for (const probe of probes) compare(following, states, first, probe, counts);
}

function compare(
  following: Following,
  states: StateClass,
  first: Shot,
  probe: Probe,
  counts: Counts,
): void {
  const sent = leavers(following.first(first));
  if (sent === undefined) return;
  const shot = probeOf(probe, first, sent);
  const outcome = following.test(shot);
  if (outcome.state === "dropped") return;
  const { sets } = following;
  const fields = fieldsOf(shot.packet);
  const found = hits(sets, states, following.at(shot), only(sets, fields));
  expect(sets.implies(found.hit, only(sets, fields))).toBe(true);
  const left = leavers(outcome);
  if (outcome.state === "hit" && left !== undefined) {
    expectPassed(sets, found, first, shot, left);
    count(counts, shot, first, sent);
  } else if (isTold(following, states, shot, outcome)) {
    counts.rules++;
    expect(found.hit, toldShots(first, shot)).toBe(sets.empty);
  }
  compareImitated(following, states, first, shot, outcome, counts);
}

function count(
  counted: Counts,
  { packet, direction }: Shot,
  first: Shot,
  sent: KernelPacket,
): void {
  counted.hit++;
  if (direction !== first.direction) counted.replies++;
  if (packet.icmp?.quoted !== undefined) counted.errors++;
  if (sent.source !== first.packet.source || sent.destination !== first.packet.destination) {
    counted.translated++;
  }
}

function expectPassed(
  sets: PacketFunctions,
  { hit, becomes, rtables, tags }: Hits,
  first: Shot,
  shot: Shot,
  left: KernelPacket,
): void {
  const told = toldShots(first, shot, { ...shot, packet: left });
  expect(sets.has(hit, fieldsOf(shot.packet)), `hit ${told}`).toBe(true);
  expect(sets.has(becomes, fieldsOf(left)), `becomes ${told}`).toBe(true);
  expect(rtables).toContain(left.rtable);
  expect(tags).toContain(left.tag);
}

const TARGETED = [130, 131, 135, 136];

/** Nothing that the docstring of `hits` excepts stands between sets and kernel. */
function isTold(
  { sets }: Following,
  states: StateClass,
  { packet }: Shot,
  { state }: Outcome,
): boolean {
  const { icmp, family } = packet;
  // a state drops what is out of its window
  if (state === "hit" && packet.tcp !== undefined) return false;
  if (icmp !== undefined && ICMP_ERRORS[family].includes(icmp.type)) return false;
  if (family === "inet6" && TARGETED.includes(icmp?.type ?? 0)) return false;
  return isFunction(sets, states);
}

/** No address and no port of these states is a choice. */
function isFunction(sets: PacketFunctions, { translation, keys }: StateClass): boolean {
  return !translation.writes.some((it) => {
    return it.change.kind === "values" && sets.meets(keys, it.within);
  });
}

/** The same for an error by the packet that it imitates. */
function compareImitated(
  following: Following,
  states: StateClass,
  first: Shot,
  shot: Shot,
  outcome: Outcome,
  counts: Counts,
): void {
  const { sets } = following;
  const { family, icmp, destination } = shot.packet;
  const quoted = icmp?.quoted;
  if (quoted === undefined || quoted.source !== destination) return;
  if (TARGETED.includes(quoted.icmpType)) return;
  const imitated = mirrored(sets, only(sets, fieldsOf(quotedPacket(family, quoted))));
  const found = imitatedHits(sets, states, following.at(shot), imitated);
  if (outcome.state === "hit") {
    const left = leavers(outcome);
    const after = left?.icmp?.quoted;
    if (left === undefined || after === undefined) return;
    expect(found.hit, toldShots(first, shot)).toBe(imitated);
    const imitates = mirrored(sets, only(sets, fieldsOf(quotedPacket(left.family, after))));
    expect(
      sets.implies(imitates, found.becomes),
      `becomes ${toldShots(first, shot, { ...shot, packet: left })}`,
    ).toBe(true);
    expect(found.rtables).toContain(left.rtable);
  } else if (isFunction(sets, states)) {
    counts.errorRules++;
    expect(found.hit, toldShots(first, shot)).toBe(sets.empty);
  }
}

function toldShots(...shots: readonly Shot[]): string {
  const told = (_: string, value: unknown): unknown => {
    return typeof value === "bigint" ? value.toString(16) : value;
  };
  return shots.map((it) => JSON.stringify(it, told)).join("\n");
}
