import type { CheckAnswer } from "../../model/check-answer.ts";
import { checkLines } from "../../report/check.ts";
import { checkJson } from "../../report/json.ts";
import { linesOf } from "../../report/paint.ts";
import { type Outcome, outcomeOf } from "../../report/verdict.ts";
import { type Command, UsageError } from "../command.ts";
import { Exit, type Io } from "../io.ts";
import { loadSite } from "../load-site.ts";
import { PROOF_OPTIONS, proofOptions } from "../proof-options.ts";

/** Where a refuted proof is written down, in the current directory. */
const REPRODUCTION = "pfproof-refuted.json";

const EXITS: Readonly<Record<Outcome, Exit>> = {
  proved: Exit.proved,
  violated: Exit.violated,
  undecided: Exit.undecided,
  "nothing asked": Exit.undecided,
};

/** `pfproof check [SITE]` */
export const checkCommand: Command = {
  name: "check",
  summary: "prove every pair of zones isolated except for its conduits, or show the packets",
  usage: ["[SITE] [OPTIONS]"],
  about: [
    "SITE is the current directory unless it is given. Every ordered pair of zones is asked about;",
    "what no conduit of site.yaml allows is forbidden. A violation comes with the line that decides",
    "and a script of packets that the simulator has confirmed; an undecided pair with the lines that",
    "are not understood and what settles each. Of a conduit with `required: true` the check says also",
    "whether its flows work: by which packet they fail, and what would mend it.",
  ],
  options: {
    ...PROOF_OPTIONS,
    verbose: { type: "boolean", help: "every file, every unread line, scripts for replay" },
  },
  examples: [
    { command: "pfproof check", says: "check the site in the current directory" },
    {
      command: "pfproof check scenarios/multi-tenant-host --level assigned",
      says: "trust that nobody forges source addresses",
    },
    {
      command: "pfproof check --json > report.json",
      says: "for a program; the exit code says the verdict",
    },
  ],

  async run(given, io) {
    const [path = ".", ...extra] = given.positionals;
    if (extra.length > 0) throw new UsageError("check takes one SITE");
    const options = proofOptions(given);
    const site = loadSite("check", path, given, io);
    if (site === undefined) return Exit.wrongInput;

    const answer = await io.ask({ kind: "check", network: site.network, options });
    if (given.values.json === true) io.out(checkJson(answer, site.diagnostics));
    else {
      const { sources } = site;
      const verbose = given.values.verbose === true;
      io.out(linesOf(checkLines(answer, { sources, paint: io.paint.out, verbose })));
    }
    if (answer.refuted !== undefined) reportRefuted(answer, answer.refuted, io);
    return EXITS[outcomeOf(answer)];
  },
};

/** A refuted proof is pfproof's own error: what is needed to find it goes into a file. */
function reportRefuted(
  answer: CheckAnswer,
  { from, to }: NonNullable<CheckAnswer["refuted"]>,
  io: Io,
): void {
  const written = io.writeFile(REPRODUCTION, checkJson(answer, []));
  const where = written ? `${REPRODUCTION} has the script` : `${REPRODUCTION} cannot be written`;
  const text = `pfproof: an error in pfproof itself: ${from} → ${to} was proved, and a script gets through`;
  io.err(linesOf([io.paint.err.bad(`${text}; ${where}, please report it as SECURITY.md says`)]));
}
