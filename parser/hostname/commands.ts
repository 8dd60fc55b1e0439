import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { configLines, type Line, type Word } from "../config-lines.ts";
import * as complaint from "./diagnostics.ts";
import { shellCommands } from "./shell.ts";

/** One command that netstart(8) runs for a line of hostname.if(5). */
export interface Command {
  readonly kind: "ifconfig" | "route" | "sysctl" | "shell";
  /** `ifconfig` only: the interface it configures. */
  readonly interface: string;
  /** After `ifconfig IF`, after `route` or `sysctl`; of a shell command, all. */
  readonly words: readonly Word[];
  /** False: whether it runs depends on what a command before it says. */
  readonly certain: boolean;
  readonly span: Span;
}

/** A hostname.if(5) file as netstart(8) takes it. */
export interface HostnameReading {
  readonly commands: readonly Command[];
  /** Lines that netstart makes no command of. */
  readonly ignored: readonly Line[];
  readonly diagnostics: readonly Diagnostic[];
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
}): HostnameReading {
  const commands: Command[] = [];
  const ignored: Line[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const line of configLines(input.file, input.text)) {
    const [first, second] = line.words;
    if (first === undefined) continue;
    if (first.text.startsWith("!")) {
      for (const command of shellCommands(input.interface, line)) commands.push(command);
    } else if (first.text === "dest") {
      if (!patchDestination(commands, line, diagnostics)) ignored.push(line);
    } else {
      const words = ifconfigWords(first, second, line, diagnostics);
      if (words.length > 0) commands.push(ifconfig(input.interface, words, line.span));
      else ignored.push(line);
    }
  }
  return { commands, ignored, diagnostics };
}

function ifconfig(name: string, words: readonly Word[], span: Span): Command {
  return { kind: "ifconfig", interface: name, words, certain: true, span };
}

function ifconfigWords(
  first: Word,
  second: Word | undefined,
  line: Line,
  diagnostics: Diagnostic[],
): readonly Word[] {
  const words = withComment(line);
  if (first.text === "dhcp") {
    const more = line.words.slice(1);
    if (more.length > 0) diagnostics.push(complaint.afterDhcp(restSpan(more)));
    return [
      { ...first, text: "inet" },
      { ...first, text: "autoconf" },
    ];
  }
  if (first.text !== "inet" && first.text !== "inet6") return line.words;
  if (second === undefined) return [];
  if (second.text === "autoconf") return line.words;
  const slot = second.text === "alias" ? 3 : 2;
  const made = first.text === "inet" ? inetWords(words, slot) : inet6Words(words, slot);
  return line.comment === undefined ? made : beforeComment(made, line.comment, diagnostics);
}

/** netstart counts the `#` of a comment as a word: only the shell that runs the command leaves it out. */
function withComment({ words, comment }: Line): readonly Word[] {
  return comment === undefined ? words : [...words, comment];
}

/** What the shell sees of a command: a keyword that netstart put before the comment has lost its value. */
function beforeComment(
  words: readonly Word[],
  comment: Word,
  diagnostics: Diagnostic[],
): readonly Word[] {
  const kept = words.slice(0, words.indexOf(comment));
  const last = kept.at(-1);
  if (last?.span === comment.span) {
    diagnostics.push(complaint.commentInSlot(last.text, comment.span));
  }
  return kept;
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
function patchDestination(commands: Command[], line: Line, diagnostics: Diagnostic[]): boolean {
  const [first, address] = line.words;
  const last = commands.at(-1);
  const isAddress = last?.words[0]?.text.startsWith("inet") ?? false;
  if (
    address === undefined ||
    withComment(line).length > 2 ||
    last?.kind !== "ifconfig" ||
    !isAddress
  ) {
    if (first !== undefined) diagnostics.push(complaint.strayDest(line.span));
    return false;
  }
  const at = last.words[1]?.text === "alias" ? 3 : 2;
  const words = [...last.words.slice(0, at), address, ...last.words.slice(at)];
  commands[commands.length - 1] = { ...last, words };
  return true;
}

function restSpan(words: readonly Word[]): Span {
  const [first] = words;
  const last = words.findLast((word) => word.span.line === first?.span.line);
  if (first === undefined || last === undefined) throw new RangeError("no words");
  return { ...first.span, length: last.span.column + last.span.length - first.span.column };
}
