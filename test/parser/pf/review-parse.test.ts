import { describe, expect, it } from "vitest";
import { configurationText } from "../../../parser/pf/configuration-text.ts";
import { readPf } from "../../../parser/pf/read.ts";
import { FIREWALL } from "./surroundings.ts";

const FILES: Readonly<Record<string, string>> = {
  wide: "10.0.0.1/33\n",
  heavy: "10.0.0.1 weight 65536\n",
  odd: "10.0.0.1 weight much\n",
  first: "weight 5 10.0.0.1\n",
  mask: "10.0.0.1/129\n",
};

interface Case {
  readonly text: string;
  readonly stdout?: readonly string[];
  /** Without `stdin:1: ` in front. */
  readonly stderr?: readonly string[];
}

/** What pfctl says of each text: worked by hand from parse.y 1.719 (OpenBSD 7.8). */
function says(cases: readonly Case[]): void {
  it.each(cases)("$text", ({ text, stdout = [], stderr = [] }) => {
    const include = (name: string): string | undefined => FILES[name];
    const reading = readPf({ file: "stdin", text, include, optimize: "none" }, FIREWALL);
    expect(reading.stderr.map((it) => it.replace(/^stdin:1: /, ""))).toEqual(stderr);
    expect([...configurationText(reading.main, { numbers: false })]).toEqual(stdout);
  });
}

const SKIPPED = ["skipping rule due to errors", "rule expands to no valid combination"];

describe("readPf, the order of complaints", () => {
  says([
    // a queue is looked up where its name stands, the rest only when the rule is made
    { text: "pass queue nosuch flags X/Y\n", stderr: ["queue nosuch is not defined"] },
    { text: "pass queue nosuch queue other\n", stderr: ["queue nosuch is not defined"] },
    { text: "match set queue nosuch once\n", stderr: ["queue nosuch is not defined"] },
    { text: 'pass queue ""\n', stderr: ["queue  is not defined"] },
    // anchors are asked for their protocol first, other rules last
    { text: 'anchor "a" proto udp flags S/SA once\n', stderr: ["flags only apply to tcp"] },
    {
      text: "match proto udp flags S/SA once\n",
      stderr: ["'once' only applies to pass/block rules"],
    },
    // ports, then the type, then static-port; the first one ends it
    {
      text: "match in rdr-to (em0) port 90:80 bitmask\n",
      stderr: ["invalid rdr-to port range", ...SKIPPED],
    },
    {
      text: "match out nat-to <t> port 80:90 bitmask static-port\n",
      stderr: ["tables are not supported by pool type", ...SKIPPED],
    },
    // address by address: the first that does not fit
    {
      text: "pass out nat-to { 10.0.0.1 10.0.0.2 ::1 } bitmask\n",
      stderr: ["pool type is not valid for multiple translation or routing addresses", ...SKIPPED],
    },
    {
      text: "pass in route-to { 10.0.0.1 ::1 (em0) } round-robin\n",
      stderr: ["routing spec contains addresses with different address families", ...SKIPPED],
    },
  ]);
});

describe("readPf, pools", () => {
  says([
    // all that were written count for the type, whether or not they were chosen
    {
      text: "pass out nat-to { 10.0.0.1 <t> } bitmask\n",
      stderr: [
        "pool type is not valid for multiple translation or routing addresses",
        "tables are not supported by pool type",
        ...SKIPPED,
      ],
    },
    {
      text: "pass out nat-to { 10.0.0.1 (em0) <t> }\n",
      stderr: [
        "pfctl: failed to add host: Invalid argument",
        "tables are not supported by pool type",
        ...SKIPPED,
      ],
    },
    {
      text: "pass out inet nat-to { ::1 <a> <b> } round-robin\n",
      stderr: [
        "multiple tables or dynamic interfaces not supported for translation or routing",
        ...SKIPPED,
      ],
    },
    {
      text: "pass out nat-to { 10.0.0.1/33 10.0.0.2 }\n",
      stderr: ["pfctl: failed to add host: Invalid argument", ...SKIPPED],
    },
    // the way back of binat-to takes the type over
    {
      text: "pass from 10.0.0.0/24 binat-to 192.0.2.0/24 bitmask\n",
      stdout: [
        "pass out inet from 10.0.0.0/24 to any flags S/SA nat-to 192.0.2.0/24 bitmask static-port",
        "pass in inet from any to 192.0.2.0/24 flags S/SA rdr-to 10.0.0.0/24 bitmask",
      ],
    },
    // a table has no mask: where that would be stands the end of a long name
    {
      text: "pass inet from <short> binat-to 192.0.2.5\n",
      stderr: [
        "invalid use of table <short> as the source address of a binat-to rule",
        "source and redir addresess must have a matching network mask in binat-rule",
        ...SKIPPED,
      ],
    },
    {
      text: "pass inet from <seventeen_letters> binat-to 192.0.2.5\n",
      stderr: [
        "invalid use of table <seventeen_letters> as the source address of a binat-to rule",
        ...SKIPPED,
      ],
    },
    // the last number of a key ends where its digits do
    {
      text: 'match out nat-to 10.0.0.0/24 source-hash "0x0000000000000000000000001234567g"\n',
      stdout: [
        "match out inet all nat-to 10.0.0.0/24 source-hash 0x00000000000000000000000001234567",
      ],
    },
    {
      text: 'match out nat-to 10.0.0.0/24 source-hash "0x0000000g000000000000000012345678"\n',
      stderr: ["invalid hex key"],
    },
  ]);
});

describe("readPf, addresses and interfaces", () => {
  says([
    {
      text: 'pass from "10.0.0.1/33" - 10.0.0.2\n',
      stderr: ["invalid address range"],
    },
    // so does a route label, and its end is taken for a mask that IPv4 cannot have
    {
      text: "pass inet from route abcdefghijklmnopqrstu\n",
      stderr: ["netmask 0 invalid for IPv4 address", ...SKIPPED],
    },
    {
      text: "pass inet from route abcdefghijklmnopqrst\n",
      stdout: ['pass inet from route "abcdefghijklmnopqrst" to any flags S/SA'],
    },
    {
      text: "set skip on rdomain -1\n",
      stdout: ["set skip on {  }"],
      stderr: [
        "rdomain -1 outside range",
        "skip on rdomain <num> is not supported",
        "error setting skip interface(s)",
      ],
    },
    // an anchor rule keeps af-to without its family
    {
      text: 'anchor "a" in af-to inet from 192.0.2.1\n',
      stderr: ["must indicate different address family with af-to", ...SKIPPED],
    },
    {
      text: 'anchor "a" in inet6 af-to inet from 192.0.2.1\n',
      stdout: ['anchor "a" in inet6 all'],
    },
    {
      text: `pass on $${"x".repeat(8094)}\n`,
      stderr: ["string too long", "syntax error"],
    },
  ]);
});

describe("readPf, table files", () => {
  says([
    { text: 'table <t> file "wide"\n', stderr: ['cannot load "wide": Invalid argument'] },
    {
      text: 'table <t> file "heavy"\n',
      stderr: ["failed to convert weight 65536", 'cannot load "heavy": Result too large'],
    },
    {
      text: 'table <t> file "odd"\n',
      stderr: ["failed to convert weight much", 'cannot load "odd": Invalid argument'],
    },
    { text: 'table <t> file "first"\n', stdout: ['table <t> file "first"'] },
    {
      text: 'table <t> file "mask"\n',
      stderr: ["netmask is too large: /129", 'file "mask" contains bad data'],
    },
  ]);
});
