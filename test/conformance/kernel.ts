import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  type Crossing,
  type Filter,
  filterOf,
  type Outcome,
  testPacket,
} from "../../engine/rules/evaluate.ts";
import { StateTable } from "../../engine/rules/state-table.ts";
import { parsePrefix } from "../../model/address-text.ts";
import type { Environment } from "../../model/environment.ts";
import type { Route } from "../../model/host.ts";
import { type Packet, TCP } from "../../model/packet.ts";
import { environmentOf } from "../support/environment.ts";
import { hostOf } from "../support/network.ts";
import { differences } from "./kernel-expectation.ts";
import { type Expectation, type KernelRecord, type KernelStep, packetOf } from "./kernel-record.ts";
import { changeTable, flushAnchor, type Loaded, load, loadAnchor } from "./kernel-ruleset.ts";
import { sampled } from "./sampled.ts";
import { Tally } from "./tally.ts";

export interface KernelConformance {
  /** Packets whose every compared field agrees, and packets with some that do not. */
  readonly passed: number;
  readonly failed: number;
  /** Packets that need what is not modelled. */
  readonly skipped: number;
  /** Of the skipped ones, how many for which reason. */
  readonly reasons: ReadonlyMap<string, number>;
  /** One line per packet that disagrees. */
  readonly disagreements: readonly string[];
}

/** Sets whose state table is emptied before every packet that is no forwarded leg. */
const EMPTIED = ["stateless-filter", "anchors-tables-tags"];

/**
 * Holds single pf tests against verdicts recorded from OpenBSD's own pf.
 *
 * @param data - directory of the recorded sets
 * @param options.sample - records drawn per set, with `seed`; all without it
 */
export function conformKernel(
  data: string,
  options: {
    readonly sample?: number;
    readonly seed?: number;
    readonly files?: readonly string[];
  } = {},
): KernelConformance {
  const tally = new Tally();
  for (const file of options.files ?? [...EMPTIED, "stateful"]) {
    const text = gunzipSync(readFileSync(join(data, `${file}.jsonl.gz`))).toString();
    const lines = text.split("\n").filter((line) => line !== "");
    for (const line of sampled(lines, options.sample, options.seed ?? 1)) {
      new Replay(JSON.parse(line) as KernelRecord, EMPTIED.includes(file), tally).run();
    }
  }
  return tally;
}

/** What is needed of a packet that was put to pf by the steps that follow it. */
interface Put {
  readonly crossing: Crossing;
  readonly outcome: Outcome;
}

class Replay {
  readonly #record: KernelRecord;
  readonly #emptied: boolean;
  readonly #tally: Tally;
  readonly #environment: Environment;
  readonly #states = new StateTable();
  readonly #puts = new Map<number, Put>();
  #loaded: Loaded | undefined;
  #filter: Filter | undefined;

  constructor(record: KernelRecord, emptied: boolean, tally: Tally) {
    this.#record = record;
    this.#emptied = emptied;
    this.#tally = tally;
    this.#environment = environmentOf(record.env);
    this.#loaded = load(record, this.#environment);
    this.#layOut();
  }

  run(): void {
    const { conf, pk } = this.#record;
    if (/limit states|max-src|max-pkt|\bmax \d|syncookies/.test(conf)) {
      this.#tally.skip("limits", packetsIn(pk));
      return;
    }
    for (const [index, step] of pk.entries()) {
      const why = this.#step(index, step);
      if (why === undefined) continue;
      this.#tally.skip(why, packetsIn(pk.slice(index)));
      return;
    }
  }

