import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fragments, fragmentLength, type Taken } from "../../../engine/kernel/fragments.ts";
import type { KernelPacket } from "../../../engine/kernel/packet.ts";
import { address, icmp6, tcp4, udp4, udp6 } from "./kernel-packet.ts";

interface Part {
  readonly offset: number;
  /** Bytes behind the IP header. */
  readonly length: number;
  readonly more: boolean;
}

/** A fragment of a UDP packet. */
function part(base: KernelPacket, { offset, length, more }: Part): KernelPacket {
  const isLater = offset > 0;
  const protocol = isLater && base.family === "inet6" ? 44 : base.protocol;
  const payload = isLater ? length : length - 8;
  return { ...base, protocol, payload, fragment: { offset, more, id: 7 } };
}

/** `offset-end`, with a `+` if more follow. */
function parts(base: KernelPacket, text: string): KernelPacket[] {
  return text.split(" ").map((it) => {
    const [offset = Number.NaN, end = Number.NaN] = it.replace("+", "").split("-").map(Number);
    return part(base, { offset, length: end - offset, more: it.endsWith("+") });
  });
}

/** The first two of them. */
function twoParts(base: KernelPacket, text: string): [KernelPacket, KernelPacket] {
  const [first, second] = parts(base, text);
  if (first === undefined || second === undefined) throw new RangeError(text);
  return [first, second];
}

/** What becomes of the fragments, one word each: `wait`, a reason, or the length of the whole. */
function fates(base: KernelPacket, text: string, fragments = new Fragments()): string {
  return parts(base, text)
    .map((it) => word(fragments.take(it, 0)))
    .join(" ");
}

function word(taken: Taken): string {
  switch (taken.kind) {
    case "waiting":
      return "wait";
    case "drop":
      return `drop${taken.reason}`;
    case "whole":
      return `whole${fragmentLength(taken.packet)}`;
    case "fragment":
      return "fragment";
  }
}

const ON = { reassemble: true, noDf: false };
const OFF = { reassemble: false, noDf: false };

describe("Fragments: one by one", () => {
  it("S33 puts a packet together", () => {
    expect(fates(udp4(), "0-1000+ 1000-1100")).toBe("wait whole1100");
  });

  it("S33b drops a fragment with DF, also if it puts nothing together", () => {
    const [first] = twoParts(udp4({ dontFragment: true }), "0-1000+ 1000-1100");
    expect(new Fragments().take(first, 0, ON)).toEqual({ kind: "drop", reason: 2 });
    expect(new Fragments().take(first, 0, OFF)).toEqual({ kind: "drop", reason: 2 });
  });

  it("S33c clears DF with no-df", () => {
    const fragments = new Fragments();
    const taken = parts(udp4({ dontFragment: true }), "0-1000+ 1000-1100").map((it) => {
      return fragments.take(it, 0, { reassemble: true, noDf: true });
    });
    expect(taken.map(word)).toEqual(["wait", "whole1100"]);
    expect(taken[1]).toMatchObject({ packet: { dontFragment: false } });
  });

  it("DF means nothing in IPv6", () => {
    expect(fates(udp6({ dontFragment: true }), "0-16+ 16-20")).toBe("wait whole20");
  });

  it("S34 hands fragments back if it puts nothing together", () => {
    const [first] = twoParts(udp4(), "0-1001+ 1001-1002");
    expect(new Fragments().take(first, 0, OFF)).toEqual({ kind: "fragment", packet: first });
  });

  it.each([
    ["nothing in it", "0-16+ 16-16+", "wait drop2"],
    ["more to come, not a multiple of 8", "0-20+ 0-24+ 24-25", "drop2 wait whole25"],
    ["the largest that fits a packet with its header", "0-8+ 8-65515", "wait whole65515"],
    ["a byte more", "0-8+ 8-65516", "wait drop3"],
    ["data up to 65535", "65528-65535", "wait"],
    ["data beyond 65535", "65528-65536", "drop2"],
  ])("%s", (_, text, found) => {
    expect(fates(udp4(), text)).toBe(found);
  });

  it("counts the headers of IPv6 that are not its own", () => {
    expect(fates(udp6(), "0-8+ 8-65535")).toBe("wait whole65535");
    expect(fates(udp6({ options: "router-alert" }), "0-8+ 8-65527")).toBe("wait whole65527");
    expect(fates(udp6({ options: "router-alert" }), "0-8+ 8-65528")).toBe("wait drop3");
    expect(fates(udp6({ routingHeader: 2 }), "0-8+ 8-65511")).toBe("wait whole65511");
    expect(fates(udp6({ routingHeader: 2 }), "0-8+ 8-65512")).toBe("wait drop3");
    expect(fates(udp4({ options: "other" }), "0-8+ 8-65512")).toBe("wait drop3");
  });
});

