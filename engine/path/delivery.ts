import type { Step, Trace } from "../../model/answer.ts";
import type { Packet } from "../../model/packet.ts";
import type { TestStep } from "./test-step.ts";

/** One packet that arrived somewhere. */
export interface Delivery {
  /** Zone that has a place there. */
  readonly zone: number;
  /** The place, as in reports. */
  readonly place: string;
  readonly packet: Packet;
  /**
   * Who made the states that let it pass, in the order they were hit; tests that it would have
   * passed without the state do not count.
   */
  readonly creators: readonly Maker[];
  /** It came out of a tunnel that its emitter forged the outer packet of. */
  readonly forged: boolean;
  /** Some point on the way is one at which pf is asked. */
  readonly asked: boolean;
  /** Zone of the host that sent it, if it is the outer packet of somebody else's frame. */
  readonly carrier: number | undefined;
  /** The packet's own way, branches of a flood that led elsewhere left out. */
  readonly steps: readonly Step[];
  /** The test at which the last of `creators` was needed. */
  readonly decisive: TestStep | undefined;
}

/** Who made a state. */
export interface Maker {
  /** Index of the emission whose packet it was. */
  readonly emission: number;
  /** Zone of the host that made the packet, if it was the outer one of somebody else's frame. */
  readonly zone?: number;
}

/** What became of one emission. */
export interface Walk {
  readonly trace: Trace;
  readonly deliveries: readonly Delivery[];
  /** An open bracket could change the way: nothing is certain after it. */
  readonly uncertain: boolean;
}
