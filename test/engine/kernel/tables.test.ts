import { describe, expect, it } from "vitest";
import { type AddressContext, matchesAddress } from "../../../engine/kernel/address-test.ts";
import { EntrySet } from "../../../engine/kernel/entry-set.ts";
import { matchesInterface } from "../../../engine/kernel/interfaces.ts";
import { matchesId, matchesPort } from "../../../engine/kernel/ports.ts";
import { Routes } from "../../../engine/kernel/routes.ts";
import type { KernelRoute, Surroundings } from "../../../engine/kernel/surroundings.ts";
import { Tables } from "../../../engine/kernel/tables.ts";
import { parseAddress, parsePrefix } from "../../../model/address-text.ts";
import { addressBits } from "../../../model/packet.ts";
import type { DynamicAddress, PfAddress, PfPort } from "../../../model/pf-rule.ts";
import { interfaceOf } from "../../support/interface.ts";
import { loadAll } from "./loaded.ts";

type Load = readonly [anchor: string, text: string];

const loaded = (...texts: readonly Load[]): Tables => loadAll(...texts).tables;

function address(text: string) {
  const found = parseAddress(text);
  if (found === undefined) throw new RangeError(text);
  return found;
}

function route(prefix: string, name: string, more: Partial<KernelRoute> = {}): KernelRoute {
  const found = parsePrefix(prefix);
  if (found === undefined) throw new RangeError(prefix);
  return { rtable: 0, prefix: found, interface: name, gateway: undefined, ...more };
}

const inet = (text: string, length: number) => ({ ...address(text), length });

const SURROUNDINGS: Surroundings = {
  interfaces: [
    interfaceOf("lo0", { addresses: [inet("127.0.0.1", 8)] }),
    interfaceOf("em0", { groups: ["all", "em", "egress"] }),
    interfaceOf("em1", {
      addresses: [inet("10.0.0.1", 24), inet("10.0.0.2", 24), inet("fe80::1", 64)],
    }),
  ],
  routes: [
    route("0.0.0.0/0", "em0", { label: "isp" }),
    route("10.0.0.0/24", "em1"),
    route("10.0.0.0/8", "em0"),
    route("10.2.0.0/16", "em1", { rtable: 2 }),
  ],
  rtables: new Map([[2, 0]]),
  sockets: [],
  forwarding: true,
};

function contextOf(tables = new Tables(), change: Partial<Surroundings> = {}): AddressContext {
  const surroundings = { ...SURROUNDINGS, ...change };
  return { surroundings, routes: new Routes(surroundings), tables };
}

interface Where {
  readonly negated?: boolean;
  readonly rtable?: number;
  readonly anchor?: string;
  readonly on?: string;
  readonly context?: AddressContext;
}

function matches(tested: PfAddress, text: string, where: Where = {}): boolean {
  const { negated = false, rtable = 0, anchor = "", on = "em0", context = contextOf() } = where;
  const { family, value } = address(text);
  return matchesAddress(context, tested, negated, family, value, rtable, anchor, on);
}

const holds = (tables: Tables, anchor: string, name: string, text: string): boolean => {
  return matches({ kind: "table", name }, text, { anchor, context: contextOf(tables) });
};

