import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../engine/claims/random.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Generated, Outcome } from "../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { RuleIndex } from "../../engine/kernel/walk.ts";
import { parseAddress } from "../../model/address-text.ts";
import type { Environment } from "../../model/environment.ts";
import { environmentOf, type RecordedInterface } from "../support/environment.ts";
import {
  actionOf,
  gatewayOf,
  headerOf,
  ipLength,
  logsOf,
  matchedOf,
  numberOf,
  plain,
  secondOf,
} from "./kernel-differences.ts";
import { type KernelStep, packetOf } from "./kernel-packets.ts";
import {
  acceptedRules,
  type KernelEnv,
  type RecordedSocket,
  rdomainOf,
  surroundingsOf,
} from "./kernel-surroundings.ts";

interface CaseTally {
  count(place: string, wrong: readonly string[]): void;
}

interface CaseOptions {
  readonly seed: number;
  readonly only: string;
  /** As of `ReplayOptions`. */
  readonly index: (() => RuleIndex) | undefined;
}

interface NamedCase {
  readonly title: string;
  readonly lines: readonly CaseLine[];
}

/** A line and the text that stood behind it, up to `EOF`. */
interface CaseLine {
  readonly line: string;
  readonly text: string;
}

/** Its port is drawn by chance. */
const BY_CHANCE = "AF1";

/** Runs the named cases of a directory (data/kernel/README.md, "cases"); each counts as one. */
export function replayCases(
  directory: string,
  { seed, only, index }: CaseOptions,
  tally: CaseTally,
): void {
  if (!existsSync(directory)) return;
  for (const file of readdirSync(directory).toSorted()) {
    if (!file.endsWith(".txt")) continue;
    for (const it of casesIn(readFileSync(join(directory, file), "utf8"))) {
      if (it.title.includes(only)) replayCase(it, () => new CaseRun(seed, index?.()), tally);
    }
  }
}

/** Ends at the first disagreement; a case that expects nothing counts only if it throws. */
function replayCase({ title, lines }: NamedCase, begin: () => CaseRun, tally: CaseTally): void {
  const [first = ""] = title.split(" ");
  const name = /^[A-Z]+[\dA-Z/]*[a-z]?$/.test(first) ? first : title;
  if (name === BY_CHANCE) return;
  let shows = false;
  try {
    const run = begin();
    for (const it of lines) {
      shows ||= it.line.includes(" => ");
      const wrong = run.play(it);
      if (wrong.length === 0) continue;
      tally.count(`case ${name}`, [`${wrong.join("; ")} (${it.line})`]);
      return;
    }
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    tally.count(`case ${name}`, [`exception: ${told}`]);
    return;
  }
  if (shows) tally.count(`case ${name}`, []);
}

function casesIn(text: string): readonly NamedCase[] {
  const cases: { title: string; lines: CaseLine[] }[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? "").trim();
    if (line.startsWith("== ")) cases.push({ title: line.slice(3), lines: [] });
    if (line === "" || line.startsWith("#") || line.startsWith("== ")) continue;
    const end = line.endsWith("<<EOF") ? lines.indexOf("EOF", at) : at;
    const body = lines.slice(at + 1, end).map((it) => `${it}\n`);
    cases.at(-1)?.lines.push({ line: line.replace(/\s*<<EOF$/, ""), text: body.join("") });
    at = end;
  }
  return cases;
}

const START: KernelEnv = {
  ifs: [
    { n: "lo0", loop: 1, a: ["127.0.0.1/8", "::1/128"] },
    { n: "em0", g: ["egress"], a: ["192.0.2.1/24", "2001:db8:0::1/64"] },
    { n: "em1", g: ["inside"], a: ["10.0.0.1/24", "2001:db8:1::1/64"] },
  ],
  routes: [
    [0, "0.0.0.0/0", "em0", "192.0.2.254"],
    [0, "192.0.2.0/24", "em0", null],
    [0, "10.0.0.0/24", "em1", null],
    [0, "::/0", "em0", null],
    [0, "2001:db8:1::/64", "em1", null],
  ],
  rtables: [],
};
const NO_INTERFACES: KernelEnv = { ifs: [], routes: [], rtables: [] };

class CaseRun {
  readonly #kernel: Kernel;
  readonly #files: Record<string, string> = {};
  #env = START;
  #last: { readonly receivedOn: string; readonly outcome: Outcome } | undefined;

  constructor(seed: number, index: RuleIndex | undefined) {
    const random = new Random(seed);
    this.#kernel = new Kernel(surroundingsOf(START), (below) => random.below(below));
    this.#kernel.index = index;
  }

