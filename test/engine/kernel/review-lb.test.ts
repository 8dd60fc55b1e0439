import { describe, expect, it } from "vitest";
import type { AddressContext } from "../../../engine/kernel/address-test.ts";
import { connectionLimit } from "../../../engine/kernel/connection-limit.ts";
import { leave } from "../../../engine/kernel/end-state.ts";
import { EntrySet } from "../../../engine/kernel/entry-set.ts";
import { killStates } from "../../../engine/kernel/kill.ts";
import type { LiveRule, PoolUse } from "../../../engine/kernel/live-rule.ts";
import type { Machine } from "../../../engine/kernel/machine.ts";
import { translateSource } from "../../../engine/kernel/pool-ports.ts";
import { chooseAddress, type PoolRequest } from "../../../engine/kernel/pools.ts";
import { RateCounter } from "../../../engine/kernel/rates.ts";
import { Routes } from "../../../engine/kernel/routes.ts";
import { SourceNodes } from "../../../engine/kernel/source-nodes.ts";
import type { SourceNode, State } from "../../../engine/kernel/state.ts";
import { parseAddress, parsePrefix, printAddress } from "../../../model/address-text.ts";
import type { Interface } from "../../../model/host.ts";
import type { Family } from "../../../model/packet.ts";
import { interfaceOf } from "../../support/interface.ts";
import { loadAll } from "./loaded.ts";

function value(text: string): bigint {
  const found = parseAddress(text);
  if (found === undefined) throw new RangeError(text);
  return found.value;
}

/** The pool of the first rule of a text, and the source nodes of its rules. */
class Pool {
  readonly live: LiveRule;
  readonly use: PoolUse;
  readonly context: AddressContext;
  readonly nodes = new SourceNodes(100);
  readonly #held: Map<PoolUse, SourceNode> = new Map();

  constructor(text: string, interfaces: readonly Interface[] = []) {
    const { rules, tables } = loadAll(["", text]);
    const [live] = rules;
    if (live === undefined) throw new RangeError(text);
    const around = { routes: [], rtables: new Map(), sockets: [], forwarding: true };
    const surroundings = { ...around, interfaces };
    this.live = live;
    this.use = live.rule.nat !== undefined ? "nat" : "rdr";
    this.context = { surroundings, tables, routes: new Routes(surroundings) };
  }

  request(source: string, family: Family): PoolRequest {
    const { live, use } = this;
    const pool = live.rule[use];
    const from = parseAddress(source);
    if (pool === undefined || from === undefined) throw new RangeError(source);
    this.#held.clear();
    return {
      pool,
      use,
      live,
      family,
      source: from.value,
      sourceFamily: from.family,
      random: () => 0,
      sticky: {
        held: this.#held,
        find: (rule, kind, of, it) => this.nodes.find(rule, kind, of, it),
        take: (rule, kind, of, it, address) => this.nodes.take(rule, kind, of, it, 0, address),
        drop: (node) => this.nodes.drop(node, 0),
      },
    };
  }

  give(count: number, source = "1.1.1.2", family: Family = "inet"): readonly string[] {
    return Array.from({ length: count }, () => {
      const found = chooseAddress(this.context, this.request(source, family));
      return found === undefined ? "none" : printAddress({ family, value: found });
    });
  }
}

const rdr = (to: string): string => `pass in inet proto udp rdr-to ${to}`;
const rdr6 = (to: string): string => `pass in inet6 proto udp rdr-to ${to}`;

