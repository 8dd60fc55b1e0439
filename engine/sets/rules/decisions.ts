import type { PfRule } from "../../../model/pf-rule.ts";
import { mergeActions, noActions } from "../../kernel/actions.ts";
import type { Actions } from "../../kernel/state.ts";
import type { Detail, RouteMade, StateMade } from "./fate.ts";
import type { Numbers } from "./interned.ts";
import type { SourceRule } from "./situation.ts";
import type { Decision, Effects, Steps } from "./steps.ts";
import type { Translation } from "./translation.ts";

/** What rules do to the packets that they decide on, once; in detail `outcomes` equal ones are one. */
export class Decisions {
  readonly #detail: Detail;
  readonly #steps: Steps;
  readonly #numbers: Numbers;
  readonly #known: Map<string, Decision> = new Map();
  /** By {@link plainKey}. */
  readonly #plain: Decision[] = [];
  readonly #states: StateMade[] = [];

  constructor(detail: Detail, steps: Steps, numbers: Numbers) {
    this.#detail = detail;
    this.#steps = steps;
    this.#numbers = numbers;
  }

  /** Of a pass or block rule. */
  of(live: SourceRule, translation: Translation): Decision {
    if (this.#detail === "rules") {
      const key = `${this.#steps.idOf(live)} ${translation.index}`;
      return this.#once(key, () => this.#make(live, translation));
    }
    const { rule } = live;
    if (isChanging(translation) || !isPlain(rule)) return this.#shared(live, translation);
    const key = plainKey(rule, this.#numbers);
    this.#plain[key] ??= this.#make(live, translation);
    return this.#plain[key];
  }

  /** Of a pass rule whose own translation has no address for the packet: it is dropped. */
  failing(rule: SourceRule): Decision {
    return this.#interned("block", rule, "fails");
  }

  /** Of an unread rule: anything. */
  anything(rule: SourceRule): Decision {
    return this.#interned("anything", rule, "anything");
  }

  #shared(live: SourceRule, translation: Translation): Decision {
    const { rule } = live;
    const { action, answer, allowOptions, divert } = rule;
    const key = [
      action,
      this.#numbers.of(answer),
      this.#own(rule, translation).index,
      this.#numbers.of(this.#state(rule)),
      allowOptions,
      this.#numbers.of(routeOf(rule)),
      this.#numbers.of(divert),
    ].join(" ");
    return this.#once(key, () => this.#make(live, translation));
  }

  #once(key: string, make: () => Decision): Decision {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = make();
      this.#known.set(key, known);
    }
    return known;
  }

  #interned(kind: Decision["kind"], rule: SourceRule, word: string): Decision {
    const key = this.#detail === "rules" ? `${word} ${this.#steps.idOf(rule)}` : word;
    return this.#once(key, () => this.#steps.decision({ kind, ...this.#by(rule) }));
  }

  #by(rule: SourceRule): Pick<Decision, "rule"> {
    return { rule: this.#detail === "rules" ? rule : undefined };
  }

  #make(live: SourceRule, translation: Translation): Decision {
    const { rule } = live;
    const by = this.#by(live);
    if (rule.action === "block") {
      const answer = rule.answer?.kind === "drop" ? undefined : rule.answer;
      return this.#steps.decision({ kind: "block", ...by, answer });
    }
    return this.#steps.decision({
      kind: "pass",
      ...by,
      own: this.#own(rule, translation),
      state: this.#state(rule),
      allowOptions: rule.allowOptions,
      route: routeOf(rule),
      divert: rule.divert,
    });
  }

  #own(rule: PfRule, translation: Translation): Effects {
    const { rtable } = rule;
    if (!isChanging(translation) && isPlain(rule)) return this.#steps.nothing;
    return this.#steps.effects({ translation, rtable, actions: actionsOf(rule) });
  }

  /** One object for equal ones. */
  #state({ state, stateOptions, allowOptions }: PfRule): StateMade | undefined {
    if (state === "none") return undefined;
    const { ifBound, sloppy } = stateOptions;
    const at = stateKey(state, ifBound, sloppy) * 2 + (allowOptions ? 1 : 0);
    this.#states[at] ??= { kind: state, ifBound, sloppy, allowOptions };
    return this.#states[at];
  }
}

/** What a rule sets besides. */
export function actionsOf(rule: PfRule): Actions {
  const actions = noActions();
  mergeActions(actions, rule);
  return actions;
}

/** Nothing but a verdict, and perhaps a state. */
function isPlain({ rtable, set, scrub, route, divert }: PfRule): boolean {
  const isBare = set === undefined && scrub === undefined;
  return isBare && rtable < 0 && route === undefined && divert === undefined;
}

function isChanging({ writes, family }: Translation): boolean {
  return writes.length > 0 || family !== undefined;
}

const STATES = ["none", "keep", "modulate", "synproxy"] as const;

function stateKey(kind: PfRule["state"], ifBound: boolean, sloppy: boolean): number {
  return STATES.indexOf(kind) * 4 + (ifBound ? 2 : 0) + (sloppy ? 1 : 0);
}

function plainKey(rule: PfRule, numbers: Numbers): number {
  const { action, answer, allowOptions, state, stateOptions } = rule;
  if (action === "block") return 32 + numbers.of(answer);
  return stateKey(state, stateOptions.ifBound, stateOptions.sloppy) * 2 + (allowOptions ? 1 : 0);
}

function routeOf({ route, routeKind }: PfRule): RouteMade | undefined {
  if (route === undefined || routeKind === undefined) return undefined;
  return { kind: routeKind, pool: route };
}
