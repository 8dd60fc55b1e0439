import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressBits, type Family, type Packet, type QuotedPacket } from "../../model/packet.ts";
import { parsePacketText } from "../../parser/packet-text.ts";
import { parseScriptText } from "../../parser/script-text.ts";
import { emissionText } from "../../report/packet.ts";

const AT = { file: "test", line: 1, column: 1 };

/** Values with the ends of the range, and the defaults of the text, drawn often. */
function number(last: number, ...often: readonly number[]): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, last, ...often), fc.integer({ min: 0, max: last }));
}

function address(family: Family): fc.Arbitrary<bigint> {
  const max = (1n << BigInt(addressBits(family))) - 1n;
  return fc.oneof(fc.constantFrom(0n, 1n, max), fc.bigInt({ min: 0n, max }));
}

/** A header whose fields are 0 where the protocol has none. */
function header(family: Family): fc.Arbitrary<QuotedPacket & { flags: number }> {
  const icmp = family === "inet" ? 1 : 58;
  return number(255, 6, 17, icmp, 47).chain((protocol) => {
    const zero = fc.constant(0);
    const ports = protocol === 6 || protocol === 17 ? number(65535) : zero;
    const types = protocol === icmp ? number(255, 8, 3, 128, 1, 135) : zero;
    return fc.record({
      protocol: fc.constant(protocol),
      source: address(family),
      destination: address(family),
      sourcePort: ports,
      destinationPort: ports,
      flags: protocol === 6 ? number(255, 2, 18) : zero,
      icmpType: types,
      icmpCode: protocol === icmp ? number(255) : zero,
      icmpId: protocol === icmp ? number(65535) : zero,
    });
  });
}

function packet(): fc.Arbitrary<Packet> {
  return fc.constantFrom<Family>("inet", "inet6").chain((family) =>
    fc
      .tuple(
        header(family),
        fc.record({
          family: fc.constant(family),
          tos: number(255),
          ttl: number(255, 64),
          fragment: fc.constantFrom("no", "first", "later"),
          options: fc.boolean(),
        }),
        fc.option(header(family), { nil: undefined }),
        fc.boolean(),
      )
      .map(([transport, network, error, bare]): Packet => {
        const whole = { ...transport, ...network };
        const empty = { flags: 0, icmpType: 0, icmpCode: 0, icmpId: 0 };
        const later = { ...whole, ...empty, sourcePort: 0, destinationPort: 0 };
        const own = bare && whole.fragment === "later" ? later : whole;
        if (error === undefined) return own;
        const { flags: _, ...quoted } = error;
        return { ...own, quoted };
      }),
  );
}

