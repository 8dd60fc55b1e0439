import { describe, expect, it } from "vitest";
import { Witnesses } from "../../engine/claims/confirm.ts";
import { planOf } from "../../engine/claims/plan.ts";
import { check } from "../../engine/queries/check.ts";
import { bddPacketSets } from "../../engine/sets/bdd/bdd-packet-sets.ts";
import type { PairAnswer } from "../../model/answer.ts";
import type { CheckAnswer } from "../../model/check-answer.ts";
import type { Network } from "../../model/network.ts";
import { serviceText } from "../../report/service.ts";
import type { Expectation } from "../../scenarios/scenario.ts";
import { readSite } from "../../site/read-site.ts";
import {
  CASES,
  type Case,
  pfproofAt,
  scenarioFiles,
  temporarySite,
} from "../support/scenario-site.ts";

const ATTACK = { attack: 200, seed: 1, budget: 50_000_000 };

describe.each(CASES)("$title", (it_) => {
  it("is read without a word of complaint, but for what its mistake deserves", () => {
    const { network, diagnostics } = readSite(temporarySite(scenarioFiles(it_)));
    expect(diagnostics.map(({ code }) => code)).toEqual(it_.variant?.complaints ?? []);
    expect(planOf(network!).unread).toEqual([]);
  });

  it("has the lines that are to decide", () => {
    const files = scenarioFiles(it_);
    const flows = it_.variant?.failing ?? [];
    const lines = [...expectationsOf(it_), ...flows].flatMap((it) => it.decides ?? []);
    expect(lines.map(({ file, line }) => files.get(file)?.split("\n")[line - 1]?.trim())).toEqual(
      lines.map(({ text }) => text),
    );
  });

  it("is answered as it says, and proved for every pair that it does not speak of", () => {
    const { zones, pairs } = checked(it_).answer;
    const ordered = zones.flatMap((from) =>
      zones.filter((to) => to !== from).map((to) => ({ from, to })),
    );
    const expected = ordered.map((pair) => expectationsOf(it_).find(isOf(pair)) ?? proved(pair));
    expect(pairs.map((pair) => asFarAs(expected.find(isOf(pair)), pair))).toEqual(
      expected.map(wanted),
    );
  });

  it("fails at the required flows that it says, and all others work", () => {
    const { required, wayPoints } = checked(it_).answer;
    const told = required.map(({ from, to, service, family, verdict, failure }) => {
      const span = failure?.decides?.span;
      const line = span && `${span.file}:${span.line}`;
      return [`${from} → ${to} ${serviceText(service)} ${family}`, verdict, line].join(" ");
    });
    const failing = (it_.variant?.failing ?? []).map(({ from, to, service, family, decides }) =>
      [`${from} → ${to} ${service} ${family}`, "fails", `${decides.file}:${decides.line}`].join(
        " ",
      ),
    );
    expect(told.filter((it) => !it.endsWith(" works "))).toEqual(failing);
    expect(wayPoints.map(({ verdict }) => verdict)).toEqual(wayPoints.map(() => "proved"));
  });

  it("shows nothing but scripts that replay, in a simulator of their own, to the class they claim", () => {
    const { network, answer } = checked(it_);
    const plan = planOf(network);
    const witnesses = new Witnesses(plan, bddPacketSets());
    const index = (name: string): number => plan.zones.findIndex((zone) => zone.name === name);
    for (const { from, to, violation } of answer.pairs) {
      if (violation === undefined) continue;
      expect(witnesses.confirm(violation.script, index(from), index(to))).toEqual(violation);
    }
  });
});

describe("pfproof check --json", () => {
  it.each(CASES.filter((it) => it.variant !== undefined))(
    "prints scripts for $title whose text `pfproof trace` reads back and sees arrive",
    async (it_) => {
      const root = temporarySite(scenarioFiles(it_));
      const { exit, out } = await pfproofAt(["check", root, "--attack", "0", "--json"], root);
      expect(exit).toBe(1);
      for (const { violation } of (JSON.parse(out) as Printed).pairs) {
        if (violation === null) continue;
        const script = violation.script.map(({ place, text }) => `${place} ${text}\n`).join("");
        const argv = ["trace", root, "--script", "script", "--json"];
        const traced = await pfproofAt(argv, root, { script });
        expect(traced).toMatchObject({ exit: 0, err: "" });
        const [last, shown] = [
          (JSON.parse(traced.out) as Traced).packets.at(-1)?.steps,
          violation.script.at(-1)?.steps,
        ];
        expect(last).toEqual(expect.arrayContaining([...(shown ?? [])]));
      }
    },
  );
});

/** What of the documents of `check` and `trace` is looked at. */
interface Printed {
  readonly pairs: readonly { readonly violation: { readonly script: readonly Sent[] } | null }[];
}

interface Traced {
  readonly packets: readonly Sent[];
}

interface Sent {
  readonly place: string;
  readonly text: string;
  readonly steps: readonly unknown[];
}

interface Checked {
  readonly network: Network;
  readonly answer: CheckAnswer;
}

const known = new Map<string, Checked>();

/** Every site is checked once. */
function checked(it_: Case): Checked {
  const before = known.get(it_.title);
  if (before !== undefined) return before;
  const network = readSite(temporarySite(scenarioFiles(it_))).network!;
  const now = { network, answer: check(network, ATTACK) };
  known.set(it_.title, now);
  return now;
}

interface Ends {
  readonly from: string;
  readonly to: string;
}

function expectationsOf({ scenario, variant }: Case): readonly Expectation[] {
  return (variant ?? scenario).expected;
}

function isOf({ from, to }: Ends): (other: Ends) => boolean {
  return (other) => other.from === from && other.to === to;
}

function proved({ from, to }: Ends): Expectation {
  return { from, to, verdict: "proved", note: "" };
}

/** An expectation without its note, and without the text of a line: that is the expanded rule. */
function wanted({ from, to, verdict, class: kind, decides, packets }: Expectation): object {
  const line = decides && { file: decides.file, line: decides.line };
  return { from, to, verdict, class: kind, decides: line, packets };
}

/** What is said about a pair, as far as an expectation speaks of it. */
function asFarAs(expected: Expectation | undefined, { from, to, ...pair }: PairAnswer): object {
  const { verdict, violation } = pair;
  const span = violation?.decides?.span;
  return {
    from,
    to,
    verdict,
    class: isClassOpen(expected) ? undefined : violation?.class,
    decides: expected?.decides && span && { file: span.file, line: span.line },
    packets: violation?.script.length,
  };
}

/** Scripts of the same length may show different classes; then none is expected. */
function isClassOpen(expected: Expectation | undefined): boolean {
  return expected?.verdict === "violated" && expected.class === undefined;
}
