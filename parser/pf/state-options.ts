import type { Span } from "../../model/source.ts";
import { type Context, complain, spanIn, unreadOf } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { GLOBAL_TIMEOUTS, STATE_TIMEOUTS } from "./names/words.ts";
import type { StateOptionSyntax } from "./syntax.ts";

/** The options of a state, as far as a rule holds them and as pfctl prints them. */
export interface StateOptions {
  readonly binding: "floating" | "if-bound" | undefined;
  readonly sloppy: boolean;
  /** Printed in front of `if-bound` and `sloppy`. */
  readonly before: readonly string[];
  /** Printed behind them. */
  readonly after: readonly string[];
  /** Table that offenders go to, and whether something fills it. */
  readonly overload: string | undefined;
  readonly limitsSources: boolean;
}

export const NO_STATE_OPTIONS: StateOptions = {
  binding: undefined,
  sloppy: false,
  before: [],
  after: [],
  overload: undefined,
  limitsSources: false,
};

const LARGEST = 4294967295;
const MOST_PER_RATE = 4294967;

/** Reads the options of `keep state (…)` or `set state-defaults`; undefined if pfctl rejects them. */
export function stateOptions(
  context: Context,
  options: readonly StateOptionSyntax[],
): StateOptions | undefined {
  const draft = new Draft(context);
  for (const option of options) if (!draft.add(option)) return undefined;
  return draft.finish();
}

