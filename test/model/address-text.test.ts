import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "../../model/address.ts";
import {
  parseAddress,
  parsePrefix,
  printAddress,
  printPrefix,
  printRange,
} from "../../model/address-text.ts";

describe("parseAddress", () => {
  it.each([
    ["010.0.0.1", "10.0.0.1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["::1:2", "::0.1.0.2"],
    ["::5", "::5"],
    ["::", "::"],
  ])("reads %s, which pfctl prints %s", (text, printed) => {
    const address = parseAddress(text);
    expect(address && printAddress(address)).toBe(printed);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    "1.2..4",
    ":::",
    "1::2::3",
    "1:2",
    "12345::",
    "::1%em0",
  ])("refuses %s", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("reads what is printed", () => {
    const word = fc.constantFrom(0n, 0n, 0n, 1n, 0xffffn, 0xabcn);
    const groups = fc.array(word, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (list) => {
        const value = list.reduce<bigint>((sum, it) => (sum << 16n) | it, 0n);
        const address: Address = { family: "inet6", value };
        expect(parseAddress(printAddress(address))).toEqual(address);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("parsePrefix", () => {
  it("clears host bits and leaves a full length out", () => {
    const texts = ["10.1.2.3/8", "10.1.2.3", "2001:db8:1:2::/33", "0.0.0.0/0"];
    const printed = texts.map((text) => {
      const prefix = parsePrefix(text);
      return prefix && printPrefix(prefix);
    });
    expect(printed).toEqual(["10.0.0.0/8", "10.1.2.3", "2001:db8::/33", "0.0.0.0/0"]);
  });

  it.each(["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10/8"])("refuses %s", (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });
});

describe("printRange", () => {
  it("prints both ends, even if they are equal", () => {
    const range = { family: "inet", first: 167772161n, last: 167772161n } as const;
    expect(printRange(range)).toBe("10.0.0.1 - 10.0.0.1");
  });
});
