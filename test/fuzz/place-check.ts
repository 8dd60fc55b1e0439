import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { PacketSet } from "../../engine/sets/packet-sets.ts";
import type { Fate, RulesetFunction } from "../../engine/sets/rules/fate.ts";
import { reasonsOf } from "../conformance/kernel-sets-choices.ts";
import { fieldsOf, only } from "../support/packet-fields.ts";
import { type Asked, type Complaint, fateComplaint, fateText, outcomeText } from "./fate-check.ts";
import type { Random } from "./random.ts";
import type { Compiled, RulesetTrial, Shot } from "./ruleset-trial.ts";

/** Fates of a place whose sets are looked at. */
const FATES = 3;

/** Holds the kernel beside the function of one place. */
export class PlaceCheck {
  readonly #trial: RulesetTrial;
  readonly #rules: RulesetFunction;
  readonly #outcomes: RulesetFunction;
  readonly #spot: Compiled["spot"];
  /** Complaints about a leaf, whatever the packet. */
  readonly #leaves: Map<number, Complaint | undefined> = new Map();
  /** Pairs of leaves of both details that are the same to the letter. */
  readonly #same: Map<string, boolean> = new Map();

  constructor(trial: RulesetTrial, { spot, rules, outcomes }: Compiled) {
    this.#trial = trial;
    this.#spot = spot;
    this.#rules = rules;
    this.#outcomes = outcomes;
  }

  /** What holds of all packets at once. */
  laws(random: Random): Complaint | undefined {
    for (const compiled of [this.#rules, this.#outcomes]) {
      const { sets, function: of } = compiled;
      if (!this.#trial.isOpen && sets.leaves(of).some((leaf) => compiled.isOpen(leaf))) {
        return { law: "open", detail: "a leaf is open, and nothing is" };
      }
      for (let drawn = 0; drawn < FATES; drawn++) {
        const wrong = this.#setsOf(compiled, random.pick(compiled.fates));
        if (wrong !== undefined) return { law: "must and may", detail: wrong };
      }
      if (!random.once(4)) continue;
      const all = compiled.fates.reduce(
        (some, fate) => sets.or(some, compiled.may(fate)),
        sets.empty,
      );
      if (all !== sets.all) return { law: "must and may", detail: "packets have no fate" };
    }
    return undefined;
  }

  #setsOf(compiled: RulesetFunction, fate: Fate): string | undefined {
    const { sets, function: of } = compiled;
    const [may, must] = [compiled.may(fate), compiled.must(fate)];
    const told = fateText(fate);
    if (!sets.implies(must, may)) return `must without may: ${told}`;
    if (!this.#trial.isOpen && must !== may) return `may without must: ${told}`;
    const sample = sets.sample(may);
    if (sample === undefined) return `no packet has it: ${told}`;
    const isThere = compiled.fatesOf(sets.at(of, sample)).includes(fate);
    return isThere ? undefined : `a member of its set has others: ${told}`;
  }

  /** Puts a packet to both; tells what became of it, or what is wrong. */
  packet(packet: KernelPacket): { readonly shot: Shot; readonly wrong: Complaint | undefined } {
    const shot = this.#trial.shot(this.#spot, packet);
    const { tested, outcome } = shot;
    if (tested === undefined) return { shot, wrong: undefined };
    const fields = fieldsOf(tested.packet);
    const asked: Asked = { compiled: this.#rules, tested, fields, outcome };
    return { shot, wrong: this.#complaint(asked) };
  }

  /** How many fates the function has for what the kernel was asked. */
  fatesOf({ tested }: Shot): { readonly count: number; readonly open: boolean } {
    if (tested === undefined) return { count: 0, open: false };
    const leaf = this.#rules.sets.at(this.#rules.function, fieldsOf(tested.packet));
    return { count: this.#rules.fatesOf(leaf).length, open: this.#rules.isOpen(leaf) };
  }

  #complaint(asked: Asked): Complaint | undefined {
    const { sets, function: of } = this.#rules;
    const leaf = sets.at(of, asked.fields);
    const fates = this.#rules.fatesOf(leaf);
    let first: Complaint | undefined;
    let isOne = false;
    for (const fate of fates) {
      const wrong = fateComplaint(asked, fate);
      first ??= wrong;
      if (wrong === undefined) isOne = true;
    }
    if (!isOne) return first ?? { law: "fate", detail: `${outcomeText(asked.outcome)}: no fate` };
    if (!this.#leaves.has(leaf)) this.#leaves.set(leaf, this.#ofLeaf(leaf, fates));
    return this.#leaves.get(leaf) ?? this.#forgetful(asked, leaf, fates);
  }

  #ofLeaf(leaf: number, fates: readonly Fate[]): Complaint | undefined {
    const isOpen = this.#rules.isOpen(leaf);
    if (fates.length === 1 && isOpen) return { law: "open", detail: "one fate, and it is open" };
    if (fates.length === 1 || isOpen || reasonsOf(fates, this.#trial.rules).length > 0) {
      return undefined;
    }
    return { law: "one fate", detail: `no choice: ${fates.map(fateText).join(" or ")}` };
  }

  /** Detail `outcomes` says the same, but for the rules. */
  #forgetful(asked: Asked, leaf: number, fates: readonly Fate[]): Complaint | undefined {
    const { sets, function: of } = this.#outcomes;
    const other = sets.at(of, asked.fields);
    const key = `${leaf} ${other}`;
    const others = this.#outcomes.fatesOf(other);
    let same = this.#same.get(key);
    if (same === undefined) {
      same = areSame(fates, others, (it) => `${coreOf(it)} ${translationOf(it)}`);
      this.#same.set(key, same);
    }
    if (same) return undefined;
    // rules tell addresses of a pool apart that come to the same
    if (!areSame(fates, others, coreOf)) {
      const told = [fates, others].map((it) => it.map(coreOf).join(" or ")).join(", else ");
      return { law: "outcomes", detail: told };
    }
    const point = only(sets, asked.fields);
    for (const core of new Set(others.map(coreOf))) {
      const image = (compiled: RulesetFunction, some: readonly Fate[]): PacketSet => {
        return some
          .filter((it) => coreOf(it) === core)
          .reduce((all, it) => sets.or(all, compiled.image(point, it)), sets.empty);
      };
      if (image(this.#rules, fates) !== image(this.#outcomes, others)) {
        return { law: "outcomes", detail: `images differ: ${core}` };
      }
    }
    return undefined;
  }
}

function areSame(
  fates: readonly Fate[],
  others: readonly Fate[],
  told: (fate: Fate) => string,
): boolean {
  const [one, other] = [fates, others].map((some) => [...new Set(some.map(told))].toSorted());
  return one?.join("\n") === other?.join("\n");
}

/** What a fate says that has nothing to do with rules and translations. */
function coreOf(fate: Fate): string {
  const { verdict, anything, answer, state, tag, tagged, rtable, actions, route, divert } = fate;
  return JSON.stringify([
    ...[verdict, anything, answer, state, tag, tagged, rtable, actions, divert],
    route?.kind,
  ]);
}

function translationOf({ translation: { writes, family } }: Fate): string {
  const told = writes.map(({ field, within, change }) => {
    return `${field} ${within} ${changeText(change)}`;
  });
  return [...told, family?.target].join(" | ");
}

function changeText(change: Fate["translation"]["writes"][number]["change"]): string {
  switch (change.kind) {
    case "bits":
      return `bits ${change.mask} ${change.value & change.mask}`;
    case "values":
      return `values ${change.values}`;
    case "map":
      return `map ${change.table.join(",")}`;
  }
}
