import { type Family, ICMP, ICMP_ERRORS, ICMP6 } from "../../../model/packet.ts";
import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { constant, icmpType, ofFamily, ofProtocol, union } from "../packets.ts";

/** How a packet stands to what follows the rules, as bits of a leaf of {@link packetClasses}. */
export const CLASS = {
  /** It has IP options that need `allow-opts`. */
  options: 1,
  /** It makes no state: a fragment, an ICMP error, a neighbour advertisement. */
  stateless: 2,
  fragment: 4,
  /** A neighbour solicitation: its state is one about the target. */
  solicitation: 8,
  /** A one-way ICMP message whose type is that of an echo in the other family. */
  falseEcho: 16,
} as const;

const NEIGHBOR_SOLICIT = 135;
const NEIGHBOR_ADVERT = 136;

/** @param translates - whether those classes matter that only translations know */
export function packetClasses(sets: PacketFunctions, translates: boolean): PacketFunction {
  const whole: readonly (readonly [PacketSet, number])[] = [
    [ofErrors(sets), CLASS.stateless],
    ...(translates
      ? ([
          [solicitations(sets), CLASS.solicitation],
          [falseEchoes(sets), CLASS.falseEcho],
        ] as const)
      : []),
  ];
  const of = (options: number): PacketFunction => {
    let result = sets.always(options);
    for (const [set, bit] of whole) result = sets.choose(set, sets.always(options | bit), result);
    const fragment = sets.always(options | CLASS.stateless | CLASS.fragment);
    return sets.choose(sets.range("fragment", 1n, 3n), fragment, result);
  };
  return sets.choose(sets.range("options", 1n, 1n), of(CLASS.options), of(0));
}

/** Whole packets that pf takes for ICMP errors: neighbour advertisements are among them. */
function ofErrors(sets: PacketSets): PacketSet {
  return constant(sets, "makes no state", () => {
    const errors = [
      ...ICMP_ERRORS.inet.map((type) => message(sets, "inet", type)),
      ...[...ICMP_ERRORS.inet6, NEIGHBOR_ADVERT].map((type) => message(sets, "inet6", type)),
    ];
    return union(sets, errors);
  });
}

function solicitations(sets: PacketSets): PacketSet {
  return message(sets, "inet6", NEIGHBOR_SOLICIT);
}

function falseEchoes(sets: PacketSets): PacketSet {
  const types = { inet: [128, 129], inet6: [0, 8] } as const;
  return union(sets, [
    ...types.inet.map((type) => message(sets, "inet", type)),
    ...types.inet6.map((type) => message(sets, "inet6", type)),
  ]);
}

/** Packets of a family's own ICMP with one type. */
export function message(sets: PacketSets, family: Family, type: number): PacketSet {
  const protocol = ofProtocol(sets, family === "inet" ? ICMP : ICMP6);
  return sets.and(ofFamily(sets, family), sets.and(protocol, icmpType(sets, type)));
}
