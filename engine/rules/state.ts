import type { Rule } from "../../model/rule.ts";
import type { StateKey } from "./state-key.ts";

/** What pf remembers of a packet that it passed with `keep state`. */
export interface State {
  /** Finds packets coming in: addresses on the network side of the interface. */
  readonly wire: StateKey;
  /** Finds packets going out: addresses on the side of the machine. */
  readonly stack: StateKey;
  /** Direction of the packet that made it. */
  readonly direction: "in" | "out";
  /** If-bound states answer on this interface only; absent = floating. */
  readonly boundTo?: string;
  readonly rule: Rule;
  /** The `match` rules of the evaluation that made it. */
  readonly matched: readonly Rule[];
  /** Given to every later packet, in both directions. */
  readonly tag?: string;
  /** Given to later packets in the direction of creation. */
  readonly rtable: number;
  /** Index in the script of the emission whose packet made it. */
  readonly emission: number;
}