class Draft {
  readonly #context: Context;
  readonly #numbers = new Map<string, number>();
  readonly #timeouts = new Map<string, number>();
  readonly #flags = new Set<string>();
  #binding: "floating" | "if-bound" | undefined;
  #track: "plain" | "rule" | "global" | undefined;
  #rate: { readonly count: number; readonly seconds: number } | undefined;
  #overload: { readonly table: string; readonly flush: string } | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Adds one option; false if it is wrong. */
  add(option: StateOptionSyntax): boolean {
    const { name, token, values } = option;
    const span = spanIn(this.#context, token, values.at(-1));
    const numbers = values.filter((it) => /^-?\d+$/.test(it.image)).map((it) => Number(it.image));
    if (numbers.some((it) => it < 0 || it > LARGEST)) {
      return this.#refuse(complaint.onlyPositive(span));
    }
    const [number = 0, seconds = 0] = numbers;
    switch (name) {
      case "max":
      case "max-src-nodes":
      case "max-src-states":
      case "max-src-conn":
        return this.#limit(name, number, option);
      case "max-src-conn-rate":
        return this.#perSecond(number, seconds, span);
      case "source-track":
        return this.#sourceTrack(values[0]?.image, span);
      case "overload":
        return this.#overloadInto(
          values.map((it) => it.image),
          span,
        );
      case "if-bound":
      case "floating":
        if (this.#binding !== undefined)
          return this.#refuse(complaint.stateFlagTwice("locking", span));
        this.#binding = name;
        return true;
      case "timeout":
        return this.#timeout(values[0]?.image ?? "", number, option);
      default:
        if (this.#flags.has(name)) return this.#refuse(complaint.stateFlagTwice(name, span));
        this.#flags.add(name);
        return true;
    }
  }

  #perSecond(count: number, seconds: number, span: Span): boolean {
    const name = "max-src-conn-rate";
    if (this.#rate !== undefined) return this.#refuse(complaint.stateOptionTwice(name, span));
    if (count === 0 || seconds === 0) return this.#refuse(complaint.mustBePositive(name, span));
    if (count > MOST_PER_RATE) return this.#refuse(complaint.rateTooHigh(span));
    this.#rate = { count, seconds };
    return true;
  }

  #sourceTrack(how: string | undefined, span: Span): boolean {
    if (this.#track !== undefined) {
      return this.#refuse(complaint.stateOptionTwice("source-track", span));
    }
    this.#track = how === "rule" || how === "global" ? how : "plain";
    return true;
  }

  #overloadInto([table = "", ...flush]: readonly string[], span: Span): boolean {
    if (this.#overload !== undefined) return this.#refuse(complaint.overloadTwice(span));
    if (table.length > 31) return this.#refuse(complaint.tableNameTooLong(table, span));
    this.#overload = { table, flush: flush.map((it) => ` ${it}`).join("") };
    return true;
  }

  finish(): StateOptions | undefined {
    const numbers = this.#numbers;
    const perRule =
      this.#track === "rule" ||
      this.#rate !== undefined ||
      numbers.has("max-src-nodes") ||
      numbers.has("max-src-conn");
    if (this.#track === "global" && perRule) {
      const name = numbers.has("max-src-nodes")
        ? "max-src-nodes"
        : numbers.has("max-src-conn")
          ? "max-src-conn"
          : "max-src-conn-rate";
      this.#refuse(complaint.incompatibleWithGlobal(name, spanIn(this.#context)));
      return undefined;
    }
    const tracked = perRule || this.#track !== undefined || numbers.has("max-src-states");
    this.#adapt();
    return {
      binding: this.#binding,
      sloppy: this.#flags.has("sloppy"),
      before: this.#before(tracked, perRule),
      after: this.#after(),
      overload: this.#overload?.table,
      limitsSources: this.#rate !== undefined || numbers.has("max-src-conn"),
    };
  }

  #limit(name: string, number: number, { token, values }: StateOptionSyntax): boolean {
    const span = spanIn(this.#context, token, values.at(-1));
    if (this.#numbers.has(name)) return this.#refuse(complaint.stateOptionTwice(name, span));
    if (number === 0 && name !== "max") return this.#refuse(complaint.mustBePositive(name, span));
    if (number > 0) this.#numbers.set(name, number);
    return true;
  }

  #timeout(name: string, seconds: number, { token, values }: StateOptionSyntax): boolean {
    const span = spanIn(this.#context, token, values.at(-1));
    if (!STATE_TIMEOUTS.includes(name)) {
      const known = GLOBAL_TIMEOUTS.includes(name);
      return this.#refuse(
        known ? complaint.illegalStateTimeout(name, span) : complaint.badTimeout(name, span),
      );
    }
    if ((this.#timeouts.get(name) ?? 0) > 0) {
      return this.#refuse(complaint.stateTimeoutTwice(name, span));
    }
    this.#timeouts.set(name, seconds);
    return true;
  }

  /** `max` sets the adaptive timeouts unless they are given; a rate keeps sources long enough. */
  #adapt(): void {
    const max = this.#numbers.get("max");
    const given = ["adaptive.start", "adaptive.end"].some((it) => this.#timeouts.has(it));
    if (max !== undefined && !given) {
      this.#timeouts.set("adaptive.start", Math.floor(max / 10) * 6);
      this.#timeouts.set("adaptive.end", Math.floor(max / 10) * 12);
    }
    const kept = this.#timeouts.get("src.track") ?? 0;
    if (this.#rate !== undefined && this.#rate.seconds > kept) {
      this.#timeouts.set("src.track", this.#rate.seconds);
    }
  }

  #before(tracked: boolean, perRule: boolean): readonly string[] {
    const limit = (name: string): readonly string[] => {
      const number = this.#numbers.get(name);
      return number === undefined ? [] : [`${name} ${number}`];
    };
    return [
      ...limit("max"),
      ...(this.#flags.has("no-sync") ? ["no-sync"] : []),
      ...(tracked ? [`source-track ${perRule ? "rule" : "global"}`] : []),
      ...limit("max-src-states"),
      ...limit("max-src-conn"),
      ...(this.#rate ? [`max-src-conn-rate ${this.#rate.count}/${this.#rate.seconds}`] : []),
      ...limit("max-src-nodes"),
      ...(this.#overload ? [`overload <${this.#overload.table}>${this.#overload.flush}`] : []),
    ];
  }

  #after(): readonly string[] {
    const timeouts = STATE_TIMEOUTS.flatMap((name) => {
      const seconds = this.#timeouts.get(name) ?? 0;
      return seconds === 0 ? [] : [`${name} ${seconds}`];
    });
    return [...(this.#flags.has("pflow") ? ["pflow"] : []), ...timeouts];
  }

  #refuse(it: ReturnType<typeof complaint.onlyPositive>): false {
    complain(this.#context, it);
    return false;
  }
}

/** Notes that `table` is filled at run time by a rule that overloads into it. */
export function noteOverload(context: Context, table: string): void {
  if (context.overloads.has(table)) return;
  const { host } = context.environment;
  const effect = `table <${table}> may hold any address: overload fills it at run time`;
  const settle = `assume: { table: { "${host}:<${table}>": [] } }`;
  context.overloads.set(table, unreadOf(context, { kind: "table", host, table }, effect, settle));
}
