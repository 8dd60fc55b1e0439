import type { PairAnswer, ViolationClass } from "../model/answer.ts";

/** A whole site, files as on its hosts, with what must be true of it and of its broken variants. */
export interface Scenario {
  /** Name of the folder. */
  readonly name: string;
  /** Folder of site.yaml, from the root of the repository; `variants/` in it is no host. */
  readonly directory: string;
  /** One sentence. */
  readonly summary: string;
  readonly variants: readonly Variant[];
  /** Pairs of the base site worth naming. Every ordered pair of zones is proved, named or not. */
  readonly expected: readonly Expectation[];
}

/** The site with one mistake: `variants/NAME/` lies over the files of the base site. */
export interface Variant {
  readonly name: string;
  /** The mistake, in one sentence. */
  readonly summary: string;
  /** Codes of what the readers say about the mistake, in order; absent: not a word. */
  readonly complaints?: readonly string[];
  /** All pairs that are not proved. Every other ordered pair of zones is proved. */
  readonly expected: readonly Expectation[];
  /** All required flows that fail. Every other one works. */
  readonly failing?: readonly FailingFlow[];
}

/** A required flow that a mistake breaks. */
export interface FailingFlow {
  readonly from: string;
  readonly to: string;
  /** As in site.yaml: `tcp/502`. */
  readonly service: string;
  readonly family: "inet" | "inet6";
  /** The line that drops a packet of it, or of neighbour discovery. */
  readonly decides: ExpectedLine;
  /** Why, in one sentence. */
  readonly note: string;
}

/** What must come out for one ordered pair of zones. */
export interface Expectation {
  readonly from: string;
  readonly to: string;
  readonly verdict: PairAnswer["verdict"];
  /** Violated pairs; absent if scripts of the same length show different classes. */
  readonly class?: ViolationClass;
  /** The line that the answer must name; absent if it names none, or one of several. */
  readonly decides?: ExpectedLine;
  /** Number of packets in the shortest script. */
  readonly packets?: number;
  /** Why, in one sentence. */
  readonly note: string;
}

/** A line of one of the host's files. */
export interface ExpectedLine {
  /** From the folder of site.yaml, as after the overlay. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** The line as it stands there, without blanks around it. */
  readonly text: string;
}