  #layOut(): void {
    if (this.#loaded === undefined) return;
    const { env } = this.#record;
    const host = hostOf("fw", this.#environment.interfaces, [], this.#loaded.ruleset);
    this.#filter = filterOf({ ...host, routes: env.routes.flatMap(routeOf) });
  }

  /** Plays one step; a reason ends the replay of the record. */
  #step(index: number, step: KernelStep): string | undefined {
    if (this.#filter === undefined) return "pf.conf that is not read";
    const expected = this.#record.ex[index];
    if (step.op !== undefined) return this.#operate(step);
    if (expected === undefined || expected === null) return undefined;
    const crossing = this.#crossing(index, step);
    if (crossing === undefined) {
      if (expected.v === "none") this.#tally.count(`${this.#record.id}/${index}`, []);
      else this.#skip("leg of a skipped packet");
      return undefined;
    }
    if (this.#emptied && step.f === undefined) this.#states.flush();
    let open = false;
    const outcome = testPacket(this.#filter, crossing, this.#states, (rule, failed) => {
      const doubtful = rule.uncertain.length > 0 || this.#states.hasExpired(rule) === "maybe";
      open ||= failed === undefined && doubtful;
    });
    this.#puts.set(index, { crossing, outcome });
    const reason = unmodelled(this.#filter, step, crossing, expected, outcome);
    if (reason !== undefined) {
      this.#puts.delete(index);
      if (!this.#emptied && reason.ends) return reason.words;
      this.#skip(reason.words);
      return undefined;
    }
    const wrong = differences(expected, crossing, outcome, {
      isLeg: step.f !== undefined,
      isOpen: open,
    });
    this.#tally.count(`${this.#record.id}/${index}`, wrong);
    return wrong.length > 0 && !this.#emptied ? "after a disagreement" : undefined;
  }

  /** What pf made of a skipped packet is not known: it may have used up any `once` rule. */
  #skip(reason: string): void {
    this.#tally.skip(reason);
    const rules = [...(this.#loaded?.ruleset.anchors.values() ?? [])].flat();
    for (const rule of rules) if (rule.once) this.#states.expire(rule, "maybe");
  }

  #operate(step: KernelStep): string | undefined {
    const loaded = this.#loaded;
    if (loaded === undefined || (step.rc ?? 0) !== 0) return undefined;
    if (step.op === "adv") return "time";
    if (step.op === "kill" && step.ar?.join(" ") !== "-F states") return "states that pfctl kills";
    if (step.op === "flush" || step.op === "kill") this.#states.flush();
    else if (step.op === "aload") {
      this.#loaded = loadAnchor(loaded, step.a ?? "", step.t ?? "", this.#environment);
    } else if (step.op === "aflush") this.#loaded = flushAnchor(loaded, step.a ?? "");
    else this.#loaded = changeTable(loaded, step);
    if (this.#loaded === undefined) this.#filter = undefined;
    this.#layOut();
    return undefined;
  }

  #crossing(index: number, step: KernelStep): Crossing | undefined {
    if (step.f !== undefined) return this.#leg(index, step.f);
    const answered = step.re === undefined ? undefined : this.#drawn(step.re);
    const interfaceName = step.i ?? "";
    const rtable = step.rt ?? this.#rdomainOf(interfaceName);
    return {
      direction: step.d === "in" ? "in" : "out",
      interface: interfaceName,
      packet: packetOf(step, answered),
      rtable,
      rdomain: this.#domainOf(rtable),
      emission: index,
      ...(step.rcv === undefined ? {} : { receivedOn: step.rcv }),
      ...(step.tag === undefined ? {} : { tag: step.tag }),
    };
  }

  /** The packet that the step before let in goes on out of another interface. */
  #leg(index: number, interfaceName: string): Crossing | undefined {
    const before = this.#puts.get(index - 1);
    if (before === undefined || before.outcome.verdict !== "pass") return undefined;
    const { packet, tag, rtable } = before.outcome;
    return {
      direction: "out",
      interface: interfaceName,
      receivedOn: before.crossing.interface,
      packet: { ...packet, ttl: packet.ttl - 1 },
      rtable,
      rdomain: this.#domainOf(rtable),
      emission: index,
      ...(tag === undefined ? {} : { tag }),
    };
  }

  /** The packet that left the answered step, if pf drew a port or identifier for it. */
  #drawn(entry: number): Packet | undefined {
    const changes = this.#record.ex[entry]?.c;
    const drew = changes?.sp === "*" || changes?.id === "*";
    return drew ? this.#puts.get(entry)?.outcome.packet : undefined;
  }

  #rdomainOf(name: string): number {
    return this.#environment.interfaces.find((it) => it.name === name)?.rdomain ?? 0;
  }

  #domainOf(rtable: number): number {
    const named = this.#record.env.rtables.find(([id]) => id === rtable);
    return named?.[1] ?? rtable;
  }
}

/** Why a packet cannot be compared; `ends`: what follows cannot be either. */
interface Unmodelled {
  readonly words: string;
  readonly ends: boolean;
}

function unmodelled(
  filter: Filter,
  step: KernelStep,
  { packet }: Crossing,
  expected: Expectation,
  { verdict, hit, reason }: Outcome,
): Unmodelled | undefined {
  if (step.off !== undefined) return { words: "fragments that may complete", ends: true };
  if (step.rthdr === 1) return { words: "routing header of type 0", ends: false };
  if (verdict === "unknown") return { words: `unknown: ${reason?.split(";")[0]}`, ends: true };
  if (packet.fragment !== "no") {
    if (step.df === 1 && !filter.host.ruleset.reassemble) return { words: "DF", ends: false };
    if (expected.v !== "pass" && verdict === "block" && filter.host.ruleset.reassemble) {
      return undefined;
    }
  } else if (expected.v === "gone" || expected.rt !== undefined) {
    return { words: "routing options", ends: true };
  }
  const tracked = (hit?.wire.protocol ?? 0) === TCP;
  if (
    tracked &&
    (expected.why === 10 || expected.st !== "hit" || expected.v !== verdictWord(verdict))
  ) {
    return { words: "TCP connection tracking", ends: expected.st !== "hit" };
  }
  return undefined;
}

function verdictWord(verdict: Outcome["verdict"]): Expectation["v"] {
  return verdict === "pass" ? "pass" : "drop";
}

function packetsIn(steps: readonly KernelStep[]): number {
  return steps.filter((step) => step.op === undefined).length;
}

function routeOf([rtable, text, interfaceName]: readonly [
  number,
  string,
  string,
  string | null,
]): readonly Route[] {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return [];
  return [{ rtable, prefix, interface: interfaceName, local: false }];
}
