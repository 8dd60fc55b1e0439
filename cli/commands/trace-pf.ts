import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { PfTrace } from "../../model/pf-trace.ts";
import type { Sources } from "../../model/source.ts";
import { type PfScriptLine, parsePfScript } from "../../parser/pf-script-text.ts";
import { diagnosticLines } from "../../report/diagnostics.ts";
import { linesOf } from "../../report/paint.ts";
import { pfTraceLines } from "../../report/pf-trace.ts";
import { pfTraceJson } from "../../report/pf-trace-json.ts";
import { readable } from "../../report/readable.ts";
import type { PfFile } from "../../site/pf-files.ts";
import {
  type Example,
  type Given,
  listOption,
  numberOption,
  type Option,
  UsageError,
} from "../command.ts";
import { Exit, type Io } from "../io.ts";
import { refuse } from "../load-site.ts";
import { interfaceTable, PF_OPTIONS, pfInputOf, readPfFile } from "../pf-input.ts";
import { runPf } from "../pf-run.ts";
import { type PfSurroundings, pfSurroundings, ROUTES } from "../pf-surroundings.ts";
import { BATCH_ABOUT, traceBatch } from "./trace-batch.ts";

/** The part of `pfproof trace --help` on one pf.conf. */
export const PF_TRACE_ABOUT: readonly string[] = [
  "On a PF.CONF, packets are put to a pf that has just loaded it: a packet an argument, or a line of",
  "--script; states, tables and the clock are kept between them. A line is one of",
  "  in on em0 tcp 10.0.0.5:40000 > 192.0.2.1:22     a SYN that comes in on em0",
  "  out on em0 icmp6 2001:db8::1 > 2001:db8::2      an echo request that this host sends",
  "  in on em0 proto udp from 2001:db8::5 port 500 to 2001:db8::1 port 500",
  "  forward on em1                                  the packet before, as pf left it, goes out there",
  "  forward on em1 udp 10.0.0.5:53 > 192.0.2.1:53   a packet that is sent on, without its first leg",
  "  reply in on em1                                 what answers the packet before: SYN and ACK, ACK,",
  "                                                  an echo reply, a datagram back",
  "  wait 30s | flush states | kill 10.0.0.5 | table add <bad> 10.0.0.5",
  "Behind the addresses, and behind `reply`, stands what is not the default:",
  "  flags SA  seq N  ack N  win N  mss N  wscale N  sackOK  ts N  tsecr N         tcp",
  "  echoreq (or type N)  code N  id N  mtu N  about PROTO SOURCE > DESTINATION   icmp, icmp6",
  "  len N (bytes of data)  tos N|NAME  ttl N  df  options [router-alert|padding]  rthdr N",
  "  frag OFFSET[+] ipid N  badsum  prio N  tag NAME  rtable N  received-on IF",
  "--interfaces names the interfaces as `pfproof print --help` shows; the networks on them are routed,",
  "all else needs --route. --explain lists the rules that were tested, in order: those that matched,",
  "the one that decided, and the first criterion that each other one failed.",
  "",
  ...BATCH_ABOUT,
];

export const PF_TRACE_OPTIONS: Readonly<Record<string, Option>> = {
  ...PF_OPTIONS,
  route: {
    type: "string",
    value: "ROUTE",
    multiple: true,
    help: "a route, e.g. `default via 192.0.2.254`; several are allowed",
  },
  batch: { type: "string", value: "FILE", help: "many packets, a line each; - is standard input" },
  explain: { type: "boolean", help: "list the rules that were tested, and why they did not match" },
  all: { type: "boolean", help: "with --explain: every rule, however many do not match" },
  seed: {
    type: "string",
    value: "N",
    help: "what pf draws, ports for instance, is drawn from N (1)",
  },
};

export const PF_TRACE_EXAMPLES: readonly Example[] = [
  {
    command: `pfproof trace pf.conf --interfaces ifaces --explain "in on em0 tcp 10.0.0.5:40000 > 192.0.2.1:22"`,
    says: "one packet, and every rule up to the one that decides",
  },
  {
    command: `pfproof trace pf.conf --interfaces ifaces "in on em1 udp 10.0.0.5:53 > 192.0.2.9:53" "forward on em0" "reply in on em0"`,
    says: "a packet through the firewall, and its answer",
  },
  {
    command: "pfproof trace pf.conf --interfaces ifaces --batch packets.csv | sort | uniq -c",
    says: "how many packets of a file each rule decides",
  },
];

const COMMAND_LINE = "command line";

