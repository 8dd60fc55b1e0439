import { describe, expect, it } from "vitest";
import type { AddressContext } from "../../../engine/kernel/address-test.ts";
import { afDestination, embed4in6, extract4from6 } from "../../../engine/kernel/embedded.ts";
import type { LiveRule, PoolUse } from "../../../engine/kernel/live-rule.ts";
import { choosePort, translatedPort, translateSource } from "../../../engine/kernel/pool-ports.ts";
import {
  chooseAddress,
  type PoolRequest,
  releaseAddress,
  type StickyNodes,
} from "../../../engine/kernel/pools.ts";
import { Routes } from "../../../engine/kernel/routes.ts";
import { sipHash24 } from "../../../engine/kernel/siphash.ts";
import { sourceHash } from "../../../engine/kernel/source-hash.ts";
import type { SourceNode } from "../../../engine/kernel/state.ts";
import { parseAddress, parsePrefix, printAddress } from "../../../model/address-text.ts";
import type { Interface } from "../../../model/host.ts";
import type { Family } from "../../../model/packet.ts";
import type { PfAddress, PfPool } from "../../../model/pf-rule.ts";
import { interfaceOf } from "../../support/interface.ts";
import { loadAll } from "./loaded.ts";

function value(text: string): bigint {
  const found = parseAddress(text);
  if (found === undefined) throw new RangeError(text);
  return found.value;
}

function prefix(text: string): PfAddress {
  const found = parsePrefix(text);
  if (found === undefined) throw new RangeError(text);
  return { kind: "prefix", prefix: found };
}

/** Sticky nodes that last; at most `limit`. */
class Nodes implements StickyNodes {
  readonly held: Map<PoolUse, SourceNode> = new Map();
  readonly all: Map<bigint, SourceNode> = new Map();
  limit = 9;

  find(_live: LiveRule, _use: PoolUse, _family: Family, source: bigint): SourceNode | undefined {
    return this.all.get(source);
  }

  take(
    rule: LiveRule,
    use: PoolUse,
    family: Family,
    source: bigint,
    sticky: bigint,
  ): SourceNode | undefined {
    const known = this.all.get(source);
    if (known !== undefined || this.all.size >= this.limit) return known;
    const counts = { states: 1, connections: 0, expires: 0, rate: undefined };
    const node = { rule, use, family, source, sticky, ...counts };
    this.all.set(source, node);
    return node;
  }

  drop(node: SourceNode, stale: boolean): void {
    if (stale) this.all.delete(node.source);
  }
}

/** One pf with the first rule's pool. */
class Pool {
  readonly live: LiveRule;
  readonly pool: PfPool;
  readonly use: PoolUse;
  readonly context: AddressContext;
  readonly nodes: Nodes = new Nodes();

  constructor(text: string, interfaces: readonly Interface[] = []) {
    const { rules, tables } = loadAll(["", text]);
    const [live] = rules;
    const { nat, rdr, route } = live?.rule ?? {};
    const pool = nat ?? rdr ?? route;
    if (live === undefined || pool === undefined) throw new RangeError(text);
    const around = { routes: [], rtables: new Map(), sockets: [], forwarding: true };
    const surroundings = { ...around, interfaces };
    this.live = live;
    this.pool = pool;
    this.use = nat !== undefined ? "nat" : rdr !== undefined ? "rdr" : "route";
    this.context = { surroundings, tables, routes: new Routes(surroundings) };
  }

  request(source: string, replaced?: string): PoolRequest {
    const { live, pool, use, nodes: sticky } = this;
    const family = parseAddress(source)?.family ?? "inet";
    const asked = { pool, use, live, family, sticky, sourceFamily: family, random: () => 0 };
    const request = { ...asked, source: value(source) };
    return replaced === undefined ? request : { ...request, replaced: value(replaced) };
  }

  /** The addresses for packets from these sources, each a new evaluation. */
  give(...sources: readonly string[]): readonly (string | undefined)[] {
    return sources.map((source) => {
      this.nodes.held.clear();
      const request = this.request(source);
      const found = chooseAddress(this.context, request);
      return found === undefined ? found : printAddress({ family: request.family, value: found });
    });
  }

  /** The address and port for a UDP packet; taken are those that were given before. */
  translate(source: string, port: number, destination = "1.1.1.1"): string | undefined {
    const found = translateSource(this.context, {
      ...this.request(source),
      protocol: 17,
      port,
      echo: false,
      isTaken: (address, it) => this.#given.has(`${address} ${it} ${destination}`),
    });
    if (found === undefined) return undefined;
    this.#given.add(`${found.address} ${found.port} ${destination}`);
    return `${printAddress({ family: "inet", value: found.address })}:${found.port}`;
  }

  readonly #given: Set<string> = new Set();
}

