import { printRuleset } from "../../parser/pf/print.ts";
import { rulesJson } from "../../report/json.ts";
import { linesOf, shown } from "../../report/paint.ts";
import { type Command, UsageError } from "../command.ts";
import { Exit } from "../io.ts";
import { loadSite } from "../load-site.ts";

/** `pfproof print etc/pf.conf` */
export const printCommand: Command = {
  name: "print",
  summary: "print the rules of a pf.conf expanded, as pfctl -nvf does",
  usage: ["PF.CONF", "SITE"],
  about: [
    "Macros are replaced and lists expanded. A SITE prints the rules of every host, with interface",
    "names resolved against its hostname.* files; a PF.CONF alone knows of no interfaces.",
  ],
  options: {},
  examples: [
    { command: "pfproof print fw1/etc/pf.conf", says: "rules in the order in which pf reads them" },
    {
      command: "pfproof print .",
      says: "every host of the site, each under a comment with its name",
    },
  ],

  async run(given, io) {
    const [path, ...extra] = given.positionals;
    if (path === undefined || extra.length > 0)
      throw new UsageError("print takes one PF.CONF or SITE");
    const site = loadSite("print", path, given, io);
    if (site === undefined) return Exit.wrongInput;

    const hosts = site.network.hosts.filter((host) => host.pf);
    if (given.values.json === true) {
      const rules = hosts.map(({ name, ruleset }) => {
        return { host: name, rules: [...ruleset.anchors.values()].flat() };
      });
      io.out(rulesJson(rules, site.diagnostics));
      return Exit.proved;
    }
    for (const { name, ruleset } of hosts) {
      const title = hosts.length > 1 ? [shown`# ${name}`] : [];
      const lines = printRuleset(ruleset).trimEnd().split("\n");
      io.out(linesOf([...title, ...lines.map((line) => shown`${line}`)]));
    }
    return Exit.proved;
  },
};
