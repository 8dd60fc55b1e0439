import type { Host } from "../../model/host.ts";
import type { InterfaceRemark } from "../../model/init-answer.ts";
import type { Sources } from "../../model/source.ts";
import { interfaceRemark } from "../../parser/hostname/remarks.ts";
import { initJson, initLines } from "../../report/init.ts";
import { linesOf, shown } from "../../report/paint.ts";
import { siteYaml } from "../../report/site-yaml.ts";
import { type Command, numberOption, UsageError } from "../command.ts";
import { Exit, type Io } from "../io.ts";
import { type LoadedSite, loaded } from "../load-site.ts";

/** Diagram nodes that the flows of today may take unless `--budget` says otherwise. */
const BUDGET = 8_000_000;

/** `pfproof init DIR` */
export const initCommand: Command = {
  name: "init",
  summary: "write a site.yaml for a directory of host files: zones, and what passes today",
  usage: ["[DIR] [OPTIONS]"],
  about: [
    "DIR is the current directory unless it is given: one directory a host, or one host. Every wire and",
    "every host gets into a zone: by rdomain, then by interface group, then by wire. What pf lets pass",
    "between zones today, replies aside, becomes a conduit that says `todo: confirm`. What the files do",
    "not say (cables between hosts, addresses from DHCP, lines that are not understood) stands in",
    "comments, with the lines that would settle it. Nothing but DIR/site.yaml is written, and never in",
    "the place of another. The exit code is 3 if the budget ran out before all flows were found.",
  ],
  options: {
    stdout: { type: "boolean", short: "n", help: "print the site.yaml, write nothing" },
    force: { type: "boolean", short: "f", help: "write in the place of a site.yaml that is there" },
    budget: { type: "string", value: "NODES", help: `diagram nodes that may be made (${BUDGET})` },
  },
  examples: [
    { command: "pfproof init /srv/site", says: "write /srv/site/site.yaml" },
    {
      command: "pfproof init -n . | diff site.yaml -",
      says: "what changed in the files since somebody wrote the site.yaml",
    },
  ],

  async run(given, io) {
    const [directory = ".", ...extra] = given.positionals;
    if (extra.length > 0) throw new UsageError("init takes one DIR");
    const { stdout, force, json } = given.values;
    if (stdout === true && force === true) {
      throw new UsageError("init -n prints; there is nothing to --force");
    }
    const budget = numberOption(given, "budget", BUDGET, 1);
    const known = io.siteFileIn(directory);
    if (known !== undefined && stdout !== true && force !== true) {
      return refuseToWrite(`${directory}/${known}`, "it exists", io);
    }
    const site = loaded("init", io.readHosts(directory), given, io);
    if (site === undefined) return Exit.wrongInput;

    const { network } = site;
    const answer = await io.ask({ kind: "init", network, remarks: remarksOf(site), budget });
    const text = siteYaml(
      answer,
      network.hosts.map(({ name }) => name),
    );
    const result =
      stdout === true ? undefined : io.writeSiteFile(directory, text, { force: force === true });
    if (result?.kind === "refused") return refuseToWrite(result.path, result.reason, io);
    const file = result?.path ?? `${directory}/${known ?? "site.yaml"}`;
    if (json === true) {
      io.out(initJson(answer, { file, written: result !== undefined, text }, site.diagnostics));
    } else if (result === undefined) io.out(text);
    else io.out(linesOf(initLines(answer, { file, site: directory, paint: io.paint.out })));
    return answer.stopped === undefined ? Exit.proved : Exit.undecided;
  },
};

function refuseToWrite(path: string, reason: string, io: Io): Exit {
  const { bad } = io.paint.err;
  const help =
    reason === "it exists" ? "\n  = help: -n prints what init would write, --force writes it" : "";
  io.err(`${shown`${bad("error")}: ${path} is not written: ${reason}`.text}${help}\n`);
  return Exit.wrongInput;
}

/** What the hostname.if(5) files say of their interfaces to people. */
function remarksOf({ network, sources }: LoadedSite): readonly InterfaceRemark[] {
  return network.hosts.flatMap((host) =>
    host.interfaces.flatMap((it) => {
      const file = fileOf(host, it.name, sources);
      const text = file === undefined ? undefined : sources.get(file);
      const remark = file === undefined ? undefined : interfaceRemark(file, text ?? "");
      return remark === undefined ? [] : [{ host: host.name, interface: it.name, ...remark }];
    }),
  );
}

function fileOf({ files }: Host, name: string, sources: Sources): string | undefined {
  const found = files.find((it) => it.file.split("/").at(-1) === `hostname.${name}`)?.file;
  return found !== undefined && sources.has(found) ? found : undefined;
}