const times = (count: number): readonly string[] => new Array<string>(count).fill("1.1.1.2");
const rdr = (to: string): string => `pass in inet proto udp rdr-to ${to}`;
const KEY = "0x0123456789abcdef0123456789abcdef";

describe("round-robin", () => {
  it("walks a list from its lowest address on (cases N2, G12)", () => {
    const list = new Pool(rdr("{ 10.0.0.23, 10.0.0.21, 10.0.0.22 }"));
    expect(list.give(...times(4))).toEqual(["10.0.0.21", "10.0.0.22", "10.0.0.23", "10.0.0.21"]);
  });

  it("walks a network from base to all ones (case N3); without a type only the base (N3b)", () => {
    const walked = new Pool(rdr("10.0.0.20/30 round-robin")).give(...times(5));
    expect(walked).toEqual(["10.0.0.20", "10.0.0.21", "10.0.0.22", "10.0.0.23", "10.0.0.20"]);
    expect(new Pool(rdr("10.0.0.20/30")).give(...times(2))).toEqual(["10.0.0.20", "10.0.0.20"]);
    const wide = new Pool("pass in inet6 proto udp rdr-to 64:ff9b::/96 round-robin");
    expect(wide.give("::1", "::1")).toEqual(["64:ff9b::", "64:ff9b::1"]);
  });

  it("walks networks in tables, but not what lies inside another entry", () => {
    const text = "table <b> { 10.0.0.0/30, !10.0.0.1, 10.0.0.2, 10.0.1.0 }\n";
    const walked = new Pool(text + rdr("<b>")).give(...times(5));
    expect(walked).toEqual(["10.0.0.0", "10.0.0.3", "10.0.0.2", "10.0.1.0", "10.0.0.0"]);
  });

  it("goes on behind an entry that has gone", () => {
    const pool = new Pool(`table <b> { 10.0.0.1, 10.0.0.2, 10.0.0.3 }\n${rdr("<b>")}`);
    expect(pool.give(...times(1))).toEqual(["10.0.0.1"]);
    pool.context.tables.change("replace", "", "b", ["10.0.0.1", "10.0.0.9"]);
    expect(pool.give(...times(3))).toEqual(["10.0.0.9", "10.0.0.1", "10.0.0.9"]);
    pool.context.tables.change("replace", "", "b", []);
    expect(pool.give(...times(1))).toEqual([undefined]);
  });

  it("walks the addresses of an interface; :0 is the first alone (case N10)", () => {
    const addresses = ["192.0.2.50", "192.0.2.1"].map((it) => {
      return { family: "inet", value: value(it), length: 24 } as const;
    });
    const em0 = [interfaceOf("em0", { addresses })];
    const all = new Pool("pass out inet proto udp nat-to (em0) static-port", em0);
    expect(all.give(...times(3))).toEqual(["192.0.2.1", "192.0.2.50", "192.0.2.1"]);
    const first = new Pool("pass out inet proto udp nat-to (em0:0) static-port", em0);
    expect(first.give(...times(2))).toEqual(["192.0.2.50", "192.0.2.50"]);
    expect(new Pool("pass out inet proto udp nat-to (em0:0)").give(...times(1))).toEqual([
      undefined,
    ]);
  });
});

