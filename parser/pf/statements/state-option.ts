/** One option of `keep state ( … )` or `set state-defaults`, checked when a rule takes it. */
export interface StateOption {
  readonly kind:
    | "max"
    | "sync"
    | "source-track"
    | "max-src-states"
    | "max-src-conn"
    | "max-src-conn-rate"
    | "max-src-nodes"
    | "overload"
    | "lock"
    | "sloppy"
    | "pflow"
    | "timeout";
  /** First number, or 1. */
  readonly value: number;
  readonly seconds: number;
  /** Table, timeout or kind of tracking. */
  readonly name: string;
  readonly flush: "" | "flush" | "flush global";
}