/** Puts the packets of the command line, or of its script, to the pf of one file. */
export async function tracePf(file: PfFile, given: Given, io: Io): Promise<Exit> {
  const seed = numberOption(given, "seed", 1, 0);
  const input = pfInputOf(given);
  const batch = batchOf(given);
  const script = batch === undefined ? await scriptOf(given, io) : undefined;
  const table = await interfaceTable("trace", given, io);
  if (typeof table === "number") return table;
  if (table === undefined) {
    throw new UsageError(
      "trace of a PF.CONF needs --interfaces FILE, one `em0 inet 192.0.2.1/24` a line",
    );
  }
  const asked = questionOf(script ?? NO_SCRIPT, table, given);
  if ("diagnostics" in asked) {
    return refuse("trace", asked.diagnostics, asked.sources, given, io);
  }
  const reading = readPfFile(file, table, { ...input, live: true });
  const { diagnostic, sources, text } = readable(file.sources);
  const diagnostics = reading.diagnostics.map(diagnostic);
  if (!reading.accepted) return refuse("trace", diagnostics, sources, given, io);

  if (batch !== undefined) {
    io.err(linesOf(diagnosticLines(diagnostics, sources, io.paint.err)));
    const names = table.interfaces.map((it) => it.name);
    return traceBatch(batch, names, { load: reading, around: asked.around, seed }, given, io);
  }
  const explain = given.values.explain === true;
  const trace = runPf({ load: reading, ...asked, seed, explain, text });
  if (given.values.json === true) {
    io.out(pfTraceJson(trace, seed, diagnostics, file.sources));
  } else {
    io.err(linesOf(diagnosticLines(diagnostics, sources, io.paint.err)));
    io.out(linesOf(pfTraceLines(trace, given.values.all === true, io.paint.out)));
  }
  return exitOf(trace);
}

/** The file of `--batch`; undefined: packets are given in another way. */
function batchOf(given: Given): string | undefined {
  const { batch, script, explain } = given.values;
  if (typeof batch !== "string") return undefined;
  const [path, ...packets] = given.positionals;
  if (packets.length > 0 || script !== undefined || explain === true) {
    throw new UsageError("--batch goes without PACKET, --script and --explain");
  }
  if (batch === "-" && path === "-") {
    throw new UsageError("only one of PF.CONF and --batch can be standard input");
  }
  return batch;
}

interface ScriptInput {
  readonly file: string;
  readonly text: string;
}

async function scriptOf(given: Given, io: Io): Promise<ScriptInput> {
  const [path, ...packets] = given.positionals;
  const file = given.values.script;
  if (typeof file !== "string") {
    if (packets.length > 0) return { file: COMMAND_LINE, text: packets.join("\n") };
    throw new UsageError("trace takes PF.CONF PACKET…, or PF.CONF --script FILE");
  }
  if (packets.length > 0) throw new UsageError("--script takes the place of PACKET");
  if (file === "-" && path === "-") {
    throw new UsageError("only one of PF.CONF and --script can be standard input");
  }
  const text = await io.readFile(file);
  if (text === undefined) throw new UsageError(`cannot read \`${file}\``);
  return { file, text };
}

const NO_SCRIPT: ScriptInput = { file: COMMAND_LINE, text: "" };
const NO_LINES = { lines: [], diagnostics: [] };

interface Question {
  readonly lines: readonly PfScriptLine[];
  readonly around: PfSurroundings;
}

interface Refused {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

function questionOf(script: ScriptInput, table: Environment, given: Given): Question | Refused {
  const { interfaces, rtables } = table;
  const names = { interfaces: interfaces.map((it) => it.name), rtables: [0, ...rtables] };
  const { lines, diagnostics } =
    script === NO_SCRIPT ? NO_LINES : parsePfScript(script.file, script.text, names);
  const routes = listOption(given, "route").map((it) => it.replaceAll(/[\r\n]/g, " "));
  const around = pfSurroundings(table, routes);
  const wrongRoutes = "diagnostics" in around ? around.diagnostics : [];
  if (!("diagnostics" in around) && diagnostics.length === 0) return { lines, around };
  const sources = new Map([
    [script.file, script.text],
    [ROUTES, routes.join("\n")],
  ]);
  return { diagnostics: [...wrongRoutes, ...diagnostics], sources };
}

/** As of a site: an open question is undecided, else the last packet goes on or does not. */
function exitOf({ steps }: PfTrace): Exit {
  const packets = steps.filter((it) => it.kind !== "command");
  if (packets.some((it) => it.kind === "packet" && it.test.open.length > 0)) return Exit.undecided;
  const last = packets.at(-1);
  if (last?.kind !== "packet") return Exit.violated;
  const { verdict, sent } = last.test;
  const sentOn = sent.some(({ kind }) => kind !== "packet" && kind !== "icmp");
  return verdict === "pass" || (verdict === "gone" && sentOn) ? Exit.proved : Exit.violated;
}
