import { planOf } from "../../engine/claims/plan.ts";
import type { Walk } from "../../engine/path/delivery.ts";
import { Walker } from "../../engine/path/walk.ts";
import type { Emission, Step } from "../../model/answer.ts";
import { ICMP, ICMP6, type Packet } from "../../model/packet.ts";
import { type ClaimRecord, claimNetwork, claimRecords } from "./claims.ts";
import type { Expectation } from "./kernel-differences.ts";
import { type KernelStep, packetOf } from "./kernel-packets.ts";
import { sampled } from "./sampled.ts";

/** A recorded way from one zone into another. */
interface Script {
  readonly pk: readonly KernelStep[];
  readonly ex: readonly Expectation[];
  /** Emitting and receiving zone of each packet; null: not delivered. */
  readonly from: readonly string[];
  readonly to: readonly (string | null)[];
  /** Zone whose packet made the state that the last packet hit. */
  readonly creator?: string;
}

type Test = Step & { readonly kind: "test" };

/** Every script that a record has, told apart by pair and class. */
export function scriptsOf(record: ClaimRecord): readonly (readonly [string, Script])[] {
  const found = [record.truth.spoof, record.longer ?? {}].flatMap((pairs) =>
    Object.entries(pairs).flatMap(([pair, classes]) =>
      Object.entries(classes).map(([kind, script]) => [`${pair} ${kind}`, script] as const),
    ),
  );
  return found.flatMap(([name, script]) => (isScript(script) ? [[name, script] as const] : []));
}

function isScript(value: unknown): value is Script {
  return typeof value === "object" && value !== null && "pk" in value;
}

/**
 * Plays the recorded scripts of a network through the walk, and holds every pf test of them against
 * what pf did: where, verdict, rule, state; and where the packets arrive and whose state they used
 * last. One line per script that went otherwise; undefined: as recorded.
 */
export function replayScripts(record: ClaimRecord): readonly (string | undefined)[] {
  const plan = planOf(claimNetwork(record, "spoof", "none"));
  const walker = new Walker(plan.network, plan.wiring, plan.zones, { chance: "yes" });
  const nameOf = (zone: number): string | undefined => plan.zones[zone]?.name;
  return scriptsOf(record).map(([name, script]) => {
    walker.reset();
    const wrong = new Replay(script, walker, nameOf).run();
    return wrong === undefined ? undefined : `${record.id} ${name}: ${wrong}`;
  });
}

/**
 * Scripts whose pf tests all agree and that end elsewhere, by record, pair and class, with the reason.
 */
const EXPLAINED: ReadonlyMap<string, string> = new Map([
  [
    "cl105 z0>z1 punched",
    // its own state takes it back to its first routing domain, where its route leads to em0
    "a packet whose domain changes on its way out is routed again, which the recorder left out",
  ],
]);

/** Plays the scripts of all records; `explained` are the differences that are known and why. */
export function conformClaimScripts(
  data: string,
  options: { readonly only?: string; readonly sample?: number; readonly seed?: number } = {},
): {
  readonly passed: number;
  readonly failed: number;
  readonly disagreements: readonly string[];
  readonly explained: readonly string[];
} {
  let passed = 0;
  const disagreements: string[] = [];
  const explained: string[] = [];
  for (const record of sampled(claimRecords(data), options.sample, options.seed ?? 1)) {
    if (options.only !== undefined && record.id !== options.only) continue;
    for (const wrong of replayScripts(record)) {
      const why = wrong === undefined ? undefined : EXPLAINED.get(wrong.split(":")[0] ?? "");
      if (wrong === undefined) passed++;
      else if (why === undefined) disagreements.push(wrong);
      else explained.push(`${wrong}: ${why}`);
    }
  }
  return { passed, failed: disagreements.length, disagreements, explained };
}

class Replay {
  readonly #script: Script;
  readonly #walker: Walker;
  readonly #nameOf: (zone: number) => string | undefined;
  /** The test of each entry of the script. */
  readonly #tests: (Test | undefined)[] = [];

  constructor(script: Script, walker: Walker, nameOf: (zone: number) => string | undefined) {
    this.#script = script;
    this.#walker = walker;
    this.#nameOf = nameOf;
  }

