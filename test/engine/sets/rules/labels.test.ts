import { describe, expect, it } from "vitest";
import { packetFunctions } from "../../../../engine/sets/implementations.ts";
import { type PacketSet, SETS_NAMES } from "../../../../engine/sets/packet-sets.ts";
import { inPrefix } from "../../../../engine/sets/packets.ts";
import { parsePrefix } from "../../../../model/address-text.ts";
import { packetFrom } from "../../../support/kernel-host.ts";
import { TwoReadings } from "./compile-host.ts";

/** A rule for each way to change a packet. */
const RULES = [
  "pass in inet to 198.51.100.0/24 rdr-to 10.20.0.9 port 8080",
  "pass in inet nat-to 192.0.2.9",
  "pass in inet rdr-to { 10.20.0.9 10.20.0.10 } round-robin",
  "pass on vlan10 inet from 198.51.100.0/24 to any binat-to 192.0.2.0/24",
  "pass in inet6 to 64:ff9b::/96 af-to inet from 192.0.2.9",
  "pass in inet6 to 2001:db8::/32 af-to inet from 192.0.2.9 to 10.20.0.9",
  "pass in inet af-to inet6 from 2001:db8::9",
  "pass in set tos lowdelay",
] as const;

const SENT = "udp 10.10.0.5 40000 198.51.100.9 53";

describe.each(SETS_NAMES)("labels of packets, as %s", (name) => {
  const sets = packetFunctions(name, {});
  const labels = [
    [3n, 7n],
    [0n, 0n],
  ].map(([origin = 0n, creator = 0n]) =>
    sets.and(sets.range("origin", origin, origin), sets.range("creator", creator, creator)),
  );

  it.each(RULES)("stay with what `%s` makes of them, and with what it was made of", (rule) => {
    const readings = new TwoReadings([["", `block\n${rule}\n`]]);
    const shot = { direction: "in", interface: "vlan10", packet: packetFrom(SENT) } as const;
    const fn = readings.compiled(sets, shot, "outcomes");
    const passing = fn.fates.filter(({ verdict }) => verdict === "pass");
    expect(passing).not.toEqual([]);
    for (const fate of passing) {
      const some = fn.may(fate);
      for (const label of labels) {
        const own = sets.and(some, label);
        const image = fn.image(some, fate);
        expect(fn.image(own, fate)).toBe(sets.and(image, label));
        expect(fn.preimage(sets.and(image, label), fate)).toBe(
          sets.and(fn.preimage(image, fate), label),
        );
      }
      const [one, other] = labels.map((label, at) => sets.and(half(at), sets.and(some, label)));
      const both = sets.or(one ?? sets.empty, other ?? sets.empty);
      expect(sets.implies(fn.image(both, fate), sets.or(labels[0]!, labels[1]!))).toBe(true);
    }
  });

  /** Half of all packets, by their source. */
  function half(at: number): PacketSet {
    const network = parsePrefix(at === 0 ? "10.10.0.0/16" : "2001:db8::/32");
    return network === undefined ? sets.empty : inPrefix(sets, "source", network);
  }
});
