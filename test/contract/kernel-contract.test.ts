import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { KernelEnv } from "../conformance/kernel-surroundings.ts";
import { KernelHost, nameOf } from "../support/kernel-host.ts";
import {
  type ContractAnswer,
  type ContractCrossing,
  type ContractScript,
  contractOf,
} from "./kernel-contract.ts";

/** The simulator: rules one after the other. */
class Linear implements ContractScript {
  readonly #host: KernelHost;

  constructor(text: string, env: KernelEnv) {
    this.#host = new KernelHost(text, env);
  }

  get states(): number {
    return this.#host.kernel.states.count;
  }

  /** As if it was the first packet. */
  single(packet: KernelPacket, crossing: ContractCrossing): ContractAnswer {
    this.#host.kernel.forgetStates();
    return this.put(packet, crossing);
  }

  put(packet: KernelPacket, { direction, interface: on }: ContractCrossing): ContractAnswer {
    const forwarded = direction === "fwd";
    const arrival = {
      direction: direction === "in" ? "in" : "out",
      interface: on,
      forwarded,
    } as const;
    const { rule, matched = [], state, ...outcome } = this.#host.kernel.test(packet, arrival);
    return {
      ...outcome,
      rule: rule === undefined ? "-" : nameOf(rule),
      matched: matched.map(nameOf),
      state: state === "dropped" ? "none" : state,
    };
  }

  advance(seconds: number): void {
    this.#host.kernel.advance(seconds);
  }

  flush(): void {
    this.#host.kernel.flushStates();
  }

  changeTable(operation: "add" | "delete" | "replace", name: string, addresses: string[]): void {
    this.#host.kernel.changeTable(operation, "", name, addresses);
  }

  loadAnchor(path: string, text: string): void {
    this.#host.loadAnchor(path, text);
  }
}

contractOf("linear", {
  single: (text, env) => {
    const linear = new Linear(text, env);
    return (packet, crossing) => linear.single(packet, crossing);
  },
  script: (text, env) => new Linear(text, env),
});