describe("other pool types", () => {
  it("bitmask keeps host bits: of the source, or of what rdr replaces (case N4)", () => {
    const nat = new Pool("pass out inet proto udp nat-to 203.0.113.0/24 bitmask static-port");
    expect(nat.give("10.0.0.66")).toEqual(["203.0.113.66"]);
    const to = new Pool(rdr("10.0.7.0/24 bitmask"));
    const found = chooseAddress(to.context, to.request("1.1.1.2", "192.0.2.9"));
    expect(found).toBe(value("10.0.7.9"));
  });

  it("source-hash takes host bits from the hash (recorded as ra52)", () => {
    const pool = new Pool(`pass in on em1 inet route-to 10.0.1.6/31 source-hash ${KEY}`);
    const found = pool.give("10.0.0.8", "10.0.0.6", "10.0.0.7", "10.0.0.20");
    expect(found).toEqual(["10.0.1.7", "10.0.1.7", "10.0.1.6", "10.0.1.6"]);
  });

  it("source-hash takes an entry of a table by its number (recorded as ra604)", () => {
    const pool = new Pool(rdr(`{ 10.0.0.7, 10.0.0.8, 10.0.0.6 } source-hash ${KEY}`));
    const found = pool.give("198.51.100.2", "198.51.100.9", "198.51.100.1");
    expect(found).toEqual(["10.0.0.6", "10.0.0.8", "10.0.0.7"]);
  });

  it("random in a network counts on where no port is looked for", () => {
    expect(new Pool(rdr("10.0.0.0/30 random")).give(...times(2))).toEqual(["10.0.0.1", "10.0.0.2"]);
  });

  it("least-states takes the entry with the fewest (recorded as ra827)", () => {
    const text = "pass out on em0 inet nat-to { 192.0.2.5, 192.0.2.6, 192.0.2.8 } least-states";
    const pool = new Pool(`${text} static-port`);
    expect(pool.give(...times(5))).toEqual([5, 6, 8, 5, 6].map((it) => `192.0.2.${it}`));
    releaseAddress(pool.context, pool.live, pool.use, "inet", value("192.0.2.6"));
    releaseAddress(pool.context, pool.live, pool.use, "inet", value("192.0.2.6"));
    expect(pool.give(...times(2))).toEqual(["192.0.2.6", "192.0.2.6"]);
  });

  it("least-states stops at an entry without states, and starts behind it", () => {
    const pool = new Pool(rdr("{ 10.0.0.1, 10.0.0.2, 10.0.0.3 } least-states"));
    expect(pool.give(...times(1))).toEqual(["10.0.0.1"]);
    releaseAddress(pool.context, pool.live, pool.use, "inet", value("10.0.0.1"));
    expect(pool.give(...times(1))).toEqual(["10.0.0.2"]);
  });

  it("least-states fails at networks in tables, and forgets to mask one (ra811, ra449)", () => {
    const table = "table <p> { 192.0.2.6, 192.0.2.5, 192.0.2.40/30, !192.0.2.8 }\n";
    const pool = new Pool(`${table}match out inet nat-to <p> least-states static-port`);
    expect(pool.give(...times(4))).toEqual(["192.0.2.5", "192.0.2.6", undefined, undefined]);
    const network = new Pool("match out inet nat-to 192.0.2.4/30 least-states static-port");
    expect(network.give(...times(3))).toEqual(["0.0.0.0", "0.0.0.1", "0.0.0.2"]);
  });

  it("sticky-address stays with a source while the pool has it (case N6)", () => {
    const table = "table <b> { 10.0.0.21, 10.0.0.22, 10.0.0.23 }\n";
    const pool = new Pool(table + rdr("<b> round-robin sticky-address"));
    const found = pool.give("1.1.1.2", "1.1.1.3", "1.1.1.2", "1.1.1.4");
    expect(found).toEqual(["10.0.0.21", "10.0.0.22", "10.0.0.21", "10.0.0.23"]);
    pool.context.tables.change("delete", "", "b", ["10.0.0.21"]);
    expect(pool.give("1.1.1.2", "1.1.1.3")).toEqual(["10.0.0.22", "10.0.0.22"]);
    pool.nodes.limit = 0;
    expect(pool.give("1.1.1.9")).toEqual([undefined]);
  });
});

describe("source ports", () => {
  it("a single port serves one flow to each destination (case X18)", () => {
    const pool = new Pool("pass out inet proto udp nat-to 192.0.2.77 port 5555");
    expect(pool.translate("10.0.0.5", 1)).toBe("192.0.2.77:5555");
    expect(pool.translate("10.0.0.5", 2)).toBeUndefined();
    expect(pool.translate("10.0.0.5", 2, "1.1.1.2")).toBe("192.0.2.77:5555");
  });

  it("the next address is tried when ports are taken, once around (case X19)", () => {
    const list = "{ 192.0.2.77, 192.0.2.78 } round-robin static-port";
    const pool = new Pool(`pass out on em0 inet proto udp nat-to ${list}`);
    expect(pool.translate("10.0.0.5", 1)).toBe("192.0.2.77:1");
    expect(pool.translate("10.0.0.6", 1)).toBe("192.0.2.78:1");
    expect(pool.translate("10.0.0.7", 1)).toBeUndefined();
    expect(pool.translate("10.0.0.7", 2)).toBe("192.0.2.78:2");
  });

  it("end where pf would not: one address with round-robin", () => {
    const pool = new Pool("pass out inet proto udp nat-to 192.0.2.77 round-robin static-port");
    expect(pool.translate("10.0.0.5", 1)).toBe("192.0.2.77:1");
    expect(pool.translate("10.0.0.7", 1)).toBeUndefined();
  });

  const { pool } = new Pool("pass out inet proto udp nat-to 192.0.2.77 port 745:752");
  const port = (protocol: number, at: number, taken: readonly number[] = []) => {
    const isTaken = (it: number): boolean => taken.includes(it);
    return choosePort({ pool, protocol, port: 9, random: () => at, isTaken });
  };

  it("are sought upwards from a random start, then downwards, without unfit ones", () => {
    expect(port(17, 3)).toBe(748);
    expect(port(17, 4)).toBe(752);
    expect(port(17, 4, [752])).toBe(748);
    expect(port(17, 4, [745, 746, 747, 748, 752])).toBeUndefined();
  });

  it("identifiers of ICMP are always drawn, others never (case N8)", () => {
    expect(port(1, 0)).toBe(1);
    expect(port(58, 65_534)).toBe(65_535);
    expect(port(47, 0)).toBe(9);
    expect(port(47, 0, [9])).toBeUndefined();
    const fixed = { ...pool, low: 0, high: 0 };
    const asked = { pool: fixed, port: 9, random: () => 4, isTaken: () => false };
    expect(choosePort({ ...asked, protocol: 6 })).toBe(9);
    expect(choosePort({ ...asked, protocol: 1 })).toBe(5);
  });
});

