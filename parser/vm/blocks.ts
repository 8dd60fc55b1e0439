import { macOf } from "../hostname/mac.ts";
import type { VmInterface, VmSwitch } from "./syntax.ts";
import type { Token } from "./tokens.ts";
import type { Words } from "./words.ts";

/** Words of the closed list: options of vm.conf(5) that no path depends on. */
export function plainVmWords(): readonly string[] {
  return [...SKIPPED.keys(), "agentx", "allow", "socket", "staggered"].toSorted();
}

/** Options of a vm block that no path depends on, with the number of their values. */
export const SKIPPED: ReadonlyMap<string, number> = new Map([
  ["enable", 0],
  ["disable", 0],
  ["sev", 0],
  ["seves", 0],
  ["disk", 1],
  ["boot", 1],
  ["cdrom", 1],
  ["memory", 1],
  ["owner", 1],
]);

interface Settings {
  readonly groups: string[];
  tap?: string;
  switch?: { readonly name: string; readonly span: Token["span"] };
  rdomain?: number;
  up: boolean;
  locked: boolean;
  lladdr?: string;
  interface?: string;
}

/** Reads a switch block behind its `{`. */
export function readSwitchBody(words: Words): Omit<VmSwitch, "name" | "order" | "span"> {
  const settings: Settings = { groups: [], up: true, locked: false };
  for (let word = words.inside(); word !== undefined; word = words.inside()) {
    words.note(word, "understood");
    if (word.text === "interface") {
      const value = words.value(word);
      if (value !== undefined) settings.interface = value.text;
    } else if (word.text === "disable") settings.up = false;
    else if (word.text !== "enable") readOption(words, word, settings, SWITCH_OPTIONS);
  }
  const { groups, up, locked, rdomain, interface: it } = settings;
  return {
    groups,
    up,
    locked,
    ...(rdomain === undefined ? {} : { rdomain }),
    ...(it === undefined ? {} : { interface: it }),
  };
}

const OPTIONS = ["switch", "group", "locked", "lladdr", "rdomain", "up", "down"];
const SWITCH_OPTIONS = [
  "enable",
  "disable",
  "group",
  "interface",
  "locked",
  "lladdr",
  "rdomain",
  "up",
  "down",
];

/** Reads what follows `interface`: `tap3 { switch "a", group b }`, or options on the same line. */
export function readInterface(words: Words, at: Token, local: boolean): VmInterface {
  const settings: Settings = { groups: [], up: true, locked: false };
  words.note(at, "understood");
  const next = words.peek();
  if (next !== undefined && /^tap\d*$/.test(next.text)) {
    words.next();
    if (next.text !== "tap") settings.tap = next.text;
  }
  if (words.accept("{")) {
    for (let word = words.inside(); word !== undefined; word = words.inside()) {
      readOption(words, word, settings, OPTIONS);
    }
  } else {
    for (let word = words.peek(); isOption(word); word = words.peek()) {
      words.next();
      if (word.kind === "word") readOption(words, word, settings, OPTIONS);
    }
  }
  const { tap, groups, up, locked, lladdr, rdomain, switch: attached } = settings;
  return {
    local,
    groups,
    up,
    locked,
    ...(lladdr === undefined ? {} : { lladdr }),
    span: at.span,
    ...(tap === undefined ? {} : { tap }),
    ...(rdomain === undefined ? {} : { rdomain }),
    ...(attached === undefined ? {} : { switch: attached }),
  };
}

function isOption(word: Token | undefined): word is Token {
  return word !== undefined && (word.kind === "," || (!word.quoted && OPTIONS.includes(word.text)));
}

function readOption(
  words: Words,
  word: Token,
  settings: Settings,
  allowed: readonly string[],
): void {
  words.note(word, "understood");
  switch (word.text) {
    case "switch": {
      const value = words.value(word);
      if (value !== undefined) settings.switch = { name: value.text, span: value.span };
      return;
    }
    case "group": {
      const value = words.value(word);
      if (value !== undefined) settings.groups.push(value.text);
      return;
    }
    case "rdomain": {
      const value = words.number(word, 0, 255);
      if (value !== undefined) settings.rdomain = value;
      return;
    }
    case "up":
    case "down":
      settings.up = word.text === "up";
      return;
    case "locked":
      settings.locked = true;
      return;
    case "lladdr": {
      const mac = macOf(words.peek()?.text ?? "");
      if (mac === undefined) return;
      words.next();
      settings.lladdr = mac;
      return;
    }
    default:
      words.unknown(word, allowed);
  }
}
