import { Random } from "../../engine/claims/random.ts";
import type { Host } from "../../model/host.ts";
import type { Network } from "../../model/network.ts";
import { runsOf } from "../../model/pf-conf.ts";

/** Ranges that mean the same in every site. */
const WELL_KNOWN: ReadonlySet<string> = new Set([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
]);

/** Groups that interfaces have without a word of the site. */
const GIVEN_GROUPS: ReadonlySet<string> = new Set(["all", "egress"]);

/**
 * Gives other names to everything that a site may call as it likes, wherever they stand in a text:
 * hosts, zones, groups, guests, anchors, tables, interfaces (their drivers stay) and addresses (what
 * shares a prefix shares one afterwards, and what is private stays so).
 *
 * Each thing has one new name, however often it is asked for; no two things share one.
 */
export function renamingOf(network: Network, seed: number): (text: string) => string {
  const random = new Random(seed);
  const names = new Map<string, string>([
    ...fresh(ownNames(network), () => word(random)),
    ...fresh(interfaceNames(network), (name) => renumbered(name, random)),
  ]);
  const networks = new Fresh((key) => {
    if (key.startsWith("10.")) return `10.${random.below(256)}.${random.below(256)}`;
    if (key.startsWith("192.168.")) return `192.168.${random.below(256)}`;
    return `${20 + random.below(70)}.${random.below(256)}.${random.below(256)}`;
  });
  const groups = new Fresh(() => (1 + random.below(0xffff)).toString(16));
  const inet = (whole: string, prefix: string, last: string): string =>
    WELL_KNOWN.has(whole) || prefix.startsWith("255.") ? whole : networks.of(prefix) + last;
  const inet6 = (_: string, site: string, subnet: string | undefined): string =>
    `2001:db8:${groups.of(site)}${subnet === undefined ? "" : `:${groups.of(`${site} ${subnet}`)}`}::`;
  return (text) =>
    text
      .replaceAll(/\b(\d+\.\d+\.\d+)(\.\d+(?:\/\d+)?)\b/g, inet)
      .replaceAll(/2001:db8:([\da-f]+)(?::([\da-f]+))?::/g, inet6)
      .replaceAll(/[A-Za-z][\w-]*/g, (name) => names.get(name) ?? name);
}

function ownNames({ zones, hosts }: Network): ReadonlySet<string> {
  return new Set([...zones, ...hosts].map((it) => it.name).concat(hosts.flatMap(namesOn)));
}

function namesOn({ interfaces, guests, pfConf }: Host): readonly string[] {
  const drivers = new Set(interfaces.map((it) => it.name.replace(/\d+$/, "")));
  const groups = interfaces
    .flatMap((it) => it.groups)
    .filter((it) => !GIVEN_GROUPS.has(it) && !drivers.has(it));
  const runs = runsOf(pfConf);
  const called = [...guests, ...runs.flatMap((it) => it.tables)].map((it) => it.name);
  return [...groups, ...called, ...runs.flatMap(({ rulesets }) => [...rulesets.keys()])];
}

function interfaceNames({ hosts }: Network): ReadonlySet<string> {
  const names = hosts.flatMap((host) => host.interfaces.map((it) => it.name));
  return new Set(names.filter((name) => !name.startsWith("lo")));
}

/** Seven letters: short enough for a group, and no word of any file. */
function word(random: Random): string {
  return Array.from({ length: 7 }, () => random.pick([..."bcdfghjklmnpqrstvwxz"])).join("");
}

function renumbered(name: string, random: Random): string {
  return name.replace(/\d+$/, () => String(random.below(2000)));
}

function fresh(
  names: ReadonlySet<string>,
  draw: (name: string) => string,
): ReadonlyMap<string, string> {
  const other = new Fresh(draw);
  return new Map([...names].map((name) => [name, other.of(name)]));
}

/** New names, drawn once each. */
class Fresh {
  readonly #draw: (key: string) => string;
  readonly #known = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(draw: (key: string) => string) {
    this.#draw = draw;
  }

  of(key: string): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let name = this.#draw(key);
    while (this.#taken.has(name)) name = this.#draw(key);
    this.#taken.add(name);
    this.#known.set(key, name);
    return name;
  }
}
