import { SETS_NAMES } from "../engine/sets/packet-sets.ts";
import type { AdversaryLevel } from "../model/network.ts";
import { type Given, numberOption, type Option, UsageError } from "./command.ts";
import type { CheckOptions } from "./question.ts";

const LEVELS: readonly AdversaryLevel[] = ["assigned", "spoof", "layer2", "states"];

/** Diagram nodes that a check may make unless `--budget` says otherwise. */
const BUDGET = 8_000_000;

/** Options of commands that prove something of a site. */
export const PROOF_OPTIONS: Readonly<Record<string, Option>> = {
  attack: { type: "string", value: "N", help: "scripts drawn to attack every proof (1000)" },
  seed: { type: "string", value: "S", help: "seed of the drawn scripts (1)" },
  budget: { type: "string", value: "NODES", help: `diagram nodes that may be made (${BUDGET})` },
  level: {
    type: "string",
    value: "LEVEL",
    help: `what the adversary can do: ${LEVELS.join(", ")} (site.yaml, else spoof)`,
  },
  sets: {
    type: "string",
    value: "NAME",
    help: `diagrams behind the proofs: ${SETS_NAMES.join(", or for a second opinion ")} (${SETS_NAMES[0]})`,
  },
};

/** What the options of a command line say about the proofs. */
export function proofOptions(given: Given): CheckOptions {
  const options = {
    attack: numberOption(given, "attack", 1000, 0),
    seed: numberOption(given, "seed", 1, 0),
    budget: numberOption(given, "budget", BUDGET, 1),
  };
  const level = oneOf(given, "level", LEVELS);
  const sets = oneOf(given, "sets", SETS_NAMES);
  return {
    ...options,
    ...(level === undefined ? {} : { level }),
    ...(sets === undefined ? {} : { sets }),
  };
}

function oneOf<Word extends string>(
  given: Given,
  option: string,
  words: readonly Word[],
): Word | undefined {
  const text = given.values[option];
  if (text === undefined) return undefined;
  const word = words.find((it) => it === text);
  if (word === undefined)
    throw new UsageError(`--${option} takes ${words.join(", ")}, not \`${text}\``);
  return word;
}
