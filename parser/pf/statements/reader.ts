import { isTakenBefore } from "../grammar/lookahead.ts";
import type { Shaped, Shapes } from "../grammar/shapes.ts";
import type { Slots } from "../grammar/slots.ts";
import { HOST_RUN, LOOKS_AHEAD, OS, RECEIVED_ON, RULE, WORD_RUN } from "../grammar/steps.ts";
import {
  beginsStatement,
  END,
  ERROR,
  INCLUDE,
  type Kind,
  kindOf,
  kindTexts,
  NEWLINE,
  STRAY,
  STRING,
  standsBeforeList,
} from "../lexical/kinds.ts";
import type { Lexer } from "../lexical/lexer.ts";
import type { Tokens } from "../lexical/tokens.ts";
import { accountHandlers } from "./account-handlers.ts";
import { anchorHandlers } from "./anchor-handlers.ts";
import { antispoofHandlers } from "./antispoof-handlers.ts";
import type { Handler } from "./handlers.ts";
import { hostHandlers, hostRun } from "./host-handlers.ts";
import { optionHandlers } from "./option-handlers.ts";
import { packetHandlers } from "./packet-handlers.ts";
import { poolHandlers } from "./pool-handlers.ts";
import { portHandlers } from "./port-handlers.ts";
import { queueHandlers } from "./queue-handlers.ts";
import type { Reading } from "./reading.ts";
import { ruleHandlers } from "./rule-handlers.ts";
import { setHandlers } from "./set-handlers.ts";
import { stateHandlers } from "./state-handlers.ts";
import { tableHandlers } from "./table-handlers.ts";
import { Templates } from "./templates.ts";

const HANDLERS: readonly (Handler | undefined)[] = handlersByStep();

function handlersByStep(): (Handler | undefined)[] {
  const made: (Handler | undefined)[] = [];
  for (const [step, handler] of [
    ...ruleHandlers,
    ...hostHandlers,
    ...portHandlers,
    ...accountHandlers,
    ...optionHandlers,
    ...packetHandlers,
    ...stateHandlers,
    ...poolHandlers,
    ...anchorHandlers,
    ...antispoofHandlers,
    ...tableHandlers,
    ...queueHandlers,
    ...setHandlers,
  ]) {
    made[step] = handler;
  }
  return made;
}

/** Steps of the rigid part of a rule: they leave the options of a draft alone. */
const PLAIN_STEPS: Uint8Array = plainSteps();

function plainSteps(): Uint8Array {
  const plain = new Uint8Array(HANDLERS.length + 1);
  for (const [step] of [...ruleHandlers, ...hostHandlers, ...portHandlers]) plain[step] = 1;
  for (const step of [OS, RECEIVED_ON]) plain[step] = 0;
  plain[RULE] = 1;
  return plain;
}

const [OPEN, CLOSE, COMMA] = [kindOf("{"), kindOf("}"), kindOf(",")];
const [TABLE, SET] = [kindOf("table"), kindOf("set")];

/** Lists may stand within lists, this many deep; pfctl itself allows some thousands. */
const DEEPEST_LIST = 256;
/** Tokens of a statement that are kept once it is known to be wrong. */
const ENOUGH = 4096;
/** Tokens of one statement. */
const MOST_TOKENS = 16_000_000;
/** After an error, pfctl reports no syntax error until this many tokens have fitted. */
const TRUST = 3;

/** Whether a brace behind `before` opens a list, and so hides the line ends in it. */
function holdsList(first: Kind, before: Kind): boolean {
  return first === TABLE || standsBeforeList[before] === 1;
}

/** Whether no statement goes on behind a token of this kind. */
function endsEarly(kind: Kind): boolean {
  return kind === ERROR || kind === END || kind === STRAY;
}

/** How a statement ended: index of the first token behind it that pfctl has not taken. */
type Outcome = "done" | { readonly from: number };

/**
 * Reads a file and what it includes, statement by statement, as pfctl's parser does: the same
 * actions in the same order, the same recovery from errors (follows yacc's skeleton and parse.y,
 * OpenBSD 7.8).
 */
export class StatementReader {
  readonly #reading: Reading;
  readonly #tokens: Tokens;
  readonly #lexer: Lexer;
  readonly #shapes: Shapes;
  readonly #templates: Templates = new Templates();
  /** Tokens that must still fit before a syntax error is reported. */
  #distrust = 0;
  /** The statement before was given up. */
  #broken = false;
  /** The first token was taken: until then pfctl cannot recover from an error. */
  #begun = false;

