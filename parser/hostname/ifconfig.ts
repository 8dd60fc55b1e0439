import type { InterfaceKind } from "../../model/host.ts";
import type { Word } from "../config-lines.ts";
import type { LineUse } from "../line-uses.ts";
import { ADDRESS_WORDS, setAddress, takeAddress } from "./address-words.ts";
import { BRIDGE_WORDS, TPMR_WORDS } from "./bridge-words.ts";
import { CARRIER_WORDS } from "./carrier-words.ts";
import type { Command } from "./commands.ts";
import * as complaint from "./diagnostics.ts";
import { type Handler, IfconfigRun } from "./ifconfig-run.ts";
import { LINK_WORDS } from "./link-words.ts";
import type { InterfaceDraft, Machine } from "./machine.ts";
import { OPTIONAL_VALUE, PLAIN_WORDS, plainWordsOf } from "./plain-words.ts";
import { CARP_WORDS, PAIR_WORDS, RPORT_WORDS, TRUNK_WORDS } from "./port-words.ts";
import { TUNNEL_WORDS } from "./tunnel-words.ts";

/** Carries out one `ifconfig IF …` on `draft`: words in order, the address at the end. */
export function runIfconfig(machine: Machine, draft: InterfaceDraft, command: Command): void {
  const run = new IfconfigRun(machine, draft, command);
  for (let word = run.take(); word !== undefined && !run.failed; word = run.take()) {
    const from = run.taken - 1;
    const use = readWord(run, word);
    machine.mark(command.words.slice(from, run.taken), use, word.text);
  }
  if (run.failed) machine.mark(command.words, "understood");
  else setAddress(run);
}

function readWord(run: IfconfigRun, word: Word): LineUse {
  const handler = handlerOf(run.draft, word.text);
  if (handler !== undefined) {
    handler(run, word);
    return "understood";
  }
  const skip = skipperOf(run.draft, word.text);
  if (skip !== undefined) {
    skip(run, word);
    return "no effect";
  }
  if (takeAddress(run, word)) return "understood";
  if (!word.shell && !/^[a-z0-9_](?:[\w.-]*\w)?$/i.test(word.text)) {
    run.fail(complaint.badAddress(word.text, "a word of ifconfig or an address", word.span));
    return "understood";
  }
  leave(run, word);
  return "unread";
}

/** Words that only some kinds of interfaces take. */
const OF_KIND: Partial<Record<InterfaceKind, ReadonlyMap<string, Handler>>> = {
  bridge: BRIDGE_WORDS,
  veb: BRIDGE_WORDS,
  tpmr: TPMR_WORDS,
  vxlan: TUNNEL_WORDS,
  trunk: TRUNK_WORDS,
  aggr: TRUNK_WORDS,
  carp: CARP_WORDS,
  pair: PAIR_WORDS,
  rport: RPORT_WORDS,
  other: CARRIER_WORDS,
};

function handlerOf({ kind }: InterfaceDraft, text: string): Handler | undefined {
  return ADDRESS_WORDS.get(text) ?? OF_KIND[kind]?.get(text) ?? LINK_WORDS.get(text);
}

/** Takes the values of a word that no path depends on. */
function skipperOf(draft: InterfaceDraft, text: string): Handler | undefined {
  const optional = OPTIONAL_VALUE.get(text);
  if (optional !== undefined) {
    return (run) => {
      const next = run.peek();
      if (next !== undefined && optional.test(next.text)) run.take();
    };
  }
  const values = plainWordsOf(draft)?.get(text) ?? PLAIN_WORDS.get(text);
  if (values === undefined) return undefined;
  return (run, word) => {
    for (let left = values; left > 0; left--) run.value(word);
  };
}

/**
 * What is no word of ifconfig is taken for the name of a host, which only the running system can look up.
 *
 * Interfaces whose paths are not modelled have their own unread line: their words add nothing.
 */
function leave(run: IfconfigRun, word: Word): void {
  if (run.draft.kind === "other") return;
  const isName = run.command.words[0] === word || /^-?[a-z]/i.test(word.text) || word.shell;
  run.unread([word, ...(isName ? run.rest() : [])], {
    effect: "is not understood: may change what passes this interface",
  });
}
