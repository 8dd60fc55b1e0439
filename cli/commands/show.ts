import { surveyJson } from "../../report/json.ts";
import { linesOf } from "../../report/paint.ts";
import { SURVEY_PARTS, surveyLines } from "../../report/survey.ts";
import { type Command, UsageError } from "../command.ts";
import { Exit } from "../io.ts";
import { loadSite } from "../load-site.ts";

/** `pfproof show SITE zones` */
export const showCommand: Command = {
  name: "show",
  summary: "list the zones, wires, places or files that were found in a site",
  usage: [`SITE ${SURVEY_PARTS.join("|")}`],
  about: [
    "zones   each zone and its places, `hosts` and `unplaced` included",
    "wires   each L2 segment with the interfaces on it, and what could be one wire but is not said",
    "places  each host and each wire behind an interface, with addresses and zone",
    "files   each file as read, in part (with its unread lines) or not for us",
  ],
  options: {},
  examples: [
    { command: "pfproof show . wires", says: "which interfaces share a segment" },
    { command: "pfproof show /srv/site files --json", says: "what was made of every file" },
  ],

  async run(given, io) {
    const [path, word, ...extra] = given.positionals;
    const part = SURVEY_PARTS.find((it) => it === word);
    if (path === undefined || part === undefined || extra.length > 0) {
      throw new UsageError(`show takes a SITE and one of ${SURVEY_PARTS.join(", ")}`);
    }
    const site = loadSite("show", path, given, io);
    if (site === undefined) return Exit.wrongInput;

    const survey = await io.ask({ kind: "show", network: site.network });
    if (given.values.json === true) io.out(surveyJson(survey, part, site.diagnostics));
    else io.out(linesOf(surveyLines(survey, part, io.paint.out)));
    return Exit.proved;
  },
};
