import type { Host } from "../../model/host.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { PfRule } from "../../model/pf-rule.ts";
import { PACKET_PROBABILITY } from "../kernel/criteria.ts";
import type { Translated } from "../kernel/evaluation.ts";
import type { Arrival, Kernel } from "../kernel/kernel.ts";
import type { LiveRule } from "../kernel/live-rule.ts";
import { emptyOutcome, type Outcome } from "../kernel/outcome.ts";
import type { KernelPacket } from "../kernel/packet.ts";
import type { Maker } from "./delivery.ts";
import { HostPf } from "./host-pf.ts";
import { type Answered, isOutcomeOpen } from "./open-outcome.ts";
import { OpenTests } from "./open-tests.ts";
import type { PfTest } from "./points.ts";
import { isSameEnd } from "./same-packet.ts";

/**
 * How the network's dice fall: rules with `probability` match, or do not; `open`: what they could
 * change is not known.
 */
export type Chance = "yes" | "no" | "open";

/** What stands in for what the files do not say. */
export interface Supposed {
  readonly chance: Chance;
  /** Every line is taken for what it says and no more: no outcome is open. */
  readonly asWritten?: boolean;
}

/** What pf of a host made of a packet. */
export interface Ruling {
  /** As exactly as the files say. */
  readonly outcome: Outcome;
  /** Something that is not in the files could have changed it; no state is left of it. */
  readonly open: boolean;
  /** Who made the state that was hit. */
  readonly creator: Maker | undefined;
  /** The rules alone would not have done the same: without the state the packet had not passed so. */
  readonly needed: boolean;
  /** Of the test in the other direction that `route-to` makes. */
  readonly second: Ruling | undefined;
}

/**
 * The pf of one host, running: a kernel with its states and who made each, and beside it one that
 * never keeps any, to be asked what the rules alone would do.
 *
 * Choices of pf are taken at their first value: the first address of a pool, the lowest port.
 */
export class RunningPf {
  readonly #pf: HostPf;
  readonly #tests: OpenTests;
  readonly #isOn: boolean;
  readonly #chance: Chance;
  /** Some test of some rule may be open. */
  readonly #listens: boolean;
  readonly #remembersMore: boolean;
  readonly #hasOnce: boolean;
  readonly #testsTags: boolean;
  readonly #makers = new Map<number, Maker>();
  #kernel: Kernel | undefined;
  #stateless: Kernel | undefined;
  /** A fragment waits in a queue. */
  #waits = false;
  #drew = false;

  constructor(host: Host, { chance, asWritten = false }: Supposed) {
    this.#pf = new HostPf(host);
    this.#tests = new OpenTests(host, this.#pf, chance === "open");
    this.#isOn = this.#pf.isOn;
    this.#chance = chance;
    const rules = [...this.#running().rulesets.values()].flat();
    this.#listens = !asWritten && rules.some((it) => this.#mayBeOpen(it));
    this.#hasOnce = rules.some(({ rule }) => rule.once);
    this.#testsTags = rules.some(({ rule }) => rule.tagged !== "");
    this.#remembersMore = host.pfConf !== undefined && remembersMore(host.pfConf);
  }

  /** False: pf is off, and everything passes. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Some rule has asked for the network's dice since {@link reset}. */
  get drew(): boolean {
    return this.#drew;
  }

  /** As if it had just been started. */
  reset(): void {
    this.#makers.clear();
    this.#drew = false;
    if (this.#waits || this.#remembersMore) this.#kernel = undefined;
    else this.#kernel?.forgetStates();
    this.#waits = false;
  }

  /**
   * Puts a packet to pf.
   *
   * @param maker - whose the state is that it may make
   */
  test(test: PfTest, packet: KernelPacket, maker: Maker): Ruling {
    if (!this.#isOn) return unasked(packet);
    const kernel = this.#running();
    const ruling = this.#ask(kernel, test, packet);
    this.#keep(kernel, ruling, maker);
    if (ruling.outcome.verdict === "gone" && !ruling.outcome.decided) this.#waits = true;
    return this.#judged(ruling, test, packet);
  }

  #running(): Kernel {
    this.#kernel ??= this.#pf.kernel((below) => this.#draw(below));
    return this.#kernel;
  }

  #draw(below: number): number {
    if (below !== PACKET_PROBABILITY) return 0;
    this.#drew = true;
    return this.#chance === "yes" ? 0 : below - 1;
  }

  #ask(kernel: Kernel, test: Place, packet: KernelPacket): Asked {
    const { direction, interface: on } = test;
    const forwarded = direction === "out" && packet.receivedOn !== "";
    const arrival: Arrival = { direction, interface: on.name, forwarded };
    if (!this.#listens)
      return { outcome: kernel.test(packet, arrival), open: false, second: false };
    const first: Answered[] = [];
    const second: Answered[] = [];
    const outcome = kernel.test(packet, {
      ...arrival,
      explain: this.#noting(first, packet, forwarded),
      explainSecond: this.#noting(second, packet, false),
    });
    return {
      outcome,
      open: this.#isOpen(first, outcome),
      second: outcome.second !== undefined && this.#isOpen(second, outcome.second),
    };
  }

  #noting(
    noted: Answered[],
    packet: KernelPacket,
    withoutSockets: boolean,
  ): NonNullable<Arrival["explain"]> {
    return (live, failed, now, fails) => {
      const taken = failed === undefined;
      const what = this.#pf.openRule(live)?.what;
      if (what === "anything") {
        if (taken) noted.push({ live, taken, sure: "anything" });
        return;
      }
      const open = this.#openFor(live, packet, now, withoutSockets);
      if (open.length === 0) {
        if (taken) noted.push({ live, taken, sure: "yes" });
      } else if (fails(this.#tests.without(live, open)) === undefined) {
        noted.push({ live, taken, sure: "maybe" });
      }
    };
  }

  #openFor(
    live: LiveRule,
    packet: KernelPacket,
    { family, source, destination }: Readonly<Translated>,
    withoutSockets: boolean,
  ): ReturnType<OpenTests["open"]> {
    if (this.#tests.candidates(live).length === 0) return [];
    return this.#tests.open(live, { packet, family, source, destination, withoutSockets });
  }

  #isOpen(noted: readonly Answered[], { rule, packet, state }: Outcome): boolean {
    if (state === "hit") return false;
    if (isOutcomeOpen(noted, rule)) return true;
    return noted.some(({ live, taken, sure }) => {
      const counts = taken && sure === "yes" && (live === rule || live.rule.action === "match");
      return counts && this.#tests.hasOpenPool(live, packet.family);
    });
  }

