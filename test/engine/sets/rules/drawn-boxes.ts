import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import type { Box } from "../../../../engine/sets/packet-sets.ts";
import type { Source } from "../../../../engine/sets/rules/situation.ts";
import { addressBits, type Family } from "../../../../model/packet.ts";
import type { Random } from "../../../fuzz/random.ts";
import {
  type Around,
  bordersOf,
  type Meaning,
  poolPrefixes,
  type RuleBorders,
} from "../../../fuzz/rule-borders.ts";

type End = "source" | "destination";

/** Draws boxes whose sides lie at, or just beyond, the borders of what rules name. */
export class DrawnBoxes {
  readonly #random: Random;
  readonly #borders: readonly RuleBorders[];
  readonly #pools: Readonly<Record<Family, readonly bigint[]>>;

  constructor(random: Random, { surroundings, rulesets, table }: Source) {
    this.#random = random;
    const meaning = { surroundings, table } as Meaning;
    const rules = [...rulesets.values()].flat() as LiveRule[];
    this.#borders = rules.map((it) => bordersOf(it, meaning));
    const pools = rules.flatMap((it) => poolPrefixes(it, meaning));
    const of = (family: Family): readonly bigint[] => {
      return pools.filter((it) => it.family === family).map(({ value }) => value);
    };
    this.#pools = { inet: of("inet"), inet6: of("inet6") };
  }

  box(): Box {
    const random = this.#random;
    const family = random.once(8) ? undefined : random.pick<Family>(["inet", "inet", "inet6"]);
    const protocol = random.once(2) ? random.pick([6n, 6n, 17n, 1n, 58n]) : undefined;
    const other = random.once(4) ? this.#other() : {};
    const number = family === "inet" ? 0n : 1n;
    return {
      ...(family === undefined ? {} : { family: [number, number] }),
      ...(protocol === undefined ? {} : { protocol: [protocol, protocol] }),
      ...this.#addresses("source", family),
      ...this.#addresses("destination", family),
      ...(random.once(4) ? this.#ports("sourcePort") : {}),
      ...(random.once(3) ? this.#ports("destinationPort") : {}),
      ...other,
    };
  }

  #other(): Box {
    return this.#random.pick<Box>([
      { fragment: [0n, 0n] },
      { fragment: [1n, 2n] },
      { options: [1n, 1n] },
      { flags: [2n, 2n] },
      { flags: [1n, 18n] },
      { tos: [16n, 72n] },
      { protocol: [2n, 16n] },
    ]);
  }

  #addresses(end: End, asked: Family | undefined): Box {
    const random = this.#random;
    if (random.once(6)) return {};
    const family = asked ?? random.pick<Family>(["inet", "inet6"]);
    const named = random.pick(this.#borders)[end][family];
    const pool = random.once(5) ? this.#pools[family] : [];
    const values = [...valuesOf(named), ...pool];
    if (values.length === 0) return {};
    const top = (1n << BigInt(addressBits(family))) - 1n;
    const first = random.pick(values);
    const length = random.pick([0n, 0n, 7n, 255n, (random.pick(values) - first) & top]);
    const last = first + length > top ? top : first + length;
    const unused = BigInt(128 - addressBits(family));
    return { [end]: [first << unused, (last << unused) | ((1n << unused) - 1n)] };
  }

  #ports(end: "sourcePort" | "destinationPort"): Box {
    const random = this.#random;
    const ports = this.#borders.flatMap((it) => valuesOf(it[end]));
    const all = [...ports, 0, 1024, 8080, 49_152, 65_535];
    const [a, b] = [random.pick(all), random.pick(all)].toSorted((one, other) => one - other);
    const last = random.once(2) ? a! : b!;
    return { [end]: [BigInt(a!), BigInt(last)] };
  }
}

function valuesOf<Value>(around: Around<Value> | undefined): readonly Value[] {
  return around === undefined ? [] : [...around.inside, ...around.outside];
}
