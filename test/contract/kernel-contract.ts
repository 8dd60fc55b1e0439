import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Generated } from "../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import { printAddress } from "../../model/address-text.ts";
import { type KernelStep, packetOf } from "../conformance/kernel-packets.ts";
import { type KernelEnv, rdomainOf } from "../conformance/kernel-surroundings.ts";
import { replyTo, TENANTS } from "../support/kernel-host.ts";
import { ANCHOR_STATEMENTS } from "./kernel-contract-anchors.ts";
import { PACKET_STATEMENTS } from "./kernel-contract-packets.ts";
import { recordDisagreements, recordedScripts } from "./kernel-contract-records.ts";
import { RULE_STATEMENTS } from "./kernel-contract-rules.ts";
import { STATE_STATEMENTS } from "./kernel-contract-states.ts";

/** How a packet comes to pf, as text and recorded packets say it: `fwd` is out, sent on. */
export interface ContractCrossing {
  readonly direction: "in" | "out" | "fwd";
  readonly interface: string;
}

/** What every reading of a ruleset has to say of a packet. */
export interface ContractAnswer {
  readonly verdict: "pass" | "drop" | "gone";
  /** The deciding rule, `2` or in an anchor `name#2`; of a state the one that made it; `-`: the implicit one. */
  readonly rule: string;
  readonly state: "new" | "hit" | "none";
  /** `match` rules in order. */
  readonly matched: readonly string[];
  readonly packet: KernelPacket;
  readonly generated: readonly Generated[];
}

/** pf with a ruleset and a state table. */
export interface ContractScript {
  put(packet: KernelPacket, crossing: ContractCrossing): ContractAnswer;
  /** Seconds. */
  advance(seconds: number): void;
  flush(): void;
  changeTable(operation: "add" | "delete" | "replace", name: string, addresses: string[]): void;
  loadAnchor(path: string, text: string): void;
  /** States that were not purged. */
  readonly states: number;
}

/** A reading of rulesets that joins the contract. */
export interface ContractEngine {
  /** Answers packets one by one, each from an empty state table. */
  readonly single: (
    text: string,
    env: KernelEnv,
  ) => (packet: KernelPacket, crossing: ContractCrossing) => ContractAnswer;
  /** Absent: the engine has no state table. */
  readonly script?: (text: string, env: KernelEnv) => ContractScript;
}

/**
 * Something that pf-semantics.md says, a ruleset, and lines that show it.
 *
 * `DIRECTION INTERFACE PROTOCOL SOURCE PORT DESTINATION PORT key=value… => ANSWER`, with the keys
 * of recorded packets (data/kernel/README.md). The answer is complete: verdict, deciding rule, `new`
 * or `hit`, and what else there is of `m=` (match rules), `from=` and `to=` (translated ends; `*`
 * is a port of NAT's choice), `tag=`, `tos=`, `ttl=`, `rtable=`, `sends=`.
 *
 * Scripts may also say `reply in|out INTERFACE` (to what last left pf), `advance SECONDS`, `flush`,
 * `table NAME add|delete|replace ADDRESS…` and `states NUMBER`.
 */
export interface Statement {
  /** Number and name of the section. */
  readonly section: string;
  readonly says: string;
  readonly rules: string;
  /** Texts that are loaded into anchors before the lines. */
  readonly anchors?: Readonly<Record<string, string>>;
  readonly lines: string;
}

const RECORDED = "../shared/data/kernel/stateful.jsonl.gz";
/** One record in so many. */
const EVERY = 5;

/** Holds an engine against all that the contract says. */
export function contractOf(name: string, engine: ContractEngine): void {
  const { single, script } = engine;
  describe(`${name}: one packet, no states`, () => {
    const statements = [...RULE_STATEMENTS, ...ANCHOR_STATEMENTS, ...PACKET_STATEMENTS];
    it.each(statements)("$section: $says", ({ rules, lines }) => {
      const answer = single(text(rules), TENANTS);
      expectLines(linesOf(lines), (line) => {
        const { packet, crossing } = readLine(line);
        return told(answer(packet, crossing), packet);
      });
    });
  });
  if (script === undefined) return;
  describe(`${name}: scripts`, () => {
    it.each(STATE_STATEMENTS)("$section: $says", ({ rules, anchors = {}, lines }) => {
      const pf = script(text(rules), TENANTS);
      for (const [path, inside] of Object.entries(anchors)) pf.loadAnchor(path, text(inside));
      const play = new ContractPlay(pf);
      expectLines(linesOf(lines), (line) => play.line(line));
    });
    it.skipIf(!existsSync(RECORDED))(
      "recorded packets in order, with the size of the table",
      () => {
        const scripts = recordedScripts(RECORDED, EVERY);
        expect(scripts.flatMap((it) => recordDisagreements(it, script))).toEqual([]);
      },
    );
  });
}

