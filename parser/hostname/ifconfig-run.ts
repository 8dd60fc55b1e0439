import type { Address } from "../../model/address.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Family } from "../../model/packet.ts";
import type { Word } from "../config-lines.ts";
import type { Command } from "./commands.ts";
import * as complaint from "./diagnostics.ts";
import type { InterfaceDraft, Machine, UnreadText } from "./machine.ts";

/** What a word of ifconfig(8) does; it takes its own values off the run. */
export type Handler = (run: IfconfigRun, word: Word) => void;

/** The address that one ifconfig command sets once all its words are read. */
export interface AddressDraft {
  family: Family;
  address?: Address;
  length?: number;
  broadcast?: bigint;
  peer?: bigint;
  alias: boolean;
  remove: boolean;
}

/** One ifconfig(8) command while it runs: it stops at the first word that ifconfig refuses. */
export class IfconfigRun {
  readonly machine: Machine;
  readonly draft: InterfaceDraft;
  readonly command: Command;
  readonly setting: AddressDraft = { family: "inet", alias: false, remove: false };
  /** Ifconfig gave up: later words and the address are not set. */
  failed = false;
  #at = 0;

  constructor(machine: Machine, draft: InterfaceDraft, command: Command) {
    this.machine = machine;
    this.draft = draft;
    this.command = command;
  }

  /** The next word, which is then taken. */
  take(): Word | undefined {
    return this.command.words[this.#at++];
  }

  /** How many words are taken. */
  get taken(): number {
    return this.#at;
  }

  peek(): Word | undefined {
    return this.command.words[this.#at];
  }

  /** All words that are left. */
  rest(): readonly Word[] {
    const words = this.command.words.slice(this.#at);
    this.#at = this.command.words.length;
    return words;
  }

  /** The value of `word`; without one ifconfig gives up. */
  value(word: Word): Word | undefined {
    const value = this.take();
    if (value === undefined) this.fail(complaint.needsValue(word.text, word.span));
    return value;
  }

  /** A whole number from `first` to `last`. */
  number(word: Word, first: number, last: number): number | undefined {
    const value = this.value(word);
    if (value === undefined) return undefined;
    const read = /^\d{1,9}$/.test(value.text) ? Number(value.text) : Number.NaN;
    if (read >= first && read <= last) return read;
    if (value.shell) this.unread([word, value]);
    else {
      const range = `a number from ${first} to ${last}`;
      this.fail(complaint.badValue(word.text, value.text, range, value.span));
    }
    return undefined;
  }

  fail(diagnostic: Diagnostic): void {
    this.failed = true;
    this.machine.diagnostics.push(diagnostic);
  }

  /** Words that are not understood: everything on this interface may be different. */
  unread(words: readonly Word[], more: Partial<UnreadText> = {}): void {
    const [first] = words;
    this.machine.leaveUnread({
      scope: "interface",
      on: this.draft,
      words,
      span: first?.span ?? this.command.span,
      effect: "may change what passes this interface",
      ...more,
    });
  }
}
