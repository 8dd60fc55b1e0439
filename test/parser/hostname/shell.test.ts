import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configLines } from "../../../parser/config-lines.ts";
import { shellCommands } from "../../../parser/hostname/shell.ts";

/** `?` marks commands of which it is not known whether they run. */
const LINES: readonly (readonly [string, readonly string[]])[] = [
  ["!ifconfig $if up", ["ifconfig em0: up"]],
  ["!/sbin/ifconfig em1 mtu 1400 >/dev/null 2>&1", ["ifconfig em1: mtu 1400"]],
  ["!sleep 5; route add default 10.0.0.1", ["shell: sleep 5", "route: add default 10.0.0.1"]],
  ["!sleep 5;route add default 10.0.0.1", ["shell: sleep 5", "route: add default 10.0.0.1"]],
  ["!sleep 5 && route flush", ["shell: sleep 5", "route: flush"]],
  ["!ping -c1 h && route flush", ["shell: ping -c1 h", "route?: flush"]],
  ["!route flush || true", ["route: flush", "shell?: true"]],
  ["!a && b; route flush", ["shell: a", "shell?: b", "route: flush"]],
  [
    "!if [ -f /x ]; then route flush; else ifconfig em1 up; fi",
    ["shell?: [ -f /x ]", "route?: flush", "ifconfig em1?: up"],
  ],
  [
    "!if a; then if b; then route flush; fi; fi; route add default 10.0.0.1",
    ["shell?: a", "shell?: b", "route?: flush", "route: add default 10.0.0.1"],
  ],
  ["!sysctl -q net.inet.ip.forwarding=1", ["sysctl: -q net.inet.ip.forwarding=1"]],
  ["!dhclient $if", ["ifconfig em0: inet autoconf"]],
  ['!echo "a; b && c"', ["shell: echo a; b && c"]],
  ["!route add default $GW", ["route: add default $GW"]],
  ["!ifconfig $IFS up", ["shell: ifconfig $IFS up"]],
  // taken as one, since something of the shell is in them
  ["!route add default $(cat /etc/gw)", ["shell: route add default $(cat /etc/gw)"]],
  ["!route add default `cat /etc/gw`", ["shell: route add default `cat /etc/gw`"]],
  ["!for i in 1 2; do route flush; done", ["shell: for i in 1 2; do route flush; done"]],
  ["!route show | grep x", ["shell: route show | grep x"]],
  ["!(route flush)", ["shell: (route flush)"]],
  ["!sleep 5 & route flush", ["shell: sleep 5 & route flush"]],
  ["!if a; then route flush", ["shell: if a; then route flush"]],
  ["!fi; route flush", ["shell: fi; route flush"]],
  ["!then route flush", ["shell: then route flush"]],
  // what goes into a file changes the file
  ["!echo pass > /etc/pf.conf", ["shell: echo pass > /etc/pf.conf"]],
  ["!", []],
];

function commandsOf(text: string): readonly string[] {
  return configLines("f", text).flatMap((line) =>
    shellCommands("em0", line).map(({ kind, interface: on, words, certain }) => {
      const target = kind === "ifconfig" ? ` ${on}` : "";
      return `${kind}${target}${certain ? "" : "?"}: ${words.map((it) => it.text).join(" ")}`;
    }),
  );
}

describe("shellCommands", () => {
  it.each(LINES)("reads %j", (text, expected) => {
    expect(commandsOf(text)).toEqual(expected);
  });

  it("keeps every command that a shell would surely run, whatever stands around it", () => {
    const part = fc.constantFrom(
      "sleep 1",
      "true",
      "echo x",
      "if a; then b; fi",
      "a && b",
      "a || b",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.array(part, { maxLength: 6 }), (a, b) => {
        const text = `!${[...a, "route flush", ...b].join("; ")}`;
        expect(commandsOf(text)).toContain("route: flush");
      }),
    );
  });

  it("reads any text", () => {
    const word = fc.constantFrom(
      ..."if then fi ; && || | & ` $( ) > < \" ' \\ $if route x".split(" "),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        commandsOf(`!${words.join(" ")}`);
        commandsOf(`!${words.join("")}`);
      }),
    );
  });
});
