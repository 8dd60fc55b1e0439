import type { ReachAnswer } from "../../model/reach.ts";
import { linesOf } from "../../report/paint.ts";
import { reachLines } from "../../report/reach.ts";
import { reachJson } from "../../report/reach-json.ts";
import { withAskedZones } from "../asked-zones.ts";
import { type Command, UsageError } from "../command.ts";
import { Exit } from "../io.ts";
import { loadSite, refuse } from "../load-site.ts";
import { PROOF_OPTIONS, proofOptions } from "../proof-options.ts";

const EXITS: Readonly<Record<ReachAnswer["verdict"], Exit>> = {
  yes: Exit.proved,
  no: Exit.violated,
  perhaps: Exit.undecided,
};

/** `pfproof reach . internet tenant1` */
export const reachCommand: Command = {
  name: "reach",
  summary: "say whether one zone gets into another: how and with what, or which lines keep it out",
  usage: ["SITE FROM TO [OPTIONS]"],
  about: [
    "FROM and TO are zones of SITE, or places: `fw1` (the host itself), `fw1:vlan10` (its wire). What",
    "conduits of site.yaml say of FROM → TO does not count: the question is what gets in today, replies",
    "to what TO may send to FROM excepted.",
    "Yes comes with all packets that get in, those that a conduit allows apart from the others, and with",
    "a script of packets that the simulator has confirmed. No comes with the ways that the fewest pf",
    "tests block, at most ten, and with the line that decides at each of these tests.",
    "",
    "The exit code is 0 for yes, 1 for no, 3 if lines that are not understood decide.",
  ],
  options: {
    ...PROOF_OPTIONS,
    verbose: { type: "boolean", help: "with the script once more, for replay" },
  },
  examples: [
    {
      command: "pfproof reach scenarios/multi-tenant-host internet tenant1",
      says: "what of the Internet gets to the guests of tenant 1",
    },
    {
      command: "pfproof reach . lan dmz --level assigned",
      says: "trust that nobody forges source addresses",
    },
  ],

  async run(given, io) {
    const [path, from, to, ...extra] = given.positionals;
    if (path === undefined || from === undefined || to === undefined || extra.length > 0) {
      throw new UsageError("reach takes SITE FROM TO");
    }
    if (from === to) throw new UsageError("FROM and TO are the same zone");
    const options = proofOptions(given);
    const site = loadSite("reach", path, given, io);
    if (site === undefined) return Exit.wrongInput;
    const { sources, diagnostics } = site;
    // the two arguments are shown as the one line that they are
    const line = { file: "command line", line: 1 };
    const asked = withAskedZones(site.network, [
      { text: from, span: { ...line, column: 1, length: from.length || 1 } },
      { text: to, span: { ...line, column: from.length + 2, length: to.length || 1 } },
    ]);
    if ("diagnostic" in asked) {
      const shownAs = new Map([[line.file, `${from} ${to}`]]);
      return refuse("reach", [asked.diagnostic], shownAs, given, io);
    }
    const { network } = asked;
    const answer = await io.ask({ kind: "reach", network, from, to, options });
    if (given.values.json === true) io.out(reachJson(answer, diagnostics));
    else {
      const verbose = given.values.verbose === true;
      io.out(linesOf(reachLines(answer, { sources, paint: io.paint.out, verbose })));
    }
    return EXITS[answer.verdict];
  },
};