describe("weights", () => {
  const last = (given: readonly string[]): string => given.map((it) => it.slice(-1)).join("");

  it("round-robin lowers its bar by the divisor each time it is asked at the first entry", () => {
    // bar 2 1: 1 is given; bar 0 is 2: 2 falls short, 1; bar 1: 2; then bar 2, 1, 2, 1 …
    const pool = new Pool(rdr("{ 10.0.0.1 weight 2, 10.0.0.2 }"));
    expect(last(pool.give(7))).toBe("1121212");
  });

  it("what stands before the first weight counts for no divisor, so its turn never comes", () => {
    const pool = new Pool(rdr("{ 10.0.0.1, 10.0.0.2 weight 2 }"));
    expect(last(pool.give(4))).toBe("2222");
  });

  it("least-states divides by them", () => {
    const pool = new Pool(rdr("{ 10.0.0.1 weight 2, 10.0.0.2 } least-states"));
    // 0:0, 1:0, then 32767 < 65535, and at a tie of both the one that is asked first
    expect(last(pool.give(3))).toBe("121");
  });

  it("without any, all take turns", () => {
    expect(last(new Pool(rdr("{ 10.0.0.1, 10.0.0.2 }")).give(4))).toBe("1212");
  });

  it("of entries that stay are those from before, and are all reckoned with again", () => {
    const packed = (second: number): EntrySet => {
      const set = new EntrySet();
      set.addPacked({
        count: 2,
        offsets: new Uint32Array([0, 1]),
        words: new Uint32Array([1, 2]),
        lengths: new Uint8Array([32, 32]),
        marks: new Uint8Array(2),
        weights: new Uint16Array([0, second]),
      });
      return set;
    };
    const before = packed(4);
    expect(before.weighting).toEqual({ divisor: 4, highest: 4 });
    const after = packed(6);
    after.keepFrom(before);
    expect(after.weighting).toEqual({ divisor: 1, highest: 4 });
    expect(after.weightOf({ family: "inet", value: 2n, length: 32 })).toBe(4);
  });
});

describe("blocks of IPv6", () => {
  it("end at the first entry inside them", () => {
    const table = "table <b> { 2001:db8::/125, 2001:db8::2, 2001:db8:1::1 }\n";
    const given = new Pool(table + rdr6("<b>")).give(5, "::1", "inet6");
    const [two, other] = ["2001:db8::2", "2001:db8:1::1"];
    expect(given).toEqual(["2001:db8::", "2001:db8::1", two, other, "2001:db8::"]);
  });

  it("link-local addresses of interfaces are no pool", () => {
    const [address, linkLocal] = ["2001:db8::1/64", "fe80::1/64"].map((text) => {
      const found = parsePrefix(`${text.split("/")[0]}/128`);
      if (found === undefined) throw new RangeError(text);
      return { family: found.family, value: found.value, length: 64 };
    });
    if (address === undefined || linkLocal === undefined) throw new RangeError();
    const em0 = { ...interfaceOf("em0"), addresses: [linkLocal, address] };
    const given = new Pool(rdr6("(em0)"), [em0]).give(3, "::1", "inet6");
    expect(given).toEqual(["2001:db8::1", "2001:db8::1", "2001:db8::1"]);
  });
});

it("random draws nothing for 32 bits without a mask", () => {
  const pool = new Pool("match out inet6 proto udp nat-to 2001:db8::/96 random");
  const found = translateSource(pool.context, {
    ...pool.request("::1", "inet6"),
    random: () => 1,
    protocol: 17,
    port: 9,
    echo: false,
    isTaken: () => false,
  });
  expect(found?.address).toBe(value("2001:db8::"));
});

it("af-to has no dynamic address of one interface: it is asked for in the rule's own family", () => {
  const em0 = {
    ...interfaceOf("em0"),
    addresses: [{ family: "inet" as const, value: value("10.0.0.1"), length: 24 }],
  };
  const pool = new Pool("pass in inet6 to 64:ff9b::/96 af-to inet from (em0:0)", [em0]);
  expect(pool.give(1, "::1", "inet")).toEqual(["none"]);
});

it("a sticky address without a free port is not followed by another of a list", () => {
  const pool = new Pool(
    "match out inet nat-to { 192.0.2.1, 192.0.2.2, 192.0.2.3 } sticky-address static-port",
  );
  expect(pool.give(1)).toEqual(["192.0.2.1"]);
  const asked: string[] = [];
  const found = translateSource(pool.context, {
    ...pool.request("1.1.1.2", "inet"),
    protocol: 17,
    port: 9,
    echo: false,
    isTaken: (address) => asked.push(printAddress({ family: "inet", value: address })) < 2,
  });
  expect(found).toBeUndefined();
  expect(asked).toEqual(["192.0.2.1"]);
});

