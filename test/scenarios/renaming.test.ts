import { describe, expect, it } from "vitest";
import { check } from "../../engine/queries/check.ts";
import type { DecidingLine, PairAnswer } from "../../model/answer.ts";
import type { CheckAnswer, InterfaceDefault } from "../../model/check-answer.ts";
import { readSite } from "../../site/read-site.ts";
import { CASES, renamedFiles, scenarioFiles, temporarySite } from "../support/scenario-site.ts";
import { renamingOf } from "./renaming.ts";

/** Every site under one of three renamings. */
const RENAMED = CASES.map((it_, index) => ({ ...it_, seed: 1 + (index % 3) }));

describe("check", () => {
  it.each(RENAMED)(
    "answers about $title under other names (seed $seed) what it answers about it, under those names",
    ({ seed, ...it_ }) => {
      const files = scenarioFiles(it_);
      const { network } = readSite(temporarySite(files));
      const original = JSON.stringify(looked(checked(temporarySite(files))));
      const rename = renamingOf(network!, seed);
      const renamed = looked(checked(temporarySite(renamedFiles(files, rename))));
      expect(renamed).toEqual(JSON.parse(rename(original)));
    },
  );
});

function checked(root: string): CheckAnswer {
  const { network, diagnostics } = readSite(root);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return check(network!, { attack: 0, seed: 1, budget: 50_000_000 });
}

/** What must not depend on names: all but the packets that were picked, and columns. */
function looked(answer: CheckAnswer): object {
  const { zones, pairs, assumptions, defaults } = answer;
  return {
    zones,
    pairs: pairs.map(pairOf),
    assumptions,
    defaults: Object.fromEntries(defaults.map(defaultOf)),
  };
}

function pairOf({ violation, reasons, ...pair }: PairAnswer): object {
  return {
    ...pair,
    reasons: reasons.map((it) => it.text),
    class: violation?.class ?? null,
    decides: lineOf(violation?.decides),
    script: (violation?.script ?? []).map(({ from, at, local, packet, outer }) => {
      const { family, protocol } = packet;
      return { from, at, own: local, family, protocol, tunnelled: outer !== undefined };
    }),
  };
}

function lineOf(line: DecidingLine | undefined): object | null {
  return line === undefined
    ? null
    : { file: line.span.file, line: line.span.line, text: line.text };
}

/** By name: interfaces come in the order of their files. */
function defaultOf(it: InterfaceDefault): readonly [string, object] {
  const { host, family, verdict, rule } = it;
  return [`${host} ${it.interface} ${family}`, { verdict, rule: lineOf(rule) }];
}