describe("the text of a packet", () => {
  it("is read back as the same packet", () => {
    fc.assert(
      fc.property(packet(), fc.option(packet(), { nil: undefined }), (inner, outer) => {
        const whole = outer === undefined ? { packet: inner } : { packet: inner, outer };
        const read = parsePacketText(emissionText(whole), AT);
        expect(read).toEqual({ ...whole, diagnostics: [] });
      }),
      { numRuns: 2000 },
    );
  });

  it("never makes the reader throw", () => {
    const word = fc.constantFrom(
      ...["tcp", "udp", "icmp6", "47", "10.0.0.1:1", "10.0.0.1", "[::1]:2", "::1", ">", "flags"],
      ...["S", "type", "8", "id", "ttl", "fragment", "later", "about", "inside", "__proto__"],
    );
    const text = fc.oneof(
      fc.array(fc.oneof(word, fc.string()), { maxLength: 12 }).map((words) => words.join(" ")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(text, (line) => {
        const { packet: read, diagnostics } = parsePacketText(line, AT);
        expect(read === undefined).toBe(diagnostics.length > 0);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, Partial<Packet>]>([
    ["tcp 10.0.0.5:40000 > 192.0.2.1:443", { protocol: 6, flags: 2, destinationPort: 443 }],
    ["tcp [2001:db8::1]:1 > [::1]:443 flags SA", { family: "inet6", flags: 18 }],
    ["tcp 10.0.0.5:1 > 192.0.2.1:2 flags none", { flags: 0 }],
    ["icmp 10.0.0.5 > 192.0.2.1", { protocol: 1, icmpType: 8 }],
    ["icmp6 ::1 > ::2", { protocol: 58, icmpType: 128 }],
    ["icmp 10.0.0.5 > 192.0.2.1 type 8 id 7", { icmpType: 8, icmpId: 7 }],
    ["icmp6 ::1 > ::2 neighbrsol", { icmpType: 135 }],
    ["47 10.0.0.5 > 192.0.2.1 tos 0x10", { protocol: 47, tos: 16 }],
    ["udp 10.0.0.5 > 192.0.2.1 fragment later", { fragment: "later", sourcePort: 0 }],
    ["  udp   10.0.0.5:1\t> 192.0.2.1:2  ", { protocol: 17 }],
  ])("`%s` is understood", (text, fields) => {
    const read = parsePacketText(text, AT);
    expect(read.diagnostics).toEqual([]);
    expect(read.packet).toMatchObject(fields);
  });

  it.each<[string, string, string]>([
    ["", "packet-incomplete", ""],
    ["tcp", "packet-incomplete", ""],
    ["sctp 10.0.0.1:1 > 10.0.0.2:2", "packet-protocol", "sctp"],
    ["256 10.0.0.1 > 10.0.0.2", "packet-protocol", "256"],
    ["tcp 10.0.0.1 > 10.0.0.2:2", "packet-address", "10.0.0.1"],
    ["tcp 10.0.0.1:1 > 10.0.0.2:65536", "packet-address", "10.0.0.2:65536"],
    ["tcp 2001:db8::1:443 > [::1]:2", "packet-address", "2001:db8::1:443"],
    ["tcp [10.0.0.1]:1 > 10.0.0.2:2", "packet-address", "[10.0.0.1]:1"],
    ["icmp 10.0.0.1:1 > 10.0.0.2", "packet-address", "10.0.0.1:1"],
    ["tcp 10.0.0.1:1 -> 10.0.0.2:2", "packet-incomplete", "->"],
    ["tcp 10.0.0.1:1 > [::1]:2", "packet-family", "[::1]:2"],
    ["icmp6 10.0.0.1 > 10.0.0.2", "packet-family", "icmp6"],
    ["icmp ::1 > ::2", "packet-family", "icmp"],
    ["udp 10.0.0.1:1 > 10.0.0.2:2 flags S", "packet-word", "flags"],
    ["tcp 10.0.0.1:1 > 10.0.0.2:2 flags X", "packet-value", "X"],
    ["tcp 10.0.0.1:1 > 10.0.0.2:2 ttl 256", "packet-value", "256"],
    ["tcp 10.0.0.1:1 > 10.0.0.2:2 ttl", "packet-value", "ttl"],
    ["tcp 10.0.0.1:1 > 10.0.0.2:2 ttl 1 ttl 2", "packet-twice", "ttl"],
    ["icmp 10.0.0.1 > 10.0.0.2 __proto__", "packet-word", "__proto__"],
    [
      "icmp 10.0.0.1 > 10.0.0.2 unreach about udp 1.1.1.1:1 > 2.2.2.2:2 ttl 3",
      "packet-word",
      "ttl",
    ],
    ["icmp 10.0.0.1 > 10.0.0.2 inside", "packet-incomplete", ""],
  ])("`%s` is refused as %s", (text, code, underlined) => {
    const { packet: read, diagnostics } = parsePacketText(text, AT);
    expect(read).toBeUndefined();
    expect(diagnostics.map((it) => it.code)).toEqual([code]);
    const { column, length } = diagnostics[0]!.span;
    const found = text.slice(column - 1, column - 1 + length);
    expect(found).toBe(underlined);
  });
});

describe("a script", () => {
  it("has one packet a line, its place first", () => {
    const text =
      "# punch\n\nfw1:vlan10  udp 10.0.0.5:1 > 10.0.0.6:2 # the first\r\ninternet icmp6 ::1 > ::2\n";
    const { lines, diagnostics } = parseScriptText("punch.txt", text);
    expect(diagnostics).toEqual([]);
    expect(lines.map((line) => [line.place.text, line.place.span.line])).toEqual([
      ["fw1:vlan10", 3],
      ["internet", 4],
    ]);
  });

  it("points into its own lines", () => {
    const { diagnostics } = parseScriptText(
      "punch.txt",
      "a udp 10.0.0.5:1 > 10.0.0.6:2\n b nonsense",
    );
    expect(diagnostics.map((it) => it.span)).toEqual([
      { file: "punch.txt", line: 2, column: 4, length: 8 },
    ]);
  });

  it("without packets is refused", () => {
    const { diagnostics } = parseScriptText("empty.txt", "# nothing\n");
    expect(diagnostics.map((it) => it.code)).toEqual(["script-empty"]);
  });
});
