import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Criterion } from "../../../engine/kernel/criteria.ts";
import type { Outcome } from "../../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../../engine/kernel/packet.ts";
import { ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import { rdomainOf } from "../../conformance/kernel-surroundings.ts";
import {
  aimedAt,
  type DrawnRule,
  type DrawnRuleset,
  drawnAim,
  drawnRuleset,
} from "../../support/kernel-drawn.ts";
import type { Shot } from "../../support/kernel-drawn-tests.ts";
import { KernelHost, nameOf, replyTo, TENANTS, told } from "../../support/kernel-host.ts";

const RULESETS = 500;
const AIMS = 12;
const RUNS = { numRuns: RULESETS, seed: 20_261_124 };

const aims = fc.array(drawnAim(), { minLength: AIMS, maxLength: AIMS });

function put(host: KernelHost, shot: Shot): Outcome {
  return host.kernel.test(shot.packet, {
    direction: shot.direction,
    interface: shot.interface,
    forwarded: shot.direction === "out" && shot.packet.receivedOn !== "",
  });
}

/** The answer to what left pf, on the way back over the same interface. */
function replyShot({ direction, interface: on }: Shot, { packet }: Outcome): Shot {
  const back = direction === "in" ? "out" : "in";
  return { direction: back, interface: on, packet: { ...replyTo(packet), receivedOn: "" } };
}

function isOpened({ verdict, state }: Outcome): boolean {
  return verdict === "pass" && state === "new";
}

describe("what is drawn", () => {
  it("is decided by many rules", () => {
    const rulesets = fc.sample(drawnRuleset({ actions: ["translate", "tag", "quick"] }), {
      ...RUNS,
      numRuns: 50,
    });
    let [narrow, rules, asked, decided] = [0, 0, 0, 0];
    for (const ruleset of rulesets) {
      const host = new KernelHost(ruleset.text);
      const outcomes = fc.sample(drawnAim(), { numRuns: 40, seed: 1 }).map((aim) => {
        host.kernel.forgetStates();
        return told(put(host, aimedAt(ruleset, aim)));
      });
      const deciders = new Set(outcomes.map((it) => it.split(" ")[1]));
      asked += outcomes.length;
      narrow += outcomes.filter((it) => !/^\w+ [-0]($| )/.test(it)).length;
      rules += ruleset.rules.size;
      decided += deciders.size;
    }
    expect(narrow / asked).toBeGreaterThan(0.5);
    expect(decided / rules).toBeGreaterThan(0.6);
  });
});

describe("the reply of a packet that opened a state", () => {
  const TIMEOUTS = "set timeout { udp.first 5, udp.single 4, tcp.opening 6 }";
  const rulesets = drawnRuleset({
    actions: ["translate", "translate", "tag", "rtable"],
    settings: [TIMEOUTS, "set state-policy if-bound"],
  });

  it("passes and comes back to where it was sent from, until the state's timeout", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(rulesets, aims, (ruleset, drawn) => {
        const host = new KernelHost(ruleset.text);
        for (const aim of drawn) expectReplies(host, ruleset, aimedAt(ruleset, aim), seen);
      }),
      RUNS,
    );
    // both families, both directions, with and without translation: the law was asked of all
    const wanted = ["inet", "inet6"].flatMap((family) =>
      ["in", "out"].flatMap((way) =>
        ["as it is", "translated"].map((it) => `${family} ${way} ${it}`),
      ),
    );
    expect([...seen].toSorted()).toEqual(wanted);
  });

  function expectReplies(
    host: KernelHost,
    { text }: DrawnRuleset,
    shot: Shot,
    seen: Set<string>,
  ): void {
    const open = (): Outcome => {
      host.kernel.forgetStates();
      return put(host, shot);
    };
    const opened = open();
    if (!isOpened(opened)) return;
    const { packet } = shot;
    const isChanged =
      packet.source !== opened.packet.source || packet.destination !== opened.packet.destination;
    seen.add(`${packet.family} ${shot.direction} ${isChanged ? "translated" : "as it is"}`);
    const [first, next] = timeoutsOf(text, opened);

    host.kernel.advance(first - 1);
    expectTurned(shot, put(host, replyShot(shot, opened)), opened);
    host.kernel.advance(next - 1);
    const last = put(host, replyShot(shot, opened));
    expect(last.state).toBe("hit");

    const again = open();
    host.kernel.advance(first);
    expect(put(host, replyShot(shot, again)).state).not.toBe("hit");

    const third = open();
    put(host, replyShot(shot, third));
    host.kernel.advance(next);
    expect(put(host, replyShot(shot, third)).state).not.toBe("hit");
  }

  /** The reply as its receiver expects it. */
  function expectTurned({ packet: sent }: Shot, reply: Outcome, opened: Outcome): void {
    expect(told(reply)).toBe(told(opened).replace("new", "hit"));
    const { packet } = reply;
    const ends = ({ source, destination, sourcePort, destinationPort, icmp }: KernelPacket) => [
      source,
      destination,
      sourcePort,
      destinationPort,
      icmp?.id,
    ];
    expect(ends(replyTo(packet))).toEqual(ends(sent));
  }

  /** Seconds without a packet, before and after the reply: of the rule, of the text, of pf. */
  function timeoutsOf(text: string, { rule, packet }: Outcome): readonly [number, number] {
    const own = new Map(rule?.rule.stateOptions.timeouts);
    const isSet = text.includes(TIMEOUTS);
    const of = (name: string, set: number, usual: number): number =>
      own.get(name) ?? (isSet ? set : usual);
    switch (packet.protocol) {
      case UDP:
        return [of("udp.first", 5, 60), of("udp.single", 4, 30)];
      case TCP:
        return [of("tcp.first", 120, 120), of("tcp.opening", 6, 30)];
      case ICMP:
      case ICMP6:
        return [of("icmp.first", 20, 20), 10];
      default:
        return [60, 30];
    }
  }
});

