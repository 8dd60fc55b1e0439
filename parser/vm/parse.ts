import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { LineUses } from "../line-uses.ts";
import { readInterface, readSwitchBody, SKIPPED } from "./blocks.ts";
import * as complaint from "./diagnostics.ts";
import type { Included, VmInterface, VmMachine, VmReading, VmSwitch } from "./syntax.ts";
import { type Token, vmTokens } from "./tokens.ts";
import { Words } from "./words.ts";

/** Reads vm.conf(5) as OpenBSD 7.8 vmd/parse.y does. Never throws. */
export function parseVm(input: {
  readonly file: string;
  readonly text: string;
  readonly include?: (name: string) => Included | undefined;
}): VmReading {
  const reader: Reader = {
    include: input.include ?? (() => undefined),
    macros: new Map(),
    switches: [],
    machines: [],
    localInet6: false,
    included: [],
    missing: [],
    lines: new LineUses(),
    diagnostics: [],
    order: 0,
  };
  readFile(reader, input, []);
  const { localPrefix } = reader;
  const { switches, machines, localInet6, included, missing, lines, diagnostics } = reader;
  const reading = { switches, machines, localInet6, included, missing, lines, diagnostics };
  return localPrefix === undefined ? reading : { ...reading, localPrefix };
}

interface Reader {
  readonly include: (name: string) => Included | undefined;
  readonly macros: Map<string, string>;
  readonly switches: VmSwitch[];
  readonly machines: VmMachine[];
  localPrefix?: string;
  localInet6: boolean;
  readonly included: string[];
  readonly missing: Span[];
  readonly lines: LineUses;
  readonly diagnostics: Diagnostic[];
  order: number;
}

function readFile(reader: Reader, source: Included, above: readonly string[]): void {
  const { macros, lines, diagnostics } = reader;
  const words = new Words(vmTokens(source.file, source.text, macros, lines), diagnostics, lines);
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word.kind === "newline" || word.kind === "}" || word.kind === ",") continue;
    switch (word.text) {
      case "switch":
        words.note(word, "understood");
        readSwitch(reader, words, word);
        break;
      case "vm":
        words.note(word, "understood");
        readMachine(reader, words, word);
        break;
      case "include":
        readInclude(reader, words, word, [...above, source.file]);
        break;
      case "local":
        words.note(word, "understood");
        readLocal(reader, words);
        break;
      case "socket":
      case "staggered":
      case "agentx":
        words.note(word, "no effect");
        words.skipLine();
        break;
      default:
        reader.diagnostics.push(complaint.unknownWord(word.text, word.span, GLOBAL_WORDS));
        words.skipStatement(word, "understood");
    }
  }
}

/** Files that one vm.conf may include, one in another or side by side. */
const MOST_INCLUDES = 100;

const GLOBAL_WORDS = ["switch", "vm", "include", "local", "socket", "staggered", "agentx"];

function readSwitch(reader: Reader, words: Words, at: Token): void {
  const name = words.value(at);
  if (name === undefined || !words.open(at)) return;
  const body = readSwitchBody(words);
  if (body.interface === undefined) reader.diagnostics.push(complaint.noInterface(name));
  reader.switches.push({ ...body, name: name.text, order: reader.order++, span: name.span });
}

function readMachine(reader: Reader, words: Words, at: Token): void {
  const name = words.value(at);
  if (name === undefined) return;
  if (reader.machines.some((it) => it.name === name.text)) {
    reader.diagnostics.push(complaint.twice(name));
  }
  const parent = words.accept("instance") ? words.value(at) : undefined;
  if (!words.open(at)) return;
  const interfaces: VmInterface[] = [];
  for (let word = words.inside(); word !== undefined; word = words.inside()) {
    readMachineWord(words, word, interfaces);
  }
  const machine = { name: name.text, interfaces, order: reader.order++, span: name.span };
  reader.machines.push(parent === undefined ? machine : { ...machine, instanceOf: parent.text });
}

function readMachineWord(words: Words, word: Token, interfaces: VmInterface[]): void {
  if (word.text === "local" && words.accept("interface")) {
    interfaces.push(readInterface(words, word, true));
  } else if (word.text === "interface") {
    interfaces.push(readInterface(words, word, false));
  } else if (word.text === "interfaces") {
    words.note(word, "understood");
    const count = words.number(word, 0, 8) ?? 0;
    while (interfaces.length < count) interfaces.push(bareInterface(word.span));
  } else if (word.text === "allow") {
    words.skipStatement(word, "no effect");
  } else {
    const values = SKIPPED.get(word.text);
    words.note(word, values === undefined ? "understood" : "no effect");
    if (values === undefined) words.unknown(word, [...SKIPPED.keys(), "interface"]);
    else for (let left = values; left > 0; left--) words.value(word);
    if (word.text === "boot" || word.text === "disk") words.skipBootOrFormat();
  }
}

function bareInterface(span: Span): VmInterface {
  return { local: false, groups: [], up: true, locked: false, span };
}

function readLocal(reader: Reader, words: Words): void {
  if (words.accept("inet6")) reader.localInet6 = true;
  const prefix = words.accept("prefix") ? words.next() : undefined;
  if (prefix?.kind === "word" && !prefix.text.includes(":")) reader.localPrefix = prefix.text;
  words.skipLine();
}

function readInclude(reader: Reader, words: Words, at: Token, above: readonly string[]): void {
  const name = words.value(at);
  if (name === undefined) return;
  const source = reader.include(name.text);
  reader.included.push(name.text);
  words.note(at, source === undefined ? "unread" : "understood");
  if (source === undefined) {
    reader.diagnostics.push(complaint.missingInclude(name));
    reader.missing.push(name.span);
  } else if (above.includes(source.file) || reader.included.length > MOST_INCLUDES) {
    reader.diagnostics.push(complaint.includeCycle(name));
  } else readFile(reader, source, above);
}
