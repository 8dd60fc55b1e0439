import type { Clip } from "../clip.ts";
import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import { testsReturn } from "./criteria.ts";
import { Following, type Rest, type State } from "./following.ts";
import type { Item, Items, Shared } from "./items.ts";
import { type Grid, Layer, type Neighbours, type Span, type TreeNode } from "./layers.ts";
import { Matching } from "./matching.ts";
import { indexIn, NAMELESS, type Particulars } from "./particulars.ts";
import { inSequence, Run } from "./runs.ts";
import type { Steps } from "./steps.ts";

/** Anchors in anchors that pf follows: of its 64 frames the first stays empty. */
const DEEPEST = 63;
/** Depth of a ruleset below which no call can be too deep. */
const NEVER_TOO_DEEP = Number.NEGATIVE_INFINITY;

/** A ruleset that is entered in a state. */
interface Entered {
  readonly path: string;
  /** Calls inside calls, where that matters. */
  readonly depth: number;
  readonly state: State;
}

/** What places that differ in their interfaces alone share. */
export interface Kind {
  readonly shared: Shared;
  readonly items: Items;
  readonly grid: Grid;
}

/** Positions of the rules of one ruleset that can hold for packets of a clip. */
interface Met {
  readonly positions: Int32Array;
  readonly loud: readonly number[];
}

/** Chunks of a ruleset that say something else than before. */
export type Chunks = "all" | readonly number[];

/**
 * A ruleset in one place, compiled from its last rule to its first, once for each state that it is
 * entered in.
 *
 * Rules that later ones cannot tell (most of them) are put together as they stand, neighbours first;
 * only behind a *loud* one, which translates or sets what some rule tests, the rest is asked for anew.
 * Wherever no rule can tell the place from one whose interface no rule names, the functions of that
 * *nameless* place are taken.
 */
export class Evaluation {
  readonly #kind: Kind;
  #particulars: Particulars;
  /** Undefined: it is this one. */
  readonly #nameless: Evaluation | undefined;
  readonly #sets: PacketFunctions;
  readonly #following: Following;
  readonly #matching: Matching;
  readonly #steps: Steps;
  readonly #rests: Map<string, PacketFunction> = new Map();
  readonly #layers: Map<string, Layer> = new Map();
  readonly #loudPositions: Map<string, readonly number[]> = new Map();
  /** By path and clip. */
  readonly #met: Map<string, Met> = new Map();

  private constructor(kind: Kind, particulars: Particulars, on: string, nameless?: Evaluation) {
    const { sets, steps } = kind.shared;
    this.#kind = kind;
    this.#particulars = particulars;
    this.#nameless = nameless;
    this.#sets = sets;
    this.#following = new Following(kind.shared, kind.items);
    this.#matching = new Matching(kind.shared, kind.items, on);
    this.#steps = steps;
  }

  /** In a place whose interface no rule names. */
  static nameless(kind: Kind): Evaluation {
    return new Evaluation(kind, NAMELESS, "");
  }

