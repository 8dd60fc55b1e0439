import { Random as Choices } from "../../../../engine/claims/random.ts";
import type { Tested } from "../../../../engine/kernel/evaluation.ts";
import { Kernel, type Load } from "../../../../engine/kernel/kernel.ts";
import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import type { Outcome } from "../../../../engine/kernel/outcome.ts";
import { copyOf, type KernelPacket } from "../../../../engine/kernel/packet.ts";
import type { Surroundings } from "../../../../engine/kernel/surroundings.ts";
import type { Table } from "../../../../engine/kernel/tables.ts";
import { ruleIndex } from "../../../../engine/rules/indexed/candidates.ts";
import {
  acceptedRules,
  type KernelEnv,
  surroundingsOf,
} from "../../../conformance/kernel-surroundings.ts";
import type { Spot } from "../../../fuzz/border-packets.ts";
import { environmentOf } from "../../../support/environment.ts";
import type { Texts } from "../../sets/rules/compile-host.ts";

/** What pfctl hands over, by the anchor that it is loaded into; the main one first. */
type Loads = readonly (readonly [anchor: string, load: Load])[];

/** The same rules in a kernel that walks rule by rule and in one that visits candidates. */
export class TwoKernels {
  readonly linear: Kernel;
  readonly indexed: Kernel;
  readonly surroundings: Surroundings;
  readonly reassembles: boolean;
  /** The last packet as the rules of {@link linear} saw it. */
  tested: Tested | undefined;
  /** Told of each packet that comes to the rules of {@link linear}, before they are asked. */
  watch: ((tested: Tested) => void) | undefined;

  constructor(loads: Loads, surroundings: Surroundings) {
    this.surroundings = surroundings;
    this.reassembles = loads[0]?.[1].options.reassemble !== false;
    this.linear = loaded(loads, surroundings);
    this.indexed = loaded(loads, surroundings);
    this.indexed.index = ruleIndex(0);
    this.linear.watch = (tested) => {
      if (this.tested !== undefined) return;
      this.tested = { ...tested, packet: copyOf(tested.packet) };
      this.watch?.(this.tested);
    };
  }

  get rules(): readonly LiveRule[] {
    return [...this.linear.rulesets.values()].flat();
  }

  /** The table that a rule of an anchor means in {@link linear}. */
  table(anchor: string, name: string): Table | undefined {
    return this.linear.table(anchor, name);
  }

  /** What each of them does with a packet, in comparable words. */
  both(packet: KernelPacket, spot: Spot): readonly [linear: Told, indexed: Told] {
    this.tested = undefined;
    return [told(this.linear.test(packet, spot)), told(this.indexed.test(packet, spot))];
  }

  forgetStates(): void {
    this.linear.forgetStates();
    this.indexed.forgetStates();
  }
}

/**
 * Both kernels with texts in them.
 *
 * @throws RangeError if pfctl refuses one
 */
export function kernelsOf(texts: Texts, env: KernelEnv): TwoKernels {
  const environment = environmentOf(env);
  const loads = texts.map(([anchor, text]): Loads[number] => {
    return [anchor, acceptedRules(text, environment, {}, anchor)];
  });
  return new TwoKernels(loads, surroundingsOf(env));
}

function loaded(loads: Loads, surroundings: Surroundings): Kernel {
  const choices = new Choices(1);
  const kernel = new Kernel(surroundings, (below) => choices.below(below));
  for (const [anchor, load] of loads) {
    if (anchor === "") kernel.load(load);
    else kernel.loadAnchor(load);
  }
  return kernel;
}

/** An outcome without what two kernels cannot have in common. */
interface Told {
  readonly rule: string;
}

function told({ rule, matched, entry, second, ...rest }: Outcome): Told {
  return {
    ...rest,
    rule: nameOf(rule),
    ...{
      matched: matched?.map(nameOf),
      second: second === undefined ? undefined : told(second),
      entry: entry === undefined ? undefined : "a state",
    },
  };
}

/** `a#3`, in the main ruleset `#3`; none: the implicit rule. */
export function nameOf(live: LiveRule | undefined): string {
  return live === undefined ? "none" : `${live.anchor}#${live.number}`;
}
