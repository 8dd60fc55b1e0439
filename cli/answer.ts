import { planOf } from "../engine/claims/plan.ts";
import { check } from "../engine/queries/check.ts";
import { init } from "../engine/queries/init.ts";
import { reach } from "../engine/queries/reach.ts";
import { surveyOf } from "../engine/queries/survey.ts";
import { emissionAt, traceScript } from "../engine/queries/trace.ts";
import type { Emission, Script } from "../model/answer.ts";
import type { Progress, TraceAnswer } from "../model/check-answer.ts";
import type { Network } from "../model/network.ts";
import type { AnswerTo, Question } from "./question.ts";

/** How the engine reports while it works, and learns that it must stop. */
export interface Hooks {
  readonly progress: (progress: Progress) => void;
  /** Throws `Cancelled` once the user wants no more. */
  readonly poll: () => void;
}

/** The one place where the command line calls the engine. */
export function answer(question: Question, hooks: Hooks): AnswerTo<Question> {
  switch (question.kind) {
    case "check":
      return check(question.network, { ...question.options, ...hooks });
    case "reach": {
      const { network, from, to, options } = question;
      return reach(network, { from, to }, { ...options, ...hooks });
    }
    case "trace":
      return trace(question.network, question.script);
    case "init":
      return init(question.network, question.remarks, { budget: question.budget, ...hooks });
    case "show":
      return surveyOf(planOf(question.network));
  }
}

/** Packets of a host itself leave on the interface that routes them. */
function trace(network: Network, script: Script): TraceAnswer {
  return traceScript(
    network,
    script.map((emission) => (emission.local ? routed(network, emission) : emission)),
  );
}

function routed(network: Network, emission: Emission): Emission {
  const { at, from, packet, outer } = emission;
  const span = { file: "", line: 1, column: 1, length: 1 };
  const reference = { kind: "host", host: at.host, span } as const;
  const found = emissionAt(network, reference, from, outer ?? packet);
  // without a route no interface sends it, and its trace stays empty
  return { ...emission, at: { host: at.host, interface: found?.at.interface ?? "" } };
}
