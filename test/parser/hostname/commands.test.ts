import { describe, expect, it } from "vitest";
import { hostnameCommands } from "../../../parser/hostname/commands.ts";

/** The table of netstart(8), stack-semantics.md 7.1. */
const FORMS: readonly (readonly [string, readonly string[]])[] = [
  ["inet 10.0.0.1 255.255.255.0", ["ifconfig inet 10.0.0.1 netmask 255.255.255.0"]],
  [
    "inet 10.0.0.1 255.255.255.0 10.0.0.255 up",
    ["ifconfig inet 10.0.0.1 netmask 255.255.255.0 broadcast 10.0.0.255 up"],
  ],
  [
    "inet 10.0.0.1 255.255.255.0 NONE mtu 1400",
    ["ifconfig inet 10.0.0.1 netmask 255.255.255.0 mtu 1400"],
  ],
  ["inet alias 10.0.0.2 255.255.255.255", ["ifconfig inet alias 10.0.0.2 netmask 255.255.255.255"]],
  ["inet 10.0.0.1/24", ["ifconfig inet 10.0.0.1/24"]],
  ["inet 10.0.0.1/24 description x", ["ifconfig inet 10.0.0.1/24 netmask description broadcast x"]],
  ["inet autoconf", ["ifconfig inet autoconf"]],
  ["inet6 2001:db8::1 64", ["ifconfig inet6 2001:db8::1 prefixlen 64"]],
  ["inet6 alias 2001:db8::2 128", ["ifconfig inet6 alias 2001:db8::2 prefixlen 128"]],
  ["inet6 autoconf", ["ifconfig inet6 autoconf"]],
  ["inet6", []],
  // a comment takes the place of the next word (7.1): only the shell leaves it out
  ["inet 10.0.0.1 255.255.255.0 # x", ["ifconfig inet 10.0.0.1 netmask 255.255.255.0 broadcast"]],
  ["inet 10.0.0.1/24 # x y", ["ifconfig inet 10.0.0.1/24 netmask"]],
  ["inet alias 10.0.0.1/24 # x y", ["ifconfig inet alias 10.0.0.1/24 netmask"]],
  ["inet6 2001:db8::1 # x", ["ifconfig inet6 2001:db8::1 prefixlen"]],
  ["inet6 2001:db8::1 64 # x", ["ifconfig inet6 2001:db8::1 prefixlen 64"]],
  ["inet 10.0.0.1 255.0.0.0 NONE up # x", ["ifconfig inet 10.0.0.1 netmask 255.0.0.0 up"]],
  ["up # x", ["ifconfig up"]],
  ["inet autoconf # x", ["ifconfig inet autoconf"]],
  ["inet 10.0.0.1/24\ndest 10.0.0.2 # x", ["ifconfig inet 10.0.0.1/24"]],
  ["dhcp", ["ifconfig inet autoconf"]],
  [
    "inet 0.0.0.0 255.255.255.255\ndest 0.0.0.1",
    ["ifconfig inet 0.0.0.0 0.0.0.1 netmask 255.255.255.255"],
  ],
  ["inet alias 10.0.0.1\ndest 10.0.0.2", ["ifconfig inet alias 10.0.0.1 10.0.0.2"]],
  ["up -inet6", ["ifconfig up -inet6"]],
  ["!ifconfig $if tunnel 192.0.2.1 192.0.2.2", ["ifconfig tunnel 192.0.2.1 192.0.2.2"]],
  ["!/sbin/route add default -ifp $if 0.0.0.1", ["route add default -ifp em0 0.0.0.1"]],
  [
    "!route -n add -inet6 default fe80::1%$if >/dev/null 2>&1",
    ["route -n add -inet6 default fe80::1%em0"],
  ],
  ["!route add default $(cat /etc/gw)", ["shell route add default $(cat /etc/gw)"]],
  ["! sleep 5", ["shell sleep 5"]],
];

describe("hostnameCommands", () => {
  it.each(FORMS)("reads %j", (text, expected) => {
    const { commands } = hostnameCommands({ interface: "em0", file: "f", text });
    const read = commands.map((it) => `${it.kind} ${it.words.map((word) => word.text).join(" ")}`);
    expect(read).toEqual(expected);
  });

  it("complains about words after dhcp, and about dest without an address before it", () => {
    const text = "dest 10.0.0.1\ndhcp -inet6";
    const { diagnostics } = hostnameCommands({ interface: "em0", file: "f", text });
    expect(diagnostics.map((it) => [it.code, it.span.line, it.span.column])).toEqual([
      ["hostname-dest", 1, 1],
      ["hostname-dhcp-words", 2, 6],
    ]);
  });
});