describe("routing domains", () => {
  const rulesets = drawnRuleset({ actions: ["translate", "rtable"] });

  it("no packet passes by a state of another one", () => {
    const hits: ("own" | "entered")[] = [];
    fc.assert(
      fc.property(rulesets, aims, (ruleset, drawn) => {
        const host = new KernelHost(ruleset.text);
        for (const aim of drawn) hits.push(...hitsOf(host, aimedAt(ruleset, aim)));
      }),
      RUNS,
    );
    expect(hits.filter((it) => it === "own").length).toBeGreaterThan(10 * RULESETS);
    expect(hits.filter((it) => it === "entered").length).toBeGreaterThan(RULESETS);
  });

  /**
   * Where a state that the shot opens lets other packets through. `rtable` leads a flow from its own
   * domain into another, where it goes on as it left; there is no third one.
   */
  function hitsOf(host: KernelHost, shot: Shot): readonly ("own" | "entered")[] {
    const own = rdomainOf(TENANTS, shot.interface);
    return PROBES.flatMap((probe) => {
      host.kernel.forgetStates();
      const outcome = put(host, shot);
      if (!isOpened(outcome)) return [];
      const probed = probe(shot, outcome);
      if (put(host, probed).state !== "hit") return [];
      const { rtable } = probed.packet;
      if (rtable === own) return ["own"];
      expect(rtable, `domain ${own}, then ${outcome.packet.rtable}`).toBe(outcome.packet.rtable);
      return ["entered"];
    });
  }

  type Probe = (shot: Shot, opened: Outcome) => Shot;

  /** The packet as it came and as it left, and replies to both, everywhere in both directions. */
  const PROBES: readonly Probe[] = TENANTS.ifs.flatMap(({ n: on, rd: rtable = 0 }) =>
    [false, true].flatMap((left) =>
      [false, true].flatMap((back) =>
        (["in", "out"] as const).map((direction): Probe => {
          return ({ packet: came }, { packet: went }) => {
            const it = left ? went : came;
            const receivedOn = direction === "in" ? on : "";
            const packet = { ...(back ? replyTo(it) : it), rtable, receivedOn };
            return { direction, interface: on, packet };
          };
        }),
      ),
    ),
  );
});

describe("flushing the states", () => {
  const INTERVAL = 10; // of purging, seconds
  const settings = ["set limit states 4", "set state-policy if-bound"];
  const rulesets = drawnRuleset({ actions: ["translate", "tag", "rtable", "quick"], settings });
  /** Steps of a script, most of them about packets that came before. */
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: drawnAim().map((aim) => ({ kind: "shot" as const, aim })) },
      { weight: 3, arbitrary: fc.nat(9).map((back) => ({ kind: "reply" as const, back })) },
      { weight: 2, arbitrary: fc.nat(9).map((back) => ({ kind: "again" as const, back })) },
      { weight: 2, arbitrary: fc.nat(40).map((seconds) => ({ kind: "wait" as const, seconds })) },
    ),
    { minLength: 8, maxLength: 16 },
  );
  type Step = typeof steps extends fc.Arbitrary<readonly (infer It)[]> ? It : never;

  it("and a script from its start gives the same verdicts", () => {
    const states = new Map<string, number>();
    fc.assert(
      fc.property(rulesets, steps, fc.boolean(), (ruleset, script, limited) => {
        const host = new KernelHost(limited ? withLimits(ruleset.text) : ruleset.text);
        const first = play(host, ruleset, script);
        host.kernel.flushStates();
        // killed states count until the next second, and source nodes go every tenth
        host.kernel.advance(INTERVAL - (secondsOf(script) % INTERVAL));
        expect(host.kernel.states.count).toBe(0);
        expect(play(host, ruleset, script)).toEqual(first);
        for (const it of first) {
          const state = /new|hit/.exec(it)?.[0] ?? "none";
          states.set(state, (states.get(state) ?? 0) + 1);
        }
      }),
      RUNS,
    );
    expect(states.get("new")).toBeGreaterThan(RULESETS);
    expect(states.get("hit")).toBeGreaterThan(RULESETS);
  });

  /** Every rule may have but three states, all of one source, which may have two. */
  function withLimits(text: string): string {
    const limits = "max 3, source-track rule, max-src-states 2, max-src-nodes 1";
    // a source that has gone makes room for another one within a script
    const timeouts = "{ udp.first 3, udp.single 3, tcp.first 3, icmp.first 3, src.track 15 }";
    return `set state-defaults ${limits}\nset timeout ${timeouts}\n${text}`;
  }

  function secondsOf(script: readonly Step[]): number {
    return script.reduce((sum, step) => sum + (step.kind === "wait" ? step.seconds : 0), 0);
  }

  function play(
    host: KernelHost,
    ruleset: DrawnRuleset,
    script: readonly Step[],
  ): readonly string[] {
    const puts: { readonly shot: Shot; readonly outcome: Outcome }[] = [];
    const sizes: string[] = [];
    for (const step of script) {
      if (step.kind === "wait") {
        host.kernel.advance(step.seconds);
        continue;
      }
      const earlier =
        step.kind === "shot" ? undefined : puts.at(-1 - (step.back % (puts.length || 1)));
      if (step.kind !== "shot" && earlier === undefined) continue;
      const shot = shotOf(step, ruleset, earlier);
      const outcome = put(host, shot);
      puts.push({ shot, outcome });
      sizes.push(`${host.kernel.states.count}`);
    }
    return puts.map(({ outcome }, index) => `${told(outcome)}, ${sizes[index]} states`);
  }

  function shotOf(
    step: Step,
    ruleset: DrawnRuleset,
    earlier: { readonly shot: Shot; readonly outcome: Outcome } | undefined,
  ): Shot {
    if (step.kind === "shot" || earlier === undefined) {
      return aimedAt(ruleset, step.kind === "shot" ? step.aim : { rule: 0, low: true, missed: 99 });
    }
    return step.kind === "again" ? earlier.shot : replyShot(earlier.shot, earlier.outcome);
  }
});

