import { parsePrefix } from "../model/address-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { PfPacket } from "../model/pf-packet.ts";
import type { Span } from "../model/source.ts";
import { tokensOf } from "./packet-text.ts";
import type { Token } from "./packet-words.ts";
import * as complaint from "./pf-packet-diagnostics.ts";
import { readPfPacket } from "./pf-packet-text.ts";
import {
  checkInterface,
  type KnownNames,
  type PacketKind,
  type PfPacketWords,
  readPfWords,
} from "./pf-packet-words.ts";

/** One line of a script of packets for one pf, and where it stands. */
export type PfScriptLine = { readonly span: Span; readonly line: string } & PfScriptAction;

export type PfScriptAction =
  | {
      readonly kind: "packet";
      readonly direction: "in" | "out";
      /** Sent on, not made here. */
      readonly forwarded: boolean;
      readonly interface: string;
      readonly packet: PfPacket;
    }
  | {
      readonly kind: "reply";
      readonly direction: "in" | "out";
      readonly interface: string;
      readonly words: PfPacketWords;
    }
  | { readonly kind: "forward"; readonly interface: string }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "flush" }
  /** Arguments of pfctl. */
  | { readonly kind: "kill"; readonly args: readonly string[] }
  | {
      readonly kind: "table";
      readonly operation: "add" | "delete" | "replace";
      readonly name: string;
      readonly addresses: readonly string[];
    };

export interface PfScriptText {
  /** Empty if anything is wrong. */
  readonly lines: readonly PfScriptLine[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a script for one pf: a packet or a command a line, `#` begins a comment. Never throws.
 *
 *     line    = "in" on packet | "out" on packet | "forward" on [ packet ]
 *             | "reply" ( "in" | "out" ) on { word }
 *             | "wait" number [ "s" | "m" | "h" | "d" ] | "flush" "states"
 *             | "kill" host [ host ] | "table" ( "add" | "delete" | "replace" ) table { address }
 *     on      = "on" interface [ "rtable" number ]
 */
export function parsePfScript(file: string, text: string, known: KnownNames): PfScriptText {
  const lines: PfScriptLine[] = [];
  const diagnostics: Diagnostic[] = [];
  let before: PacketKind | undefined;
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.replace(/(^|\s)#.*$/, "");
    const tokens = tokensOf(line, { file, line: index + 1, column: 1 });
    const span = spanOf(tokens);
    if (span === undefined) continue;
    const reader = new LineReader(tokens, span, known, before);
    const action = reader.read();
    diagnostics.push(...reader.diagnostics);
    before = action?.kind === "packet" ? action.packet : (before ?? reader.kind);
    if (action !== undefined) lines.push({ span, line: line.trim(), ...action });
  }
  if (diagnostics.length === 0 && !lines.some((it) => it.kind === "packet")) {
    diagnostics.push(complaint.emptyScript({ file, line: 1, column: 1, length: 1 }));
  }
  return { lines: diagnostics.length > 0 ? [] : lines, diagnostics };
}

function spanOf(tokens: readonly Token[]): Span | undefined {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const { column } = first.span;
  return { ...first.span, length: last.span.column + last.span.length - column };
}

const STARTS = ["in", "out", "forward", "reply", "wait", "flush", "kill", "table"] as const;
const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };
/** A week, in seconds: the clock goes second by second. */
const LONGEST_WAIT = 604_800;

class LineReader {
  readonly diagnostics: Diagnostic[] = [];
  /** Of a packet that was meant but has mistakes: later lines are not wrong for that. */
  kind: PacketKind | undefined;
  readonly #tokens: readonly Token[];
  readonly #end: Span;
  readonly #known: KnownNames;
  readonly #before: PacketKind | undefined;

  constructor(
    tokens: readonly Token[],
    span: Span,
    known: KnownNames,
    before: PacketKind | undefined,
  ) {
    this.#tokens = tokens;
    this.#end = { ...span, column: span.column + span.length, length: 1 };
    this.#known = known;
    this.#before = before;
  }

  /** Undefined if anything is wrong. */
  read(): PfScriptAction | undefined {
    const action = this.#action();
    return this.diagnostics.length > 0 ? undefined : action;
  }

  #action(): PfScriptAction | undefined {
    const [first] = this.#tokens;
    switch (first?.text) {
      case "in":
      case "out":
        return this.#packet(first.text, false);
      case "forward":
        return this.#forward(first);
      case "reply":
        return this.#reply(first);
      case "wait":
        return this.#wait();
      case "flush":
        return this.#flush();
      case "kill":
        return this.#kill();
      case "table":
        return this.#table();
      default:
        if (first === undefined) return undefined;
        return this.#wrong(complaint.unknownLine(first.text, STARTS, first.span));
    }
  }

