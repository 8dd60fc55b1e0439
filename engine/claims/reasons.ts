import type { Reason, Violation } from "../../model/answer.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import { Closure } from "./closure.ts";
import { Witnesses } from "./confirm.ts";
import { judge } from "./judge.ts";
import type { OpenBracket, Plan } from "./plan.ts";
import { findViolation } from "./violations.ts";

/** More brackets than this are not closed one at a time. */
const CLOSED_SINGLY = 24;

/** Finds the reasons of undecided pairs; a closure is computed once for all of them. */
export class Reasons {
  readonly #plan: Plan;
  readonly #sets: PacketFunctions;
  readonly #poll: (() => void) | undefined;
  /** Plays scripts as if every open line did nothing more than it says. */
  readonly #asWritten: Witnesses;
  /** By the brackets that are closed. */
  readonly #closures = new Map<string, Closure>();

  constructor(plan: Plan, sets: PacketFunctions, poll: (() => void) | undefined) {
    this.#plan = plan;
    this.#sets = sets;
    this.#poll = poll;
    this.#asWritten = new Witnesses(plan, sets, { asWritten: true });
  }

  /**
   * Why a pair is undecided: the brackets on its bad may-paths, found by closing them one at a time.
   *
   * A bracket is a reason if closing it alone proves the pair. If no single one does, brackets are closed one
   * after another until the pair is proved, and those that were needed are the reasons.
   */
  for(from: number, to: number): readonly Reason[] {
    const { brackets } = this.#plan;
    const holds = (closed: readonly OpenBracket[]): boolean =>
      judge(this.#closed(closed), from, to).suspects.length === 0;
    if (brackets.length === 0) return [unconfirmed(brackets)];
    if (!holds(brackets)) return [this.#disturbed(from, to) ?? unconfirmed(brackets)];
    if (brackets.length === 1 || brackets.length > CLOSED_SINGLY) return brackets.map(reasonOf);
    const without = (all: readonly OpenBracket[], one: OpenBracket): readonly OpenBracket[] =>
      all.filter((it) => it !== one);
    // what is closed only takes paths away: a bracket that must be, with all others closed, always must be
    const must = brackets.filter((bracket) => !holds(without(brackets, bracket)));
    const candidates = must.length === 0 ? brackets : must.length === 1 ? must : [];
    const alone = candidates.filter((bracket) => holds([bracket]));
    if (alone.length > 0) return alone.map(reasonOf);
    let needed: readonly OpenBracket[] = brackets;
    for (const bracket of brackets) {
      if (must.includes(bracket)) continue;
      const fewer = without(needed, bracket);
      if (holds(fewer)) needed = fewer;
    }
    return needed.map(reasonOf);
  }

  /** A script gets in with every bracket closed, and only what is open keeps it from being shown. */
  #disturbed(from: number, to: number): Reason | undefined {
    const closure = this.#closed(this.#plan.brackets);
    const { suspects } = judge(closure, from, to);
    const found = findViolation(closure, suspects, this.#asWritten, from, to);
    return found && wouldBe(found);
  }

  #closed(brackets: readonly OpenBracket[]): Closure {
    const ids = brackets.map((bracket) => bracket.id);
    const key = JSON.stringify(ids);
    const known = this.#closures.get(key);
    if (known !== undefined) return known;
    const options = { reading: "may" as const, closed: new Set(ids) };
    const poll = this.#poll;
    const closure = new Closure(
      this.#plan,
      this.#sets,
      poll ? { ...options, poll } : options,
    ).run();
    this.#closures.set(key, closure);
    return closure;
  }
}

export function reasonOf(bracket: OpenBracket): Reason {
  if (bracket.kind === "wire") {
    return { text: bracket.suspicion.reason, settle: "write `wires:` or `apart:` in site.yaml" };
  }
  const { unread } = bracket;
  return { text: unread.effect, span: unread.span, unread, settle: unread.settle };
}

function wouldBe({ class: kind, script, decides }: Violation): Reason {
  const packets = script.length === 1 ? "a packet gets in" : `${script.length} packets get in`;
  const by = decides === undefined ? "" : `: ${decides.text}`;
  return {
    text: `with every open line taken as written ${packets} (${kind})${by}`,
    ...(decides && { span: decides.span }),
    settle: "mend it if it should not; settle the open lines on the way to see the packets",
  };
}

/** A path that exists as far as sets can tell, and that no script of the simulator showed. */
function unconfirmed(brackets: readonly OpenBracket[]): Reason {
  const open = brackets.length === 0 ? "" : ", even with every open line taken as written";
  return {
    text: `a path is possible as far as packet sets tell${open}, and no script of four packets that was tried shows it`,
    settle: "report it with the site: the sets are wider than the kernel here",
  };
}
