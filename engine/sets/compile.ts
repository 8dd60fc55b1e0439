import type { Rule } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import { type Asking, type Bracket, criteriaOf } from "./criteria.ts";
import type { PacketSet } from "./packet-sets.ts";
import { compose, HAVOC, IDENTITY, type Rewrite, unrewrite } from "./rewrite.ts";
import { translationOf } from "./translation.ts";

/**
 * What one evaluation of a ruleset can do with packets, as a cover of all packets.
 *
 * A packet in several outcomes has several possible fates. In reading `may` those include whatever
 * open brackets allow; in reading `must` a packet that an open bracket could touch is in no outcome
 * at all, so only what is certain, or the network's own choice, is left.
 */
export interface Outcome {
  /** Packets as they came; deciding was done on the translated ones. */
  readonly set: PacketSet;
  readonly action: "pass" | "block";
  /** A state is kept (for packets that can have one). */
  readonly state: boolean;
  readonly binding: "floating" | "if-bound";
  readonly allowOptions: boolean;
  readonly rewrite: Rewrite;
  /** Tag set on the packet; absent: it keeps the one it had. */
  readonly tag?: string;
  /** Table that the rules chose; absent: the packet's routing domain. */
  readonly rtable?: number;
}

/** Which side of a bracket is compiled. */
export type Reading = "may" | "must";

/** Fate of packets that share translation, tag and table so far. */
interface Thread {
  readonly rewrite: Rewrite;
  readonly tag: string | undefined;
  readonly rtable: number | undefined;
  /** Still being decided: what the last match says. Parts overlap only where a choice was open. */
  parts: Map<string, Part>;
}

type Decision = Omit<Outcome, "set" | "tag" | "rewrite"> & {
  /** Translation of the deciding rule, applied on top of the thread's. */
  readonly own: Rewrite;
  /** Quick anchor call whose immediate rule decided; 0 = none. */
  readonly call: number;
};

interface Part {
  readonly decision: Decision;
  set: PacketSet;
}

const DEFAULT: Decision = {
  action: "pass",
  state: false,
  binding: "floating",
  allowOptions: false,
  own: IDENTITY,
  call: 0,
};

/** Anchors that call each other are followed this deep, as in the kernel. */
const MAXIMUM_DEPTH = 64;

/** Evaluates the ruleset of `asking.host` for all packets at once (pf-semantics.md 34). */
export function compileRuleset(asking: Asking, reading: Reading): readonly Outcome[] {
  return new Compilation(asking, reading).run();
}

class Compilation {
  readonly #asking: Asking;
  readonly #reading: Reading;
  readonly #finished: Thread[] = [];
  #calls = 0;

  constructor(asking: Asking, reading: Reading) {
    this.#asking = asking;
    this.#reading = reading;
  }

