import type { Diagnostic } from "../model/diagnostic.ts";
import type { BlockedPath, BlockedTest, ReachAnswer, ReachFlow } from "../model/reach.ts";
import type { Regions } from "../model/region.ts";
import { ASSUMPTIONS } from "./assumptions.ts";
import {
  document,
  type Json,
  packetJson,
  reasonJson,
  ruleJson,
  scriptJson,
  violationJson,
} from "./json.ts";
import { regionsLines } from "./region.ts";

/** Document of `reach`. Numbers of packets are text: they are larger than those of JSON readers. */
export function reachJson(answer: ReachAnswer, diagnostics: readonly Diagnostic[]): string {
  const { from, to, verdict, level, witness, blocked, attack } = answer;
  return document("reach", diagnostics, {
    from,
    to,
    verdict,
    stopped: answer.stopped ?? null,
    level,
    flows: answer.flows.map(flowJson),
    witness: witness === undefined ? null : violationJson(witness),
    reasons: answer.reasons.map(reasonJson),
    blocked:
      blocked === undefined
        ? null
        : {
            tests: blocked.tests ?? null,
            paths: blocked.paths.map(pathJson),
            truncated: blocked.truncated,
            ends: blocked.ends.map(({ host, reason }) => ({ host: host ?? null, reason })),
          },
    assumptions: answer.assumptions.map((id) => ({ id, text: ASSUMPTIONS[id] })),
    assumed: answer.assumed as unknown as Json,
    attack: { scripts: attack.scripts, seed: attack.seed },
    refuted: answer.refuted,
  });
}

function flowJson({ by, sure, conduit, packets }: ReachFlow): Json {
  return { by, sure, conduit, packets: regionsJson(packets) };
}

function regionsJson(regions: Regions): Json {
  const { complete, covered, total } = regions;
  return { lines: regionsLines(regions), complete, covered: `${covered}`, total: `${total}` };
}

function pathJson({ script, trace, packets, tests, reasons }: BlockedPath): Json {
  return {
    packets: regionsJson(packets),
    script: scriptJson(script, [trace]),
    tests: tests.map(testJson),
    reasons: reasons.map(reasonJson),
  };
}

function testJson({ deciders, ...test }: BlockedTest): Json {
  return {
    ...test,
    deciders: deciders.map(({ rule, packet }) => {
      return { rule: rule === undefined ? null : ruleJson(rule), packet: packetJson(packet) };
    }),
  };
}
