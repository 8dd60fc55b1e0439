import { describe, expect, it } from "vitest";
import { hostFrom } from "../../support/site-files.ts";

/** Milliseconds that no file of a megabyte may take; the slowest one takes a fifth of it. */
const MOST = 10_000;

const LINES = 20_000;

/** Files that make a careless reader slow: each about a megabyte at most. */
const FILES: readonly (readonly [string, string, string])[] = [
  ["backslashes", "hostname.em0", `!${"\\".repeat(500_000)}`],
  ["quotes", "hostname.em0", `!${'"'.repeat(500_001)}`],
  ["commands on one line", "hostname.em0", `!${"$if;".repeat(100_000)}`],
  ["operators", "hostname.em0", `!${"&&2>1".repeat(100_000)}`],
  ["nested if", "hostname.em0", `!${"if a; then ".repeat(50_000)}${"; fi".repeat(50_000)}`],
  ["comments in slots", "hostname.em0", "inet 10.0.0.1 255.0.0.0 # x\n".repeat(LINES)],
  ["peers", "hostname.wg0", many((at) => `wgpeer k${at} wgaip 10.${at >> 8}.${at & 255}.0/24`)],
  ["settings that contradict", "sysctl.conf", "kern.x=1\nkern.x=2\nfrob.x=2\n".repeat(LINES)],
  ["keys of no meaning", "rc.conf.local", "a =\nb=c\n".repeat(LINES)],
  ["open blocks", "relayd.conf", "redirect a { listen on $x port 80 ".repeat(LINES)],
  ["long macros", "relayd.conf", `x = "${"a ".repeat(50_000)}"\n${"$x ".repeat(LINES)}`],
  ["empty macros", "relayd.conf", `x = ""\n${"$x ".repeat(200_000)}`],
  ["long macros", "vm.conf", `m = "${"a".repeat(500_000)}"\n${"$m$m$m$m ".repeat(LINES)}`],
];

function many(line: (at: number) => string): string {
  return Array.from({ length: LINES }, (_, at) => line(at)).join("\n");
}

describe("readHost", () => {
  it.each(FILES)("reads a megabyte of %s in %s", { timeout: MOST }, (_, name, text) => {
    expect(hostFrom({ [name]: text }).host.files).toHaveLength(2);
  });
});
