import { describe, expect, it } from "vitest";
import { printAddress, printPrefix } from "../../../model/address-text.ts";
import { configLines } from "../../../parser/config-lines.ts";
import { routeCommand } from "../../../parser/hostname/route-command.ts";

const UNDERSTOOD: readonly (readonly [string, string])[] = [
  ["add default 10.0.0.1", "0 0.0.0.0/0 10.0.0.1"],
  ["add -inet6 default 2001:db8::1", "0 ::/0 2001:db8::1"],
  ["-n add -net 10.70.145.0/24 127.0.0.1 -reject", "0 10.70.145.0/24 127.0.0.1 discards"],
  ["-T 3 add 10/8 10.3.0.1", "3 10.0.0.0/8 10.3.0.1"],
  ["add 192.168.5.0 10.0.0.2", "0 192.168.5.0/24 10.0.0.2"],
  ["add 192.168.5.1 10.0.0.2", "0 192.168.5.1 10.0.0.2"],
  ["add -net 172.16.0.0 10.0.0.2 255.240.0.0", "0 172.16.0.0/12 10.0.0.2"],
  ["add -net 172.16.0.0 -netmask 255.240.0.0 10.0.0.2", "0 172.16.0.0/12 10.0.0.2"],
  ["add -inet6 2001:db8:: -prefixlen 32 fe80::1%em1", "0 2001:db8::/32 fe80::1 em1"],
  ["add default -ifp pppoe0 0.0.0.1 -priority 9", "0 0.0.0.0/0 0.0.0.1 pppoe0"],
  ["add -inet 10.9.0.0/16 10.0.0.9 -blackhole", "0 10.9.0.0/16 10.0.0.9 discards"],
];

describe("routeCommand", () => {
  it.each(UNDERSTOOD)("reads %j", (text, expected) => {
    const command = routeCommand(configLines("f", text)[0]?.words ?? []);
    expect(command).toBeDefined();
    if (command === undefined) return;
    const { rtable, prefix, gateway, interface: it, discards } = command;
    const parts = [rtable, printPrefix(prefix), gateway && printAddress(gateway), it];
    expect(
      [...parts, discards ? "discards" : ""]
        .filter((part) => part !== undefined && part !== "")
        .join(" "),
    ).toBe(expected);
  });

  it.each([
    "delete default",
    "change default 10.0.0.1",
    "flush",
    "add default gw.example.net",
    "add default",
    "-T 300 add default 10.0.0.1",
    "add -inet6 default 10.0.0.1",
    "add 10.0.0.0/8 10.0.0.1 -frobnicate",
    "add default $GW",
    "",
  ])("leaves %j alone", (text) => {
    expect(routeCommand(configLines("f", text)[0]?.words ?? [])).toBeUndefined();
  });
});
