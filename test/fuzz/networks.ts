import { stdout } from "node:process";
import fc from "fast-check";
import { judge } from "../../engine/claims/judge.ts";
import { findViolation } from "../../engine/claims/violations.ts";
import type { Script } from "../../model/answer.ts";
import {
  type DrawnSite,
  drawnSite,
  networkOfSite,
  siteText,
} from "../../scenarios/arbitraries/network.ts";
import { scriptNear } from "../../scenarios/arbitraries/script.ts";
import { FollowUps } from "../engine/claims/follow-ups.ts";
import { SinglePackets } from "../engine/claims/single-packets.ts";
import { inWords, WalksInside } from "../engine/claims/walks-inside.ts";
import { Progress } from "./progress.ts";
import { Random } from "./random.ts";
import { shrunkRuleset } from "./ruleset-shrink.ts";

/** What `fuzz networks` is to do. */
export interface NetworksOptions {
  /** Pairs of a script and a place that it may reach. */
  readonly pairs: number;
  readonly seed: number;
  /** Number of the first network. */
  readonly first: number;
}

/** What came of some networks. */
export interface NetworksCounts {
  networks: number;
  /** Closures that grew beyond {@link MOST_INCREMENTS} and were given up. */
  givenUp: number;
  scripts: number;
  pairs: number;
  /** Packets that arrived in a zone which did not send them. */
  arrived: number;
  /** Of those, packets that needed a state. */
  byState: number;
  /** Packets that the closure delivers without a state, by what the simulator makes of them. */
  readonly singles: Record<"as said" | "otherwise" | "refused" | "not", number>;
  readonly verdicts: Record<"proved" | "violated" | "undecided", number>;
}

/** Scripts that are drawn for a network; each is followed up twice by what its packets leave. */
const SCRIPTS = 150;
const FOLLOW_UPS = 2;
const SINGLES = 60;
const MOST_INCREMENTS = 8000;
const MOST_FAILURES = 10;

/** Draws networks by number and holds walks and closure against each other: the same seed, the same. */
export class NetworksFuzz {
  readonly counts: NetworksCounts = {
    ...{ networks: 0, givenUp: 0, scripts: 0, pairs: 0, arrived: 0, byState: 0 },
    singles: { "as said": 0, otherwise: 0, refused: 0, not: 0 },
    verdicts: { proved: 0, violated: 0, undecided: 0 },
  };
  readonly #seed: number;
  readonly #verdicts: boolean;

  /** @param verdicts - pairs of zones are judged too, which takes longer */
  constructor(seed: number, { verdicts = true }: { readonly verdicts?: boolean } = {}) {
    this.#seed = seed;
    this.#verdicts = verdicts;
  }

  /** Draws network `number`; the first thing that is wrong, in words. */
  run(number: number): string | undefined {
    const random = new Random(this.#seed, number);
    const site = drawn(drawnSite(), random);
    this.counts.networks++;
    const inside = closed(site);
    if (inside === undefined) {
      this.counts.givenUp++;
      return undefined;
    }
    const told = `seed ${this.#seed}, --first ${number}`;
    const script = this.#scripts(inside, random);
    if (script !== undefined) return `${told}: ${outsideText(site, script)}`;
    const single = this.#singles(inside, random);
    if (single !== undefined) return `${told}: ${single}\n${siteText(site)}`;
    if (this.#verdicts) this.#judge(inside);
    return undefined;
  }

  /** A script with a delivery that the closure does not have. */
  #scripts(inside: WalksInside, random: Random): Script | undefined {
    const followUps = new FollowUps(inside.plan);
    const { counts } = this;
    const seed = random.below(1 << 30);
    for (const whole of fc.sample(scriptNear(inside.plan), { numRuns: SCRIPTS, seed })) {
      let script: Script | undefined = whole;
      for (let more = 0; more <= FOLLOW_UPS && script !== undefined; more++) {
        const held = inside.heldAgainst(script);
        counts.scripts++;
        counts.pairs += inside.plan.zones.length;
        counts.arrived += held.arrived;
        counts.byState += held.byState;
        if (held.outside.length > 0) return script;
        script = followUps.after(script, held.walks, random);
      }
    }
    return undefined;
  }

  /** A packet that the closure delivers by itself, and that does not arrive. */
  #singles({ closure, witnesses, plan }: WalksInside, random: Random): string | undefined {
    const packets = new SinglePackets(closure, witnesses);
    for (let drawing = 0; drawing < SINGLES; drawing++) {
      const single = packets.drawn(random);
      if (single === undefined) continue;
      this.counts.singles[single.outcome]++;
      const { packet, zone, script, outcome } = single;
      if (outcome !== "not") continue;
      const at = plan.zones[zone]?.name;
      return `does not arrive at ${at}: ${inWords(packet)} by ${inWords(script)}`;
    }
    return undefined;
  }

