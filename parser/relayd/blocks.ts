import type { Span } from "../../model/source.ts";
import * as complaint from "./diagnostics.ts";
import type { Listener, Named, Redirect, RelayBlock, Target } from "./syntax.ts";
import type { Token } from "./tokens.ts";
import type { Words } from "./words.ts";

export interface TableHosts {
  readonly hosts: readonly Named[];
  readonly span: Span;
}

/** What blocks are read in. */
export interface BlockContext {
  readonly words: Words;
  readonly tables: ReadonlyMap<string, TableHosts>;
  /** Reads the file that the word `include` names. */
  readonly include: (at: Token) => void;
}

const REDIRECT_WORDS =
  "listen forward route match pftag tag session sticky-address disable include".split(" ");

interface RedirectDraft {
  readonly listeners: Listener[];
  readonly targets: Target[];
  routes: boolean;
  tag?: string;
  matches: boolean;
  sticky: boolean;
  mode: Redirect["mode"];
  disabled: boolean;
}

/** Reads a redirect behind its keyword; undefined if relayd would refuse it. */
export function readRedirect(context: BlockContext, at: Token): Redirect | undefined {
  const { words } = context;
  const name = words.value(at);
  if (name === undefined || !words.open(name)) return undefined;
  const draft: RedirectDraft = {
    listeners: [],
    targets: [],
    routes: false,
    matches: false,
    sticky: false,
    mode: "round-robin",
    disabled: false,
  };
  for (let word = words.option(); word !== undefined; word = words.option()) {
    readRedirectOption(context, word, draft);
  }
  const { text, span } = name;
  if (!/^[\w.-]{1,31}$/.test(text)) words.fail(complaint.badName(text, span));
  else if (draft.listeners.length === 0) {
    words.fail(complaint.missingPart("redirect", text, "`listen on`", span));
  } else if (draft.targets.length === 0) {
    words.fail(complaint.missingPart("redirect", text, "table", span));
  } else return { ...draft, name: text, span };
  return undefined;
}

function readRedirectOption(context: BlockContext, word: Token, draft: RedirectDraft): void {
  const { words } = context;
  switch (word.text) {
    case "listen":
      pushIfAny(draft.listeners, readListener(words, word));
      break;
    case "forward":
    case "route": {
      draft.routes = word.text === "route";
      words.accept("to");
      pushIfAny(draft.targets, readTable(context, word, draft));
      break;
    }
    case "match":
      draft.matches = true;
      words.accept("pftag", "tag");
      draft.tag = words.value(word)?.text ?? "";
      break;
    case "pftag":
    case "tag":
      draft.tag = words.value(word)?.text ?? "";
      break;
    case "sticky-address":
      draft.sticky = true;
      break;
    case "disable":
      draft.disabled = true;
      break;
    case "session":
      words.skipStatement();
      break;
    case "include":
      // what it holds belongs into this block, and is not known here
      words.fail(complaint.missingInclude(words.value(word)?.text ?? "", word.span));
      break;
    default:
      words.fail(complaint.unknownWord(word.text, word.span, REDIRECT_WORDS));
      words.skipStatement();
  }
}

function pushIfAny<Item>(items: Item[], item: Item | undefined): void {
  if (item !== undefined) items.push(item);
}

/** `listen on ADDRESS [tcp|udp|…] port P [interface IF] [pflog] [tls]`. */
function readListener(words: Words, at: Token): Listener | undefined {
  words.accept("on");
  const address = words.value(at);
  if (address === undefined) return undefined;
  let protocol = "tcp";
  let port = words.accept("port");
  if (port === undefined && words.peek()?.kind === "word") {
    protocol = words.next()?.text ?? protocol;
    port = words.accept("port");
  }
  const number = port === undefined ? undefined : words.value(port);
  if (number === undefined) {
    words.fail(complaint.needsValue("listen on", at.span));
    words.skipStatement();
    return undefined;
  }
  const on = words.accept("interface");
  const name = on === undefined ? undefined : words.value(on);
  words.skipStatement();
  const base = { address: { text: address.text, span: address.span }, protocol, port: number.text };
  return name === undefined ? base : { ...base, interface: name.text };
}

