import { expect, test } from "vitest";
import { bddPacketSets } from "../engine/sets/bdd/bdd-packet-sets.ts";
import type { Field, PacketSet, PacketSets } from "../engine/sets/packet-sets.ts";
import { generator } from "./generator.ts";

/** A first-match rule over inet: networks, a range of destination ports, a protocol. */
interface PrefixRule {
  readonly pass: boolean;
  readonly protocol: bigint | undefined;
  readonly source: readonly [first: bigint, last: bigint];
  readonly destination: readonly [first: bigint, last: bigint];
  readonly ports: readonly [first: bigint, last: bigint];
}

const ANY_PORT = [0n, 65_535n] as const;
const SERVICES = [80n, 443n, 8080n, 5432n, 3306n, 6379n, 22n, 25n, 389n, 2049n];
const TCP = 6n;

const MAKERS = { bdd: (): PacketSets => bddPacketSets({ budget: 64_000_000 }) };

/** Fixed counts: the code allocates. */
const FIVE = { iterations: 5, time: 0, warmup: false } as const;

const random = generator(99);
const SETS = {
  "1k segmented": segmented(100),
  "10k segmented": segmented(1000),
  "1k scattered": scattered(1000),
} as const;

for (const [engine, make] of Object.entries(MAKERS)) {
  for (const [name, rules] of Object.entries(SETS)) {
    test(`${engine}: the permit predicate of ${name} rules`, async ({ bench }) => {
      let sets = make();
      await bench("compile", () => {
        sets = make();
        expect(permitted(sets, rules)).not.toBe(sets.empty);
      }).run(FIVE);
      console.log(`${engine}, ${name}: ${sets.nodes} nodes`);
    });
  }

  test(`${engine}: operations on the permit predicate of 1k segmented rules`, async ({ bench }) => {
    const rules = SETS["1k segmented"];
    const shorter = rules.filter((_, index) => index % 7 !== 3);
    const once = (operation: (sets: PacketSets, a: PacketSet, b: PacketSet) => unknown) => () => {
      const sets = make();
      const a = permitted(sets, rules);
      const b = permitted(sets, shorter);
      const start = performance.now();
      operation(sets, a, b);
      return performance.now() - start;
    };
    // a fresh table each time: an operation asked twice is only looked up
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      const times = Array.from({ length: 7 }, once(operation)).sort((x, y) => x - y);
      console.log(`${engine}, ${name}: ${times[3]!.toFixed(2)} ms`);
    }
    const sets = make();
    const a = permitted(sets, rules);
    const packet = sets.sample(a)!;
    await bench("has", () => void sets.has(a, packet)).run();
  });
}

const OPERATIONS: Record<string, (sets: PacketSets, a: PacketSet, b: PacketSet) => unknown> = {
  diff: (sets, a, b) => sets.diff(a, b),
  implies: (sets, a, b) => sets.implies(b, a),
  swap: (sets, a) => sets.swap(a),
  "forget source": (sets, a) => sets.forget(a, ["source"]),
  "fix destination": (sets, a) => sets.fix(a, "destination", 10n << 120n),
  count: (sets, a) => sets.count(a),
  "100 boxes": (sets, a) => sets.boxes(a, 100),
};

/** Packets that pass, read from the last rule to the first: what a rule matches, it decides. */
function permitted(sets: PacketSets, rules: readonly PrefixRule[]): PacketSet {
  const inet = sets.range("family", 0n, 0n);
  let passed = sets.empty;
  for (let index = rules.length - 1; index >= 0; index--) {
    const rule = rules[index]!;
    const among = (field: Field, [first, last]: readonly [bigint, bigint]): PacketSet =>
      sets.range(field, first, last);
    let matched = sets.and(among("source", rule.source), among("destination", rule.destination));
    matched = sets.and(inet, sets.and(matched, among("destinationPort", rule.ports)));
    if (rule.protocol !== undefined) {
      matched = sets.and(matched, among("protocol", [rule.protocol, rule.protocol]));
    }
    passed = rule.pass ? sets.or(passed, matched) : sets.diff(passed, matched);
  }
  return passed;
}

/** Ten rules a tenant, as `seg` of the shared data: tiers, one blocked host, a service, a bastion. */
function segmented(tenants: number): readonly PrefixRule[] {
  return Array.from({ length: tenants }, (_, tenant) => tenantRules(tenant, tenants)).flat();
}

function tenantRules(tenant: number, tenants: number): PrefixRule[] {
  const net = (10 * 2 ** 24 + tenant * 256) >>> 0;
  const [web, app, db] = [net, net + 64, net + 128] as const;
  const peer = (10 * 2 ** 24 + random(tenants) * 256 + 128) >>> 0;
  const service = SERVICES[random(SERVICES.length)]!;
  const shared = 0xac100000;
  return [
    rule(false, prefix(net + 1 + random(250), 32), prefix(net, 24), [22n, 22n], TCP),
    rule(true, prefix(web, 26), prefix(app, 26), [8080n, 8081n + BigInt(random(8))], TCP),
    rule(true, prefix(app, 26), prefix(db, 26), [5432n, 5432n], TCP),
    rule(false, prefix(web, 26), prefix(db, 26), ANY_PORT, undefined),
    rule(true, prefix(net, 24), prefix(net, 24), ANY_PORT, undefined),
    rule(true, prefix(net, 24), prefix(shared + random(16) * 256, 24), [53n, 53n], 17n),
    rule(true, prefix(net, 24), prefix(shared + 0x10000 + random(4096), 32), [443n, 443n], TCP),
    rule(true, prefix(net + random(256), 32), prefix(peer, 26), [service, service], TCP),
    rule(true, prefix(0xac1f0000, 24), prefix(net, 24), [22n, 22n], TCP),
    rule(true, prefix(0, 0), prefix(web + random(64), 32), [443n, 443n], TCP),
  ];
}

/** Rules drawn without any plan: networks of 16 to 32 bits, ports one, some or all. */
function scattered(count: number): readonly PrefixRule[] {
  return Array.from({ length: count }, () => {
    const one = BigInt(random(65_536));
    const other = BigInt(random(65_536));
    const range = one < other ? ([one, other] as const) : ([other, one] as const);
    const ports = [ANY_PORT, ANY_PORT, [one, one] as const, range][random(4)]!;
    const source = prefix(random(2 ** 32), 16 + random(17));
    const destination = prefix(random(2 ** 32), 16 + random(17));
    return rule(random(2) === 1, source, destination, ports, [TCP, 17n, undefined][random(3)]);
  });
}

function rule(
  pass: boolean,
  source: PrefixRule["source"],
  destination: PrefixRule["destination"],
  ports: PrefixRule["ports"],
  protocol: bigint | undefined,
): PrefixRule {
  return { pass, source, destination, ports, protocol };
}

/** The addresses of an inet network, as values of an address field. */
function prefix(address: number, length: number): readonly [first: bigint, last: bigint] {
  const host = (1n << BigInt(128 - length)) - 1n;
  const first = (BigInt(address >>> 0) << 96n) & ~host;
  return [first, first | host];
}
