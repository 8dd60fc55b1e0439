import type { Io, SiteReading } from "../../cli/io.ts";
import type { AnswerTo, Question } from "../../cli/question.ts";
import { run } from "../../cli/run.ts";
import { type Host, type Interface, PLAIN_INTERFACE } from "../../model/host.ts";
import type { Network } from "../../model/network.ts";
import { paintFor } from "../../report/paint.ts";
import type { PfFile } from "../../site/pf-files.ts";
import { hostOf, NOWHERE, networkOf } from "./network.ts";

/** What one command line said and did. */
export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** Questions that reached the engine. */
  readonly asked: readonly Question[];
  readonly written: ReadonlyMap<string, string>;
}

/** The world of a command line that touches nothing. */
export interface World {
  readonly site?: Partial<SiteReading>;
  readonly files?: Readonly<Record<string, string>>;
  /** The site.yaml that is there, and why none can be written. */
  readonly siteFile?: string;
  readonly siteRefused?: string;
  /** Those that stand alone, by their paths, and those of the hosts of the site. */
  readonly pf?: Readonly<Record<string, PfFile>>;
  readonly hostPf?: readonly PfFile[];
  /** What the engine answers; it may throw. */
  readonly answer?: (question: Question) => AnswerTo<Question>;
}

/** Runs a command line in a world of its own. */
export async function pfproof(argv: readonly string[], world: World = {}): Promise<Ran> {
  const said = { out: "", err: "" };
  const asked: Question[] = [];
  const written = new Map<string, string>();
  const io: Io = {
    version: "9.9.9",
    readSite: () => ({ network: NETWORK, diagnostics: [], sources: new Map(), ...world.site }),
    readHosts: () => ({ network: NETWORK, diagnostics: [], sources: new Map(), ...world.site }),
    siteFileIn: () => world.siteFile,
    writeSiteFile: (directory, text) => {
      const path = `${directory}/${world.siteFile ?? "site.yaml"}`;
      if (world.siteRefused !== undefined) {
        return { kind: "refused", path, reason: world.siteRefused };
      }
      written.set(path, text);
      return { kind: "written", path };
    },
    readPfFile: async (path) => world.pf?.[path],
    readHostPfFiles: () => world.hostPf ?? [],
    readFile: async (path) => world.files?.[path],
    readLines: (path) => {
      const text = world.files?.[path];
      return text === undefined ? undefined : linesIn(text);
    },
    writeFile: (name, text) => {
      written.set(name, text);
      return true;
    },
    replaceFile: (path, text) => {
      written.set(path, text);
      return true;
    },
    ask: async <Q extends Question>(question: Q) => {
      asked.push(structuredClone(question));
      if (world.answer === undefined) throw new Error("the engine was not expected to be asked");
      return world.answer(question) as AnswerTo<Q>;
    },
    out: (text) => {
      said.out += text;
    },
    outBytes: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    paint: { out: paintFor(0), err: paintFor(0) },
  };
  const exit = await run(argv, io);
  return { exit, ...said, asked, written };
}

/** A host `fw1` with em0, two vlans in group tenant, and a VM behind tap0. */
export const NETWORK: Network = {
  ...networkOf([firewall()], { a: "fw1:vlan10", b: "fw1:vlan20" }, []),
  clouds: [
    { name: "internet", ends: [{ host: "fw1", interface: "em0", span: NOWHERE }] },
    {
      name: "core",
      ends: ["vlan10", "vlan20"].map((name) => ({ host: "fw1", interface: name, span: NOWHERE })),
    },
  ],
  devices: [
    {
      name: "plc",
      at: { kind: "interface", host: "fw1", interface: "vlan10", span: NOWHERE },
      addresses: [],
    },
  ],
};

function firewall(): Host {
  const interfaces = [
    interfaceOf("em0", "ethernet", ["egress"]),
    interfaceOf("vlan10", "vlan", ["tenant"]),
    interfaceOf("vlan20", "vlan", ["tenant"]),
    interfaceOf("tap0", "tap", ["web"]),
  ];
  const host = hostOf("fw1", interfaces, []);
  return { ...host, guests: [{ name: "web", taps: ["tap0"], span: NOWHERE }] };
}

function interfaceOf(name: string, kind: Interface["kind"], groups: readonly string[]): Interface {
  return { ...PLAIN_INTERFACE, name, kind, groups: [...groups, "all"], span: NOWHERE };
}

/** Two lines at a time. */
async function* linesIn(text: string): AsyncGenerator<readonly string[]> {
  const lines = text.replace(/\n$/, "").split("\n");
  for (let at = 0; at < lines.length; at += 2) yield lines.slice(at, at + 2);
}