/** A table by name with the words behind it: `port N`, `mode M`, `check …`, `interface IF`. */
function readTable(
  context: BlockContext,
  at: Token,
  draft: { mode?: Redirect["mode"] },
): Target | undefined {
  const { words, tables } = context;
  const name = words.table(at);
  if (name === undefined) {
    words.skipStatement();
    return undefined;
  }
  const table = tables.get(name.text);
  if (table === undefined) words.fail(complaint.noTable(name.text, name.span, tables.keys()));
  const found: { port?: string; interface?: string } = {};
  for (let word = words.peek(); isInside(word); word = words.peek()) {
    words.next();
    if (word.quoted) continue;
    if (word.text === "port") found.port = words.value(word)?.text ?? "";
    else if (word.text === "interface") found.interface = words.value(word)?.text ?? "";
    else if (word.text === "mode") {
      draft.mode = words.value(word)?.text === "least-states" ? "least-states" : "round-robin";
    }
  }
  return table === undefined ? undefined : { ...found, hosts: table.hosts };
}

/** Whether a word still belongs to the statement. */
function isInside(word: Token | undefined): word is Token {
  return word !== undefined && word.kind !== "newline" && word.kind !== "}";
}

const RELAY_WORDS = "listen forward transparent protocol session disable include".split(" ");

interface RelayDraft {
  readonly listeners: Listener[];
  readonly targets: Target[];
  anyDestination: boolean;
  transparent: boolean;
  disabled: boolean;
}

/** Reads a relay behind its keyword; undefined if relayd would refuse it. */
export function readRelay(context: BlockContext, at: Token): RelayBlock | undefined {
  const { words } = context;
  const name = words.value(at);
  if (name === undefined || !words.open(name)) return undefined;
  const draft: RelayDraft = {
    listeners: [],
    targets: [],
    anyDestination: false,
    transparent: false,
    disabled: false,
  };
  for (let word = words.option(); word !== undefined; word = words.option()) {
    readRelayOption(context, word, draft);
  }
  const { text, span } = name;
  if (draft.listeners.length === 0) {
    words.fail(complaint.missingPart("relay", text, "`listen on`", span));
  } else if (draft.targets.length === 0 && !draft.anyDestination) {
    words.fail(complaint.missingPart("relay", text, "target", span));
  } else return { ...draft, name: text, span };
  return undefined;
}

function readRelayOption(context: BlockContext, word: Token, draft: RelayDraft): void {
  const { words } = context;
  switch (word.text) {
    case "listen":
      pushIfAny(draft.listeners, readListener(words, word));
      break;
    case "transparent":
      draft.transparent = true;
      words.accept("forward");
      readForward(context, word, draft);
      break;
    case "forward":
      readForward(context, word, draft);
      break;
    case "disable":
      draft.disabled = true;
      break;
    case "protocol":
    case "proto":
    case "session":
      words.skipStatement();
      break;
    case "include":
      words.fail(complaint.missingInclude(words.value(word)?.text ?? "", word.span));
      break;
    default:
      words.fail(complaint.unknownWord(word.text, word.span, RELAY_WORDS));
      words.skipStatement();
  }
}

/** `forward [with tls] to <t> … | ADDRESS port N | destination | nat lookup`. */
function readForward(context: BlockContext, at: Token, draft: RelayDraft): void {
  const { words } = context;
  if (words.accept("with") !== undefined) words.accept("tls", "ssl");
  words.accept("to");
  if (words.peek()?.kind === "<") {
    pushIfAny(draft.targets, readTable(context, at, {}));
    return;
  }
  const target = words.value(at);
  if (target === undefined) return;
  if (!target.quoted && /^(?:destination|nat)$/.test(target.text)) {
    draft.anyDestination = true;
    words.skipStatement();
    return;
  }
  const hosts = [{ text: target.text, span: target.span }];
  const port = words.accept("port");
  const number = port === undefined ? undefined : words.value(port);
  draft.targets.push(number === undefined ? { hosts } : { hosts, port: number.text });
  words.skipStatement();
}