describe("the port of rdr-to", () => {
  const port = (text: string, at: number): number => {
    const { live, pool } = new Pool(`pass in inet proto tcp to port ${text}`);
    return translatedPort(pool, live.rule.destination.port, at);
  };

  it("counts within the range from the rule's first port (case N7)", () => {
    const wide = "8000:8010 rdr-to 10.0.0.21 port 9000:*";
    expect([port(wide, 8000), port(wide, 8003)]).toEqual([9000, 9003]);
    const narrow = "8000:8010 rdr-to 10.0.0.21 port 9000:9004";
    expect([port(narrow, 8003), port(narrow, 8007)]).toEqual([9003, 9002]);
    expect(port("80 rdr-to 10.0.0.21 port 81", 80)).toBe(81);
    expect(port("80 rdr-to 10.0.0.21", 80)).toBe(80);
  });

  it("wraps as 16 bits do (section 37, A10)", () => {
    const text = "!= 8080 rdr-to 10.0.0.5 port 8000:*";
    expect([25, 443, 80].map((it) => port(text, it))).toEqual([65_482, 363, 80]);
  });
});

describe("SipHash-2-4", () => {
  it("gives the vector of its paper, and depends on the byte order of the key's words", () => {
    const key = { low: 0x0706050403020100n, high: 0x0f0e0d0c0b0a0908n };
    const data = Uint8Array.from({ length: 15 }, (_, it) => it);
    expect(sipHash24(key, data)).toBe(0xa129ca6149be45e5n);
    // 8 digits are a number that amd64 stores with its low byte first
    const printed = "0x03020100070605040b0a09080f0e0d0c";
    expect(sourceHash(printed, "inet", 0x00010203n)).toBe(
      sipHash24(key, Uint8Array.from([0, 1, 2, 3])),
    );
  });
});

describe("af-to", () => {
  const V4 = value("192.0.2.33");

  it("embeds at the places of RFC 6052, section 2.4", () => {
    const table = [
      [32, "2001:db8::", "2001:db8:c000:221::"],
      [40, "2001:db8:100::", "2001:db8:1c0:2:21::"],
      [48, "2001:db8:122::", "2001:db8:122:c000:2:2100::"],
      [56, "2001:db8:122:300::", "2001:db8:122:3c0:0:221::"],
      [64, "2001:db8:122:344::", "2001:db8:122:344:c0:2:2100::"],
      [96, "64:ff9b::", "64:ff9b::c000:221"],
    ] as const;
    for (const [length, network, whole] of table) {
      expect(embed4in6(value(network), length, V4)).toBe(value(whole));
      expect(extract4from6(value(whole), length)).toBe(V4);
    }
  });

  const base = { from: prefix("192.0.2.1"), newSource: value("192.0.2.1"), to: undefined };

  it("extracts by the rule's destination, or masks with a pool (case AF1, recorded as ra448)", () => {
    const rule = prefix("64:ff9b::/96");
    const destination = value("64:ff9b::c000:24d");
    const asked = { ...base, target: "inet", destination, rule } as const;
    expect(afDestination(asked)).toBe(value("192.0.2.77"));
    expect(afDestination({ ...asked, rule: { kind: "any" } })).toBe(value("192.0.2.77"));
    const to = { pool: prefix("198.51.100.0/24"), address: value("198.51.100.0") };
    expect(afDestination({ ...asked, to })).toBe(value("198.51.100.77"));
  });

  it("embeds in the new source or in a pool (case AF3)", () => {
    const from = prefix("2001:db8::77");
    const newSource = value("2001:db8::77");
    const common = { target: "inet6", destination: V4, rule: prefix("10.9.9.9") } as const;
    const asked = { ...common, from, newSource };
    expect(afDestination({ ...asked, to: undefined })).toBe(value("2001:db8::c000:221"));
    const one = { pool: prefix("2001:db8:ff::1"), address: value("2001:db8:ff::1") };
    expect(afDestination({ ...asked, to: one })).toBe(value("2001:db8:ff::1"));
    const table = { pool: { kind: "table", name: "t" }, address: value("2001:db8::5") } as const;
    expect(afDestination({ ...asked, to: table })).toBe(value("2001:db8::5"));
  });
});
