import type { Direction } from "../../engine/kernel/criteria.ts";
import { matchesInterface } from "../../engine/kernel/interfaces.ts";
import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import type { IcmpHeader, IpOptions, KernelPacket, TcpHeader } from "../../engine/kernel/packet.ts";
import {
  addressBits,
  type Family,
  ICMP,
  ICMP_ERRORS,
  ICMP6,
  TCP,
  UDP,
} from "../../model/packet.ts";
import type { Random } from "./random.ts";
import {
  type Around,
  bordersOf,
  type Meaning,
  poolPrefixes,
  type RuleBorders,
} from "./rule-borders.ts";

/** Where packets are asked about. */
export interface Spot {
  readonly direction: Direction;
  readonly interface: string;
  readonly forwarded: boolean;
  readonly receivedOn: string;
  readonly rtable: number;
  readonly tag: string;
  readonly priority: number;
}

/** Anchor rules that lead to a rule, the outermost last, and the rule before them. */
type Chain = readonly RuleBorders[];

const GRE = 47;
const FRAGMENT6 = 44;
const PROTOCOLS = [TCP, UDP, ICMP, GRE] as const;
const TAGS = ["T1", "T2", "T3"] as const;
const PRIORITIES = [3, 3, 3, 5] as const;
const FROM = ["", "vlan10", "em0", "vlan20"] as const;
const MULTICAST_TYPES: ReadonlySet<number> = new Set([130, 131, 132, 143]);
const LINK_LOCAL = 0xfe80n << 112n;

/** Draws packets at the borders of what the rules of a ruleset name, and places for them. */
export class BorderPackets {
  readonly #random: Random;
  readonly #chains: readonly Chain[];
  readonly #meaning: Meaning;
  readonly #rdomains: ReadonlyMap<string, number>;
  readonly #reassembles: boolean;
  readonly #pool: Readonly<Record<Family, readonly bigint[]>>;
  readonly #ports: readonly number[];