describe("Fragments: overlaps", () => {
  it.each([
    ["the same again", "0-48+ 0-48+ 48-96", "wait drop0 whole96"],
    ["inside an older one", "0-48+ 8-40+ 48-96", "wait drop0 whole96"],
    ["the head of the new one is cut", "0-48+ 8-64+ 64-96", "wait wait whole96"],
    ["the head of the old one is cut", "0-8+ 32-64+ 8-40+ 64-96", "wait wait wait whole96"],
    ["an old one goes", "0-8+ 16-24+ 8-32+ 32-40", "wait wait wait whole40"],
    ["two old ones go, a third is cut", "8-16+ 24-32+ 40-64 0-48+", "wait wait wait whole64"],
    ["a hole stays where an old one was cut", "0-8+ 32-64+ 16-40+ 64-96", "wait wait wait wait"],
  ])("IPv4: %s", (_, text, found) => {
    expect(fates(udp4(), text)).toBe(found);
  });

  it("IPv4: an old one that is covered to its end does not count any more", () => {
    const fragments = new Fragments();
    fates(udp4(), "16-32+ 8-32+", fragments);
    expect(fragments.waiting).toBe(1);
  });

  it.each([
    ["a second end", "0-8+ 16-24 16-24 8-16+", "wait wait drop0 whole24"],
    ["an earlier end", "0-8+ 24-32+ 16-24 32-40 8-24+", "wait wait drop2 wait whole40"],
    ["an end where more was to come", "0-8+ 16-24+ 8-24", "wait wait drop2"],
    ["more where the end was", "0-8+ 16-24 8-24+", "wait wait drop2"],
    ["data behind the end", "0-8+ 16-24 24-32+ 24-32 8-16+", "wait wait drop2 drop2 whole24"],
  ])("IPv4: %s", (_, text, found) => {
    expect(fates(udp4(), text)).toBe(found);
  });

  it.each([
    ["the same again", "0-48+ 0-48+ 48-96", "wait drop2 wait"],
    ["into the one before", "0-48+ 40-64+ 48-96", "wait drop2 wait"],
    ["into the one behind", "48-96 0-56+ 0-48+", "wait drop2 wait"],
    ["a second end", "0-8+ 16-24+ 8-24 0-8+ 8-16+ 16-24", "wait wait drop2 wait wait whole24"],
    ["an earlier end", "16-24+ 0-8 0-16+ 16-24", "wait drop2 wait whole24"],
    ["data behind the end", "8-16 16-24+ 0-8+", "wait drop2 wait"],
  ])("IPv6: %s throws all away", (_, text, found) => {
    expect(fates(udp6(), text)).toBe(found);
  });

  it("IPv6: refused alone, without the queue, if it could belong to none", () => {
    expect(fates(udp6(), "0-8+ 8-15+ 8-16")).toBe("wait drop2 whole16");
  });

  it("throws a queue away that has more than 64 pieces in 4096 bytes", () => {
    const fragments = new Fragments();
    const pieces = Array.from({ length: 65 }, (_, at) => `${at * 16}-${at * 16 + 8}+`);
    const found = fates(udp4(), pieces.join(" "), fragments).split(" ");
    expect(found).toEqual([...Array.from({ length: 64 }, () => "wait"), "drop2"]);
    expect(fragments.waiting).toBe(0);
    const cut = Array.from({ length: 64 }, (_, at) => `${4112 + at * 16}-${4120 + at * 16}+`);
    const moved = fates(udp4(), `${cut.join(" ")} 4088-4104+ 4080-4096+`, fragments);
    expect(moved).toMatch(/^(wait ){65}drop2$/);
    expect(fragments.waiting).toBe(0);
    const spread = Array.from({ length: 65 }, (_, at) => `${at * 72}-${at * 72 + 8}+`);
    expect(fates(udp4(), spread.join(" "))).not.toContain("drop");
  });
});