/** Compares all lines at once, so that a failure shows where in the script it is. */
function expectLines(lines: readonly string[], answer: (line: string) => string | undefined): void {
  const played = lines.map((it) => {
    const [asked = ""] = it.split(" => ");
    const given = answer(asked);
    return given === undefined ? asked : `${asked} => ${given}`;
  });
  expect(played).toEqual(lines);
}

class ContractPlay {
  readonly #pf: ContractScript;
  #last: KernelPacket | undefined;

  constructor(pf: ContractScript) {
    this.#pf = pf;
  }

  /** What a packet is answered; undefined: the line is no packet. */
  line(line: string): string | undefined {
    const [word = "", first = "", second = "", ...rest] = line.split(" ");
    switch (word) {
      case "advance":
        this.#pf.advance(Number(first));
        return undefined;
      case "flush":
        this.#pf.flush();
        return undefined;
      case "states":
        return String(this.#pf.states);
      case "table":
        if (second !== "add" && second !== "delete" && second !== "replace") break;
        this.#pf.changeTable(second, first, rest);
        return undefined;
      case "reply": {
        if (this.#last === undefined || (first !== "in" && first !== "out")) break;
        const rtable = rdomainOf(TENANTS, second);
        const reply = { ...replyTo(this.#last), rtable, receivedOn: second };
        return this.#put(reply, { direction: first, interface: second });
      }
    }
    const { packet, crossing } = readLine(line);
    return this.#put(packet, crossing);
  }

  #put(packet: KernelPacket, crossing: ContractCrossing): string {
    const answer = this.#pf.put(packet, crossing);
    this.#last = answer.packet;
    return told(answer, packet);
  }
}

function text(rules: string): string {
  return `${linesOf(rules).join("\n")}\n`;
}

function linesOf(lines: string): readonly string[] {
  return lines
    .split("\n")
    .map((it) => it.trim().replaceAll(/ +/g, " "))
    .filter((it) => it !== "");
}

const WORD_KEYS: readonly string[] = ["fl", "tag", "rcv"];

function readLine(line: string): { packet: KernelPacket; crossing: ContractCrossing } {
  const words = line.split(" ");
  const fields = words.flatMap((word): [string, unknown][] => {
    const at = word.indexOf("=");
    if (at < 0) return [];
    const [key, value] = [word.slice(0, at), word.slice(at + 1)];
    if (key === "quote") return [["in", value.split(",")]];
    return [[key, WORD_KEYS.includes(key) ? value : Number(value)]];
  });
  const [d, i = "", pr, s, sp, t, dp] = words;
  if (d !== "in" && d !== "out" && d !== "fwd") throw new RangeError(`no direction: ${line}`);
  const step: KernelStep = { ...Object.fromEntries(fields), d, i, ...ends({ pr, s, sp, t, dp }) };
  return {
    packet: packetOf(step, rdomainOf(TENANTS, i)),
    crossing: { direction: d, interface: i },
  };
}

function ends(
  it: Readonly<Record<"pr" | "s" | "sp" | "t" | "dp", string | undefined>>,
): KernelStep {
  const { pr = "", s = "", sp = "", t = "", dp = "" } = it;
  return { pr, s, sp: Number(sp), t, dp: Number(dp) };
}

/** The answer as the tables write it. */
function told(
  { verdict, rule, state, matched, packet, generated }: ContractAnswer,
  before: KernelPacket,
): string {
  const parts = [verdict, rule];
  if (state !== "none") parts.push(state);
  if (matched.length > 0) parts.push(`m=${matched.join(",")}`);
  if (verdict === "pass") parts.push(...changes(before, packet));
  for (const it of generated) parts.push(`sends=${sent(it)}`);
  return parts.join(" ");
}

function changes(before: KernelPacket, after: KernelPacket): readonly string[] {
  const parts: string[] = [];
  const from = end(after.family, after.source, after.sourcePort, before.sourcePort);
  const to = end(after.family, after.destination, after.destinationPort, before.destinationPort);
  if (from !== end(before.family, before.source, before.sourcePort)) parts.push(`from=${from}`);
  if (to !== end(before.family, before.destination, before.destinationPort)) parts.push(`to=${to}`);
  if (after.tag !== before.tag) parts.push(`tag=${after.tag}`);
  for (const key of ["tos", "ttl", "rtable", "priority"] as const) {
    if (after[key] !== before[key]) parts.push(`${key}=${after[key]}`);
  }
  return parts;
}

/** NAT draws its ports from here upwards. */
const FIRST_DRAWN = 50_001;

function end(family: KernelPacket["family"], value: bigint, port: number, was = port): string {
  const isDrawn = port !== was && port >= FIRST_DRAWN;
  return `${printAddress({ family, value })}@${isDrawn ? "*" : port}`;
}

function sent(it: Generated): string {
  switch (it.kind) {
    case "send":
      return it.packet.tcp === undefined ? "packet" : `tcp:${it.packet.tcp.flags}`;
    case "icmp":
      return `icmp:${it.type}:${it.code}`;
    default:
      return it.kind;
  }
}
