import type { Line, Word } from "../config-lines.ts";
import type { Command } from "./commands.ts";

/**
 * The commands of a `!` line, in order: simple commands joined by `;`, `&&`, `||`, and `if` around them.
 *
 * A line with anything else of the shell (loops, substitutions, pipes, here-documents) is one shell
 * command, which nobody takes apart.
 */
export function shellCommands(name: string, { words, span }: Line): readonly Command[] {
  const all = words.flatMap((word, at) => withoutMark(name, word, at === 0));
  const whole: Command = { kind: "shell", interface: name, words: all, certain: true, span };
  if (all.length === 0) return [];
  const pieces = all.flatMap(piecesOf);
  if (pieces.includes(undefined)) return [whole];
  const commands = sequence(pieces.filter((it) => it !== undefined));
  return commands?.map(({ words: own, certain }) => commandOf(whole, own, certain)) ?? [whole];
}

/** netstart takes the `!` off and puts the name of the interface in for `$if`. */
function withoutMark(name: string, word: Word, isFirst: boolean): readonly Word[] {
  const replaced = (it: string): string => {
    const cut = isFirst && it.startsWith("!") ? it.slice(1) : it;
    return cut.replaceAll("$if", name);
  };
  const raw = replaced(word.raw ?? word.text);
  const text = replaced(word.text);
  const shell = word.shell && /[$`;|&<>()]/.test(raw);
  return text === "" ? [] : [{ ...word, text, raw, shell }];
}

/** An operator between commands, or a word of one. */
type Piece =
  | { readonly kind: "operator"; readonly text: ";" | "&&" | "||" }
  | { readonly kind: "word"; readonly word: Word };

const PIECE = /&&|\|\||;|(?:"[^"]*"?|'[^']*'?|\\.|&>|\d?>{1,2}&?\d?|[^\s"'\\;|&<>()`]|\\$)+/g;

/** Undefined: the word holds what is not taken apart. */
function piecesOf(word: Word): readonly (Piece | undefined)[] {
  const { raw = word.text } = word;
  if (!word.shell) return [{ kind: "word", word }];
  const found = [...raw.matchAll(PIECE)].map(([text]) => text);
  if (found.join("") !== raw) return [undefined];
  return found.map((text): Piece => {
    if (text === ";" || text === "&&" || text === "||") return { kind: "operator", text };
    const bare = text.replaceAll(/"([^"]*)"?|'([^']*)'?|\\(.)/g, "$1$2$3");
    const shell = /[$<>&]/.test(text.replaceAll(/'[^']*'?|\\./g, ""));
    return { kind: "word", word: { ...word, text: bare, raw: text, shell } };
  });
}

interface Simple {
  readonly words: readonly Word[];
  readonly certain: boolean;
}

/** Words that open what is not taken apart. */
const LOOPS = /^(?:for|while|until|case|function|select|\{|\}|time|!|eval|exec|\.|do|done|esac)$/;

/** Simple commands with whether they surely run; undefined if `if` and `fi` do not fit, or for loops. */
function sequence(pieces: readonly Piece[]): readonly Simple[] | undefined {
  const splitter = new Splitter();
  for (const piece of pieces) {
    if (piece.kind === "operator") splitter.end(piece.text);
    else if (!splitter.take(piece.word)) return undefined;
  }
  splitter.end(";");
  return splitter.depth === 0 ? splitter.commands : undefined;
}

class Splitter {
  readonly commands: Simple[] = [];
  /** How many `if` are open. */
  depth = 0;
  #words: Word[] = [];
  #certain = true;

  end(operator: string): void {
    const [first] = this.#words;
    const goesOn = this.#certain && first !== undefined && alwaysSucceeds(first.text);
    const certain = this.#certain && this.depth === 0;
    if (first !== undefined) this.commands.push({ words: this.#words, certain });
    this.#words = [];
    this.#certain = operator === "&&" ? goesOn : operator !== "||";
  }

  /** False: the word opens what is not taken apart. */
  take(word: Word): boolean {
    if (this.#words.length > 0) {
      this.#words.push(word);
      return true;
    }
    switch (word.text) {
      case "if":
        this.depth++;
        return true;
      case "then":
      case "else":
      case "elif":
        return this.depth > 0;
      case "fi":
        return this.depth-- > 0;
      default:
        this.#words.push(word);
        return !LOOPS.test(word.text);
    }
  }
}

/** Commands after which `&&` surely goes on. */
function alwaysSucceeds(program: string): boolean {
  return /^(?:\/bin\/)?(?:sleep|echo|true|:)$/.test(program);
}

function commandOf(whole: Command, words: readonly Word[], certain: boolean): Command {
  const plain = withoutRedirections(words);
  const rest = plain?.slice(1) ?? [];
  const own: Command = { ...whole, words, certain };
  const [target, ...more] = rest;
  switch (plain?.[0]?.text.replace(/^(?:\/s?bin|\/usr\/s?bin)\//, "")) {
    case "ifconfig":
      if (target === undefined || target.shell) return own;
      return { ...own, kind: "ifconfig", interface: target.text, words: more };
    case "dhclient":
      // the one of OpenBSD 7.8 runs `ifconfig IF inet autoconf`
      return target === undefined || target.shell || more.length > 0
        ? own
        : { ...own, kind: "ifconfig", interface: target.text, words: autoconf(target) };
    case "route":
      return { ...own, kind: "route", words: rest };
    case "sysctl":
      return { ...own, kind: "sysctl", words: rest };
    default:
      return plain === undefined ? own : { ...own, words: plain };
  }
}

function autoconf(word: Word): readonly Word[] {
  return [
    { ...word, text: "inet" },
    { ...word, text: "autoconf" },
  ];
}

/** Without redirections into nothing or a log; undefined if there are others. */
function withoutRedirections(words: readonly Word[]): readonly Word[] | undefined {
  const kept: Word[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    const [, inPlace] = /^(?:&>|\d?>{1,2}&?)(.*)$/.exec(word.raw ?? word.text) ?? [];
    if (inPlace === undefined) kept.push(word);
    else {
      const target = inPlace === "" ? (words[++at]?.text ?? "") : inPlace;
      if (!/^(?:\d|\/dev\/(?:null|console|stderr|stdout)|\/var\/log\/[\w.-]+)$/.test(target)) {
        return undefined;
      }
    }
  }
  return kept;
}