  constructor(
    random: Random,
    rules: readonly LiveRule[],
    meaning: Meaning,
    rdomains: ReadonlyMap<string, number>,
    reassembles: boolean,
  ) {
    this.#random = random;
    this.#meaning = meaning;
    this.#rdomains = rdomains;
    this.#reassembles = reassembles;
    const borders = new Map(rules.map((it) => [it, bordersOf(it, meaning)]));
    this.#chains = rules.map((it) => chainOf(it, rules, borders));
    const all = [...borders.values()];
    this.#pool = {
      inet: addressesOf(all, rules, meaning, "inet"),
      inet6: addressesOf(all, rules, meaning, "inet6"),
    };
    const ports = all.flatMap(({ rule, sourcePort, destinationPort }) => [
      ...valuesOf(sourcePort),
      ...valuesOf(destinationPort),
      ...[rule.nat, rule.rdr].flatMap((it) =>
        it && it.low > 0 ? [it.low, it.high || it.low] : [],
      ),
    ]);
    this.#ports = [...new Set([...ports, 7, 53, 1024, 50_001])].slice(0, 400);
  }

  /** A place that some rule is for. */
  spot(): Spot {
    const random = this.#random;
    const chain = this.#chain();
    const asked = chain.map(({ rule }) => rule);
    const direction =
      asked.find((it) => it.direction !== undefined)?.direction ?? random.pick(["in", "out"]);
    const names = [...this.#rdomains.keys()];
    let on = random.pick(names);
    for (let tries = 0; tries < 8 && !this.#fits(chain, direction, on); tries++) {
      on = random.pick(names);
    }
    const tagged = asked.find((it) => it.tagged !== "" && !it.taggedNegated)?.tagged;
    const tag = random.once(3) ? random.pick(TAGS) : random.once(2) ? (tagged ?? "") : "";
    const rdomain = this.#rdomains.get(on) ?? 0;
    return {
      direction,
      interface: on,
      forwarded: !random.once(3),
      receivedOn: direction === "in" ? on : random.pick(FROM),
      rtable: direction === "out" && random.once(6) ? random.below(3) : rdomain,
      tag,
      priority: random.pick(PRIORITIES),
    };
  }

  /** Packets for one place: most of them meet a rule that is for it, at its borders. */
  *packets(spot: Spot, count: number): Iterable<KernelPacket> {
    const fitting = this.#chains.filter((it) => this.#fits(it, spot.direction, spot.interface));
    for (let made = 0; made < count; made++) {
      const isAny = fitting.length === 0 || this.#random.once(12);
      yield this.#packet(spot, isAny ? this.#chain() : this.#random.pick(fitting));
    }
  }

  #chain(): Chain {
    return this.#chains.length === 0 ? [] : this.#random.pick(this.#chains);
  }

  #fits(chain: Chain, direction: Direction, on: string): boolean {
    return chain.every(({ rule }) => {
      if (rule.direction !== undefined && rule.direction !== direction) return false;
      if (rule.rdomain >= 0 && this.#rdomains.get(on) !== rule.rdomain) return false;
      if (rule.interface === "") return true;
      const { surroundings } = this.#meaning;
      return matchesInterface(surroundings, on, rule.interface) !== rule.interfaceNegated;
    });
  }

  #packet(spot: Spot, chain: Chain): KernelPacket {
    const random = this.#random;
    const family = this.#family(chain);
    const protocol = this.#protocol(chain, family);
    const fragment = this.#fragment(chain);
    const isLater = fragment !== undefined && fragment.offset > 0;
    const source = this.#address(chain, "source", family);
    const destination = this.#address(chain, "destination", family);
    const hasTransport = !isLater;
    const icmp =
      isIcmp(protocol) && hasTransport ? this.#icmp(chain, family, source, destination) : undefined;
    const type = protocol === ICMP6 ? (icmp?.type ?? -1) : -1;
    const isMulticast = MULTICAST_TYPES.has(type);
    const hasPorts = (protocol === TCP || protocol === UDP) && hasTransport;
    return {
      family,
      protocol: isLater && family === "inet6" ? FRAGMENT6 : protocol,
      source: isMulticast && family === "inet6" ? LINK_LOCAL + 5n : source,
      destination,
      tos: this.#tos(chain),
      ttl: this.#ttl(type),
      dontFragment: family === "inet" && fragment === undefined && random.once(3),
      options: this.#options(chain),
      routingHeader: -1,
      fragment,
      payload: random.pick([0, 24, 100]) + (isMulticast ? 16 : 0),
      sourcePort: hasPorts ? this.#port(chain, "sourcePort") : 0,
      destinationPort: hasPorts ? this.#port(chain, "destinationPort") || 1 : 0,
      tcp: protocol === TCP && hasTransport ? this.#tcp(chain) : undefined,
      icmp,
      goodChecksum: true,
      priority: spot.priority,
      tag: spot.tag,
      rtable: spot.rtable,
      receivedOn: spot.receivedOn,
    };
  }

  #family(chain: Chain): Family {
    const random = this.#random;
    const asked = chain.find((it) => it.family !== undefined)?.family;
    const isAny = asked === undefined || random.once(24);
    return isAny ? random.pick<Family>(["inet", "inet6"]) : asked;
  }

  #protocol(chain: Chain, family: Family): number {
    const random = this.#random;
    const asked = chain.find((it) => it.protocol !== 0)?.protocol;
    const drawn = asked === undefined || random.once(20) ? random.pick(PROTOCOLS) : asked;
    if (!isIcmp(drawn) || random.once(40)) return drawn;
    return family === "inet" ? ICMP : ICMP6;
  }

  /** Neighbour messages have 255 and listener messages 1, or are dropped at once. */
  #ttl(type: number): number {
    if (MULTICAST_TYPES.has(type)) return 1;
    return type >= 133 && type <= 137 ? 255 : this.#random.pick([64, 64, 3, 128]);
  }

  /** Mostly inside what the innermost rule that asks names, now and then just beyond. */
  #near<Value>(
    chain: Chain,
    of: (borders: RuleBorders) => Around<Value> | undefined,
  ): Value | undefined {
    const random = this.#random;
    const around = chain.map(of).find((it) => it !== undefined);
    if (around === undefined || random.once(30)) return undefined;
    const values = random.once(9) ? around.outside : around.inside;
    return values.length === 0 ? undefined : random.pick(values);
  }

  #address(chain: Chain, end: "source" | "destination", family: Family): bigint {
    return this.#near(chain, (it) => it[end][family]) ?? this.#random.pick(this.#pool[family]);
  }

  #port(chain: Chain, end: "sourcePort" | "destinationPort"): number {
    return this.#near(chain, (it) => it[end]) ?? this.#random.pick(this.#ports);
  }

  #tos(chain: Chain): number {
    const random = this.#random;
    return this.#near(chain, (it) => it.tos) ?? random.pick([0, 0, 0, 16, 0x4b, 0xff]);
  }

  #fragment(chain: Chain): KernelPacket["fragment"] {
    const random = this.#random;
    const isAsked = chain[0]?.rule.fragment === true && !random.once(9);
    if (this.#reassembles || !(isAsked || random.once(25))) return undefined;
    return random.once(2) ? { offset: 0, more: true, id: 7 } : { offset: 800, more: false, id: 7 };
  }

  #options(chain: Chain): IpOptions {
    const random = this.#random;
    const isLikely = random.once(chain[0]?.rule.allowOptions === true ? 4 : 30);
    return isLikely ? random.pick<IpOptions>(["other", "padding", "router-alert"]) : "none";
  }

  #tcp(chain: Chain): TcpHeader {
    const random = this.#random;
    const near = this.#near(chain, (it) => it.flags);
    return {
      flags: near ?? random.pick([2, 2, 2, 16, 18, 4, 0x12, 0x18, 0xc2, 20, 17]),
      sequence: 1000,
      acknowledgment: 0,
      window: 65_535,
      mss: random.pick([-1, 1460, 536]),
      windowScale: random.pick([-1, 6]),
      sackPermitted: random.once(2),
      timestamp: -1,
      timestampEcho: -1,
    };
  }

  #icmp(chain: Chain, family: Family, source: bigint, destination: bigint): IcmpHeader {
    const random = this.#random;
    const queries =
      family === "inet" ? [8, 8, 8, 0, 3, 13, 11, 128] : [128, 128, 129, 1, 135, 136, 2];
    const [type, code] = this.#near(chain, (it) => it.icmp) ?? [
      random.pick(queries),
      random.pick([0, 0, 1, 3]),
    ];
    const isError = ICMP_ERRORS[family].includes(type);
    const quoted = {
      protocol: UDP,
      source: destination,
      destination: source,
      sourcePort: 53,
      destinationPort: 1024,
      sequence: 0,
      icmpType: 0,
      icmpId: 0,
    };
    return {
      type,
      code,
      id: random.pick([0, 1, 119, 65_535]),
      mtu: 0,
      target: random.once(2) ? destination : source,
      quoted: isError ? quoted : undefined,
    };
  }
}

