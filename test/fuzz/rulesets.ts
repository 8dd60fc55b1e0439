import { stdout } from "node:process";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import { intervalPacketFunctions } from "../../engine/sets/intervals/interval-packet-functions.ts";
import type { PacketFunctions } from "../../engine/sets/packet-functions.ts";
import { ICMP, ICMP6, type Packet } from "../../model/packet.ts";
import { packetText } from "../../report/packet.ts";
import type { Texts } from "../engine/sets/rules/compile-host.ts";
import { BorderPackets, type Spot } from "./border-packets.ts";
import type { Complaint } from "./fate-check.ts";
import { OutcomeClasses } from "./outcome-classes.ts";
import { PlaceCheck } from "./place-check.ts";
import { Progress } from "./progress.ts";
import { Random } from "./random.ts";
import { shrunkRuleset } from "./ruleset-shrink.ts";
import { drawnTexts } from "./ruleset-text.ts";
import { NOTHING_OPEN, type Openings, RDOMAINS, RulesetTrial, ruleName } from "./ruleset-trial.ts";

/** What `fuzz rulesets` is to do. */
export interface RulesetsOptions {
  readonly packets: number;
  readonly seed: number;
  /** Number of the first ruleset. */
  readonly first: number;
}

/** A ruleset that is not the same to the kernel and to the sets. */
export interface RulesetFailure {
  readonly number: number;
  readonly complaint: Complaint;
  readonly spot: Spot;
  /** Undefined: it is about all packets of the place. */
  readonly packet: KernelPacket | undefined;
  /** As small as they got. */
  readonly texts: Texts;
  readonly openings: Openings;
}

const PLACES = 5;
const PACKETS = 200;
const MOST_FAILURES = 10;
/** Nodes that rulesets share one implementation of sets for. */
const SHARED_NODES = 1 << 19;