describe("Fragments: the whole packet", () => {
  it("is the fragment with offset 0", () => {
    const fragments = new Fragments();
    const [first, last] = twoParts(
      udp4({ ttl: 60, tos: 16, options: "other", tag: "A" }),
      "0-16+ 16-40",
    );
    fragments.take({ ...last, ttl: 9, tos: 0, options: "none", tag: "" }, 0);
    expect(fragments.take(first, 0)).toEqual({
      kind: "whole",
      packet: { ...first, fragment: undefined, payload: 32 },
      largest: 24,
    });
  });

  it("has the protocol of the first fragment in IPv6", () => {
    const fragments = new Fragments();
    const [first, last] = twoParts(udp6(), "0-16+ 16-20");
    fragments.take(last, 0);
    expect(fragments.take(first, 0)).toMatchObject({ packet: { protocol: 17 }, largest: 16 });
  });

  it("has the payload behind all of its TCP options", () => {
    const base = tcp4({ mss: 1460, windowScale: 2 });
    const first = { ...base, payload: 4, fragment: { offset: 0, more: true, id: 7 } };
    const last = { ...base, payload: 10, fragment: { offset: 32, more: false, id: 7 } };
    const fragments = new Fragments();
    expect([first, last].map((it) => word(fragments.take(it, 0)))).toEqual(["wait", "whole42"]);
  });

  it("counts the target of neighbour discovery", () => {
    expect(fragmentLength(icmp6(135, {}, { payload: 8 }))).toBe(32);
  });
});

describe("Fragments: keys", () => {
  const [first, last] = twoParts(udp4(), "0-16+ 16-20");
  it.each<[what: string, packet: KernelPacket, found: string]>([
    ["the same", last, "whole20"],
    ["id", { ...last, fragment: { offset: 16, more: false, id: 8 } }, "wait"],
    ["source", { ...last, source: address("10.0.0.6") }, "wait"],
    ["destination", { ...last, destination: address("1.1.1.2") }, "wait"],
    ["protocol", { ...last, protocol: 6 }, "wait"],
  ])("%s", (_, packet, found) => {
    const fragments = new Fragments();
    fragments.take(first, 0);
    expect(word(fragments.take(packet, 0))).toBe(found);
  });
});

describe("Fragments: age and number", () => {
  it.each([
    [59, "wait whole40"],
    [60, "wait wait"],
  ])("after %i s, counted from the first fragment: %s", (age, found) => {
    const fragments = new Fragments();
    const [first, second] = twoParts(udp4(), "0-16+ 16-32+");
    fragments.take(first, 100);
    fragments.take(second, 150);
    fragments.purge(100 + age);
    expect(fates(udp4(), "0-16+ 32-40", fragments).replace("drop0", "wait")).toBe(found);
  });

  it("does not look behind a younger one that was used longer ago", () => {
    const fragments = new Fragments({ timeout: 5 });
    const [one, other] = [udp4(), udp4({ sourcePort: 1, source: 1n })];
    const take = (base: KernelPacket, text: string, now: number): void => {
      for (const it of parts(base, text)) fragments.take(it, now);
    };
    take(one, "0-16+", 0);
    take(other, "0-16+", 3);
    take(one, "16-32+", 4);
    fragments.purge(7);
    expect(fragments.waiting).toBe(3);
    fragments.purge(8);
    expect(fragments.waiting).toBe(0);
  });

  it("drops what it has when the limit is reached, the longest unused first", () => {
    const fragments = new Fragments({ limit: 2 });
    expect(fates(udp4(), "0-16+ 16-32+ 32-40", fragments)).toBe("wait wait wait");
    expect(fragments.waiting).toBe(1);
    expect(fates(udp4(), "0-16+ 16-32+", fragments)).toBe("wait wait");
  });

  it("frees a tenth at the limit, no more", () => {
    const fragments = new Fragments({ limit: 20 });
    const ids = Array.from({ length: 21 }, (_, id) => id);
    for (const id of ids) {
      fragments.take(udp4({ payload: 8, fragment: { offset: 0, more: true, id } }), 0);
    }
    expect(fragments.waiting).toBe(19);
    const last = (id: number): KernelPacket => {
      return udp4({ payload: 8, fragment: { offset: 16, more: false, id } });
    };
    expect([2, 1].map((id) => word(fragments.take(last(id), 0)))).toEqual(["whole24", "wait"]);
  });

  it("has no memory for any at limit 0", () => {
    expect(fates(udp4(), "0-16+", new Fragments({ limit: 0 }))).toBe("drop5");
  });

  it.each([
    [0, 398, "whole24"],
    [0, 399, "wait"],
    [1, 399, "whole24"],
    [1, 400, "wait"],
  ])("queue %i of 2 s, of those up to %i between its hosts: %s", (id, last, found) => {
    const fragments = new Fragments({ timeout: 2 });
    for (let it = 0; it <= last; it++) {
      fragments.take(udp4({ payload: 8, fragment: { offset: 0, more: true, id: it } }), 0);
    }
    const rest = udp4({ payload: 8, fragment: { offset: 16, more: false, id } });
    expect(word(fragments.take(rest, 0))).toBe(found);
  });
});

