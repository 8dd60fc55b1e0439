import { packetFunctions } from "../../../../engine/sets/implementations.ts";
import type { PacketSet, PacketSets, SetsName } from "../../../../engine/sets/packet-sets.ts";
import type { KernelEnv } from "../../../conformance/kernel-surroundings.ts";
import { PLAIN_SHOT } from "../../../support/kernel-drawn-tests.ts";
import { TwoReadings } from "../rules/compile-host.ts";

/** What a ruleset may pass in one place. */
export interface Passed {
  readonly sets: PacketSets;
  readonly set: PacketSet;
  /** Rules that pass some packet. */
  readonly rules: number;
}

/** Compiles a text for `in INTERFACE`, or `out INTERFACE` after `FROM`: `out em0 vlan10`. */
export function passedBy(
  text: string,
  where: string,
  env: KernelEnv,
  name: SetsName = "intervals",
): Passed {
  const sets = packetFunctions(name, {});
  const [direction, at = "", receivedOn = ""] = where.split(" ");
  const way = direction === "in" ? "in" : "out";
  const packet = { ...PLAIN_SHOT.packet, receivedOn };
  const shot = { direction: way, interface: at, packet } as const;
  const compiled = new TwoReadings([["", text]], env).compiled(sets, shot, "rules");
  const passing = compiled.fates.filter((it) => it.verdict === "pass");
  const set = passing.reduce((all, it) => sets.or(all, compiled.may(it)), sets.empty);
  return { sets, set, rules: new Set(passing.map((it) => it.rule)).size };
}