  /** In a place of the same kind, of which this one is {@link nameless}; it needs particulars. */
  on(interfaceName: string): Evaluation {
    return new Evaluation(this.#kind, NAMELESS, interfaceName, this);
  }

  /** In one place, for the packets of one question: what it has made goes with it. */
  static once(kind: Kind, particulars: Particulars, interfaceName: string): Evaluation {
    return new Evaluation(kind, particulars, interfaceName);
  }

  /** What sets the place apart, with positions of rules as they are now. */
  set particulars(particulars: Particulars) {
    this.#particulars = particulars;
  }

  /** Forgets what rules made that are others now. */
  forget(changed: ReadonlyMap<string, Chunks>): void {
    this.#rests.clear();
    this.#loudPositions.clear();
    for (const [key, layer] of this.#layers) {
      const chunks = changed.get(layer.path) ?? [];
      if (chunks === "all") this.#layers.delete(key);
      else layer.forget(chunks, this.#kind.grid.top(layer.path).level);
    }
  }

  /** The steps of the main ruleset. */
  walked(state: State): PacketFunction {
    return this.#ruleset("", 0, state, 0);
  }

  /** The steps of a ruleset from `from` on: the first position, or one behind a loud rule. */
  #ruleset(path: string, depth: number, state: State, from: number): PacketFunction {
    const { index } = this.#kind.shared;
    const { length } = index.rulesOf(path);
    const like = this.#likeNameless(path, { first: from, end: length });
    if (like !== undefined) return like.#ruleset(path, depth, state, from);
    const at = depth + index.heightOf(path) <= DEEPEST ? NEVER_TOO_DEEP : depth;
    const of: Entered = { path, depth: at, state };
    const key = `from ${from} ${keyOf(of)}`;
    const known = this.#rests.get(key);
    if (known !== undefined) return known;
    const loud = this.#loudOf(path, state.clip).filter((position) => position >= from);
    let result = this.#quiet(of, { first: (loud.at(-1) ?? from - 1) + 1, end: length });
    for (let part = loud.length - 1; part >= 0; part--) {
      const first = (loud[part - 1] ?? from - 1) + 1;
      const end = loud[part] ?? length;
      const rest = result;
      result = this.#before(of, { first, end }, rest, (after) => {
        return isSame(after, state) ? rest : this.#ruleset(path, depth, after, end + 1);
      });
    }
    this.#rests.set(key, result);
    return result;
  }

  /** Quiet rules, the loud one at their end, and what follows. */
  #before(of: Entered, span: Span, rest: PacketFunction, next: Rest): PacketFunction {
    const key = `${span.first} ${keyOf(of)}`;
    const known = this.#rests.get(key);
    if (known !== undefined) return known;
    const item = this.#kind.items.at(of.path, span.end);
    const whole = item === undefined ? rest : this.#loud(item, of.state, of.depth, next);
    const result = this.#sets.combine(this.#steps.sequence, this.#quiet(of, span), whole);
    this.#rests.set(key, result);
    return result;
  }

  /** The evaluation that a part of a ruleset is taken from; undefined: this one. */
  #likeNameless(path: string, { first, end }: Span): Evaluation | undefined {
    if (this.#nameless === undefined) return undefined;
    return this.#particulars.between(path, first, end).length === 0 ? this.#nameless : undefined;
  }

  /** Positions of loud rules that can hold here. */
  #loudOf(path: string, clip: Clip | undefined): readonly number[] {
    if (clip !== undefined) return this.#meeting(path, clip).loud;
    let loud = this.#loudPositions.get(path);
    if (loud === undefined) {
      const { shared, items } = this.#kind;
      loud = [...shared.index.loudOf(path)].filter((position) => {
        return this.#isMeant(path, position) && items.at(path, position) !== undefined;
      });
      this.#loudPositions.set(path, loud);
    }
    return loud;
  }

  #meeting(path: string, clip: Clip): Met {
    const key = `${clip.key}\n${path}`;
    let met = this.#met.get(key);
    if (met === undefined) {
      const { shared, items } = this.#kind;
      const rules = shared.index.rulesOf(path);
      const found = items.meeting(path, clip).filter((it) => this.#isMeant(path, it));
      const loud = found.filter((it) => {
        const live = rules[it];
        return live !== undefined && shared.index.isLoud(live);
      });
      met = { positions: Int32Array.from(found), loud };
      this.#met.set(key, met);
    }
    return met;
  }

  #isMeant(path: string, position: number): boolean {
    const live = this.#kind.shared.index.rulesOf(path)[position];
    return live !== undefined && this.#particulars.isMeant(live);
  }

  /** Rules that later ones cannot tell. */
  #quiet(of: Entered, span: Span): PacketFunction {
    if (of.state.clip !== undefined) return this.#whole(this.#rules(of, span));
    const made = this.#node(of, this.#kind.grid.top(of.path), span);
    return made === undefined ? this.#sets.always(this.#steps.kept) : this.#whole(made);
  }

  #whole({ quick, rest }: Neighbours): PacketFunction {
    return this.#sets.combine(this.#steps.sequence, quick, rest);
  }

  /** Those that are in a node of the tree over the ruleset; undefined: there are none. */
  #node(of: Entered, node: TreeNode, span: Span): Neighbours | undefined {
    const whole = this.#kind.grid.spanOf(of.path, node);
    const own = { first: Math.max(whole.first, span.first), end: Math.min(whole.end, span.end) };
    if (own.first >= own.end) return undefined;
    const like = this.#likeNameless(of.path, own);
    if (like !== undefined) return like.#node(of, node, span);
    const isPart = own.first > whole.first || own.end < whole.end;
    const layer = isPart ? undefined : this.#layerOf(of);
    const known = layer?.get(node);
    if (known !== undefined) return known;
    const made = node.level === 0 ? this.#chunk(of, own, node.index) : this.#pair(of, node, span);
    if (made !== undefined) layer?.set(node, made);
    return made;
  }

  #pair(of: Entered, { level, index }: TreeNode, span: Span): Neighbours | undefined {
    const first = this.#node(of, { level: level - 1, index: 2 * index }, span);
    const second = this.#node(of, { level: level - 1, index: 2 * index + 1 }, span);
    if (first === undefined) return second;
    return second === undefined ? first : this.#inOrder(first, second);
  }

  #inOrder(first: Neighbours, second: Neighbours): Neighbours {
    const sets = this.#sets;
    const { sequence } = this.#steps;
    if (!first.isCalm) {
      const rest = sets.combine(sequence, first.rest, this.#whole(second));
      return { quick: first.quick, rest, isCalm: false };
    }
    const quick = sets.combine(sequence, first.quick, second.quick);
    const rest = sets.combine(sequence, first.rest, second.rest);
    return { quick, rest, isCalm: second.isCalm };
  }

  #layerOf(of: Entered): Layer {
    const key = keyOf(of);
    let layer = this.#layers.get(key);
    if (layer === undefined) {
      layer = new Layer(of.path);
      this.#layers.set(key, layer);
    }
    return layer;
  }

  /** Rules of one chunk, made once for all places that mean the same of them. */
  #chunk(of: Entered, span: Span, index: number): Neighbours {
    const { first } = this.#kind.grid.spanOf(of.path, { level: 0, index });
    const key = this.#meantKey(of.path, span, first);
    if (key === undefined) return this.#rules(of, span);
    const parts = (this.#nameless ?? this).#layerOf(of).partsOf(index);
    let made = parts.get(key);
    if (made === undefined) {
      made = this.#rules(of, span);
      parts.set(key, made);
    }
    return made;
  }

  /**
   * What tells places apart that mean other rules of a span; undefined: it is not to be remembered.
   *
   * @param start - of the chunk
   */
  #meantKey(path: string, { first, end }: Span, start: number): string | undefined {
    if (this.#kind.grid.isOneChunk) return undefined;
    const { index } = this.#kind.shared;
    const rules = index.rulesOf(path);
    const usual = index.usual(path);
    let key = `${first - start} ${end - start}`;
    for (const position of this.#particulars.between(path, first, end)) {
      const live = rules[position];
      const isMeant = live !== undefined && this.#particulars.isMeant(live);
      // what a call does, or a route back, is told by more than by what is meant here
      if (isMeant && (live.rule.anchor !== undefined || testsReturn(live))) return undefined;
      if (isMeant !== (usual[position] === 1)) key += ` ${position - start}`;
    }
    return key;
  }

  /** Items of a span that can hold here. */
  #itemsOf(path: string, { first, end }: Span, clip: Clip | undefined): readonly Item[] {
    const { shared, items } = this.#kind;
    if (clip !== undefined) {
      const { positions } = this.#meeting(path, clip);
      const own = positions.subarray(indexIn(positions, first), indexIn(positions, end));
      return Array.from(own, (it) => items.at(path, it)).filter((it) => it !== undefined);
    }
    const usual = shared.index.usual(path);
    const particular = this.#particulars.between(path, first, end);
    const found: Item[] = [];
    let next = 0;
    for (let position = first; position < end; position++) {
      const isParticular = particular[next] === position;
      if (isParticular) next++;
      const isMeant = isParticular ? this.#isMeant(path, position) : usual[position] === 1;
      const item = isMeant ? items.at(path, position) : undefined;
      if (item !== undefined) found.push(item);
    }
    return found;
  }

  #rules({ path, depth, state }: Entered, span: Span): Neighbours {
    const parts: Neighbours[] = [];
    let run = new Run(this.#sets, state.clip);
    const { kept } = this.#steps;
    const nothing = this.#sets.always(kept);
    const end = (): void => {
      if (!run.isEmpty) parts.push(this.#ran(run, state.clip));
      run = new Run(this.#sets, state.clip);
    };
    for (const item of this.#itemsOf(path, span, state.clip)) {
      if (!holdsTag(item, state)) continue;
      if (item.isPlain) {
        this.#matching.addTo(run, item, state.clip);
        continue;
      }
      end();
      const rest = this.#matching.chosen(
        item,
        state,
        this.#insideQuiet(item, state, depth),
        nothing,
      );
      parts.push({ quick: nothing, rest, isCalm: false });
    }
    end();
    const made = inSequence(parts, (first, second) => this.#inOrder(first, second));
    return made ?? { quick: nothing, rest: nothing, isCalm: true };
  }

  #ran(run: Run, clip: Clip | undefined): Neighbours {
    const { kept } = this.#steps;
    if (clip !== undefined || this.#kind.grid.isOneChunk) {
      return { quick: this.#sets.always(kept), rest: run.function(kept), isCalm: false };
    }
    return { quick: run.ofQuick(kept), rest: run.ofLast(kept), isCalm: true };
  }

  #insideQuiet(item: Item, state: State, depth: number): PacketFunction {
    if (item.live.rule.action === "anchor") return this.#called(item, state, depth);
    return this.#following.failing(item, this.#sets.always(item.leaf));
  }

  #loud(item: Item, state: State, depth: number, next: Rest): PacketFunction {
    const outside = next(state);
    if (!holdsTag(item, state)) return outside;
    const inside =
      item.live.rule.action === "anchor"
        ? this.#following.behind(this.#called(item, state, depth), state, next)
        : this.#following.failing(item, this.#following.after(item, state, next));
    return this.#matching.chosen(item, state, inside, outside);
  }

  /** The rulesets that an anchor rule calls, one after the other. */
  #called(item: Item, state: State, depth: number): PacketFunction {
    const sets = this.#sets;
    let result = sets.always(item.leaf);
    for (const path of this.#kind.shared.index.called(item.live)) {
      if (depth >= DEEPEST) {
        return sets.combine(this.#steps.sequence, result, sets.always(this.#steps.failed));
      }
      result = this.#following.behind(result, state, (inside) => {
        return this.#following.left(item, path, this.#ruleset(path, depth + 1, inside, 0));
      });
    }
    return result;
  }
}

/** Tells states that a ruleset is entered in apart. */
function keyOf({ path, depth, state: { rtable, tag, clip } }: Entered): string {
  return `${depth} ${rtable} ${tag}\n${clip?.key ?? ""}\n${path}`;
}

function isSame(one: State, other: State): boolean {
  const isTold = one.tag !== other.tag || one.rtable !== other.rtable;
  return !isTold && one.clip?.key === other.clip?.key;
}

function holdsTag({ live: { rule } }: Item, { tag }: State): boolean {
  const { tagged, taggedNegated } = rule;
  return tagged === "" || (tag === tagged) !== taggedNegated;
}
