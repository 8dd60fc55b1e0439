import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { configLines, type Line, type Word } from "../config-lines.ts";
import * as complaint from "./diagnostics.ts";

/** One command that netstart(8) runs for a line of hostname.if(5). */
export interface Command {
  readonly kind: "ifconfig" | "route" | "shell";
  /** `ifconfig` only: the interface it configures. */
  readonly interface: string;
  /** After `ifconfig IF`, after `route`; of a shell command, all. */
  readonly words: readonly Word[];
  readonly span: Span;
}

/**
 * Turns a hostname.if(5) file into commands, as `parse_hn_line` of OpenBSD 7.8 etc/netstart does.
 *
 * Positions count as they do there: the third word of `inet A M B` is the broadcast address whatever
 * it says.
 */
export function hostnameCommands(input: {
  readonly interface: string;
  readonly file: string;
  readonly text: string;
}): { readonly commands: readonly Command[]; readonly diagnostics: readonly Diagnostic[] } {
  const commands: Command[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const line of configLines(input.file, input.text)) {
    const [first, second] = line.words;
    if (first === undefined) continue;
    if (first.text.startsWith("!")) {
      const command = shellCommand(input.interface, line);
      if (command !== undefined) commands.push(command);
    } else if (first.text === "dest") {
      patchDestination(commands, line, diagnostics);
    } else {
      const words = ifconfigWords(first, second, line, diagnostics);
      if (words.length > 0) commands.push(ifconfig(input.interface, words, line.span));
    }
  }
  return { commands, diagnostics };
}

function ifconfig(name: string, words: readonly Word[], span: Span): Command {
  return { kind: "ifconfig", interface: name, words, span };
}

function ifconfigWords(
  first: Word,
  second: Word | undefined,
  line: Line,
  diagnostics: Diagnostic[],
): readonly Word[] {
  const { words } = line;
  if (first.text === "dhcp") {
    if (words.length > 1) diagnostics.push(complaint.afterDhcp(restSpan(words.slice(1))));
    return [
      { ...first, text: "inet" },
      { ...first, text: "autoconf" },
    ];
  }
  if (first.text !== "inet" && first.text !== "inet6") return words;
  if (second === undefined) return [];
  if (second.text === "autoconf") return words;
  const slot = second.text === "alias" ? 3 : 2;
  return first.text === "inet" ? inetWords(words, slot) : inet6Words(words, slot);
}

/** `netmask` goes before the word in slot `mask`, `broadcast` before the next; NONE is dropped. */
function inetWords(words: readonly Word[], mask: number): readonly Word[] {
  return words.flatMap((word, at) => {
    if (at === mask) return [{ ...word, text: "netmask" }, word];
    if (at !== mask + 1) return [word];
    return word.text.endsWith("NONE") ? [] : [{ ...word, text: "broadcast" }, word];
  });
}

function inet6Words(words: readonly Word[], prefix: number): readonly Word[] {
  return words.flatMap((word, at) =>
    at === prefix ? [{ ...word, text: "prefixlen" }, word] : [word],
  );
}

/** `dest D` puts D behind the address of the command before it. */
function patchDestination(commands: Command[], line: Line, diagnostics: Diagnostic[]): void {
  const [first, address] = line.words;
  const last = commands.at(-1);
  const isAddress = last?.words[0]?.text.startsWith("inet") ?? false;
  if (address === undefined || line.words.length > 2 || last?.kind !== "ifconfig" || !isAddress) {
    if (first !== undefined) diagnostics.push(complaint.strayDest(line.span));
    return;
  }
  const at = last.words[1]?.text === "alias" ? 3 : 2;
  const words = [...last.words.slice(0, at), address, ...last.words.slice(at)];
  commands[commands.length - 1] = { ...last, words };
}

/** `!cmd`: known commands are taken apart, everything else stays a shell command. */
function shellCommand(name: string, { words, span }: Line): Command | undefined {
  const all = words.flatMap((word, at): readonly Word[] => {
    const text = word.text.replaceAll("$if", name);
    const shell = word.shell && /[$`;|&<>()]/.test(text);
    const cut = at === 0 ? text.slice(1) : text;
    return cut === "" ? [] : [{ ...word, text: cut, shell }];
  });
  const plain = withoutRedirections(all);
  const program = plain[0]?.text.replace(/^.*\//, "");
  const [, target, ...rest] = plain;
  if (program === undefined) return undefined;
  if (program === "ifconfig" && target !== undefined && !plain.some((word) => word.shell)) {
    return ifconfig(target.text, rest, span);
  }
  if (program === "route" && !plain.some((word) => word.shell)) {
    return { kind: "route", interface: name, words: plain.slice(1), span };
  }
  return { kind: "shell", interface: name, words: all, span };
}

/** Without `>/dev/null`, `2>&1` and the like at the end: they change nothing. */
function withoutRedirections(words: readonly Word[]): readonly Word[] {
  const last = words.findLastIndex((word) => !/^(?:\d?>{1,2}(?:\S+)?|&>\S*)$/.test(word.text));
  const kept = words.slice(0, last + 1);
  const before = kept.at(-2)?.text ?? "";
  return /^\d?>{1,2}$/.test(before) ? withoutRedirections(kept.slice(0, -2)) : kept;
}

function restSpan(words: readonly Word[]): Span {
  const [first] = words;
  const last = words.findLast((word) => word.span.line === first?.span.line);
  if (first === undefined || last === undefined) throw new RangeError("no words");
  return { ...first.span, length: last.span.column + last.span.length - first.span.column };
}