describe("explain", () => {
  /** Section 10 of pf-semantics.md, as far as rules are drawn. */
  const ORDER: readonly Criterion[] = [
    "on",
    "direction",
    "rdomain",
    "family",
    "proto",
    "from",
    "to",
    "flags",
    "from port",
    "to port",
    "icmp-type",
    "reply",
    "tos",
    "tagged",
    "received-on",
    "prio",
  ];
  /** Nothing that earlier rules do changes what later ones see. */
  const rulesets = drawnRuleset({ actions: [] });

  it("names the first criterion that fails, and changing only that field changes that", () => {
    const named = { failing: new Set<Criterion>(), missed: new Set<Criterion>() };
    fc.assert(
      fc.property(rulesets, aims, fc.boolean(), (ruleset, drawn, low) => {
        const host = new KernelHost(ruleset.text);
        for (const aim of drawn) {
          const shot = aimedAt(ruleset, aim);
          const failed = explained(host, shot);
          for (const [name, rule] of ruleset.rules) {
            const criterion = failed.get(name);
            if (criterion === undefined) expectMisses(host, shot, name, rule, named.missed, low);
            else {
              named.failing.add(criterion);
              expectMet(host, shot, name, rule, criterion, low);
            }
          }
        }
      }),
      RUNS,
    );
    const all = [...ORDER].toSorted();
    expect([...named.failing].toSorted()).toEqual(all);
    expect([...named.missed].toSorted()).toEqual(all);
  });

  /** Once the field is as the rule asks, a later criterion fails or none. */
  function expectMet(
    host: KernelHost,
    shot: Shot,
    name: string,
    { tests, text }: DrawnRule,
    criterion: Criterion,
    low: boolean,
  ): void {
    const met = tests.find((it) => it.criterion === criterion)?.met(shot, low);
    const after = met && explained(host, met).get(name);
    if (met !== undefined && rank(after) > rank(criterion)) return;
    expect.fail(`${name}: ${criterion}, and when that is met ${after}: ${text}`);
  }

  /** A packet that matches, and in one field does not any more: that field it is. */
  function expectMisses(
    host: KernelHost,
    shot: Shot,
    name: string,
    { tests }: DrawnRule,
    named: Set<Criterion>,
    low: boolean,
  ): void {
    for (const { criterion, words, missed } of tests) {
      const beyond = missed(shot, low);
      if (beyond === undefined) continue;
      named.add(criterion);
      const said = explained(host, beyond).get(name);
      // only now: a message for each costs more than the law
      if (said !== criterion) expect(said, `${name}: ${words} is missed`).toBe(criterion);
    }
  }

  function rank(criterion: Criterion | undefined): number {
    return criterion === undefined ? ORDER.length : ORDER.indexOf(criterion);
  }

  /** By rule what failed; undefined: the rule matched. Every rule is told of, once. */
  function explained(host: KernelHost, shot: Shot): ReadonlyMap<string, Criterion | undefined> {
    host.kernel.forgetStates();
    const found = new Map<string, Criterion | undefined>();
    host.kernel.test(shot.packet, {
      direction: shot.direction,
      interface: shot.interface,
      forwarded: false,
      explain: (live, failed) => {
        const name = nameOf(live);
        if (found.has(name)) throw new RangeError(`rule ${name} is told of twice`);
        found.set(name, failed);
      },
    });
    return found;
  }
});