  #wrong(diagnostic: Diagnostic): undefined {
    this.diagnostics.push(diagnostic);
    return undefined;
  }

  /** The interface behind `on`; undefined is complained about. */
  #on(at: number): string | undefined {
    const [on, name] = [this.#tokens[at], this.#tokens[at + 1]];
    const missing = on?.text === "on" ? "an interface" : "`on` and an interface";
    if (on?.text !== "on" || name === undefined) {
      const span = on?.text === "on" ? this.#end : (on?.span ?? this.#end);
      const help = "write `on em0`, an interface of --interfaces";
      return this.#wrong(complaint.expectedWord(missing, help, span));
    }
    const unknown = checkInterface(name, this.#known);
    if (unknown !== undefined) this.diagnostics.push(unknown);
    return name.text;
  }

  #packet(direction: "in" | "out", forwarded: boolean): PfScriptAction | undefined {
    this.kind = { family: "inet", protocol: 0 };
    const on = this.#on(1);
    if (on === undefined) return undefined;
    let tokens = this.#tokens.slice(3);
    // pf.conf has `rtable` in front as well
    if (tokens[0]?.text === "rtable") tokens = [...tokens.slice(2), ...tokens.slice(0, 2)];
    const packet = readPfPacket(tokens, this.#end, this.#known, this.diagnostics);
    if (packet === undefined) return undefined;
    this.kind = packet;
    if (direction === "in" && packet.receivedOn !== "") {
      const word = tokens.find(({ text }) => text.startsWith("received"));
      return this.#wrong(complaint.receivedIn(word?.span ?? this.#end));
    }
    const receivedOn = direction === "in" ? on : packet.receivedOn;
    return {
      kind: "packet",
      direction,
      forwarded,
      interface: on,
      packet: { ...packet, receivedOn },
    };
  }

  #forward(first: Token): PfScriptAction | undefined {
    if (this.#tokens.length > 3) return this.#packet("out", true);
    const on = this.#on(1);
    if (on === undefined) return undefined;
    if (this.#before === undefined) return this.#wrong(complaint.notFirst("forward", first.span));
    return { kind: "forward", interface: on };
  }

  #reply(first: Token): PfScriptAction | undefined {
    const direction = this.#tokens[1];
    if (direction?.text !== "in" && direction?.text !== "out") {
      const span = direction?.span ?? this.#end;
      const help = "write `reply in on em0` or `reply out on em0`";
      return this.#wrong(complaint.expectedWord("`in` or `out`", help, span));
    }
    const on = this.#on(2);
    if (on === undefined) return undefined;
    if (this.#before === undefined) return this.#wrong(complaint.notFirst("reply", first.span));
    const rest = this.#tokens.slice(4);
    const words = readPfWords(rest, this.#before, "reply", this.#known, this.diagnostics);
    return { kind: "reply", direction: direction.text, interface: on, words };
  }

  /** @param word - the one that does not fit; absent: one is missing */
  #wrongCommand(command: string, word: Token | undefined, form: string): undefined {
    return this.#wrong(complaint.badCommand(command, word?.text, form, word?.span ?? this.#end));
  }

  #flush(): PfScriptAction | undefined {
    const [, what, more] = this.#tokens;
    if (what?.text === "states" && more === undefined) return { kind: "flush" };
    const wrong = what?.text === "states" ? more : what;
    return this.#wrongCommand("flush", wrong, "`flush states`");
  }

  #wait(): PfScriptAction | undefined {
    const [, value, more] = this.#tokens;
    const parts = /^(?<number>\d{1,7})(?<unit>[smhd]?)$/.exec(value?.text ?? "")?.groups;
    const seconds = Number(parts?.number ?? Number.NaN) * (SECONDS[parts?.unit ?? ""] ?? 1);
    const fits = seconds <= LONGEST_WAIT;
    if (fits && more === undefined) return { kind: "wait", seconds };
    const form = "`wait 30s`, `wait 5m`, `wait 24h`, a week at most";
    return this.#wrongCommand("wait", fits ? more : value, form);
  }

  #kill(): PfScriptAction | undefined {
    const hosts = this.#tokens.slice(1);
    const bad = hosts.find(({ text }, at) => at > 1 || parsePrefix(text) === undefined);
    if (hosts.length > 0 && bad === undefined) {
      return { kind: "kill", args: hosts.flatMap(({ text }) => ["-k", text]) };
    }
    const form = "`kill 10.0.0.5` or `kill 10.0.0.0/24 192.0.2.1`: states from there, and to there";
    return this.#wrongCommand("kill", bad, form);
  }

  #table(): PfScriptAction | undefined {
    const [, operation, table, ...addresses] = this.#tokens;
    const known = (["add", "delete", "replace"] as const).find((it) => it === operation?.text);
    const name = /^<?(?<name>[^<>\s]{1,31})>?$/.exec(table?.text ?? "")?.groups?.name;
    const bad = addresses.find(({ text }) => parsePrefix(text.replace(/^!/, "")) === undefined);
    if (known !== undefined && name !== undefined && bad === undefined) {
      return { kind: "table", operation: known, name, addresses: addresses.map((it) => it.text) };
    }
    const form = "`table add <bad> 10.0.0.1 2001:db8::/32`; `delete` and `replace` likewise";
    const wrong = known === undefined ? operation : name === undefined ? table : bad;
    return this.#wrongCommand("table", wrong, form);
  }
}
