import type { SetsName } from "../engine/sets/packet-sets.ts";
import type { Script } from "../model/answer.ts";
import type { CheckAnswer, TraceAnswer } from "../model/check-answer.ts";
import type { InitAnswer, InterfaceRemark } from "../model/init-answer.ts";
import type { AdversaryLevel, Network } from "../model/network.ts";
import type { ReachAnswer } from "../model/reach.ts";
import type { Survey } from "../model/survey.ts";

/** What the engine can be asked; questions and answers are structured-clone data. */
export type Question = CheckQuestion | TraceQuestion | ShowQuestion | InitQuestion | ReachQuestion;

export interface CheckQuestion {
  readonly kind: "check";
  readonly network: Network;
  readonly options: CheckOptions;
}

/** About one ordered pair of zones, by their names. */
export interface ReachQuestion {
  readonly kind: "reach";
  readonly network: Network;
  readonly from: string;
  readonly to: string;
  readonly options: CheckOptions;
}

export interface TraceQuestion {
  readonly kind: "trace";
  readonly network: Network;
  readonly script: Script;
}

export interface ShowQuestion {
  readonly kind: "show";
  readonly network: Network;
}

/** About hosts that nobody wrote zones for. */
export interface InitQuestion {
  readonly kind: "init";
  readonly network: Network;
  readonly remarks: readonly InterfaceRemark[];
  /** Diagram nodes that may be made. */
  readonly budget: number;
}

export interface CheckOptions {
  /** Drawn scripts that attack every proof. */
  readonly attack: number;
  readonly seed: number;
  /** Diagram nodes that may be made. */
  readonly budget: number;
  /** Absent: what site.yaml says. */
  readonly level?: AdversaryLevel;
  /** Absent: the product's own. */
  readonly sets?: SetsName;
}

/** The answer that belongs to a question. */
export type AnswerTo<Q extends Question> = Q extends CheckQuestion
  ? CheckAnswer
  : Q extends TraceQuestion
    ? TraceAnswer
    : Q extends InitQuestion
      ? InitAnswer
      : Q extends ReachQuestion
        ? ReachAnswer
        : Survey;

export type Ask = <Q extends Question>(question: Q) => Promise<AnswerTo<Q>>;