describe("a table", () => {
  it("is decided by its most specific entry (case TBL)", () => {
    const tables = loaded([
      "",
      "table <t> { !10.0.0.0/8, 10.0.0.0/16, !10.0.0.0/24, 10.0.0.5 }\npass from <t>",
    ]);
    const found = ["10.0.0.5", "10.0.0.6", "10.0.1.6", "10.1.1.6", "2001:db8::1"];
    expect(found.map((it) => holds(tables, "", "t", it))).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  it("that does not exist has nothing in it, and its negation everything (case G10)", () => {
    expect(matches({ kind: "table", name: "nx" }, "10.0.0.5")).toBe(false);
    expect(matches({ kind: "table", name: "nx" }, "10.0.0.5", { negated: true })).toBe(true);
  });

  it("is the anchor's own, else the main ruleset's, never one between (cases L1, L2)", () => {
    const tables = loaded([
      "",
      `table <t> { 10.0.0.5 }
anchor "a" {
  table <t> { 10.0.0.6 }
  table <u> { 10.0.0.6 }
  pass proto udp from { <t> <u> }
  anchor "b" {
    pass proto tcp from { <t> <u> }
  }
}
anchor "c" {
  pass from <t>
}`,
    ]);
    expect(holds(tables, "a", "t", "10.0.0.6")).toBe(true);
    expect(holds(tables, "a", "t", "10.0.0.5")).toBe(false);
    expect(holds(tables, "a/b", "t", "10.0.0.5")).toBe(true);
    expect(holds(tables, "a", "u", "10.0.0.6")).toBe(true);
    expect(holds(tables, "a/b", "u", "10.0.0.6")).toBe(false);
    expect(holds(tables, "c", "t", "10.0.0.5")).toBe(true);
  });

  it("in braces inside named braces has no effect (section 37, A2)", () => {
    const text = `table <t> { 10.0.0.5 }
anchor "a" {
  pass from <t>
  anchor "b" {
    table <t> { 10.0.0.6 }
    pass from <t>
  }
}`;
    const tables = loaded(["", text]);
    expect(holds(tables, "a/b", "t", "10.0.0.6")).toBe(false);
    expect(holds(tables, "a/b", "t", "10.0.0.5")).toBe(true);
    const other = loaded(["x", text]);
    expect(holds(other, "x/a/b", "t", "10.0.0.6")).toBe(false);
    expect(holds(other, "x/a", "t", "10.0.0.5")).toBe(false);
  });
});

describe("table commands", () => {
  it("make a table that the rules of anchors see from then on (case G11)", () => {
    const tables = loaded(["", 'anchor "x"'], ["x", "pass from <later>"]);
    expect(holds(tables, "x", "later", "10.0.0.5")).toBe(false);
    expect(tables.change("add", "", "later", ["10.0.0.5"])).toBe(true);
    expect(holds(tables, "x", "later", "10.0.0.5")).toBe(true);
  });

  it("leave an entry of the other sign alone (section 37, A13)", () => {
    const tables = loaded(["", "table <t> { 10.0.0.0/8, !10.0.0.1 }\npass from <t>"]);
    expect(tables.change("add", "", "t", ["10.0.0.1"])).toBe(true);
    expect(holds(tables, "", "t", "10.0.0.1")).toBe(false);
    expect(tables.change("delete", "", "t", ["10.0.0.1"])).toBe(true);
    expect(holds(tables, "", "t", "10.0.0.1")).toBe(false);
    expect(tables.change("delete", "", "t", ["!10.0.0.1"])).toBe(true);
    expect(holds(tables, "", "t", "10.0.0.1")).toBe(true);
  });

  it("replace all entries; of one given twice the first counts", () => {
    const tables = loaded(["", "table <t> { 10.0.0.1 }\npass from <t>"]);
    expect(tables.change("replace", "", "t", ["10.0.0.2", "!10.0.0.2"])).toBe(true);
    expect(holds(tables, "", "t", "10.0.0.1")).toBe(false);
    expect(holds(tables, "", "t", "10.0.0.2")).toBe(true);
  });

  it("are refused for const tables, and for deleting from none", () => {
    const tables = loaded(["", "table <t> const { 10.0.0.1 }\npass from <t>"]);
    for (const operation of ["add", "delete", "replace"] as const) {
      expect(tables.change(operation, "", "t", ["10.0.0.1"])).toBe(false);
    }
    expect(holds(tables, "", "t", "10.0.0.1")).toBe(true);
    expect(tables.change("delete", "", "nx", ["10.0.0.1"])).toBe(false);
    expect(tables.change("add", "", "t", ["neverwhere"])).toBe(false);
  });
});

describe("a reload (section 28)", () => {
  const FIRST = "table <t> persist { 10.0.0.1 }\npass from <t>";

  it("sets what the text has, and keeps what a statement without contents names", () => {
    const again = (text: string) => loaded(["", FIRST], ["", text]);
    const kept = again("table <t> persist\npass from <t>");
    expect(holds(kept, "", "t", "10.0.0.1")).toBe(true);
    expect(holds(again("table <t> { }\npass from <t>"), "", "t", "10.0.0.1")).toBe(false);
    const other = again("table <t> { 10.0.0.2 }\npass from <t>");
    expect(holds(other, "", "t", "10.0.0.1")).toBe(false);
    expect(holds(other, "", "t", "10.0.0.2")).toBe(true);
  });

  it("keeps a table that persists or stands in a rule, and no other", () => {
    const plain = "table <t> { 10.0.0.1 }\npass from <t>";
    expect(loaded(["", FIRST], ["", "pass"]).find("", "t")).toBeDefined();
    expect(loaded(["", plain], ["", "pass"]).find("", "t")).toBeUndefined();
    expect(loaded(["", plain], ["", "block from <t>"]).find("", "t")).toBeDefined();
    const anchor = [
      ["", plain],
      ["x", "pass from <t>"],
      ["", "pass"],
    ] as const;
    expect(loaded(...anchor).find("x", "t")).toBeDefined();
  });

  it("makes the tables of overload active, and learns into const ones", () => {
    const text = "pass in proto tcp keep state (max-src-conn 1, overload <bad>)";
    const tables = loaded(["", text]);
    expect(tables.find("", "bad")).toBeDefined();
    tables.learn("", "bad", "inet", address("10.0.0.9").value);
    expect(holds(tables, "", "bad", "10.0.0.9")).toBe(true);
  });
});

interface Entry {
  readonly value: bigint;
  /** Host bits. */
  readonly rest: bigint;
  readonly negated: boolean;
}

/** Numbers below their argument, always the same ones. */
function drawing(): (bound: number) => number {
  let seed = 1;
  return (bound) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * bound);
  };
}

