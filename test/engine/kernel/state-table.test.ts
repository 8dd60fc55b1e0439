import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Peer, State, StateKey } from "../../../engine/kernel/state.ts";
import type { NewState } from "../../../engine/kernel/state-columns.ts";
import { StateTable } from "../../../engine/kernel/state-table.ts";
import { DEFAULT_TIMEOUTS } from "../../../engine/kernel/timeouts.ts";
import { liveRule } from "./live-rule.ts";
import { NaiveStates, toldPlain } from "./naive-states.ts";

const REQUEST: StateKey = {
  family: "inet",
  protocol: 17,
  rdomain: 0,
  address0: 0x0a000005n,
  address1: 0x01010101n,
  port0: 1000,
  port1: 53,
};
const TRANSLATED: StateKey = { ...REQUEST, address0: 0xc0000201n, port0: 50001 };
const SIX: StateKey = {
  ...REQUEST,
  family: "inet6",
  address0: (0x20010db8n << 96n) | 1n,
  address1: (0x20010db8n << 96n) | (1n << 64n) | 2n,
};

function peer(level: number, fields: Partial<Peer> = {}): Peer {
  return { level, low: 0, high: 1, window: 1, scale: -1, shift: 0, ...fields };
}

const PASS = liveRule("pass");

function newState(fields: Partial<NewState> = {}): NewState {
  const wire = fields.wire ?? REQUEST;
  return {
    direction: "in",
    interface: "em0",
    ifBound: false,
    wire,
    stack: wire,
    rule: PASS,
    timeout: "udp.first",
    now: 100,
    extra: undefined,
    source: peer(1),
    destination: peer(0),
    ...fields,
  };
}

function inserted(table: StateTable, fields: Partial<NewState> = {}): State {
  const state = table.insert(newState(fields));
  if (typeof state === "string") throw new Error(state);
  return state;
}

function tableOf(...all: Partial<NewState>[]): StateTable {
  const table = new StateTable(1000);
  for (const fields of all) inserted(table, fields);
  return table;
}

/** Where the state was made, and whether it is bound. */
function foundBy(table: StateTable, key: StateKey, how: "in" | "out", on: string): string {
  const state = table.find(key, how, on);
  return state === undefined ? "-" : `${state.interface}${state.ifBound ? " bound" : ""}`;
}

describe("find", () => {
  test("a floating state admits its flow on every interface, in and out", () => {
    const table = tableOf({});
    expect(foundBy(table, REQUEST, "in", "em0")).toBe("em0");
    expect(foundBy(table, REQUEST, "out", "em0")).toBe("em0");
    expect(foundBy(table, REQUEST, "in", "never-seen")).toBe("em0");
  });

  test("keys that differ in one field only are told apart", () => {
    const table = new StateTable(2000);
    const keys = Array.from({ length: 200 }, (_, index): StateKey[] => [
      { ...SIX, protocol: index },
      { ...SIX, rdomain: 1 + index },
      { ...SIX, address0: SIX.address0 ^ (1n << BigInt(index % 128)) },
      { ...SIX, address1: BigInt(index) << BigInt(index % 120) },
      { ...SIX, port0: 2000 + index },
      { ...SIX, port1: 2000 + index },
      { ...REQUEST, address0: BigInt(index >> 1), family: index % 2 === 0 ? "inet" : "inet6" },
    ]).flat();
    const known = new Set<string>();
    for (const wire of keys) {
      const text = Object.values(wire).join();
      const state = known.has(text) ? undefined : inserted(table, { wire });
      expect((state ?? table.find(wire, "in", "em0"))?.wire).toEqual(wire);
      known.add(text);
    }
  });

  test("a bound state admits on its interface only, and is preferred there", () => {
    const table = tableOf({ interface: "em1" }, { ifBound: true });
    expect(foundBy(table, REQUEST, "out", "em0")).toBe("em0 bound");
    expect(foundBy(table, REQUEST, "out", "em1")).toBe("em1");
  });

  test("of two bound states of one interface the newer one is found", () => {
    const table = tableOf({ ifBound: true }, { ifBound: true, direction: "out" });
    expect(table.find(REQUEST, "in", "em0")?.direction).toBe("out");
  });

  test("of two floating states the older one is found", () => {
    const table = tableOf({}, { direction: "out" });
    expect(table.find(REQUEST, "in", "em0")?.direction).toBe("in");
  });

  test("packets in have the wire key, packets out the stack key", () => {
    const table = tableOf({ direction: "out", wire: TRANSLATED, stack: REQUEST });
    const ways = ["in", "out"] as const;
    expect(ways.map((way) => foundBy(table, TRANSLATED, way, "em0"))).toEqual(["em0", "-"]);
    expect(ways.map((way) => foundBy(table, REQUEST, way, "em0"))).toEqual(["-", "em0"]);
  });

  test("a state that changes the family admits packets in with either key, none out", () => {
    const table = tableOf({ wire: SIX, stack: REQUEST });
    expect(foundBy(table, SIX, "in", "em0")).toBe("em0");
    expect(foundBy(table, REQUEST, "in", "em1")).toBe("em0");
    expect(foundBy(table, SIX, "out", "em0")).toBe("-");
    expect(foundBy(table, REQUEST, "out", "em0")).toBe("-");
  });

  test("writes to what is found stay", () => {
    const table = tableOf({});
    const state = table.find(REQUEST, "in", "em0");
    if (state === undefined) throw new Error("not found");
    state.timeout = "other.multiple";
    state.touched = 123;
    state.destination.low = 0xffffffff;
    state.destination.scale = 14;
    state.source.window = 65535 * 2 ** 14;
    const again = table.find(REQUEST, "out", "em0");
    expect(again?.timeout).toBe("other.multiple");
    expect([again?.touched, again?.created]).toEqual([123, 100]);
    expect(again?.destination.low).toBe(0xffffffff);
    expect(again?.destination.scale).toBe(14);
    expect([again?.source.window, again?.source.scale]).toEqual([65535 * 2 ** 14, -1]);
    expect(again?.stack).toBe(again?.wire);
  });
});

