import { describe, expect, it } from "vitest";
import { printAddress, printPrefix } from "../../../model/address-text.ts";
import { configLines } from "../../../parser/config-lines.ts";
import { routeCommand } from "../../../parser/hostname/route-command.ts";

const UNDERSTOOD: readonly (readonly [string, string])[] = [
  ["add default 10.0.0.1", "0 0.0.0.0/0 10.0.0.1"],
  ["add -inet6 default 2001:db8::1", "0 ::/0 2001:db8::1"],
  ["-n add -net 10.70.145.0/24 127.0.0.1 -reject", "0 10.70.145.0/24 127.0.0.1 reject"],
  ["-T 3 add 10/8 10.3.0.1", "3 10.0.0.0/8 10.3.0.1"],
  ["add 192.168.5.0 10.0.0.2", "0 192.168.5.0/24 10.0.0.2"],
  ["add 192.168.5.1 10.0.0.2", "0 192.168.5.1 10.0.0.2"],
  ["add -net 172.16.0.0 10.0.0.2 255.240.0.0", "0 172.16.0.0/12 10.0.0.2"],
  ["add -net 172.16.0.0 -netmask 255.240.0.0 10.0.0.2", "0 172.16.0.0/12 10.0.0.2"],
  ["add -inet6 2001:db8:: -prefixlen 32 fe80::1%em1", "0 2001:db8::/32 fe80::1 em1"],
  ["add default -ifp pppoe0 0.0.0.1 -priority 9", "0 0.0.0.0/0 0.0.0.1 pppoe0 priority 9"],
  ["add default 10.0.0.1 -mpath -priority rip", "0 0.0.0.0/0 10.0.0.1 mpath priority 40"],
  ["-T 2 change 10/8 10.0.0.1", "change 2 10.0.0.0/8 10.0.0.1"],
  ["delete 10.0.0.0/8", "delete 0 10.0.0.0/8"],
  ["delete default 10.0.0.1", "delete 0 0.0.0.0/0 10.0.0.1"],
  ["add -inet 10.9.0.0/16 10.0.0.9 -blackhole", "0 10.9.0.0/16 10.0.0.9 blackhole"],
];

describe("routeCommand", () => {
  it.each(UNDERSTOOD)("reads %j", (text, expected) => {
    const command = routeCommand(configLines("f", text)[0]?.words ?? []);
    expect(command).toBeDefined();
    if (command === undefined) return;
    const { verb, rtable, prefix, gateway, interface: it, discards, priority, mpath } = command;
    const parts = [rtable, printPrefix(prefix), gateway && printAddress(gateway), it, discards];
    const rest = [mpath ? "mpath" : "", priority === undefined ? "" : `priority ${priority}`];
    expect(
      [verb === "add" ? "" : verb, ...parts, ...rest]
        .filter((part) => part !== undefined && part !== "")
        .join(" "),
    ).toBe(expected);
  });

  it.each([
    "flush",
    "change default",
    "delete",
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