  /** What a line shows that is not so. */
  play({ line, text }: CaseLine): readonly string[] {
    const [statement = "", expected = ""] = line.split(/ => ?/);
    const [word = "", ...words] = statement.split(/\s+/).filter((it) => it !== "");
    const { plainWords, keys } = sorted(words);
    switch (word) {
      case "p":
        return unmet(expected, this.#packet(plainWords, keys));
      case "f":
        return unmet(expected, this.#leg(plainWords[0] ?? ""));
      case "conf":
        this.#load(keys.get("anchor") ?? "", text);
        return [];
      case "advance":
        this.#kernel.advance(Number(plainWords[0]));
        return [];
      case "flush":
        this.#kernel.flushStates();
        return [];
      case "file":
        this.#files[plainWords[0] ?? ""] = text;
        return [];
      case "pfctl":
        return this.#pfctl(plainWords);
      case "states":
      case "nstates":
        return [];
      default:
        this.#env = changed(this.#env, word, plainWords, keys);
        this.#kernel.setSurroundings(surroundingsOf(this.#env));
        return [];
    }
  }

  #load(anchor: string, text: string): void {
    const reading = acceptedRules(text, this.#environment(), this.#files, anchor);
    if (anchor === "") this.#kernel.load(reading);
    else this.#kernel.loadAnchor(reading);
  }

  /** Every routing domain of an interface has its table. */
  #environment(): Environment {
    const environment = environmentOf(this.#env);
    const domains = environment.interfaces.map((it) => it.rdomain).filter((it) => it > 0);
    return { ...environment, rtables: [...new Set([...environment.rtables, ...domains])] };
  }

  /** A packet that cannot be, on no interface or without addresses, shows nothing. */
  #packet(words: readonly string[], keys: ReadonlyMap<string, string>): Shown {
    const step = stepOf(words, keys);
    const isThere = this.#env.ifs.some((it) => it.n === step.i);
    this.#last = undefined;
    if (!isThere || parseAddress(step.s ?? "") === undefined) return {};
    const before = packetOf(step, rdomainOf(this.#env, step.i));
    const direction = step.d === "in" ? "in" : "out";
    const how = { direction, interface: step.i ?? "", forwarded: step.d === "fwd" } as const;
    const outcome = this.#kernel.test(before, how);
    this.#last = { receivedOn: before.receivedOn, outcome };
    return shownBy(outcome, before.priority);
  }

  #leg(name: string): Shown {
    const last = this.#last;
    this.#last = undefined;
    if (last === undefined || last.outcome.verdict !== "pass") return {};
    const { packet } = last.outcome;
    const before = { ...packet, ttl: (packet.ttl + 255) % 256, receivedOn: last.receivedOn };
    const how = { direction: "out", interface: name, forwarded: true } as const;
    return shownBy(this.#kernel.test(before, how), 3);
  }

  /** `-t TABLE -T add|delete|replace ADDRESS…`; what only prints does nothing. */
  #pfctl(words: readonly string[]): readonly string[] {
    const at = words.indexOf("-T");
    const operation = words[at + 1];
    if (at < 0) return words.includes("-sr") ? [] : ["unknown flags"];
    if (operation !== "add" && operation !== "delete" && operation !== "replace") {
      return [`unknown operation ${operation}`];
    }
    const name = words[words.indexOf("-t") + 1] ?? "";
    const done = this.#kernel.changeTable(operation, "", name, words.slice(at + 2));
    return done ? [] : [`table ${operation} done, here refused`];
  }
}

/** Words, and those of the form `key=value`. */
function sorted(words: readonly string[]): {
  readonly plainWords: readonly string[];
  readonly keys: ReadonlyMap<string, string>;
} {
  const keys = new Map<string, string>();
  const plainWords = words.filter((word) => {
    const at = word.indexOf("=");
    if (at > 0) keys.set(word.slice(0, at), word.slice(at + 1));
    return at <= 0;
  });
  return { plainWords, keys };
}

const TEXT_KEYS: readonly string[] = ["fl", "tag", "rcv"];

/** `DIRECTION INTERFACE PROTO SRC SPORT DST DPORT` and keys, as an entry of the recorded sets. */
function stepOf(words: readonly string[], keys: ReadonlyMap<string, string>): KernelStep {
  const [d = "", i = "", pr = "", s = "", sp = "", t = "", dp = ""] = words;
  const fields = [...keys].map(([key, value]): readonly unknown[] => {
    if (key !== "inner") return [key, TEXT_KEYS.includes(key) ? value : Number(value)];
    return ["in", value.split(",").map((it) => (/^\d+$/.test(it) ? Number(it) : it))];
  });
  const step: KernelStep = Object.fromEntries(fields);
  return { ...step, d, i, pr, s, sp: Number(sp), t, dp: Number(dp) };
}

/** Surroundings with one more thing in them. */
function changed(
  env: KernelEnv,
  word: string,
  words: readonly string[],
  keys: ReadonlyMap<string, string>,
): KernelEnv {
  const [first = "", ...rest] = words;
  switch (word) {
    case "@noifs":
      return NO_INTERFACES;
    case "if":
      return { ...env, ifs: [...env.ifs, interfaceFrom(words, keys)] };
    case "addr": {
      const added = rest.map((it) => it.replace(/,$/, ""));
      const ifs = env.ifs.map((it) => {
        return it.n === first ? { ...it, a: [...(it.a ?? []), ...added] } : it;
      });
      return { ...env, ifs };
    }
    case "route": {
      const [table, on] = [Number(keys.get("rtable") ?? 0), keys.get("if") ?? ""];
      const prefix = first === "default" ? "0.0.0.0/0" : first;
      const route = [table, prefix, on, keys.get("gw") ?? null, keys.get("label")] as const;
      return { ...env, routes: [...env.routes, route] };
    }
    case "rtable":
      return {
        ...env,
        rtables: [...env.rtables, [Number(first), Number(keys.get("rdomain") ?? 0)]],
      };
    case "sock":
      return { ...env, socks: [...(env.socks ?? []), socketFrom(words, keys)] };
    default:
      throw new RangeError(`unknown line ${word}`);
  }
}

function interfaceFrom(
  [n = "", ...flags]: readonly string[],
  keys: ReadonlyMap<string, string>,
): RecordedInterface {
  const group = keys.get("group");
  return {
    n,
    rd: Number(keys.get("rdomain") ?? 0),
    loop: flags.includes("loop") ? 1 : 0,
    ptp: flags.includes("ptp") ? 1 : 0,
    g: group === undefined ? [] : group.split(","),
  };
}

/** `PROTO LOCAL PORT [FOREIGN PORT]` */
function socketFrom(
  [pr = "", l = "", lp = "", f, fp]: readonly string[],
  keys: ReadonlyMap<string, string>,
): RecordedSocket {
  return {
    pr,
    l,
    lp: Number(lp),
    ...(f === undefined ? {} : { f, fp: Number(fp) }),
    uid: Number(keys.get("uid") ?? 0),
    gid: Number(keys.get("gid") ?? 0),
  };
}

/** An outcome by the names of the expectations; what is absent there is undefined here. */
type Shown = Readonly<Record<string, unknown>>;

function shownBy(outcome: Outcome, priority: number): Shown {
  const { packet, rule, state, generated, logs } = outcome;
  return {
    v: outcome.verdict,
    rec: outcome.decided ? undefined : 0,
    r: numberOf(rule),
    a: rule?.anchor === "" ? undefined : rule?.anchor,
    act: actionOf(outcome),
    st: { none: undefined, dropped: "-", new: "new", hit: "hit" }[state],
    m: matchedOf(outcome),
    why: outcome.reason === 0 ? undefined : outcome.reason,
    tag: packet.tag === "" ? undefined : packet.tag,
    prio: packet.priority === priority ? undefined : packet.priority,
    divert: outcome.diverted ? 1 : undefined,
    rtab: packet.rtable,
    out2: outcome.second && secondOf(outcome.second),
    log: logs.length === 0 ? undefined : logsOf(outcome),
    gen: generated.length === 0 ? undefined : generated.map(generatedFields),
    p: packetFields(packet),
  };
}

function packetFields(packet: KernelPacket): Shown {
  const header = headerOf(packet);
  const [s, sp, d, dp] = header.in ?? [];
  return {
    ...header,
    df: packet.dontFragment ? 1 : undefined,
    af: packet.family === "inet" ? 4 : 6,
    len: ipLength(packet),
    in: header.in === undefined ? undefined : { s, sp, d, dp },
  };
}

function generatedFields(made: Generated): Shown {
  switch (made.kind) {
    case "icmp":
      return { k: made.kind, type: made.type, code: made.code };
    case "divert":
      return { k: made.kind, code: made.port };
    case "routed":
      return {
        k: made.kind,
        if: made.interface,
        gw: gatewayOf(made),
        p: packetFields(made.packet),
      };
    default:
      return { k: made.kind, p: packetFields(made.packet) };
  }
}

/** What of `path=value …` is not shown. */
function unmet(expected: string, shown: Shown): readonly string[] {
  const { keys } = sorted(expected.split(/\s+/).filter((it) => it !== ""));
  return [...keys].flatMap(([path, value]) => {
    const [theirs, ours] = [canonical(value), String(plain(at(shown, path.split("."))))];
    return theirs === ours ? [] : [`${path} ${theirs}, here ${ours}`];
  });
}

/** `None` and `none` mean absent; numbers may be hexadecimal, and -1 be unsigned. */
function canonical(value: string): string {
  if (value === "None" || value === "none") return "undefined";
  if (!/^(\d+|0x[\da-f]+)$/.test(value)) return String(plain(value));
  return Number(value) === 0xffff_ffff ? "-1" : String(Number(value));
}

function at(value: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof value !== "object" || value === null) return undefined;
  return at(new Map(Object.entries(value)).get(first), rest);
}