describe("insert", () => {
  test("a direct connection collides with a redirected one: its key is the other's stack key", () => {
    const table = tableOf({ wire: REQUEST, stack: TRANSLATED });
    expect(table.insert(newState({ wire: TRANSLATED }))).toBe("collision");
    expect([table.count, PASS.states >= 1]).toEqual([1, true]);
    expect(foundBy(table, TRANSLATED, "in", "em0")).toBe("-");
  });

  test("another direction or another binding is no collision", () => {
    const table = tableOf({}, { direction: "out" }, { ifBound: true });
    inserted(table, { ifBound: true, interface: "em1" });
    expect(table.insert(newState({ ifBound: true, interface: "em1" }))).toBe("collision");
    expect(table.count).toBe(4);
  });

  test("a stack key that collides leaves the wire key free", () => {
    const table = tableOf({ wire: TRANSLATED });
    expect(table.insert(newState({ stack: TRANSLATED }))).toBe("collision");
    expect(table.isTaken(REQUEST, "wire")).toBe(false);
    inserted(table, {});
  });

  test("the stack key of a family change is in the way of the other direction", () => {
    const table = tableOf({ wire: SIX, stack: REQUEST });
    expect(table.insert(newState({ direction: "out" }))).toBe("collision");
    inserted(table, { direction: "in" });
  });

  test("a finished TCP state gives way, and counts until the purge", () => {
    const wire = { ...REQUEST, protocol: 6 };
    const rule = liveRule("pass");
    const table = new StateTable(3);
    const old = inserted(table, { wire, rule, source: peer(9), destination: peer(10) });
    inserted(table, { wire, rule, source: peer(9), destination: peer(7) });
    expect(old.life).toBe("unlinked");
    expect(table.insert(newState({ wire, rule }))).toBe("collision");
    expect([table.count, rule.states]).toEqual([2, 2]);
    table.purge(101, DEFAULT_TIMEOUTS);
    expect([table.count, rule.states]).toEqual([1, 1]);
  });

  test("finished levels of another protocol do not give way", () => {
    const table = tableOf({ source: peer(9), destination: peer(9) });
    expect(table.insert(newState())).toBe("collision");
  });

  test("the limit counts what is not purged", () => {
    const table = new StateTable(1);
    table.unlink(inserted(table));
    expect(table.insert(newState())).toBe("full");
    table.purge(101, DEFAULT_TIMEOUTS);
    inserted(table);
    expect(table.insert(newState())).toBe("full");
    table.limit = 2;
    expect(table.insert(newState())).toBe("collision");
  });
});

