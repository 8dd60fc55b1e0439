import type { Word } from "../config-lines.ts";
import { ADDRESS_WORDS, setAddress, takeAddress } from "./address-words.ts";
import { BRIDGE_WORDS } from "./bridge-words.ts";
import { CARRIER_WORDS } from "./carrier-words.ts";
import type { Command } from "./commands.ts";
import { type Handler, IfconfigRun } from "./ifconfig-run.ts";
import { LINK_WORDS } from "./link-words.ts";
import type { InterfaceDraft, Machine } from "./machine.ts";
import { OPTIONAL_VALUE, PLAIN_BRIDGE_WORDS, PLAIN_WORDS } from "./plain-words.ts";
import { TUNNEL_WORDS } from "./tunnel-words.ts";

/** Carries out one `ifconfig IF …` on `draft`: words in order, the address at the end. */
export function runIfconfig(machine: Machine, draft: InterfaceDraft, command: Command): void {
  const run = new IfconfigRun(machine, draft, command);
  for (let word = run.take(); word !== undefined && !run.failed; word = run.take()) {
    readWord(run, word);
  }
  if (!run.failed) setAddress(run);
}

function readWord(run: IfconfigRun, word: Word): void {
  const handler = handlerOf(run.draft, word.text);
  if (handler !== undefined) handler(run, word);
  else if (!takeAddress(run, word)) leave(run, word);
}

function handlerOf({ kind }: InterfaceDraft, text: string): Handler | undefined {
  const switches = kind === "bridge" || kind === "veb";
  return (
    ADDRESS_WORDS.get(text) ??
    (kind === "other" ? CARRIER_WORDS.get(text) : undefined) ??
    LINK_WORDS.get(text) ??
    (kind === "vxlan" ? TUNNEL_WORDS.get(text) : undefined) ??
    (switches ? BRIDGE_WORDS.get(text) : undefined) ??
    skipper(switches ? PLAIN_BRIDGE_WORDS : undefined, text) ??
    skipper(PLAIN_WORDS, text)
  );
}

/** Takes the values of a word that no path depends on. */
function skipper(
  plain: ReadonlyMap<string, number> | undefined,
  text: string,
): Handler | undefined {
  const optional = OPTIONAL_VALUE.get(text);
  if (optional !== undefined) {
    return (run) => {
      const next = run.peek();
      if (next !== undefined && optional.test(next.text)) run.take();
    };
  }
  const values = plain?.get(text);
  if (values === undefined) return undefined;
  return (run, word) => {
    for (let left = values; left > 0; left--) run.value(word);
  };
}

/** Interfaces whose paths are not modelled have their own unread line: their words add nothing. */
function leave(run: IfconfigRun, word: Word): void {
  if (run.draft.kind === "other") return;
  const isName = run.command.words[0] === word || /^-?[a-z]/i.test(word.text) || word.shell;
  run.unread([word, ...(isName ? run.rest() : [])], {
    effect: "is not understood: may change what passes this interface",
  });
}
