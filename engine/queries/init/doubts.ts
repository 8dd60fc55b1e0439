import { printPrefix } from "../../../model/address-text.ts";
import type { Host } from "../../../model/host.ts";
import type { FoundZone, WireDoubt } from "../../../model/init-answer.ts";
import type { Wiring } from "../../path/wiring.ts";
import { sharedNetworks, type WireEnd } from "./wire-ends.ts";

/** Interfaces of different hosts that may be on one wire, all of a suspected wire together. */
export function wireDoubts(
  wiring: Wiring,
  ends: readonly WireEnd[],
  hosts: readonly Host[],
  zones: readonly FoundZone[],
): readonly WireDoubt[] {
  const clusters: Set<WireEnd>[] = [];
  for (const { ends: pair } of wiring.suspicions) {
    const both = pair.flatMap(
      (it) => ends.find((end) => end.wire === wiring.wireOf(it.host.name, it.interface.name)) ?? [],
    );
    const touched = clusters.filter((cluster) => both.some((end) => cluster.has(end)));
    const joined = new Set([...touched.flatMap((cluster) => [...cluster]), ...both]);
    clusters.splice(0, clusters.length, ...clusters.filter((it) => !touched.includes(it)), joined);
  }
  const taken = new Set(hosts.map((host) => host.name));
  return clusters.map((cluster): WireDoubt => {
    const members = ends.filter((end) => cluster.has(end));
    const texts = members.map((end) => `${end.host.name}:${end.interface.name}`);
    return { name: nameFor(texts, zones, taken), ends: texts, reason: reasonFor(members) };
  });
}

/** The zone's name, unless a host or another wire has it. */
function nameFor(ends: readonly string[], zones: readonly FoundZone[], taken: Set<string>): string {
  const zone = zones.find(({ behind }) =>
    behind.some((it) => it.interfaces.some((name) => ends.includes(`${it.host}:${name}`))),
  );
  const wish = zone?.name ?? "wire";
  let name = wish;
  for (let more = 2; taken.has(name); more++) name = `${wish}-${more}`;
  taken.add(name);
  return name;
}

function reasonFor(members: readonly WireEnd[]): string {
  const shared = members.flatMap((end, at) =>
    members.slice(at + 1).flatMap((other) => sharedNetworks(end, other).map(printPrefix)),
  );
  const networks = [...new Set(shared)].join(", ");
  if (networks === "") return "one network of addresses is on them";
  return `${networks} is on ${members.length === 2 ? "both" : `${members.length} of them`}`;
}
