import { Random as Choices } from "../../../../engine/claims/random.ts";
import type { Tested } from "../../../../engine/kernel/evaluation.ts";
import { Kernel } from "../../../../engine/kernel/kernel.ts";
import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import type { Outcome } from "../../../../engine/kernel/outcome.ts";
import { copyOf, type KernelPacket } from "../../../../engine/kernel/packet.ts";
import { ruleIndex } from "../../../../engine/rules/indexed/candidates.ts";
import {
  acceptedRules,
  type KernelEnv,
  surroundingsOf,
} from "../../../conformance/kernel-surroundings.ts";
import type { Spot } from "../../../fuzz/border-packets.ts";
import { environmentOf } from "../../../support/environment.ts";
import type { Texts } from "../../sets/rules/compile-host.ts";

/** The same texts in a kernel that walks rule by rule and in one that visits candidates. */
export class TwoKernels {
  readonly linear: Kernel;
  readonly indexed: Kernel;
  reassembles = true;
  /** The last packet as the rules of {@link linear} saw it. */
  tested: Tested | undefined;

  /** @throws RangeError if pfctl refuses a text */
  constructor(texts: Texts, env: KernelEnv) {
    this.linear = this.#loaded(texts, env);
    this.indexed = this.#loaded(texts, env);
    this.indexed.index = ruleIndex(0);
    this.linear.watch = (tested) => {
      this.tested ??= { ...tested, packet: copyOf(tested.packet) };
    };
  }

  get rules(): readonly LiveRule[] {
    return [...this.linear.rulesets.values()].flat();
  }

  /** What each of them does with a packet, in comparable words. */
  both(packet: KernelPacket, spot: Spot): readonly [linear: unknown, indexed: unknown] {
    this.tested = undefined;
    return [this.linear, this.indexed].map((it) => told(it.test(packet, spot))) as never;
  }

  forgetStates(): void {
    this.linear.forgetStates();
    this.indexed.forgetStates();
  }

  #loaded(texts: Texts, env: KernelEnv): Kernel {
    const choices = new Choices(1);
    const kernel = new Kernel(surroundingsOf(env), (below) => choices.below(below));
    const environment = environmentOf(env);
    for (const [anchor, text] of texts) {
      const reading = acceptedRules(text, environment, {}, anchor);
      if (anchor === "") kernel.load(reading);
      else kernel.loadAnchor(reading);
      if (anchor === "") this.reassembles = reading.options.reassemble;
    }
    return kernel;
  }
}

function told({ rule, matched, entry, second, ...rest }: Outcome): unknown {
  return {
    ...rest,
    rule: nameOf(rule),
    matched: matched?.map(nameOf),
    second: second === undefined ? undefined : told(second),
    entry: entry === undefined ? undefined : "a state",
  };
}

function nameOf(live: LiveRule | undefined): string {
  return live === undefined ? "none" : `${live.anchor}#${live.number}`;
}