  run(): string | undefined {
    const { pk, from, to } = this.#script;
    const starts = pk.flatMap(({ f }, at) => (f === undefined ? [at] : []));
    for (const [index, at] of starts.entries()) {
      const step = pk[at];
      const zone = from[index];
      if (step === undefined || zone === undefined) return "a packet without a zone";
      const walk = this.#walker.walk(this.#emission(step, zone));
      const wrong = this.#compare(walk, at, starts[index + 1] ?? pk.length);
      if (wrong !== undefined) return `packet ${index + 1}: ${wrong}`;
      const arrived = walk.deliveries
        .map((it) => this.#nameOf(it.zone))
        .filter((it) => it !== zone);
      const expected = to[index] ?? undefined;
      // a packet that comes back to the wire it was sent on arrives in its own zone
      const wanted = expected === undefined || expected === zone ? [] : [expected];
      if (arrived.join() !== wanted.join())
        return `packet ${index + 1} at ${arrived}, not ${wanted}`;
      if (index === starts.length - 1) return this.#maker(walk, expected);
    }
    return undefined;
  }

  #emission(step: KernelStep, from: string): Emission {
    const packet = plainOf(step, this.#drawn(step.re));
    const at = { host: "fw", interface: step.i ?? "" };
    return { from, at, local: false, packet };
  }

  /** The identifier that the own run gave the packet that is answered. */
  #drawn(entry: number | undefined): number | undefined {
    const test = entry === undefined ? undefined : this.#tests[entry];
    return test && (test.becomes ?? test.packet).icmpId;
  }

  #compare({ trace }: Walk, first: number, end: number): string | undefined {
    const { pk, ex } = this.#script;
    const tests = trace.steps.filter((it) => it.kind === "test");
    const entries = [...pk.keys()].slice(first, end).filter((at) => ex[at]?.v !== "none");
    for (const [number, at] of entries.entries()) {
      const test = tests[number];
      this.#tests[at] = test;
      const expected = told(ex[at], pk[at]);
      const here = test === undefined ? "no test" : toldOf(test);
      if (here !== expected) return `${expected} recorded, here ${here}`;
    }
    return tests.length > entries.length ? `${tests.length} tests` : undefined;
  }

  /** Whose state the last packet used last, of those that it needed. */
  #maker({ deliveries }: Walk, to: string | undefined): string | undefined {
    const { creator, from } = this.#script;
    const last = deliveries.find((it) => this.#nameOf(it.zone) === to)?.creators.at(-1);
    // a state without which the packet had passed as well is no creator here
    if (creator === undefined || last === undefined) return undefined;
    const here = from[last.emission];
    return here === creator ? undefined : `state of ${creator}, here of ${here}`;
  }
}

function told(expected: Expectation | undefined, step: KernelStep | undefined): string {
  const { v, r, a, st } = expected ?? {};
  const rule = v === "drop" && st === "hit" ? "" : ` ${a ?? ""}@${r ?? -1}`;
  const place = step?.f === undefined ? `${step?.d} ${step?.i}` : `out ${step.f}`;
  return `${place} ${v}${rule}${st === undefined || st === "-" ? "" : ` ${st}`}`;
}

function toldOf({ direction, interface: on, verdict, by, rule, made }: Test): string {
  const v = verdict === "block" ? "drop" : verdict;
  const st = by === "state" ? " hit" : made ? " new" : "";
  const name = v === "drop" && by === "state" ? "" : ` ${rule?.anchor ?? ""}@${rule?.number ?? -1}`;
  return `${direction} ${on} ${v}${name}${st}`;
}

function plainOf(step: KernelStep, icmpId: number | undefined): Packet {
  const it = packetOf(step, 0);
  const isIcmp = it.protocol === ICMP || it.protocol === ICMP6;
  return {
    family: it.family,
    protocol: it.protocol,
    source: it.source,
    destination: it.destination,
    sourcePort: it.sourcePort,
    destinationPort: it.destinationPort,
    flags: it.tcp?.flags ?? 0,
    icmpType: it.icmp?.type ?? 0,
    icmpCode: it.icmp?.code ?? 0,
    icmpId: isIcmp ? (icmpId ?? it.icmp?.id ?? 0) : 0,
    tos: it.tos,
    ttl: it.ttl,
    fragment: "no",
    options: false,
  };
}