describe("mark and unlink", () => {
  test("a marked state is not found, but its keys are taken", () => {
    const table = tableOf({ wire: TRANSLATED, stack: REQUEST, direction: "out", ifBound: true });
    for (const state of table.all()) table.mark(state);
    expect(foundBy(table, TRANSLATED, "in", "em0")).toBe("-");
    expect(table.isTaken(TRANSLATED, "wire")).toBe(true);
    expect(table.isTaken(TRANSLATED, "stack")).toBe(false);
    expect(table.isTaken(REQUEST, "stack")).toBe(true);
    expect([...table.all()].map((state) => state.life)).toEqual(["marked"]);
  });

  test("the keys of an unlinked state are free at once", () => {
    const table = new StateTable(10);
    const state = inserted(table);
    table.mark(state);
    table.unlink(state);
    expect(table.isTaken(REQUEST, "wire")).toBe(false);
    expect([...table.all()]).toEqual([]);
    inserted(table, {});
    expect(table.count).toBe(2);
    table.purge(101, DEFAULT_TIMEOUTS);
    expect([table.count, foundBy(table, REQUEST, "in", "em0")]).toEqual([1, "em0"]);
  });
});

describe("purge", () => {
  test("a state goes when its seconds have passed since it was touched, and is shown once", () => {
    const table = tableOf({ now: 100 });
    const shown: string[] = [];
    const show = (state: State) => shown.push(state.interface);
    table.purge(159, DEFAULT_TIMEOUTS, show);
    expect([table.count, shown.length]).toEqual([1, 0]);
    table.purge(160, DEFAULT_TIMEOUTS, show);
    table.purge(161, DEFAULT_TIMEOUTS, show);
    expect([table.count, shown]).toEqual([0, ["em0"]]);
  });

  test("of 1000 expired states a tenth goes each second, oldest first, and 64 at the least", () => {
    const table = tableOf();
    for (let port0 = 1; port0 <= 1000; port0++) inserted(table, { wire: { ...REQUEST, port0 } });
    const counts = [161, 162, 163, 164, 165, 166].map((now) => {
      table.purge(now, DEFAULT_TIMEOUTS);
      return table.count;
    });
    expect(counts).toEqual([900, 810, 729, 657, 592, 528]);
    const [oldest] = table.all();
    expect(oldest?.wire.port0).toBe(473);
  });

  test("goes on behind a state that was removed where it had stopped", () => {
    const table = tableOf();
    const states: State[] = [];
    for (let port0 = 1; port0 <= 200; port0++) {
      states.push(inserted(table, { wire: { ...REQUEST, port0 } }));
    }
    table.purge(101, DEFAULT_TIMEOUTS);
    for (const state of states.slice(128, 129)) table.unlink(state);
    table.purge(102, DEFAULT_TIMEOUTS);
    table.purge(161, DEFAULT_TIMEOUTS);
    const left = [...table.all()].map((state) => state.wire.port0);
    expect([left.length, left[127], left[128]]).toEqual([135, 128, 194]);
  });

  test("with an interval of 0 every state is examined", () => {
    const table = tableOf();
    for (let port0 = 1; port0 <= 200; port0++) inserted(table, { wire: { ...REQUEST, port0 } });
    table.purge(161, new Map([["interval", 0]]));
    expect(table.count).toBe(0);
  });

  test("clear leaves an empty table and lowers the counts of rules", () => {
    const rule = liveRule("pass");
    const table = tableOf({ rule }, { rule, direction: "out" });
    for (const state of table.all()) table.mark(state);
    table.clear();
    expect([table.count, rule.states]).toEqual([0, 0]);
    inserted(table, { rule });
    table.purge(101, DEFAULT_TIMEOUTS);
    expect([table.count, rule.states]).toEqual([1, 1]);
  });
});