/** Draws rulesets by number, and packets at their borders: the same seed, the same. */
export class RulesetsFuzz {
  readonly classes: OutcomeClasses = new OutcomeClasses();
  readonly #seed: number;
  #sets: PacketFunctions = intervalPacketFunctions();
  packets = 0;
  rulesets = 0;
  rules = 0;
  places = 0;
  opened = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Draws ruleset `number` and at most `most` packets; the first thing that is wrong. */
  run(number: number, most: number = Number.POSITIVE_INFINITY): RulesetFailure | undefined {
    const random = new Random(this.#seed, number);
    if (this.#sets.nodes > SHARED_NODES) this.#sets = intervalPacketFunctions();
    const texts = drawnTexts(random);
    let trial = new RulesetTrial(this.#sets, texts);
    if (random.once(6)) trial = new RulesetTrial(this.#sets, texts, drawnOpenings(random, trial));
    this.rulesets++;
    this.rules += trial.rules.length;
    if (trial.isOpen) this.opened++;
    const { rules, meaning, reassembles } = trial;
    const packets = new BorderPackets(random, rules, meaning, RDOMAINS, reassembles);
    const end = this.packets + most;
    for (let place = 0; place < PLACES && this.packets < end; place++) {
      const failure = this.#place(trial, packets, random, Math.min(PACKETS, end - this.packets));
      if (failure !== undefined) return this.#smallest({ ...failure, number });
    }
    return undefined;
  }

  #place(
    trial: RulesetTrial,
    packets: BorderPackets,
    random: Random,
    count: number,
  ): Omit<RulesetFailure, "number"> | undefined {
    const { texts, openings } = trial;
    const spot = packets.spot();
    const check = new PlaceCheck(trial, trial.compiled(spot));
    this.places++;
    const wrong = check.laws(random);
    if (wrong !== undefined) return { complaint: wrong, spot, packet: undefined, texts, openings };
    for (const packet of packets.packets(spot, count)) {
      this.packets++;
      const { shot, wrong: complaint } = check.packet(packet);
      if (complaint !== undefined) return { complaint, spot, packet, texts, openings };
      this.classes.count(packet, shot, check.fatesOf(shot));
    }
    return undefined;
  }

  /** The failure with texts that nothing can be taken out of. */
  #smallest(found: RulesetFailure): RulesetFailure {
    const { complaint, texts } = found;
    const closed = { ...found, openings: NOTHING_OPEN };
    const failure = complaintOf(texts, closed)?.law === complaint.law ? closed : found;
    const of = (text: string): Complaint | undefined => complaintOf(textsFrom(text), failure);
    const whole = joined(texts);
    if (of(whole)?.law !== complaint.law) return found;
    const text = shrunkRuleset(whole, (shorter) => of(shorter)?.law === complaint.law);
    return { ...failure, texts: textsFrom(text), complaint: of(text) ?? complaint };
  }
}

/** What is wrong with one packet and ruleset; undefined if pfctl would refuse the texts. */
function complaintOf(
  texts: Texts,
  { spot, packet, openings }: Pick<RulesetFailure, "spot" | "packet" | "openings">,
): Complaint | undefined {
  try {
    const trial = new RulesetTrial(intervalPacketFunctions(), texts, openings);
    const check = new PlaceCheck(trial, trial.compiled(spot));
    return packet === undefined ? check.laws(new Random(1, 1)) : check.packet(packet).wrong;
  } catch {
    return undefined;
  }
}

function drawnOpenings(random: Random, { rules }: RulesetTrial): Openings {
  if (rules.length === 0) return NOTHING_OPEN;
  const names = (most: number): readonly string[] => {
    return Array.from({ length: random.below(most + 1) }, () => ruleName(random.pick(rules)));
  };
  const deciding = new Set(rules.filter(({ rule }) => rule.action !== "anchor").map(ruleName));
  return {
    open: names(3),
    unread: names(1).filter((it) => deciding.has(it)),
    table: random.once(4) ? "some" : "",
    priority: random.once(4),
  };
}

const HEADING = "# anchor ";

function joined(texts: Texts): string {
  return texts.map(([path, text]) => (path === "" ? text : `${HEADING}${path}\n${text}`)).join("");
}

function textsFrom(text: string): Texts {
  const [main = "", ...others] = text.split(new RegExp(`^${HEADING}`, "m"));
  const loaded = others.map((it): readonly [string, string] => {
    const end = it.indexOf("\n");
    return end < 0 ? [it, ""] : [it.slice(0, end), it.slice(end + 1)];
  });
  return [["", main], ...loaded];
}

/** Runs them, prints what they find; returns the exit status. */
export function runRulesets({ packets, seed, first }: RulesetsOptions): number {
  const fuzz = new RulesetsFuzz(seed);
  const progress = new Progress();
  let failed = 0;
  for (let number = first; fuzz.packets < packets && failed < MOST_FAILURES; number++) {
    const failure = fuzz.run(number, packets - fuzz.packets);
    if (failure !== undefined) {
      failed++;
      stdout.write(`${failureText(failure, seed)}\n`);
    }
    progress.tell(() => `${fuzz.packets} of ${packets} packets, ${fuzz.rulesets} rulesets`);
  }
  const seconds = progress.end();
  for (const line of fuzz.classes.lines()) stdout.write(`  ${line}\n`);
  const rate = Math.round(fuzz.packets / Math.max(seconds, 0.001));
  const drawn = `${fuzz.rulesets} rulesets (${fuzz.opened} with something open), ${fuzz.rules} rules`;
  const told = `${drawn}, ${fuzz.places} places, ${fuzz.packets} packets`;
  stdout.write(`${told}, ${seconds.toFixed(0)} s, ${rate}/s, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

export function failureText(failure: RulesetFailure, seed: number): string {
  const { number, complaint, spot, packet, texts, openings } = failure;
  const { direction, interface: on, receivedOn, forwarded, rtable, tag, priority } = spot;
  const from = receivedOn === "" || direction === "in" ? "" : ` received-on ${receivedOn}`;
  const place = `${direction} on ${on}${from} rtable ${rtable} prio ${priority}`;
  const more = [tag === "" ? "" : ` tag ${tag}`, forwarded ? "" : ", not forwarded"].join("");
  const isOpen = openings !== NOTHING_OPEN;
  return [
    `seed ${seed}, --first ${number}: ${complaint.law}: ${complaint.detail}`,
    `  ${packet === undefined ? "all packets" : packetText(plain(packet))}, ${place}${more}`,
    ...(isOpen ? [`  open: ${JSON.stringify(openings)}`] : []),
    ...joined(texts)
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
  ].join("\n");
}

/** In the fields of the packet language. */
function plain(packet: KernelPacket): Packet {
  const { tcp, icmp, fragment, options, protocol } = packet;
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  return {
    family: packet.family,
    protocol,
    source: packet.source,
    destination: packet.destination,
    sourcePort: packet.sourcePort,
    destinationPort: packet.destinationPort,
    flags: tcp?.flags ?? 0,
    icmpType: isIcmp ? (icmp?.type ?? 0) : 0,
    icmpCode: icmp?.code ?? 0,
    icmpId: icmp?.id ?? 0,
    tos: packet.tos,
    ttl: packet.ttl,
    fragment: fragment === undefined ? "no" : fragment.offset === 0 ? "first" : "later",
    options: options !== "none",
  };
}
