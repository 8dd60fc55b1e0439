import type { Diagnostic } from "../../model/diagnostic.ts";
import { type BlockContext, readRedirect, readRelay, type TableHosts } from "./blocks.ts";
import * as complaint from "./diagnostics.ts";
import type { Included, Named, Redirect, RelayBlock, RelaydReading } from "./syntax.ts";
import { Macros, relaydTokens, type Token } from "./tokens.ts";
import { Words } from "./words.ts";

/** Reads relayd.conf(5) as far as it decides paths, as OpenBSD 7.8 relayd/parse.y does. Never throws. */
export function parseRelayd(input: {
  readonly file: string;
  readonly text: string;
  readonly include?: (name: string) => Included | undefined;
}): RelaydReading {
  const reader = new Reader(input.include ?? (() => undefined));
  reader.readFile(input, []);
  return reader.reading();
}

const STATEMENTS =
  "table redirect relay protocol router include interval timeout prefork log snmp agentx socket".split(
    " ",
  );

/** Files that one relayd.conf may include, one in another or side by side. */
const MOST_INCLUDES = 100;

/** Statements of one line that no path depends on. */
const PLAIN = new Set("interval timeout prefork log snmp agentx socket".split(" "));

class Reader {
  readonly #include: (name: string) => Included | undefined;
  readonly #macros: Macros = new Macros();
  readonly #tables: Map<string, TableHosts> = new Map();
  readonly #redirects: Redirect[] = [];
  readonly #relays: RelayBlock[] = [];
  readonly #routers: Named[] = [];
  readonly #included: string[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  constructor(include: (name: string) => Included | undefined) {
    this.#include = include;
  }

  reading(): RelaydReading {
    return {
      redirects: this.#redirects,
      relays: this.#relays,
      routers: this.#routers,
      complete: this.#diagnostics.every(({ severity }) => severity !== "error"),
      included: this.#included,
      diagnostics: this.#diagnostics,
    };
  }

  readFile(source: Included, above: readonly string[]): void {
    const tokens = relaydTokens(source.file, source.text);
    const words = new Words(tokens, this.#macros, this.#diagnostics);
    const context: BlockContext = {
      words,
      tables: this.#tables,
      include: (at) => this.#readInclude(words, at, [...above, source.file]),
    };
    for (let word = words.next(); word !== undefined; word = words.next()) {
      if (word.kind === "newline") continue;
      this.#statement(context, word);
    }
  }

  #statement(context: BlockContext, word: Token): void {
    const { words } = context;
    if (words.accept("=") !== undefined) {
      const value = words.value(word);
      if (value !== undefined) this.#macros.set(word.text, value.text);
      words.skipStatement();
    } else if (word.text === "table") this.#readTable(words, word);
    else if (word.text === "redirect") {
      add(words, "redirect", this.#redirects, readRedirect(context, word));
    } else if (word.text === "relay") add(words, "relay", this.#relays, readRelay(context, word));
    else if (word.text === "router") this.#readRouter(words, word);
    else if (word.text === "include") context.include(word);
    else if (isProtocol(words, word) || PLAIN.has(word.text)) skipBlock(words);
    else {
      words.fail(complaint.unknownWord(word.text, word.span, STATEMENTS));
      words.skipStatement();
      // a brace that is left over closes nothing
      words.accept("}");
    }
  }

  #readTable(words: Words, at: Token): void {
    const name = words.table(at);
    if (name === undefined) {
      words.skipStatement();
      return;
    }
    words.accept("disable");
    const hosts: Named[] = [];
    if (words.open(name)) {
      for (let host = words.option(); host !== undefined; host = words.option()) {
        hosts.push({ text: host.text, span: host.span });
        skipHostOptions(words);
      }
    }
    const first = this.#tables.get(name.text);
    if (first !== undefined) words.fail(complaint.twice("table", name.text, name.span, first.span));
    if (hosts.length === 0) {
      words.fail(complaint.missingPart("table", name.text, "hosts", name.span));
    }
    this.#tables.set(name.text, { hosts, span: name.span });
  }

  #readRouter(words: Words, at: Token): void {
    const name = words.value(at);
    if (name !== undefined) this.#routers.push({ text: name.text, span: name.span });
    skipBlock(words);
  }

  #readInclude(words: Words, at: Token, above: readonly string[]): void {
    const name = words.value(at);
    if (name === undefined) return;
    const source = this.#include(name.text);
    this.#included.push(name.text);
    if (source === undefined) words.fail(complaint.missingInclude(name.text, name.span));
    else if (above.includes(source.file) || this.#included.length > MOST_INCLUDES) {
      words.fail(complaint.includeCycle(name.text, name.span));
    } else this.readFile(source, above);
  }
}

/** Keeps a block that could be read; a name counts once. */
function add<Block extends Redirect | RelayBlock>(
  words: Words,
  what: string,
  blocks: Block[],
  made: Block | undefined,
): void {
  if (made === undefined) return;
  const first = blocks.find(({ name }) => name === made.name);
  if (first !== undefined) words.fail(complaint.twice(what, made.name, made.span, first.span));
  else blocks.push(made);
}

/** `http protocol "x" {`, `protocol "x" {`, `tcp protocol`. */
function isProtocol(words: Words, word: Token): boolean {
  if (word.text === "protocol" || word.text === "proto") return true;
  if (!/^(?:tcp|http|dns)$/.test(word.text)) return false;
  return words.accept("protocol", "proto") !== undefined;
}

function skipBlock(words: Words): void {
  words.skipStatement();
}

/** `ip ttl 1 retry 0 priority 10 parent 3` behind a host. */
function skipHostOptions(words: Words): void {
  for (let it = optionWord(words); it !== undefined; it = optionWord(words)) {
    if (it.text === "ip") words.accept("ttl");
    words.value(it);
  }
}

function optionWord(words: Words): Token | undefined {
  return words.accept("ip", "retry", "priority", "parent");
}