function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMP6;
}

function chainOf(
  live: LiveRule,
  rules: readonly LiveRule[],
  borders: ReadonlyMap<LiveRule, RuleBorders>,
): Chain {
  const chain: RuleBorders[] = [];
  let at: LiveRule | undefined = live;
  for (let depth = 0; at !== undefined && depth < 8; depth++) {
    const found = borders.get(at);
    if (found !== undefined) chain.push(found);
    at = callerOf(at, rules);
  }
  return chain;
}

function callerOf({ anchor: path }: LiveRule, rules: readonly LiveRule[]): LiveRule | undefined {
  if (path === "") return undefined;
  const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  return rules.find(({ rule: { anchor } }) => {
    return anchor !== undefined && anchor.path === (anchor.wildcard ? above : path);
  });
}

function addressesOf(
  all: readonly RuleBorders[],
  rules: readonly LiveRule[],
  meaning: Meaning,
  family: Family,
): readonly bigint[] {
  const top = (1n << BigInt(addressBits(family))) - 1n;
  const pools = rules
    .flatMap((it) => poolPrefixes(it, meaning))
    .filter((it) => it.family === family)
    .flatMap(({ value }) => [value, value + 1n, value - 1n]);
  const named = all.flatMap(({ source, destination }) => [
    ...valuesOf(source[family]),
    ...valuesOf(destination[family]),
  ]);
  const own = meaning.surroundings.interfaces.flatMap(({ addresses }) =>
    addresses.filter((it) => it.family === family).map(({ value }) => value),
  );
  const values = [...new Set([...named, ...pools, ...own])].filter((it) => it >= 0n && it <= top);
  return values.slice(0, 400);
}

function valuesOf<Value>(around: Around<Value> | undefined): readonly Value[] {
  return around === undefined ? [] : [...around.inside, ...around.outside];
}