  #mayBeOpen(live: LiveRule): boolean {
    if (this.#pf.openRule(live) !== undefined) return true;
    if (this.#tests.candidates(live).length > 0) return true;
    return (["inet", "inet6"] as const).some((family) => this.#tests.hasOpenPool(live, family));
  }

  /** Notes who made the new states; those of an open outcome go. */
  #keep(kernel: Kernel, { outcome, open, second }: Asked, maker: Maker): void {
    for (const [made, isOpen] of [
      [outcome, open],
      [outcome.second, second],
    ] as const) {
      if (made?.state !== "new" || made.entry === undefined) continue;
      if (open || isOpen) kernel.states.unlink(made.entry);
      else this.#makers.set(made.entry.index, maker);
    }
  }

  #judged({ outcome, open, second }: Asked, test: Place, packet: KernelPacket): Ruling {
    const { second: again } = outcome;
    const needed = !open && this.#isNeeded(outcome, test, packet);
    const sent = outcome.generated.findLast((it) => it.kind === "routed")?.interface;
    const creator = this.#creatorOf(outcome);
    if (again === undefined) return { outcome, open, creator, needed, second: undefined };
    return {
      outcome,
      open,
      creator,
      needed,
      second: {
        outcome: again,
        open: second,
        creator: this.#creatorOf(again),
        needed: !second && sent !== undefined && this.#isSecondNeeded(outcome, again, sent),
        second: undefined,
      },
    };
  }

  #creatorOf({ state, entry }: Outcome): Maker | undefined {
    return state === "hit" && entry !== undefined ? this.#makers.get(entry.index) : undefined;
  }

  #isSecondNeeded({ packet }: Outcome, second: Outcome, on: string): boolean {
    const routed = { ...packet, ttl: packet.ttl - 1 };
    return this.#isNeeded(second, { direction: "out", interface: { name: on } }, routed);
  }

  #isNeeded(outcome: Outcome, test: Place, packet: KernelPacket): boolean {
    if (outcome.state !== "hit" || outcome.verdict === "drop") return false;
    const alone = this.#ask(this.#fresh(), test, packet);
    return alone.open || !isSameEnd(outcome, alone.outcome, this.#testsTags);
  }

  /** A kernel with these rules that has seen no packet. */
  #fresh(): Kernel {
    this.#stateless ??= this.#pf.kernel((below) => this.#draw(below));
    this.#stateless.forgetStates();
    if (this.#hasOnce) {
      for (const it of [...this.#stateless.rulesets.values()].flat()) it.expired = false;
    }
    return this.#stateless;
  }
}

/** As much of a {@link PfTest} as pf is told. */
interface Place {
  readonly direction: "in" | "out";
  readonly interface: { readonly name: string };
}

interface Asked {
  readonly outcome: Outcome;
  readonly open: boolean;
  /** Whether the second test is open. */
  readonly second: boolean;
}

function unasked(packet: KernelPacket): Ruling {
  const outcome = { ...emptyOutcome(packet), decided: false };
  return { outcome, open: false, creator: undefined, needed: false, second: undefined };
}

/** Whether pf with these rules remembers more of packets than states and source nodes. */
function remembersMore({ main, loaded, options }: PfConf): boolean {
  if (options.syncookies.mode !== "never") return true;
  return [main, ...loaded].some(({ rulesets }) => {
    return [...rulesets.values()].some(({ rules }) => rules.some(isRemembered));
  });
}

function isRemembered({ once, packetRate, stateOptions, nat, rdr, route, state }: PfRule): boolean {
  const pools = [nat, rdr, route];
  return (
    once ||
    packetRate !== undefined ||
    stateOptions.overload !== "" ||
    state === "modulate" ||
    pools.some((it) => it !== undefined && it.type !== "")
  );
}
