import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../../model/address-text.ts";
import { parseAddresses, parsePlace } from "../../../parser/site/place.ts";

const AT = { file: "f", line: 1, column: 1, length: 1 };

const PLACES: readonly (readonly [string, object])[] = [
  ["fw1", { kind: "host", host: "fw1" }],
  ["fw1:vlan10", { kind: "interface", host: "fw1", interface: "vlan10" }],
  ["fw1:egress", { kind: "group", host: "fw1", group: "egress" }],
  ["fw1:group/dmz", { kind: "group", host: "fw1", group: "dmz" }],
  ["fw1:rdomain/2", { kind: "rdomain", host: "fw1", rdomain: 2 }],
  ["fw1:vm/web", { kind: "vm", host: "fw1", vm: "web" }],
  ["*:group/tenant-*", { kind: "group", host: "*", group: "tenant-*" }],
  ["core", { kind: "named", name: "core" }],
  ["10.0.0.0/8@core", { kind: "named", name: "core", addresses: { first: 10n << 24n } }],
  ["10.20.0.5@fw1:vlan20", { kind: "interface", interface: "vlan20", addresses: {} }],
];

describe("parsePlace", () => {
  it.each(PLACES)("reads %j", (text, expected) => {
    expect(parsePlace(text, AT, new Set(["core"]))).toMatchObject({ place: expected });
  });

  it.each([
    "",
    ":",
    "fw1:",
    "fw1:group/",
    "fw1:rdomain/x",
    "a b",
    "fw1:jail/web",
    "fw1:wg0/alice",
    "x@fw1:em0",
    "@fw1",
  ])("refuses %j", (text) => {
    expect(parsePlace(text, AT)).toMatchObject({ diagnostic: { severity: "error" } });
  });

  it("reads any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(Object.keys(parsePlace(text, AT))).toHaveLength(1);
      }),
    );
  });
});

describe("parseAddresses", () => {
  it("reads addresses, networks and ranges", () => {
    const value = (text: string): bigint => parseAddress(text)?.value ?? 0n;
    expect(parseAddresses("10.0.0.0/30")).toEqual({
      family: "inet",
      first: value("10.0.0.0"),
      last: value("10.0.0.3"),
    });
    expect(parseAddresses("2001:db8::1 - 2001:db8::9")).toEqual({
      family: "inet6",
      first: value("2001:db8::1"),
      last: value("2001:db8::9"),
    });
    expect(parseAddresses("10.0.0.9-10.0.0.1")).toBeUndefined();
    expect(parseAddresses("10.0.0.9-2001:db8::1")).toBeUndefined();
  });
});
