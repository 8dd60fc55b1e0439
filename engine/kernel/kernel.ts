import { TCP } from "../../model/packet.ts";
import type { PfConfiguration, PfOptions } from "../../model/pf-rule.ts";
import type { TestContext } from "./criteria.ts";
import { decide } from "./decide.ts";
import { deliver, type Retest } from "./deliver.ts";
import { leave, unlink } from "./end-state.ts";
import type { Crossing, Tested } from "./evaluation.ts";
import { looksLike } from "./fingerprints.ts";
import { type Followed, findState, followState } from "./follow.ts";
import { Fragments } from "./fragments.ts";
import { checkHeaders, type HeaderCheck, sanitizeTcp } from "./headers.ts";
import { stateKeyEnds, stateKeyPorts } from "./icmp.ts";
import { isNamed } from "./interfaces.ts";
import { killStates } from "./kill.ts";
import type { LiveRule } from "./live-rule.ts";
import type { Machine } from "./machine.ts";
import { InitialSequences } from "./modulation.ts";
import { dropped, emptyOutcome, type Generated, type Outcome, undecided } from "./outcome.ts";
import { ACK, copyOf, isPureSyn, type KernelPacket, RST, SYN } from "./packet.ts";
import { Routes } from "./routes.ts";
import { Rulesets } from "./rulesets.ts";
import { SourceNodes } from "./source-nodes.ts";
import type { State } from "./state.ts";
import { StateTable } from "./state-table.ts";
import type { Surroundings } from "./surroundings.ts";
import { SynFlood } from "./syn-flood.ts";
import { adoptCookie } from "./syncookie.ts";
import { type Table, Tables } from "./tables.ts";
import { DEFAULT_TIMEOUTS, globalTimeout } from "./timeouts.ts";
import type { RuleIndex, WalkContext } from "./walk.ts";

const DEFAULT_STATES = 100_000;
const DEFAULT_NODES = 10_000;
/** A sixteenth of amd64's mbuf clusters. */
const DEFAULT_FRAGS = 16_384;
/** Source nodes and fragments are purged in the first second and then each `interval` seconds. */
const PURGE_PHASE = 1;
const FIN_WAIT_2 = 9;

/** What pfctl hands over with one `pfctl -f`. */
export interface Load {
  readonly main: PfConfiguration;
  /** Files of `load anchor`. */
  readonly loaded: readonly PfConfiguration[];
  readonly options: PfOptions;
}

/** How a packet comes to pf. */
export interface Arrival extends Crossing {
  /** Told of every rule that was tested. */
  readonly explain?: WalkContext["explain"];
  /** The same for the test in the other direction that `route-to` makes. */
  readonly explainSecond?: WalkContext["explain"];
  /** A SYN that a cookie stood for: it is not answered again. */
  readonly recreated?: boolean;
}

/**
 * pf of one OpenBSD 7.8 kernel: rules, tables, states, clock.
 *
 * Deterministic for one `random`; no packet is changed that it is given.
 */
export class Kernel {
  readonly #machine: Machine;
  readonly #fragments: Fragments = new Fragments({ limit: DEFAULT_FRAGS });
  readonly #flood: SynFlood;
  #options: PfOptions | undefined;
  /** Interfaces asked about since options and interfaces last changed: is pf off there? */
  readonly #skipped: Map<string, boolean> = new Map();
  /** Told of every packet that rules are asked about, as they see it. */
  watch: ((tested: Tested) => void) | undefined;

