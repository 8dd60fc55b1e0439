import type { FieldChange } from "../packet-functions.ts";
import type { Bdd } from "./bdd.ts";
import { combine, union } from "./combine.ts";
import { FAMILY_LEVEL, INET_BITS, type Place, placeOf } from "./levels.ts";
import { cofactorsOf, diagramOf } from "./map.ts";
import { OPERATION } from "./memo.ts";
import { EMPTY } from "./node-table.ts";
import { fixLevels, forgetLevels } from "./project.ts";
import { selectBits, selectFields, selectUnused } from "./selection.ts";

const { and, or } = OPERATION;

/** Packets that are in `node` once they are changed. Writes to the family: see `bddPacketSets`. */
export function preImage(bdd: Bdd, node: number, change: FieldChange): number {
  const place = placeOf(change.field);
  if (change.kind === "map") {
    const cofactors = cofactorsOf(bdd, place, node);
    return diagramOf(bdd, place, mapOf(place, change.table), (value) => cofactors[value]!);
  }
  return fixLevels(bdd, node, selectBits(bdd, place, change.value, change.mask));
}

/**
 * What the packets of `node` become.
 *
 * An inet packet keeps 32 bits of what is written to an address, and of its own addresses if it was
 * inet6; those of an inet packet that becomes inet6 end in 96 zeros.
 */
export function image(bdd: Bdd, node: number, change: FieldChange): number {
  const place = placeOf(change.field);
  if (change.kind === "map") return mappedImage(bdd, place, node, mapOf(place, change.table));
  const { field, value, mask } = change;
  const selection = selectBits(bdd, place, value, mask);
  if (field === "family") return mask === 0n ? node : familyImage(bdd, node, value);

  const rest = forgetLevels(bdd, node, selection);
  if (field !== "source" && field !== "destination") return combine(bdd, and, rest, selection.cube);
  const used = ((1n << BigInt(INET_BITS)) - 1n) << BigInt(place.width - INET_BITS);
  const inetCube = selectBits(bdd, place, value, mask & used).cube;
  const [inet, inet6] = familiesOf(bdd, rest);
  const inetResult = combine(bdd, and, inet, inetCube);
  return bdd.nodes.make(FAMILY_LEVEL, inetResult, combine(bdd, and, inet6, selection.cube));
}

function familyImage(bdd: Bdd, node: number, family: bigint): number {
  const [inet, inet6] = familiesOf(bdd, node);
  const unused = selectUnused(bdd, selectFields(bdd, []));
  if (family === 0n) {
    const fromInet6 = forgetLevels(bdd, inet6, unused);
    return bdd.nodes.make(FAMILY_LEVEL, combine(bdd, or, inet, fromInet6), EMPTY);
  }
  const fromInet = combine(bdd, and, inet, unused.cube);
  return bdd.nodes.make(FAMILY_LEVEL, EMPTY, combine(bdd, or, inet6, fromInet));
}

function mappedImage(bdd: Bdd, place: Place, node: number, table: Uint16Array): number {
  const cofactors = cofactorsOf(bdd, place, node);
  const sources = Array.from(table, () => new Set<number>()); // by image value: cofactors
  for (let value = 0; value < table.length; value++) sources[table[value]!]!.add(cofactors[value]!);
  // many values come from the same few cofactors
  const unions = new Map<string, number>();
  const images = Int32Array.from(sources, (some) => {
    const ordered = [...some].sort((one, other) => one - other);
    const key = ordered.join();
    const known = unions.get(key) ?? union(bdd, ordered);
    unions.set(key, known);
    return known;
  });
  return diagramOf(bdd, place, images, (set) => set);
}

function familiesOf({ nodes }: Bdd, node: number): readonly [inet: number, inet6: number] {
  const split = nodes.level[node] === FAMILY_LEVEL;
  return split ? [nodes.low[node]!, nodes.high[node]!] : [node, node];
}

function mapOf({ field, width }: Place, table: Uint16Array): Uint16Array {
  if (width !== 16) throw new RangeError(`${field} has ${width} bits, not 16`);
  if (table.length !== 65_536) throw new RangeError(`a table of ${table.length} values`);
  return table;
}