  run(): readonly Outcome[] {
    const start: Thread = {
      rewrite: IDENTITY,
      tag: undefined,
      rtable: undefined,
      parts: new Map([[keyOf(DEFAULT), { decision: DEFAULT, set: this.#asking.sets.all }]]),
    };
    const rest = this.#walk("", [start], 0, 0);
    return this.#outcomes([...this.#finished, ...rest]);
  }

  /** Runs the rules of one anchor over the threads and returns what is undecided after them. */
  #walk(anchor: string, threads: readonly Thread[], call: number, depth: number): Thread[] {
    let current = [...threads];
    for (const rule of this.#asking.host.ruleset.anchors.get(anchor) ?? []) {
      if (current.length === 0) break;
      current = this.#step(rule, current, call, depth);
    }
    return current;
  }

  #step(rule: Rule, threads: readonly Thread[], call: number, depth: number): Thread[] {
    const common = criteriaOf(this.#asking, rule);
    const routed = testsRoutes(rule);
    if (!routed && common.may === this.#asking.sets.empty) return [...threads];
    const next: Thread[] = [];
    for (const thread of threads) {
      const criteria = routed ? criteriaOf(this.#asking, rule, thread.rtable) : common;
      const match = this.#matchIn(thread, rule, criteria);
      if (match === undefined) next.push(thread);
      else if (rule.action === "anchor") next.push(...this.#enter(rule, thread, match, depth));
      else next.push(...this.#apply(rule, thread, match, call));
    }
    return merged(this.#asking, next);
  }

  /**
   * The packets of `thread` that the rule takes: surely, and possibly.
   *
   * Possibly covers the network's own choice (probability, once) in both readings, and open brackets
   * in reading `may`; in reading `must`, `lost` are those that an open bracket could touch.
   */
  #matchIn(thread: Thread, rule: Rule, criteria: Bracket): Match | undefined {
    const { sets } = this.#asking;
    if (!tagHolds(rule, thread.tag ?? this.#asking.tag)) return undefined;
    const may = unrewrite(sets, criteria.may, thread.rewrite);
    const must = unrewrite(sets, criteria.must, thread.rewrite);
    const open = this.#isOpen(rule);
    if (open === "closed") return undefined;
    const sure = open === "open" || isChosen(rule) ? sets.empty : must;
    const chosen = isChosen(rule) ? must : sets.empty;
    const ignorant = open === "open" ? may : sets.diff(may, must);
    if (this.#reading === "may") {
      return { sure, possible: sets.or(chosen, ignorant), lost: sets.empty };
    }
    return { sure, possible: chosen, lost: ignorant };
  }

  /** Whether an unread line makes this rule uncertain, and is open. */
  #isOpen(rule: Rule): "certain" | "open" | "closed" {
    if (rule.uncertain.length === 0) return "certain";
    const open = rule.uncertain.some((unread: Unread) => !this.#asking.closed.has(unread.id));
    if (open) return "open";
    return rule.action === "unread" ? "closed" : "certain";
  }

  #apply(rule: Rule, thread: Thread, match: Match, call: number): Thread[] {
    const { sets } = this.#asking;
    const staying = this.#restrict(thread, sets.not(sets.or(match.sure, match.lost)));
    const taken = this.#restrict(thread, sets.or(match.sure, match.possible));
    const after = this.#effect(rule, taken, call);
    if (!rule.quick && rule.action !== "unread") return [...staying, ...after];
    this.#finished.push(...after);
    return staying;
  }

  /** What a rule that matched makes of the threads it matched in. */
  #effect(rule: Rule, taken: readonly Thread[], call: number): Thread[] {
    if (rule.action === "unread") return taken.flatMap((thread) => this.#anything(thread));
    const own = translationOf(this.#asking, rule);
    // a match rule whose translation fails ends the evaluation with a drop (pf-semantics.md 11)
    if (own === undefined && rule.action === "match") return [];
    return taken.map((thread): Thread => {
      const tag = rule.tag ?? thread.tag;
      if (rule.action === "match") {
        const changed = { ...thread, tag, rewrite: compose(thread.rewrite, own ?? IDENTITY) };
        return rule.rtable === undefined ? changed : { ...changed, rtable: rule.rtable };
      }
      const decision = decisionOf(rule, own, call);
      const set = union(this.#asking, thread);
      return { ...thread, tag, parts: new Map([[keyOf(decision), { decision, set }]]) };
    });
  }

  /** An unread rule may let its packets through, changed in any way, with a state, under any tag. */
  #anything(thread: Thread): Thread[] {
    const set = union(this.#asking, thread);
    const decision: Decision = { ...DEFAULT, state: true, allowOptions: true, own: HAVOC };
    const tags = [thread.tag, ...tagsOf(this.#asking)];
    return [...new Set(tags)].map((tag) => ({
      ...thread,
      tag,
      parts: new Map([[keyOf(decision), { decision, set }]]),
    }));
  }

  #enter(rule: Rule, thread: Thread, match: Match, depth: number): Thread[] {
    const { sets } = this.#asking;
    const outside = this.#restrict(thread, sets.not(sets.or(match.sure, match.lost)));
    let inside = this.#restrict(thread, sets.or(match.sure, match.possible));
    if (rule.tag !== undefined) inside = inside.map((it) => ({ ...it, tag: rule.tag }));
    // a circle of anchors overflows the kernel's stack, which drops the packet
    if (depth + 1 >= MAXIMUM_DEPTH) return outside;
    for (const path of this.#targets(rule)) {
      const call = rule.quick ? ++this.#calls : 0;
      inside = this.#walk(path, inside, call, depth + 1);
      if (rule.quick) inside = this.#leaveQuick(inside, call);
    }
    return [...outside, ...inside];
  }

  #targets(rule: Rule): readonly string[] {
    if (rule.calls === undefined) return [];
    const { path, wildcard } = rule.calls;
    if (!wildcard) return [path];
    const above = path === "" ? "" : `${path}/`;
    return [...this.#asking.host.ruleset.anchors.keys()]
      .filter((it) => it.startsWith(above) && it !== "" && !it.slice(above.length).includes("/"))
      .toSorted();
  }

  /** Ends what an immediate rule of the quick anchor decided; the rest goes on. */
  #leaveQuick(threads: readonly Thread[], call: number): Thread[] {
    return threads.flatMap((thread) => {
      const ended = new Map([...thread.parts].filter(([, part]) => part.decision.call === call));
      if (ended.size === 0) return [thread];
      this.#finished.push({ ...thread, parts: ended });
      const left = new Map([...thread.parts].filter(([key]) => !ended.has(key)));
      return left.size === 0 ? [] : [{ ...thread, parts: left }];
    });
  }

  /** The thread cut down to `to`; nothing if that leaves no packet. */
  #restrict(thread: Thread, to: PacketSet): Thread[] {
    const { sets } = this.#asking;
    const parts = new Map<string, Part>();
    for (const [key, part] of thread.parts) {
      const set = sets.and(part.set, to);
      if (set !== sets.empty) parts.set(key, { decision: part.decision, set });
    }
    return parts.size === 0 ? [] : [{ ...thread, parts }];
  }

  #outcomes(threads: readonly Thread[]): readonly Outcome[] {
    const { sets } = this.#asking;
    const outcomes = new Map<string, Outcome>();
    for (const thread of threads) {
      for (const { decision, set } of thread.parts.values()) {
        const { own, call: _, ...fate } = decision;
        const rtable = decision.rtable ?? thread.rtable;
        const outcome: Outcome = {
          ...fate,
          set,
          rewrite: compose(thread.rewrite, own),
          ...(thread.tag === undefined ? {} : { tag: thread.tag }),
          ...(rtable === undefined ? {} : { rtable }),
        };
        const key = [keyOf(decision), thread.rewrite.key, thread.tag, rtable].join("|");
        const before = outcomes.get(key)?.set ?? sets.empty;
        outcomes.set(key, { ...outcome, set: sets.or(before, set) });
      }
    }
    return [...outcomes.values()];
  }
}

interface Match {
  readonly sure: PacketSet;
  readonly possible: PacketSet;
  readonly lost: PacketSet;
}

/** The choice whether the rule matches is the network's (its random number, an earlier match). */
function isChosen(rule: Rule): boolean {
  return rule.probability !== undefined || rule.once;
}

/** Whether the match depends on the routing table that earlier rules chose. */
function testsRoutes({ source, destination }: Rule): boolean {
  return [source, destination].some(({ address }) =>
    ["no-route", "urpf-failed", "route-label"].includes(address.kind),
  );
}

function tagHolds(rule: Rule, tag: string | undefined): boolean {
  if (rule.tagged === undefined) return true;
  return (tag === rule.tagged.tag) !== rule.tagged.negated;
}

/** A pass rule whose translation cannot be carried out drops what it decides. */
function decisionOf(rule: Rule, own: Rewrite | undefined, call: number): Decision {
  const passes = rule.action === "pass" && own !== undefined;
  const decision: Decision = {
    action: passes ? "pass" : "block",
    state: rule.state !== "none",
    binding: rule.binding,
    allowOptions: rule.allowOptions,
    own: passes ? own : IDENTITY,
    call,
  };
  return rule.rtable === undefined ? decision : { ...decision, rtable: rule.rtable };
}

function keyOf(decision: Decision): string {
  const { action, state, binding, allowOptions, own, call, rtable } = decision;
  if (action === "block") return `block ${call}`;
  return [action, state, state ? binding : "", allowOptions, own.key, call, rtable ?? ""].join(" ");
}

function union(asking: Asking, thread: Thread): PacketSet {
  let set = asking.sets.empty;
  for (const part of thread.parts.values()) set = asking.sets.or(set, part.set);
  return set;
}

/** Threads that agree in translation, tag and table become one. */
function merged(asking: Asking, threads: readonly Thread[]): Thread[] {
  const result = new Map<string, Thread>();
  for (const thread of threads) {
    const key = `${thread.rewrite.key}|${thread.tag ?? ""}|${thread.rtable ?? ""}`;
    const before = result.get(key);
    if (before === undefined) {
      result.set(key, { ...thread, parts: new Map(thread.parts) });
      continue;
    }
    for (const [name, part] of thread.parts) {
      const set = asking.sets.or(before.parts.get(name)?.set ?? asking.sets.empty, part.set);
      before.parts.set(name, { decision: part.decision, set });
    }
  }
  return [...result.values()];
}

/** Every tag that a rule of the host sets. */
function tagsOf(asking: Asking): readonly string[] {
  const rules = [...asking.host.ruleset.anchors.values()].flat();
  return rules.flatMap((rule) => (rule.tag === undefined ? [] : [rule.tag]));
}