  /** As `check` does, where everything is known: how many suspects no script confirms. */
  #judge({ closure, witnesses, plan }: WalksInside): void {
    if (plan.brackets.length > 0) return;
    for (const { index: from } of plan.zones) {
      for (const { index: to } of plan.zones) {
        if (from === to) continue;
        const { suspects } = judge(closure, from, to);
        const isProved = suspects.length === 0 && closure.limits.size === 0;
        const found = isProved || findViolation(closure, suspects, witnesses, from, to);
        this.counts.verdicts[isProved ? "proved" : found ? "violated" : "undecided"]++;
      }
    }
  }
}

function drawn<T>(arbitrary: fc.Arbitrary<T>, random: Random): T {
  const [one] = fc.sample(arbitrary, { numRuns: 1, seed: random.below(1 << 30) });
  return one as T;
}

/** The closure of what the files say, every bracket closed; nothing: it is too large. */
function closed(site: DrawnSite): WalksInside | undefined {
  let increments = 0;
  const poll = (): void => {
    if (++increments > MOST_INCREMENTS) throw new TooLarge();
  };
  try {
    return new WalksInside(networkOfSite(site), { asWritten: true, poll });
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

class TooLarge extends Error {}

/** The failure with the fewest emissions and rules that show it. */
function outsideText(site: DrawnSite, script: Script): string {
  let [left, files] = [script, site];
  const fails = (emissions: Script, of: DrawnSite): boolean => {
    try {
      return (closed(of)?.outside(emissions).length ?? 0) > 0;
    } catch {
      return false;
    }
  };
  for (let at = 0; at < left.length; ) {
    const shorter = left.toSpliced(at, 1);
    if (fails(shorter, files)) left = shorter;
    else at++;
  }
  for (const [path, text] of site) {
    if (!path.endsWith("pf.conf")) continue;
    const rules = shrunkRuleset(text, (it) => fails(left, new Map([...files, [path, it]])));
    files = new Map([...files, [path, rules]]);
  }
  const [outside = ""] = closed(files)?.outside(left) ?? [];
  return `outside of the closure: ${outside}\n${siteText(files)}`;
}

/** Runs them, prints what they find; returns the exit status. */
export function runNetworks({ pairs, seed, first }: NetworksOptions): number {
  const fuzz = new NetworksFuzz(seed);
  const { counts } = fuzz;
  const progress = new Progress();
  let failed = 0;
  for (let number = first; counts.pairs < pairs && failed < MOST_FAILURES; number++) {
    const failure = fuzz.run(number);
    if (failure !== undefined) {
      failed++;
      stdout.write(`${failure}\n`);
    }
    progress.tell(() => `${counts.pairs} of ${pairs} pairs, ${counts.networks} networks`);
  }
  const seconds = progress.end().toFixed(0);
  for (const line of countLines(counts)) stdout.write(`  ${line}\n`);
  const { networks, scripts } = counts;
  const told = `${networks} networks, ${scripts} scripts, ${counts.pairs} pairs of script and place`;
  stdout.write(`${told}, ${seconds} s, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function countLines(counts: NetworksCounts): readonly string[] {
  const { givenUp, arrived, byState, singles, verdicts } = counts;
  const listed = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
  const { proved, violated, undecided } = verdicts;
  const share = ((100 * undecided) / Math.max(1, proved + violated + undecided)).toFixed(1);
  return [
    `${givenUp} closures too large; ${arrived} packets arrived elsewhere, ${byState} of them by a state`,
    `packets that the closure delivers without a state: ${listed(singles)}`,
    `pairs of zones: ${listed(verdicts)} (${share} %)`,
  ];
}