  constructor(reading: Reading, shapes: Shapes) {
    this.#reading = reading;
    this.#tokens = reading.tokens;
    this.#lexer = reading.lexer;
    this.#shapes = shapes;
  }

  /** Reads everything. */
  read(): void {
    for (;;) {
      this.#tokens.clear();
      this.#emptyLines(this.#lexer.skipEmptyLines());
      const whole = this.#lexer.line();
      const first = this.#tokens.count > 0 ? this.#tokens.kind(0) : this.#lexer.next();
      if (first === NEWLINE) {
        this.#emptyLines(1);
        continue;
      }
      if (first === END) {
        this.#end();
        return;
      }
      if (!this.#statement(first, whole)) return;
    }
  }

  /** Each line end is a token that fits. */
  #emptyLines(count: number): void {
    if (count === 0) return;
    this.#begun = true;
    this.#distrust = Math.max(0, this.#distrust - count);
  }

  /** The end of the input, where a statement could begin. */
  #end(): void {
    this.#reading.beginStatement();
    this.#reading.last = 0;
    this.#lexicalComplaints();
    if (this.#reading.bodies.length > 0) this.#syntaxError(0, kindTexts[CLOSE] ?? "");
  }

  /**
   * Reads one statement; false at the end of the input.
   *
   * @param whole - all its tokens are there
   */
  #statement(first: Kind, whole: boolean): boolean {
    const reading = this.#reading;
    if (first !== ERROR && !whole) this.#gather(first);
    reading.beginStatement();
    const last = this.#tokens.kind(this.#tokens.count - 1);
    if (this.#lexer.complaints.length > 0 && last !== ERROR && last !== END) {
      reading.last = this.#tokens.count - 1;
      this.#lexicalComplaints();
    }
    if (first === SET) this.#templates.clear();
    const begun = this.#begun || reading.shared.input.live === true;
    this.#begun = true;
    if (!begun && first === OPEN) {
      // a brace may begin a file, but nothing may follow it
      this.#refuse(1, "");
      return false;
    }
    const shaped = this.#shapes.reduce(this.#tokens, reading.bodies.length > 0);
    const { slots } = shaped;
    const outcome = slots === undefined ? this.#take(shaped) : this.#takeRule(shaped, slots);
    if (outcome === "done") {
      this.#broken = false;
      this.#distrust = Math.max(0, this.#distrust - this.#tokens.count);
      return true;
    }
    reading.keepUnread(outcome.from);
    this.#broken = true;
    this.#distrust = TRUST;
    reading.leaveBodies();
    return (begun || outcome.from > 0) && this.#recover(outcome.from);
  }

  /** Reads on to the end of the statement that begins with `first`. */
  #gather(first: Kind): void {
    const tokens = this.#tokens;
    let depth = 0;
    let before = first;
    for (let at = 1; ; at++) {
      let kind = this.#kindOf(at);
      if (kind === NEWLINE) {
        if (depth === 0 || before === COMMA) return;
        kind = this.#lineStart();
        if (beginsStatement[kind] === 1) return;
        at = tokens.count - 1;
      }
      if (endsEarly(kind) || (kind === STRING && first === INCLUDE)) return;
      if (kind === OPEN || kind === CLOSE) depth = this.#depthBehind(kind, depth, first, before);
      before = kind;
      if (tokens.count >= ENOUGH && this.#isTooMuch(first)) return;
    }
  }

  /** Token `at` of the statement; the one behind the last is read. */
  #kindOf(at: number): Kind {
    return at < this.#tokens.count ? this.#tokens.kind(at) : this.#lexer.next();
  }

  /** The first token of the next line that has one. */
  #lineStart(): Kind {
    let kind = this.#lexer.next();
    while (kind === NEWLINE) kind = this.#lexer.next();
    return kind;
  }

  /** No statement of this many tokens begins so: what is left of it is dropped in recovery. */
  #isTooMuch(first: Kind): boolean {
    if (this.#tokens.count >= MOST_TOKENS) this.#reading.limit("statement too long");
    return beginsStatement[first] !== 1 && first !== STRING;
  }

  /** How deep in lists a statement is behind a brace. */
  #depthBehind(brace: Kind, depth: number, first: Kind, before: Kind): number {
    if (brace === CLOSE) return Math.max(0, depth - 1);
    if (depth === 0 && (beginsStatement[first] !== 1 || !holdsList(first, before))) return 0;
    if (depth >= DEEPEST_LIST) this.#reading.limit("lists nested too deep");
    return depth + 1;
  }

  /** Takes a filter rule, by what one like it has made where that is known. */
  #takeRule(shaped: Shaped, slots: Slots): Outcome {
    const reading = this.#reading;
    if (this.#templates.take(reading, slots)) return "done";
    const { errors, shared } = reading;
    const rules = shared.rules;
    const said = shared.stderr.length;
    const outcome = this.#take(shaped);
    if (outcome === "done" && shared.rules === rules + 1 && shared.stderr.length === said) {
      const rule = reading.rulesOf(reading.anchor).at(-1);
      const plain = rule?.elements.length === 0 && errors === reading.errors;
      if (plain) this.#templates.keep(reading, slots, rule);
    }
    return outcome;
  }

  /** Takes the steps of a statement. */
  #take({ reduction, from, count }: Shaped): Outcome {
    const reading = this.#reading;
    const { steps, wrong } = reduction;
    for (let it = 0; it < steps.length; it += 2) {
      const code = steps[it] ?? 0;
      const step = code & ~LOOKS_AHEAD;
      const index = steps[it + 1] ?? 0;
      if (code !== step && wrong === index + 1 && !this.#reduces(steps, it, from[wrong])) break;
      const at = from[index] ?? 0;
      const next = from[index + 1] ?? this.#tokens.count;
      reading.last = code === step ? at : next;
      if (!this.#takeStep(step, at, next)) return { from: Math.max(at + 1, reading.last) };
    }
    if (wrong < 0) return "done";
    const at = wrong < count ? (from[wrong] ?? 0) : this.#tokens.count - 1;
    this.#refuse(at, reduction.expected);
    return { from: at };
  }

  /** Complains about token `at`, which fits nowhere. */
  #refuse(at: number, expected: string): void {
    this.#reading.last = at;
    if (this.#tokens.kind(at) === ERROR || this.#tokens.kind(at) === END) this.#lexicalComplaints();
    this.#syntaxError(at, expected);
  }

  /** False: pfctl gives the statement up. */
  #takeStep(step: number, at: number, next: number): boolean {
    if (step === HOST_RUN || step === WORD_RUN) return this.#takeRun(step, at, next);
    if (PLAIN_STEPS[step] !== 1) this.#reading.draft.hasOptions = true;
    return HANDLERS[step]?.(this.#reading, at) !== false;
  }

  /** Takes all tokens that the shape holds as one. */
  #takeRun(step: number, at: number, end: number): boolean {
    if (step === HOST_RUN) return hostRun(this.#reading, at, end);
    for (let it = at; it < end; it++) this.#reading.draft.words.push(this.#tokens.text(it));
    return true;
  }

  /** Whether pfctl takes step `it`, which looks ahead, although token `wrong` does not fit. */
  #reduces(steps: Int32Array, it: number, wrong = 0): boolean {
    const tokens = this.#tokens;
    const step = (steps[it] ?? 0) & ~LOOKS_AHEAD;
    const previous = (steps[it - 2] ?? 0) & ~LOOKS_AHEAD;
    return isTakenBefore(step, tokens.kind(wrong), tokens.kind(wrong - 1), previous);
  }

  /** The statement is the rest of one that was given up, or of a body: no cause of its own. */
  #follows(): boolean {
    const tokens = this.#tokens;
    return this.#broken && beginsStatement[tokens.kind(0)] !== 1 && tokens.text(1) !== "=";
  }

  #syntaxError(at: number, expected: string): void {
    this.#reading.syntaxError(at, expected, this.#distrust > at, this.#follows());
  }

  /** Hands over what the lexer has complained about. */
  #lexicalComplaints(): void {
    const reading = this.#reading;
    for (const { message, span, line, file } of this.#lexer.complaints.splice(0)) {
      reading.lexicalError(message, span, line, file);
    }
  }

  /** Drops tokens up to the next line end; false at the end of the input. */
  #recover(from: number): boolean {
    const tokens = this.#tokens;
    const last = tokens.count - 1;
    for (let at = from; at <= last; at++) {
      const kind = tokens.kind(at);
      if (kind === END) return false;
      if (kind !== NEWLINE) continue;
      this.#distrust = TRUST - 1;
      if (at < last) this.#lexer.resumeBehind(at);
      return true;
    }
    this.#lexicalComplaints();
    for (;;) {
      tokens.clear();
      const kind = this.#lexer.next();
      if (kind === END || kind === ERROR) this.#lexicalComplaints();
      if (kind === END) return false;
      if (kind !== NEWLINE) continue;
      this.#distrust = TRUST - 1;
      return true;
    }
  }
}