  /** @param random - uniform integer at least 0 and below its argument */
  constructor(surroundings: Surroundings, random: (below: number) => number) {
    this.#machine = {
      now: 0,
      surroundings,
      routes: new Routes(surroundings),
      tables: new Tables(),
      rulesets: new Rulesets(),
      states: new StateTable(DEFAULT_STATES),
      nodes: new SourceNodes(DEFAULT_NODES),
      timeouts: DEFAULT_TIMEOUTS,
      syncookies: { mode: "never", start: 25, end: 12 },
      sequences: new InitialSequences(random),
      sent: [],
      index: undefined,
      random,
    };
    this.#flood = new SynFlood(this.#machine);
  }

  get states(): StateTable {
    return this.#machine.states;
  }

  /** Visits the rules that an index finds, with the same outcome; undefined: rule by rule. */
  set index(index: RuleIndex | undefined) {
    this.#machine.index = index;
  }

  /** Rules by the path of their anchor, as they stand. */
  get rulesets(): ReadonlyMap<string, readonly LiveRule[]> {
    return this.#machine.rulesets.byPath;
  }

  /** The active table that a rule of `anchor` means. */
  table(anchor: string, name: string): Table | undefined {
    return this.#machine.tables.find(anchor, name);
  }

  /** `pfctl -f`: replaces the main ruleset with its braces, its tables and all options. */
  load({ main, loaded, options }: Load): void {
    this.#options = options;
    this.#skipped.clear();
    const machine = this.#machine;
    machine.timeouts = new Map([...DEFAULT_TIMEOUTS, ...options.timeouts]);
    machine.states.limit = options.limits.get("states") ?? DEFAULT_STATES;
    // what a new text does not set stays as it was, the limit of states excepted
    machine.nodes.limit = options.limits.get("src-nodes") ?? machine.nodes.limit;
    machine.syncookies = options.syncookies;
    this.#flood.setMode(options.syncookies.mode);
    this.#fragments.timeout = globalTimeout(machine.timeouts, "frag");
    this.#fragments.limit = options.limits.get("frags") ?? this.#fragments.limit;
    this.#loadAll([main, ...loaded]);
  }

  /** `pfctl -a path -f`, read with that path: replaces the rules of an anchor and the tables of the text. */
  loadAnchor({ main, loaded }: Load): void {
    this.#loadAll([main, ...loaded]);
  }

  #loadAll(configurations: readonly PfConfiguration[]): void {
    const { rulesets, tables, now } = this.#machine;
    for (const it of configurations) rulesets.load(it, now);
    for (const it of configurations) tables.load(it, rulesets.all());
  }

  /** `pfctl -a path -F rules` */
  flushAnchor(path: string): void {
    const { rulesets, tables } = this.#machine;
    rulesets.flush(path);
    tables.settle(rulesets.all());
  }

  setSurroundings(surroundings: Surroundings): void {
    this.#machine.surroundings = surroundings;
    this.#skipped.clear();
    this.#machine.routes = new Routes(surroundings);
  }

  /** Lets time pass; states are purged once a second. Gives what pf has sent meanwhile. */
  advance(seconds: number): readonly Generated[] {
    for (let it = 0; it < seconds; it++) this.#second();
    return this.#sent();
  }

  #sent(): readonly Generated[] {
    const { sent } = this.#machine;
    this.#machine.sent = [];
    return sent;
  }

  #second(): void {
    const machine = this.#machine;
    machine.now++;
    const interval = Math.max(1, globalTimeout(machine.timeouts, "interval"));
    if (machine.now % interval === PURGE_PHASE % interval) {
      this.#fragments.purge(machine.now);
      machine.nodes.purge(machine.now);
    }
    this.#flood.tick();
    machine.states.purge(machine.now, machine.timeouts, (state) => {
      if (state.life !== "unlinked") leave(machine, state);
    });
  }

  /** `pfctl -F states -F Sources`: killed states count until the next second. */
  flushStates(): readonly Generated[] {
    for (const state of [...this.#machine.states.all()]) unlink(this.#machine, state);
    this.#machine.nodes.clear();
    return this.#sent();
  }

  /** As if there had never been a state. */
  forgetStates(): void {
    for (const live of this.#machine.rulesets.all()) live.states = 0;
    this.#machine.states.clear();
    this.#machine.nodes.clear();
  }

  /** `pfctl -k`, `-K`, `-F states`, `-F Sources` with their arguments. */
  kill(args: readonly string[]): readonly Generated[] {
    killStates(this.#machine, args);
    return this.#sent();
  }

  /** `pfctl -t name -T …`; false: refused. */
  changeTable(
    operation: "add" | "delete" | "replace",
    anchor: string,
    name: string,
    addresses: readonly string[],
  ): boolean {
    return this.#machine.tables.change(operation, anchor, name, addresses);
  }

  /** Puts a packet to pf in one crossing (follows pf_test, OpenBSD 7.8). */
  test(given: KernelPacket, arrival: Arrival): Outcome {
    const packet = copyOf(given);
    const hasArrived = arrival.direction === "in" && arrival.recreated !== true;
    if (hasArrived) packet.receivedOn = arrival.interface;
    if (this.#isSkipped(arrival.interface)) return undecided(packet, "pass");
    const headers = checkHeaders(packet);
    if (headers.drop) return dropped(packet, headers.reason, headers.logged);
    if (packet.fragment !== undefined && headers.isFragment) {
      return this.#fragment(packet, arrival, headers);
    }
    return this.#whole(packet, arrival, headers);
  }

  #fragment(packet: KernelPacket, arrival: Arrival, headers: HeaderCheck): Outcome {
    const { now } = this.#machine;
    const reassembles = this.#options?.reassemble !== false;
    const taken = this.#fragments.take(packet, now, {
      reassemble: reassembles,
      noDf: reassembles && this.#options?.reassembleNoDf === true,
    });
    switch (taken.kind) {
      case "waiting":
        return undecided(packet, "gone");
      case "drop":
        return dropped(packet, taken.reason, true);
      case "fragment":
        return this.#rules(packet, arrival, headers, { reason: 2, onlyDropped: true });
      case "whole": {
        const again = checkHeaders(taken.packet);
        if (again.drop) return dropped(taken.packet, again.reason, again.logged);
        return this.#whole(taken.packet, arrival, again);
      }
    }
  }

  #whole(packet: KernelPacket, arrival: Arrival, headers: HeaderCheck): Outcome {
    const isTcp = packet.protocol === TCP;
    const domain = this.#machine.routes.domainOf(packet.rtable);
    if (isTcp && this.#isFlooded(packet, arrival)) {
      const generated = [this.#flood.keys.answer(packet, domain)];
      return { ...emptyOutcome(packet), verdict: "drop", generated };
    }
    if (isTcp && !sanitizeTcp(packet)) return dropped(packet, 0, false);
    const tested = this.#tested(packet, arrival, headers);
    const rules = (reason: number): Outcome => this.#rules(packet, arrival, headers, { reason });
    if (isTcp && arrival.direction === "in" && isBareAck(packet)) {
      const answered = this.#cookie(tested, arrival, rules);
      if (answered !== undefined) return answered;
    }
    const followed = followState(this.#machine, tested);
    if (followed.kind === "rules") return rules(followed.reason);
    return this.#deliver(tested, followed, arrival);
  }

  #isFlooded(packet: KernelPacket, { direction, recreated }: Arrival): boolean {
    const comesIn = direction === "in" && recreated !== true;
    return comesIn && isPureSyn(packet) && this.#flood.isOn();
  }

  /**
   * A bare ACK that has no state, or a finished one, and carries a cookie: the SYN it stands for is
   * put to the rules, and then the ACK to the state that it made; if the rules drop the SYN, the ACK
   * goes to them as well. Undefined: it carries none.
   */
  #cookie(
    tested: Tested,
    arrival: Arrival,
    rules: (reason: number) => Outcome,
  ): Outcome | undefined {
    if (this.#flood.keys.inFlight === 0) return undefined;
    const { packet, domain } = tested;
    const old = findState(this.#machine, tested);
    if (old !== undefined && !isFinished(old)) return undefined;
    const syn = this.#flood.keys.recognise(packet, domain);
    if (syn === undefined) return undefined;
    const made = this.test(syn, { ...arrival, recreated: true });
    if (made.verdict === "drop") {
      if (old !== undefined) return { ...made, packet };
      const second = rules(0);
      const { verdict, reason } = second;
      const generated = [...made.generated, ...second.generated];
      return { ...made, packet: second.packet, verdict, reason, generated, second };
    }
    const state = findState(this.#machine, tested);
    if (state === undefined) return { ...made, packet, verdict: "drop" };
    adoptCookie(state, packet);
    const followed = followState(this.#machine, tested);
    if (followed.kind === "rules") return { ...made, packet, verdict: "drop" };
    const second = this.#deliver(tested, followed, arrival);
    const generated = [...made.generated, ...second.generated];
    const { verdict } = second;
    return { ...made, packet, verdict, generated, second: { ...second, verdict: "pass" } };
  }

  #rules(
    packet: KernelPacket,
    arrival: Arrival,
    headers: HeaderCheck,
    pending: { readonly reason: number; readonly onlyDropped?: boolean },
  ): Outcome {
    const tested = this.#tested(packet, arrival, headers);
    this.watch?.(tested);
    const decision = decide(
      this.#machine,
      this.#context(),
      tested,
      pending.reason,
      arrival.explain,
    );
    const decided = { kind: "rules", decision } as const;
    const outcome = deliver(this.#machine, tested, decided, this.#retest(arrival));
    if (pending.onlyDropped === true && outcome.verdict !== "drop") outcome.reason = 0;
    return outcome;
  }

  #deliver(
    tested: Tested,
    followed: Exclude<Followed, { kind: "rules" }>,
    arrival: Arrival,
  ): Outcome {
    return deliver(this.#machine, tested, followed, this.#retest(arrival));
  }

  #retest({ explainSecond: explain }: Arrival): Retest {
    return (packet, how) => this.test(packet, explain === undefined ? how : { ...how, explain });
  }

  #tested(
    packet: KernelPacket,
    { direction, interface: on, forwarded }: Arrival,
    headers: HeaderCheck,
  ): Tested {
    const { isError, isReply } = stateKeyPorts(packet);
    return {
      direction,
      interface: on,
      forwarded,
      packet,
      isFragment: headers.isFragment,
      tos: headers.tos,
      ttl: packet.ttl,
      hasOptions: headers.hasOptions,
      domain: this.#machine.routes.domainOf(packet.rtable),
      ends: stateKeyEnds(packet),
      isError,
      isReply,
    };
  }

  #context(): TestContext {
    const { surroundings, routes, tables, random, now } = this.#machine;
    return {
      surroundings,
      routes,
      tables,
      random,
      now,
      looksLike: (it, os) => looksLike(it.packet, os),
    };
  }

  #isSkipped(name: string): boolean {
    const known = this.#skipped.get(name);
    if (known !== undefined) return known;
    const it = this.#machine.surroundings.interfaces.find((one) => one.name === name);
    const found = (this.#options?.skip ?? []).some((skipped) => {
      return skipped === name || (it !== undefined && isNamed(it, skipped));
    });
    this.#skipped.set(name, found);
    return found;
  }
}

function isBareAck({ tcp }: KernelPacket): boolean {
  return ((tcp?.flags ?? 0) & (SYN | ACK | RST)) === ACK;
}

/** Both ends of a connection are through with it. */
function isFinished({ source, destination }: State): boolean {
  return Math.min(source.level, destination.level) >= FIN_WAIT_2;
}