describe("EntrySet", () => {
  it.each(["inet", "inet6"] as const)("agrees with a search through all entries: %s", (family) => {
    const below = drawing();
    const set = new EntrySet();
    const entries = new Map<string, Entry>();
    for (let step = 0; step < 2000; step++) {
      const length = addressBits(family) - below(9);
      const rest = BigInt(addressBits(family) - length);
      const value = (BigInt(below(1024)) >> rest) << rest;
      const negated = below(3) === 0;
      const key = `${value}/${length}`;
      const known = entries.get(key);
      if (below(3) === 0) {
        const removes = known?.negated === negated;
        expect(set.remove({ family, value, length }, negated)).toBe(removes);
        if (removes) entries.delete(key);
      } else {
        expect(set.add({ family, value, length }, negated)).toBe(known === undefined);
        entries.set(key, known ?? { value, rest, negated });
      }
    }
    expect(set.count).toBe(entries.size);
    const sorted = [...entries.values()].sort((a, b) => Number(a.rest - b.rest));
    for (let value = 0n; value < 1024n; value++) {
      const best = sorted.find((it) => value >> it.rest === it.value >> it.rest);
      expect(set.contains(family, value)).toBe(best?.negated === false);
      const length = best === undefined ? -1 : addressBits(family) - Number(best.rest);
      expect(set.coveringLength(family, value)).toBe(length);
    }
  });

  it("lists plain entries by ascending address, of one the longest first", () => {
    const set = new EntrySet();
    for (const text of ["10.0.0.9", "10.0.0.0/8", "10.0.0.0/16", "9.0.0.0/8"]) {
      const prefix = parsePrefix(text);
      if (prefix !== undefined) set.add(prefix, false);
    }
    set.add(inet("10.0.0.1", 32), true);
    expect(set.plain("inet").map((it) => it.length)).toEqual([8, 16, 8, 32]);
    expect(set.count).toBe(5);
  });
});

const dynamic = (change: Partial<DynamicAddress> = {}): PfAddress => {
  return { kind: "dynamic", name: "em1", part: "address", first: false, length: 128, ...change };
};