describe("Fragments: laws", () => {
  const families = fc.constantFrom(udp4(), udp6());

  /** Lengths in units of 8 bytes, the last with some bytes more or less. */
  const cut = fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 200 }),
    )
    .map(([units, rest]): Part[] => {
      const lengths = [...units.map((it) => it * 8), rest];
      return lengths.map((length, at) => {
        const offset = lengths.slice(0, at).reduce((sum, it) => sum + it, 0);
        return { offset, length, more: at < lengths.length - 1 };
      });
    });

  const shuffled = cut.chain((it) => {
    const all = fc.shuffledSubarray(it, { minLength: it.length, maxLength: it.length });
    return fc.record({ given: fc.constant(it), order: all });
  });

  function totalOf(given: readonly Part[]): number {
    return given.reduce((sum, { length }) => sum + length, 0);
  }

  it("fragments that do not overlap make the whole in any order, with the last of them", () => {
    fc.assert(
      fc.property(families, shuffled, (base, { given, order }) => {
        const fragments = new Fragments();
        const found = order.map((it) => word(fragments.take(part(base, it), 0)));
        expect(found.slice(0, -1).every((it) => it === "wait")).toBe(true);
        expect(found.at(-1)).toBe(`whole${totalOf(given)}`);
        expect(fragments.waiting).toBe(0);
      }),
    );
  });

  it("with any one missing it waits", () => {
    fc.assert(
      fc.property(families, shuffled, fc.nat(), (base, { order }, at) => {
        const fragments = new Fragments();
        const some = order.toSpliced(at % order.length, 1);
        const found = some.map((it) => word(fragments.take(part(base, it), 0)));
        expect(found.every((it) => it === "wait")).toBe(true);
        expect(fragments.waiting).toBe(some.length);
      }),
    );
  });

  it("pieces of one IPv4 packet make it as soon as they cover it, whatever overlaps", () => {
    const pieces = fc.integer({ min: 1, max: 12 }).chain((units) => {
      const piece = fc
        .tuple(fc.nat(units - 1), fc.integer({ min: 1, max: units }))
        .map(([from, length]): [number, number] => [from, Math.min(units, from + length)]);
      return fc.record({ units: fc.constant(units), pieces: fc.array(piece, { maxLength: 20 }) });
    });
    fc.assert(
      fc.property(pieces, ({ units, pieces: drawn }) => {
        const fragments = new Fragments();
        const covered = new Set<number>();
        for (const [from, to] of drawn) {
          const given = { offset: from * 8, length: (to - from) * 8, more: to < units };
          const found = word(fragments.take(part(udp4(), given), 0));
          for (let it = from; it < to; it++) covered.add(it);
          if (covered.size === units) {
            expect(found).toBe(`whole${units * 8}`);
            covered.clear();
          } else {
            expect(["wait", "drop0"]).toContain(found);
          }
        }
      }),
    );
  });
});