test("a table agrees with a plain list of states", () => {
  fc.assert(
    fc.property(fc.array(step(), { minLength: 10, maxLength: 60 }), (steps) => {
      const rules = [
        { ...PASS, states: 0 },
        { ...PASS, states: 0 },
      ] as const;
      const table = new StateTable(20);
      const naive = new NaiveStates(20);
      let now = 0;
      for (const [number, each] of steps.entries()) {
        now += each.seconds;
        const [first, second] = each.levels;
        const source = peer(first, { low: number });
        const made = newState({
          ...each.made,
          stack: each.made.stack ?? each.made.wire,
          rule: rules[each.rule],
          now,
          source,
          destination: peer(second),
        });
        expect(ofTable(table, each, made)).toEqual(ofList(naive, each, made));
        expect([...table.all()].map(told)).toEqual(naive.all.map(toldPlain));
        const counts = [table.count, rules[0].states, rules[1].states];
        expect(counts).toEqual([naive.count, naive.countOf(rules[0]), naive.countOf(rules[1])]);
      }
    }),
    { numRuns: 400 },
  );
});

/** One thing to do, with all that any of them needs. */
interface Step {
  readonly what: "insert" | "find" | "taken" | "mark" | "unlink" | "purge" | "clear";
  readonly made: Pick<NewState, "direction" | "interface" | "ifBound" | "wire" | "timeout"> & {
    readonly stack: StateKey | undefined;
  };
  readonly levels: readonly [number, number];
  readonly rule: 0 | 1;
  readonly pick: number;
  readonly seconds: number;
}

/** Few different keys, so that states meet. */
function step(): fc.Arbitrary<Step> {
  return fc.record({
    what: fc.oneof(
      { arbitrary: fc.constant<Step["what"]>("insert"), weight: 8 },
      { arbitrary: fc.constantFrom<Step["what"][]>("find", "taken", "mark", "unlink"), weight: 8 },
      { arbitrary: fc.constant<Step["what"]>("purge"), weight: 2 },
      { arbitrary: fc.constant<Step["what"]>("clear"), weight: 1 },
    ),
    made: fc.record({
      direction: fc.constantFrom("in", "out"),
      interface: fc.constantFrom("em0", "em1"),
      ifBound: fc.boolean(),
      wire: key(),
      stack: fc.option(key(), { nil: undefined }),
      timeout: fc.constantFrom("icmp.error", "icmp.first", "udp.first"),
    }),
    levels: fc.constantFrom([2, 0], [9, 9], [10, 10], [9, 7], [7, 9]),
    rule: fc.constantFrom(0, 1),
    pick: fc.nat(20),
    seconds: fc.constantFrom(0, 0, 1, 10),
  });
}

function key(): fc.Arbitrary<StateKey> {
  return fc
    .tuple(fc.constantFrom(REQUEST, TRANSLATED, SIX), fc.constantFrom(6, 6, 17))
    .map(([base, protocol]) => ({ ...base, protocol }));
}

function ofTable(table: StateTable, { what, pick }: Step, made: NewState): unknown {
  if (what === "insert") {
    const answer = table.insert(made);
    return typeof answer === "string" ? answer : told(answer);
  }
  if (what === "find") return table.find(made.wire, made.direction, made.interface)?.source.low;
  if (what === "taken")
    return [table.isTaken(made.wire, "wire"), table.isTaken(made.wire, "stack")];
  if (what === "clear") return table.clear();
  if (what === "purge") {
    const gone: unknown[] = [];
    table.purge(made.now, DEFAULT_TIMEOUTS, (state) => gone.push(state.source.low));
    return new Set(gone);
  }
  const states = [...table.all()];
  const state = states[pick % states.length];
  if (state !== undefined) table[what](state);
  return state?.life;
}

function ofList(naive: NaiveStates, { what, pick }: Step, made: NewState): unknown {
  if (what === "insert") {
    const answer = naive.insert(made);
    return typeof answer === "string" ? answer : toldPlain(answer);
  }
  if (what === "find") return naive.find(made.wire, made.direction, made.interface)?.number;
  if (what === "taken")
    return [naive.isTaken(made.wire, "wire"), naive.isTaken(made.wire, "stack")];
  if (what === "clear") return naive.clear();
  if (what === "purge") return new Set(naive.purge(made.now).map(({ number }) => number));
  const { all } = naive;
  const state = all[pick % all.length];
  if (state !== undefined) state.life = what === "mark" ? "marked" : "unlinked";
  return state?.life;
}

function told(state: State): unknown {
  const { direction, interface: on, ifBound, wire, stack, timeout, created, life } = state;
  return [state.source.low, direction, on, ifBound, wire, stack, timeout, created, life];
}
