import type { Emission, Script, Trace } from "../../model/answer.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Network } from "../../model/network.ts";
import type { Sources } from "../../model/source.ts";
import { parsePacketText } from "../../parser/packet-text.ts";
import { parseScriptText, type ScriptLine } from "../../parser/script-text.ts";
import { parsePlace } from "../../parser/site/place.ts";
import { traceJson } from "../../report/json.ts";
import { linesOf } from "../../report/paint.ts";
import { arrives, scriptLines } from "../../report/trace.ts";
import { type Command, type Given, UsageError } from "../command.ts";
import { Exit, type Io } from "../io.ts";
import { loadSite, refuse } from "../load-site.ts";
import { locate } from "../locate.ts";
import { PF_TRACE_ABOUT, PF_TRACE_EXAMPLES, PF_TRACE_OPTIONS, tracePf } from "./trace-pf.ts";

/** `pfproof trace . fw1:vlan10 "tcp 10.0.0.5:40000 > 192.0.2.1:443"` */
export const traceCommand: Command = {
  name: "trace",
  summary: "follow packets through a site or one pf.conf; name each rule and state that decides",
  usage: [
    "PF.CONF --interfaces FILE PACKET…",
    "PF.CONF --interfaces FILE --script FILE",
    "PF.CONF --interfaces FILE --batch FILE",
    "SITE PLACE PACKET",
    "SITE --script FILE",
  ],
  about: [
    ...PF_TRACE_ABOUT,
    "",
    "On a SITE, PLACE is where the packet starts: `fw1` (the host sends it), `fw1:vlan10` (it arrives",
    "there). PACKET is `PROTO SOURCE > DESTINATION` and then what is not the default:",
    "  tcp 10.0.0.5:40000 > 192.0.2.1:443              a SYN",
    "  tcp [2001:db8::1]:443 > [2001:db8::2]:40000 flags SA",
    "  udp 10.0.0.5:500 > 192.0.2.1:500 fragment first",
    "  icmp 10.0.0.5 > 192.0.2.1                       an echo request; icmp6 likewise",
    "  icmp 192.0.2.1 > 10.0.0.5 unreach code 3 about udp 10.0.0.5:500 > 192.0.2.1:500",
    "  47 10.0.0.5 > 192.0.2.1 tos 16 ttl 1 options    a protocol by number",
    "A script has one `PLACE PACKET` a line; later packets meet the states of earlier ones.",
    "",
    "The exit code is 0 if the last packet arrives (passes), 1 if it does not, 3 if a line that is not",
    "understood, or a question that nothing given answers, decides.",
  ],
  options: {
    script: {
      type: "string",
      value: "FILE",
      help: "packets in order, `#` comments; - is standard input",
    },
    ...PF_TRACE_OPTIONS,
  },
  examples: [
    {
      command: `pfproof trace . fw1:vlan10 "tcp 10.0.0.5:40000 > 192.0.2.1:443"`,
      says: "one packet that arrives on vlan10",
    },
    { command: "pfproof trace . --script punch.txt", says: "several packets, states kept" },
    ...PF_TRACE_EXAMPLES,
  ],

  async run(given, io) {
    const [path, place, text, ...extra] = given.positionals;
    const file = path === undefined ? undefined : await io.readPfFile(path);
    if (file !== undefined) return tracePf(file, given, io);
    if (path === undefined || extra.length > 0)
      throw new UsageError("trace takes SITE PLACE PACKET, or PF.CONF PACKET…");
    const foreign = Object.keys(PF_TRACE_OPTIONS).find((it) => given.values[it] !== undefined);
    if (foreign !== undefined) {
      throw new UsageError(`--${foreign} goes with one PF.CONF, and \`${path}\` is no file`);
    }
    const input = await inputOf(given, place, text, io);
    const site = loadSite("trace", path, given, io);
    if (site === undefined) return Exit.wrongInput;
    const { script, diagnostics } = scriptOf(site.network, input);
    if (diagnostics.length > 0) return refuse("trace", diagnostics, input.sources, given, io);

    const answer = await io.ask({ kind: "trace", network: site.network, script });
    if (given.values.json === true) io.out(traceJson(script, answer, site.diagnostics));
    else io.out(linesOf(scriptLines(script, answer.traces, io.paint.out)));
    return exitOf(answer.traces);
  },
};

/** The packets as the user wrote them. */
interface Input {
  readonly lines: readonly ScriptLine[];
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

async function inputOf(
  given: Given,
  place: string | undefined,
  text: string | undefined,
  io: Io,
): Promise<Input> {
  const file = given.values.script;
  if (typeof file === "string") {
    if (place !== undefined) throw new UsageError("--script takes the place of PLACE and PACKET");
    const script = await io.readFile(file);
    if (script === undefined) throw new UsageError(`cannot read \`${file}\``);
    return { ...parseScriptText(file, script), sources: new Map([[file, script]]) };
  }
  if (place === undefined || text === undefined) {
    throw new UsageError("trace takes SITE PLACE PACKET, or SITE --script FILE");
  }
  // the two arguments are shown as the one line of a script that they are
  const line = `${place} ${text}`;
  const at = { file: "command line", line: 1 };
  const read = parsePacketText(text, { ...at, column: place.length + 2 });
  const token = { text: place, span: { ...at, column: 1, length: Math.max(1, place.length) } };
  const { packet, outer, diagnostics } = read;
  const whole = outer === undefined ? {} : { outer };
  const lines = packet === undefined ? [] : [{ place: token, packet, ...whole }];
  return { lines, diagnostics, sources: new Map([[at.file, line]]) };
}

function scriptOf(
  network: Network,
  input: Input,
): { readonly script: Script; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics = [...input.diagnostics];
  const { clouds, cables, devices } = network;
  const names = new Set([...clouds, ...cables, ...devices].map((it) => it.name));
  const script = input.lines.flatMap((line): readonly Emission[] => {
    const { place: token, packet, outer } = line;
    const read = parsePlace(token.text, token.span, names);
    if ("diagnostic" in read) {
      diagnostics.push(read.diagnostic);
      return [];
    }
    const found = locate(network, read.place);
    if ("diagnostic" in found) {
      diagnostics.push(found.diagnostic);
      return [];
    }
    const emission = { from: token.text, at: found.at, local: found.local, packet };
    return [outer === undefined ? emission : { ...emission, outer }];
  });
  return { script, diagnostics };
}

function exitOf(traces: readonly Trace[]): Exit {
  const steps = traces.flatMap((trace) => trace.steps);
  if (steps.some((step) => step.kind === "test" && step.verdict === "unknown")) {
    return Exit.undecided;
  }
  const last = traces.at(-1);
  return last !== undefined && arrives(last) ? Exit.proved : Exit.violated;
}