it("counters of rates are 32 bits wide, in between too", () => {
  const counter = new RateCounter(4_294_968, 10, 0); // 704 thousandths
  expect(counter.isOverWith(0)).toBe(true);
});

it("a state leaves its source nodes when it is unlinked, by its own rule's src.track", () => {
  const { rules } = loadAll([
    "",
    "match out inet nat-to { 192.0.2.1, 192.0.2.2 } sticky-address\npass keep state (src.track 60)",
  ]);
  const [match, pass] = rules;
  if (match === undefined || pass === undefined) throw new RangeError();
  const nodes = new SourceNodes(9);
  const node = nodes.take(match, "nat", "inet", 1n, 0, 2n);
  if (node === undefined) throw new RangeError();
  node.states = 2;
  node.connections = 2;
  const key = { family: "inet", address0: 1n, address1: 2n } as const;
  const state = {
    rule: pass,
    direction: "out",
    wire: key,
    stack: key,
    source: { level: 0 },
    extra: { nodes: [node], connected: true, matched: [match] },
  } as unknown as State;
  const machine = { nodes, now: 100, timeouts: new Map(), tables: { find: () => undefined } };
  leave(machine as unknown as Machine, state);
  expect(node).toMatchObject({ states: 1, connections: 1, expires: 0 });
  expect(state.extra?.nodes).toEqual([]);
  nodes.release(node, 100, new Map(), pass);
  expect(node.expires).toBe(160);
});

it("overload learns who sent the first packet, not what nat-to made of it", () => {
  const text =
    "pass out inet proto tcp nat-to 192.0.2.1 keep state (max-src-conn 1, overload <bad>)";
  const { rules, tables } = loadAll(["", text]);
  const [rule] = rules;
  if (rule === undefined) throw new RangeError();
  const node = { use: "none", source: value("10.0.0.5"), connections: 1 };
  const wire = { family: "inet", address0: value("1.1.1.1"), address1: value("192.0.2.1") };
  const extra = { nodes: [node], connected: false };
  const state = { rule, direction: "out", wire, source: {}, destination: {}, extra };
  const machine = { tables, now: 0, states: { mark: () => undefined } };
  expect(connectionLimit(machine as unknown as Machine, state as unknown as State)).toBe(true);
  const bad = tables.own("", "bad")?.entries;
  expect(bad?.contains("inet", value("10.0.0.5"))).toBe(true);
  expect(bad?.contains("inet", value("192.0.2.1"))).toBe(false);
});

it("pfctl -k means the routing domain 0, or that of -V, and the interface of -i", () => {
  const { rules } = loadAll(["", 'pass label "a"']);
  const [rule] = rules;
  const stateIn = (rdomain: number, ifBound: boolean): State => {
    const key = { family: "inet", rdomain, address0: 1n, address1: 2n };
    const at = { direction: "in", wire: key, stack: key, interface: "em0", ifBound };
    return { ...at, rule, source: {}, life: "live" } as unknown as State;
  };
  const states = [stateIn(0, false), stateIn(1, false), stateIn(0, true)];
  const killed = (...args: readonly string[]): readonly number[] => {
    const found: number[] = [];
    const unlink = (state: State): number => found.push(states.indexOf(state));
    const machine = { states: { all: () => states, unlink }, sent: [] };
    killStates(machine as unknown as Machine, args);
    return found;
  };
  expect(killed("-k", "0.0.0.0/0")).toEqual([0, 2]);
  expect(killed("-k", "label", "-k", "a", "-V", "1")).toEqual([1]);
  expect(killed("-k", "0.0.0.0/0", "-i", "em0")).toEqual([2]);
});
