import { describe, expect, it } from "vitest";
import type { Region } from "../../model/region.ts";
import { regionLines, regionsLines } from "../../report/region.ts";

const ANY: Region = { options: false, except: [] };

function rangeOf(first: bigint, last = first): { family: "inet"; first: bigint; last: bigint } {
  return { family: "inet", first: 0x0a000000n + first, last: 0x0a000000n + last };
}

function lineOf(region: Partial<Region>): string {
  return regionLines({ ...ANY, ...region }).join("\n");
}

describe("a region as a rule", () => {
  const port = (first: number, last = first) => ({ first, last });

  it.each<[string, Partial<Region>]>([
    ["all", {}],
    ["inet6 all", { family: "inet6" }],
    ["all options", { options: true }],
    ["proto { tcp udp } all", { protocols: [port(6), port(17)] }],
    ["proto ! tcp all", { protocols: [port(0, 5), port(7, 255)] }],
    ["proto { 3:5 200 } all", { protocols: [port(3, 5), port(200)] }],
    ["all whole", { fragments: ["no"] }],
    ["all fragment", { fragments: ["first", "later"] }],
    ["all fragment { no later }", { fragments: ["no", "later"] }],
    ["all tos 184:187", { tos: [port(184, 187)] }],
    ["all no icmp replies", { withoutReplies: true }],
  ])("%s", (line, region) => {
    expect(lineOf(region)).toBe(line);
  });

  it.each<[string, Partial<Region>]>([
    [
      "from any to any port { 22 23 80 8000:8099 }",
      { destinationPorts: [port(22, 23), port(80), port(8000, 8099)] },
    ],
    ["from any port ! 25 to any", { sourcePorts: [port(0, 24), port(26, 65_535)] }],
    ["from any port 1024:65535 to any", { sourcePorts: [port(1024, 65_535)] }],
    ["inet from 10.0.0.0/24 to any", { family: "inet", source: [rangeOf(0n, 255n)] }],
    [
      "inet from any to { 10.0.0.1 10.0.0.2/31 }",
      { family: "inet", destination: [rangeOf(1n, 3n)] },
    ],
    ["inet from any to 10.0.0.1 - 10.0.0.9", { family: "inet", destination: [rangeOf(1n, 9n)] }],
    [
      "inet from ! 10.0.0.1 to any",
      {
        family: "inet",
        source: [
          { family: "inet", first: 0n, last: 0x0a000000n },
          { family: "inet", first: 0x0a000002n, last: 0xffffffffn },
        ],
      },
    ],
  ])("%s", (line, region) => {
    expect(lineOf(region)).toBe(line);
  });

  it.each<[string, Partial<Region>]>([
    ["proto icmp all icmp-type echoreq", { protocols: [port(1)], messages: [port(0x800, 0x8ff)] }],
    ["proto icmp all icmp-type unreach code 4", { protocols: [port(1)], messages: [port(0x304)] }],
    [
      "proto icmp all icmp-type { unreach code 4:255 squench redir code 0 }",
      { protocols: [port(1)], messages: [port(0x304, 0x500)] },
    ],
    [
      "proto icmp all icmp-type ! echoreq",
      { protocols: [port(1)], messages: [port(0, 0x7ff), port(0x900, 0xffff)] },
    ],
    [
      "proto icmp6 all icmp6-type { neighbrsol neighbradv } icmp-id 7",
      { protocols: [port(58)], messages: [port(0x8700, 0x88ff)], messageIds: [port(7)] },
    ],
  ])("%s", (line, region) => {
    expect(lineOf(region)).toBe(line);
  });

  it("flags are tests of pf", () => {
    const valuesOf = (holds: (flags: number) => boolean) =>
      Array.from({ length: 256 }, (_, flags) => flags)
        .filter(holds)
        .map((flags) => port(flags));
    const textOf = (holds: (flags: number) => boolean): string =>
      lineOf({ flags: valuesOf(holds) });
    expect(textOf((flags) => (flags & 0x12) === 2)).toBe("all flags S/SA");
    expect(textOf((flags) => (flags & 7) === 0)).toBe("all flags /FSR");
    expect(textOf((flags) => flags === 2)).toBe("all flags S/FSRPAUEW");
    expect(textOf((flags) => (flags & 3) !== 0)).toBe("all flags { F/F S/S }");
  });
});

describe("names of lists", () => {
  const both = [rangeOf(0n, 255n), { family: "inet6" as const, first: 1n, last: 9n }];
  const names = new Map([["vlan10:network", both]]);

  it("stand for what they hold, in the family that is meant", () => {
    const told = (region: Partial<Region>) => regionLines({ ...ANY, ...region }, names).join();
    expect(told({ source: both })).toBe("from vlan10:network to any");
    expect(told({ family: "inet", source: both.slice(0, 1) })).toBe(
      "inet from vlan10:network to any",
    );
    expect(told({ family: "inet", source: [rangeOf(0n, 127n)] })).toBe(
      "inet from 10.0.0.0/25 to any",
    );
  });

  it("stand for all others behind !", () => {
    const source = [
      { family: "inet" as const, first: 0n, last: 0x09ffffffn },
      { family: "inet" as const, first: 0x0a000100n, last: 0xffffffffn },
    ];
    expect(regionLines({ ...ANY, family: "inet", source }, names)).toEqual([
      "inet from ! vlan10:network to any",
    ]);
  });

  it("may be of parts that touch", () => {
    const parts = new Map([["<t>", [rangeOf(128n, 255n), rangeOf(0n, 127n), rangeOf(3n)]]]);
    const region = { ...ANY, family: "inet" as const, source: [rangeOf(0n, 255n)] };
    expect(regionLines(region, parts)).toEqual(["inet from <t> to any"]);
  });
});

it("packets with options are said where they may be", () => {
  expect(regionLines({ except: [] })).toEqual(["all allow-opts"]);
});

it("what is cut out stands below", () => {
  const hole: Region = { protocols: [{ first: 6, last: 6 }], except: [] };
  const rare: Region = { ...hole, options: true };
  const plain: Region = { ...hole, options: false };
  expect(regionLines({ ...ANY, except: [hole, rare, plain] })).toEqual([
    "all",
    "  except proto tcp all",
    "  except proto tcp all options",
    "  except proto tcp all no options",
  ]);
});

it("the share that is shown is never rounded up", () => {
  const share = (covered: bigint, total: bigint) =>
    regionsLines({ regions: [ANY], complete: false, covered, total }).at(-1);
  expect(share(1n, 3n)).toBe("… 33.3% of the packets are in the lines above");
  expect(share(9999n, 10000n)).toBe("… 99.9% of the packets are in the lines above");
  expect(regionsLines({ regions: [ANY], complete: true, covered: 1n, total: 1n })).toEqual(["all"]);
});
