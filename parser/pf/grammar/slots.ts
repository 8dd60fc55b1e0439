import { type Kind, NUMBER, STRING } from "../lexical/kinds.ts";
import * as S from "./steps.ts";

/** Tokens of one end of a rule; -1: there is none that may change. */
export interface EndSlots {
  readonly address: number;
  /** The length behind the slash. */
  readonly mask: number;
  readonly port: number;
}

/**
 * The tokens of a shape of filter rules that say nothing but a value in the rule: its interface,
 * one address and one port at each end. Statements that differ in no other token make rules that
 * differ in nothing else.
 */
export interface Slots {
  /** Numbers the shapes that have slots, from 0. */
  readonly id: number;
  readonly interface: number;
  readonly source: EndSlots;
  readonly destination: EndSlots;
  /** The other tokens whose text is not given by their kind. */
  readonly keys: readonly number[];
}

const NONE: EndSlots = { address: -1, mask: -1, port: -1 };

/** Steps of rules that make neither pools nor runs, and so use each host in one place. */
function isSimple(step: number): boolean {
  return step <= S.TAGGED && step !== S.HOST_RUN;
}

/** The slots of a shape; undefined: it has lists, or is more than a plain filter rule. */
export function slotsOf(id: number, steps: Int32Array, kinds: Uint8Array): Slots | undefined {
  const reader = new SlotReader(kinds);
  for (let it = 0; it < steps.length; it += 2) {
    if (!reader.take((steps[it] ?? 0) & ~S.LOOKS_AHEAD, steps[it + 1] ?? 0)) return undefined;
  }
  return reader.isRule ? reader.slots(id) : undefined;
}

class SlotReader {
  isRule = false;
  readonly #kinds: Uint8Array;
  #interface = -1;
  #source = NONE;
  #destination = NONE;
  /** What was read of the end at hand. */
  #end = NONE;
  #hosts = 0;
  #ports = 0;

  constructor(kinds: Uint8Array) {
    this.#kinds = kinds;
  }

  /** False: the statement makes more than a simple rule. */
  take(step: number, at: number): boolean {
    if (step === S.RULE) this.isRule = true;
    else if (!isSimple(step)) return false;
    if (step === S.IF_NAME) {
      if (this.#interface >= 0) return false;
      this.#interface = at;
    }
    if (step === S.FROM || step === S.TO) this.#finishEnd(step);
    if (step >= S.HOST_ANY && step <= S.URPF_FAILED) this.#takeHost(step, at);
    if (step >= S.PORT_SINGLE && step <= S.PORT_BINARY) this.#takePort(step, at);
    return this.#hosts <= 1 && this.#ports <= 1;
  }

  #takeHost(step: number, at: number): void {
    if (step !== S.HOST_DYNAMIC_MASK) this.#hosts++;
    if (step === S.HOST_MASK) this.#end = { ...this.#end, address: at - 2, mask: at };
    if (step === S.HOST_NAME) this.#end = { ...this.#end, address: at };
  }

  #takePort(step: number, at: number): void {
    this.#ports++;
    if (step !== S.PORT_BINARY && this.#kinds[at] === NUMBER)
      this.#end = { ...this.#end, port: at };
  }

  #finishEnd(step: number): void {
    if (step === S.FROM) this.#source = this.#end;
    else this.#destination = this.#end;
    this.#end = NONE;
    this.#hosts = 0;
    this.#ports = 0;
  }

  slots(id: number): Slots {
    const [source, destination] = [this.#source, this.#destination];
    const taken = [this.#interface, ...Object.values(source), ...Object.values(destination)];
    const keys = [...this.#kinds.keys()].filter((at) => {
      return isWord(this.#kinds[at] ?? 0) && !taken.includes(at);
    });
    return { id, interface: this.#interface, source, destination, keys };
  }
}

function isWord(kind: Kind): boolean {
  return kind === STRING || kind === NUMBER;
}
