import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Environment } from "../../model/environment.ts";
import type { PfInput } from "../../parser/pf/read.ts";
import {
  type FileLookup,
  recordedEnvironment,
  recordedFiles,
  suiteData,
} from "../conformance/recorded-files.ts";
import { environmentOf, type RecordedEnv } from "../support/environment.ts";
import type { Random } from "./random.ts";

/** A text to start from, and the system it is read on. */
export interface Original {
  readonly text: string;
  readonly setting: Setting;
}

/** What a text is read with. */
export interface Setting {
  readonly environment: Environment;
  readonly include: NonNullable<PfInput["include"]>;
  readonly resolve?: (name: string) => readonly string[] | undefined;
}

/** Texts of one kind. */
interface Kind {
  readonly originals: readonly Original[];
  /** How often it is drawn, relative to the others. */
  readonly share: number;
}

/** All texts that inputs are made of. */
export class Corpora {
  readonly #kinds: readonly Kind[];
  readonly #shares: number;

  constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds.filter((it) => it.originals.length > 0);
    this.#shares = this.#kinds.reduce((sum, it) => sum + it.share, 0);
  }

  get size(): number {
    return this.#kinds.reduce((sum, it) => sum + it.originals.length, 0);
  }

  /** A text as it is in its file, or a few lines of it together with its macros. */
  draw(random: Random): Original {
    let left = random.below(this.#shares);
    for (const { originals, share } of this.#kinds) {
      left -= share;
      if (left < 0) return window(random.pick(originals), random);
    }
    throw new RangeError("no data to start from");
  }
}

/** Of a text that is taken whole, mostly, and of a line. */
const LONG = 500;
const LONGEST_LINE = 1500;
const MOST_LINES = 8;
const WHOLE = 64;
const MACRO = /^\s*[A-Za-z_][\w.-]*\s*=/;

/** Lines of a long text: runs stay fast, and what a rule needs of macros is mostly there. */
function window({ text, setting }: Original, random: Random): Original {
  if (text.length <= LONG || random.once(WHOLE)) return { text, setting };
  const lines = text.split("\n");
  const from = random.below(lines.length);
  const to = from + 1 + random.below(MOST_LINES);
  const macros = lines.slice(0, from).filter((line) => MACRO.test(line) && line.length < 200);
  const chosen = lines.slice(from, to).map((line) => line.slice(0, LONGEST_LINE));
  return { text: `${[...macros.slice(0, 20), ...chosen].join("\n")}\n`, setting };
}

/** Every `step`-th record of the kernel's sets. */
const KERNEL_STEP = 8;

/** @param data - the directory of all suites */
export function loadCorpora(data: string): Corpora {
  return new Corpora([
    { share: 6, originals: caseOriginals(data) },
    { share: 3, originals: regressOriginals(data) },
    { share: 3, originals: corpusOriginals(data) },
    { share: 3, originals: kernelOriginals(data) },
  ]);
}

function caseOriginals(data: string): readonly Original[] {
  const directory = suiteData(data, "pfctl", "cases");
  if (directory === undefined) return [];
  const cases = join(directory, "cases");
  const files = recordedFiles(cases, { "/etc/pf.os": join(directory, "etc", "pf.os") });
  const setting = {
    environment: recordedEnvironment(join(cases, "ifaces")),
    include: including(files),
  };
  const lines = gunzipSync(readFileSync(join(cases, "cases.jsonl.gz"))).toString("utf8");
  const inputs = lines.split("\n").filter((line) => line !== "");
  const texts = new Set(inputs.map((line) => (JSON.parse(line) as { input: string }).input));
  return [...texts].map((text) => ({ text, setting }));
}

function regressOriginals(data: string): readonly Original[] {
  const directory = suiteData(data, "pfctl", "regress");
  if (directory === undefined) return [];
  const regress = join(directory, "regress");
  const files = recordedFiles(join(regress, "data"), {
    "/etc/pf.os": join(directory, "etc", "pf.os"),
  });
  const setting = {
    environment: recordedEnvironment(join(regress, "ifaces")),
    include: including(files),
  };
  const names = readdirSync(join(regress, "data")).filter((it) => it.endsWith(".in"));
  return names.map((name) => ({
    text: readFileSync(join(regress, "data", name), "latin1"),
    setting,
  }));
}

/** Names of real files resolve to something, so that more of the rules are read to their end. */
function corpusOriginals(data: string): readonly Original[] {
  const directory = suiteData(data, "corpus", "golden");
  const cases = suiteData(data, "pfctl", "cases");
  if (directory === undefined || cases === undefined) return [];
  const setting = {
    environment: recordedEnvironment(join(cases, "cases", "ifaces")),
    include: including(() => undefined),
    resolve: (name: string) => {
      return /^[a-z][\w-]*(\.[\w-]+)+$/.test(name) ? ["198.51.100.7", "2001:db8::7"] : undefined;
    },
  };
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const files = names.filter((it) => it.endsWith(".conf") && /(^|\/)pf|pf\//.test(it));
  return files.map((name) => ({ text: readFileSync(join(directory, name), "latin1"), setting }));
}

function kernelOriginals(data: string): readonly Original[] {
  const directory = suiteData(data, "kernel", "stateless-filter.jsonl.gz");
  if (directory === undefined) return [];
  const files = readdirSync(directory).filter((it) => it.endsWith(".jsonl.gz"));
  return files.toSorted().flatMap((file) => {
    const lines = gunzipSync(readFileSync(join(directory, file)))
      .toString("latin1")
      .split("\n");
    return lines
      .filter((line, at) => at % KERNEL_STEP === 0 && line !== "")
      .map((line) => {
        const record: { conf: string; env: RecordedEnv } = JSON.parse(line);
        const environment = environmentOf(record.env);
        return { text: record.conf, setting: { environment, include: including(() => undefined) } };
      });
  });
}

/**
 * Asks for every name once; names that are not there are files without a line, but those that say
 * so, and any that could reach out of the directory.
 */
function including(files: FileLookup): NonNullable<PfInput["include"]> {
  const known = new Map<string, ReturnType<FileLookup>>();
  return (name) => {
    if (name.includes("\0") || name.includes("..") || /bad|no-?such|missing/.test(name)) {
      return undefined;
    }
    if (known.has(name)) return known.get(name);
    const text = name.length > 200 ? undefined : (files(name) ?? "# nothing\n");
    if (known.size < 10_000) known.set(name, text);
    return text;
  };
}