describe("other addresses", () => {
  it("any, ranges, prefixes; a negated zero mask matches nothing (case NEGANY)", () => {
    const zero = { kind: "prefix", prefix: inet("0.0.0.0", 0) } as const;
    expect(matches(zero, "1.2.3.4")).toBe(true);
    expect(matches(zero, "1.2.3.4", { negated: true })).toBe(false);
    expect(matches({ kind: "any" }, "1.2.3.4", { negated: true })).toBe(false);
    const first = address("10.0.0.3").value;
    const range = { kind: "range", range: { family: "inet", first, last: first + 2n } } as const;
    const found = ["10.0.0.2", "10.0.0.3", "10.0.0.5", "10.0.0.6"].map((it) => matches(range, it));
    expect(found).toEqual([false, true, true, false]);
    expect(matches({ kind: "unknown", text: "x" }, "1.2.3.4", { negated: true })).toBe(false);
  });

  it("of interfaces are masked, and follow changes (cases D1, D2)", () => {
    expect(matches(dynamic({ length: 30 }), "10.0.0.3")).toBe(true);
    expect(matches(dynamic({ length: 30 }), "10.0.0.4")).toBe(false);
    expect(matches(dynamic({ part: "network" }), "10.0.0.200")).toBe(true);
    expect(matches(dynamic({ part: "network" }), "fe80::1")).toBe(false);
    expect(matches(dynamic(), "10.0.0.2")).toBe(true);
    expect(matches(dynamic({ first: true }), "10.0.0.2")).toBe(false);
    expect(matches(dynamic({ name: "self" }), "127.0.0.1")).toBe(true);
    const moved = { interfaces: [interfaceOf("em1", { addresses: [inet("10.0.0.77", 24)] })] };
    const context = contextOf(new Tables(), moved);
    const same = dynamic();
    expect(matches(same, "10.0.0.77")).toBe(false);
    expect(matches(same, "10.0.0.77", { context })).toBe(true);
  });

  it("an interface without addresses matches never, negated always (case S39)", () => {
    expect(matches(dynamic({ name: "em0" }), "10.0.0.1")).toBe(false);
    expect(matches(dynamic({ name: "em0" }), "10.0.0.1", { negated: true })).toBe(true);
  });

  it("ask for routes in the rtable of the moment", () => {
    const none = { kind: "no-route" } as const;
    expect(matches(none, "8.8.8.8")).toBe(false);
    expect(matches(none, "8.8.8.8", { rtable: 2 })).toBe(true);
    expect(matches(none, "10.2.0.1", { rtable: 2 })).toBe(false);
    expect(matches(none, "2001:db8::1")).toBe(true);
    expect(matches(none, "fe80::1")).toBe(false);
    const urpf = { kind: "urpf-failed" } as const;
    expect(matches(urpf, "10.0.0.9", { on: "em1" })).toBe(false);
    expect(matches(urpf, "10.0.0.9", { on: "em0" })).toBe(true);
    expect(matches(urpf, "10.1.0.9", { on: "em0" })).toBe(false);
    expect(matches(urpf, "10.0.0.9", { on: "em1", rtable: 2 })).toBe(true);
    const label = { kind: "route", label: "isp" } as const;
    expect(matches(label, "8.8.8.8")).toBe(true);
    expect(matches(label, "10.0.0.9")).toBe(false);
    expect(contextOf().routes.domainOf(2)).toBe(0);
    expect(contextOf().routes.domainOf(1)).toBe(1);
  });
});

describe("interfaces, ports and users", () => {
  it("match a name, a group, any but loopback; unknown ones never (case X17)", () => {
    const on = (name: string, rule: string) => matchesInterface(SURROUNDINGS, name, rule);
    expect([on("em0", "em0"), on("em0", "egress"), on("em0", "any")]).toEqual([true, true, true]);
    expect([on("em1", "egress"), on("lo0", "any"), on("em0", "nx3")]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("have the operators of pf.conf(5) (case S47)", () => {
    const test = (operator: PfPort["operator"]) => {
      return [1, 2, 3, 4, 5].filter((it) => matchesPort({ operator, first: 2, last: 4 }, it));
    };
    expect(test("range")).toEqual([2, 3, 4]);
    expect(test("><")).toEqual([3]);
    expect(test("<>")).toEqual([1, 5]);
    expect(test("=")).toEqual([2]);
    expect(test("!=")).toEqual([1, 3, 4, 5]);
    expect(test("<")).toEqual([1]);
    expect(test("<=")).toEqual([1, 2]);
    expect(test(">")).toEqual([3, 4, 5]);
    expect(test(">=")).toEqual([2, 3, 4, 5]);
    expect(matchesPort(undefined, 9)).toBe(true);
  });

  it("an unknown user meets only = and != (case S42)", () => {
    const id = (operator: PfPort["operator"] & "=", first: number) => ({
      operator,
      first,
      last: 0,
    });
    expect(matchesId(id("=", -1), undefined)).toBe(true);
    expect(matchesId(id("=", 0), undefined)).toBe(false);
    expect(matchesId({ ...id("=", 0), operator: "!=" }, undefined)).toBe(true);
    expect(matchesId({ ...id("=", 5), operator: "<" }, undefined)).toBe(false);
    expect(matchesId({ ...id("=", -1), operator: "<>" }, undefined)).toBe(false);
    expect(matchesId({ ...id("=", 5), operator: "<" }, 4)).toBe(true);
    expect(matchesId(id("=", -1), 0)).toBe(false);
  });
});
