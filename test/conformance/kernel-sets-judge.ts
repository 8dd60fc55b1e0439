import { isPureSyn } from "../../engine/kernel/packet.ts";
import type { StateTable } from "../../engine/kernel/state-table.ts";
import type { Fate } from "../../engine/sets/rules/fate.ts";
import type { Expectation } from "./kernel-differences.ts";
import type { Put } from "./kernel-run.ts";
import { givenUp, reasonsOf, refusalOf } from "./kernel-sets-choices.ts";
import { decisionDifferences, fateDifferences, type Recorded } from "./kernel-sets-differences.ts";
import { madePacket } from "./kernel-sets-packets.ts";
import type { SetAnswer } from "./kernel-sets-reading.ts";

/** How a recorded packet stands to what the sets say. */
export interface Judged {
  readonly wrong: readonly string[];
  /** In which way the recorded outcome is what the sets say. */
  readonly how: string;
}

/** Holds the fates of a packet that rules decided on against what is recorded of it. */
export function judge(recorded: Recorded, answer: SetAnswer, states: StateTable): Judged {
  if (answer.isOpen) return { wrong: ["the fates are open"], how: "" };
  const judgements = answer.fates.map((fate) => judgeFate(recorded, answer, fate, states));
  const [best] = judgements.toSorted((a, b) => a.wrong.length - b.wrong.length);
  if (best === undefined) return { wrong: ["no fate"], how: "" };
  if (answer.fates.length === 1 || best.wrong.length > 0) return best;
  const reasons = reasonsOf(answer.fates, answer.rules);
  if (reasons.length === 0) return { wrong: ["several fates, and no choice"], how: "" };
  return { wrong: [], how: `one of several fates (${reasons.join(", ")}); ${best.how}` };
}

function judgeFate(recorded: Recorded, answer: SetAnswer, fate: Fate, states: StateTable): Judged {
  const { expected, put, isLeg } = recorded;
  const refusal = expected.v === "drop" ? refused(expected, answer, fate, states) : undefined;
  if (refusal !== undefined) return refusal;
  if (isRecreated(answer, put)) {
    return {
      wrong: decisionDifferences(expected, fate),
      how: "SYN of a cookie, by its rules alone",
    };
  }
  const wrong = fateDifferences(recorded, answer.tested, fate);
  const made = fate.verdict === "pass" ? madePacket(expected, isLeg, answer, fate) : undefined;
  const choices = made?.choices ?? [];
  return {
    wrong: [...wrong, ...(made?.wrong ?? [])],
    how: choices.length === 0 ? "exact" : `exact but for a choice of ${choices.join(", ")}`,
  };
}

/** An ACK with a cookie came, and the SYN that it stands for was put to the rules. */
function isRecreated({ tested }: SetAnswer, { before }: Put): boolean {
  return isPureSyn(tested.packet) && !isPureSyn(before);
}

/** The network's choice to drop what the rules let pass; undefined: this is none. */
function refused(
  expected: Expectation,
  answer: SetAnswer,
  fate: Fate,
  states: StateTable,
): Judged | undefined {
  const wrong = decisionDifferences(expected, { ...fate, state: undefined });
  if (fate.verdict === "pass" && wrong.length === 0) {
    const why = refusalOf(answer, fate, states);
    return why === undefined ? undefined : { wrong: [], how: `refused: ${why}` };
  }
  const given = givenUp(expected, answer, fate, states);
  return given === undefined ? undefined : { wrong: [], how: `refused: ${given}` };
}
