import { describe, expect, it } from "vitest";
import { configurationText } from "../../../parser/pf/configuration-text.ts";
import { readPf } from "../../../parser/pf/read.ts";
import { FIREWALL } from "./surroundings.ts";

const FILES: Readonly<Record<string, string>> = {
  uses: "pass tag $x\n",
  outer: "load anchor b from inner\nblock\n",
  inner: "pass in\n",
};

interface Case {
  readonly text: string;
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  readonly accepted?: boolean;
}

function run(text: string): Required<Case> {
  const include = (name: string): string | undefined => FILES[name];
  const reading = readPf({ file: "stdin", text, include, optimize: "none" }, FIREWALL);
  const stdout = [reading.main, ...reading.loaded].flatMap((it) => {
    return [...configurationText(it, { numbers: false })];
  });
  return { text, stdout, stderr: reading.stderr, accepted: reading.accepted };
}

/** What pfctl says of each text: stderr, a rejection unless it is empty, and stdout. */
function says(cases: readonly Case[]): void {
  it.each(cases)("$text", ({ text, stdout = [], stderr = [], accepted = stderr.length === 0 }) => {
    expect(run(text)).toEqual({ text, stdout, stderr, accepted });
  });
}

const NO_COMBINATION = [
  "stdin:1: skipping rule due to errors",
  "stdin:1: rule expands to no valid combination",
];

describe("readPf, lexical structure (2)", () => {
  says([
    {
      // what is left of a macro after an error in it: `$` stays an ordinary character
      text: 'x = "99999999999999999999 y"\nz = a\npass prio $x\n\n\n\npass tag $z\n',
      stdout: ['x = "99999999999999999999 y"', 'z = "a"'],
      stderr: [
        'stdin:3: "99999999999999999999" invalid number: too large',
        "stdin:3: syntax error",
        "stdin:7: syntax error",
      ],
    },
    {
      // so does an include that a macro stands for, until its file ends
      text: "x = 'include \"uses\"'\n$x\npass tag z\n",
      stdout: [`x = "include "uses""`],
      stderr: ["uses:1: syntax error"],
    },
  ]);
});

describe("readPf, errors and recovery (3.7)", () => {
  says([
    // before anything was taken there is nothing to go back to
    { text: ")\n\n\n\nset debug info\n", stderr: ["stdin:1: syntax error"] },
    { text: "{\nset debug info\n", stderr: ["stdin:1: syntax error"] },
    {
      text: "\n)\nset debug info\n",
      stdout: ["set debug info"],
      stderr: ["stdin:2: syntax error"],
    },
    // the same production ends in several places: what fits one of them fits
    {
      text: "pass from port 80 tag x {\n",
      stderr: ["stdin:1: port only applies to tcp/udp", ...NO_COMBINATION, "stdin:1: syntax error"],
    },
    { text: "pass {\n", stderr: ["stdin:1: syntax error"] },
    { text: "load anchor from x quick\n", stderr: ["stdin:1: syntax error"] },
    { text: "load anchor from x user\n", stderr: ["stdin:1: anchor name is missing"] },
    { text: "pass log (to em0\n", stderr: ["stdin:1: em0: should be a pflog interface"] },
    {
      text: "set ruleset-optimization fast tag\n",
      stderr: ["stdin:1: unknown ruleset-optimization fast"],
    },
    {
      text: "pass keep state no state {\n",
      stderr: ["stdin:1: modulate or keep cannot be redefined"],
    },
    // complete without the next token, or only with it
    {
      text: "pass inet proto icmp icmp-type 8 icmp-type 0 code 0 \\\n tag x\n",
      stderr: ["stdin:1: icmp-type cannot be redefined"],
    },
    {
      text: "pass inet proto icmp icmp-type 8 icmp-type 0 \\\n tag x\n",
      stderr: ["stdin:2: icmp-type cannot be redefined"],
    },
    {
      text: "pass out nat-to { <t>\n\n192.0.2.7 }\n",
      stderr: ["stdin:3: only addresses can be listed for redirection pools "],
    },
    {
      text: "queue a on em0 bandwidth 1M, \\\n parent\n",
      stderr: ["stdin:2: syntax error"],
    },
  ]);
});

describe("readPf, blocks, interfaces, protocols (4 - 6)", () => {
  says([
    {
      text: 'block return-icmp("-1")\n',
      stderr: ["stdin:1: invalid icmp code 18446744073709551615"],
    },
    { text: 'block return-icmp(" 013")\n', stdout: ["block return-icmp(net-tos, 3) all"] },
    { text: 'pass ! received-on ""\n', stdout: ["pass all flags S/SA"] },
    // pf has eight bits for a protocol
    { text: "pass proto divert\n", stdout: ["pass proto igmp all"] },
  ]);
});

describe("readPf, addresses (7)", () => {
  says([
    {
      text: "pass from nosuch - nothing\n",
      stderr: ["no IP address found for nosuch", "stdin:1: could not parse host specification"],
    },
    { text: "pass from 192.0.2.9:0\n", stdout: ["pass inet from 192.0.2.9 to any flags S/SA"] },
  ]);
});

describe("readPf, filter options (8)", () => {
  says([
    { text: "pass tos 0X10\n", stderr: ["stdin:1: illegal tos value 0X10"] },
    { text: "pass set prio 1 set prio 9\n", stderr: ["stdin:1: prio must be 0 - 7"] },
    {
      text: "match scrub (min-ttl 0 min-ttl 6)\n",
      stderr: ["stdin:1: min-ttl cannot be respecified"],
    },
    {
      text: "match scrub (max-mss 0 max-mss 6)\n",
      stderr: ["stdin:1: max-mss cannot be respecified"],
    },
    { text: 'pass probability ""\n', stdout: ["pass all flags S/SA probability 0%"] },
    { text: "pass probability 100.00000001%\n", stdout: ["pass all flags S/SA probability 100%"] },
    // the port is read before the rest of the option is looked at
    { text: "pass divert-to nosuch port x\n", stderr: ["stdin:1: unknown port x"] },
    { text: "pass divert-to nosuch port 80:x\n", stderr: ["stdin:1: port is invalid: 80:x"] },
    {
      text: "pass divert-reply divert-packet port 0\n",
      stderr: ["stdin:1: more than one divert option"],
    },
  ]);
});

describe("readPf, ports and pools (9, 10)", () => {
  says([
    {
      text: "pass proto tcp to port != 90:80\n",
      stderr: ["stdin:1: ':' cannot be used with an other port operator"],
    },
    { text: "pass proto tcp to port 90:80 )\n", stderr: ["stdin:1: syntax error"] },
    {
      text: "pass proto tcp to port 90:80 \\\n tag x\n",
      stderr: ["stdin:2: invalid port range"],
    },
    {
      text: "pass out nat-to 192.0.2.7 port 0:5\n",
      stdout: ["pass out inet all flags S/SA nat-to 192.0.2.7 port 0:5"],
    },
    // an end of 0 is as good as `*`
    {
      text: "pass in proto tcp to port 80:90 rdr-to 10.10.0.9 port 8080:0\n",
      stdout: [
        "pass in inet proto tcp from any to any port 80:90 flags S/SA rdr-to 10.10.0.9 port 8080:8090",
      ],
    },
  ]);
});

describe("readPf, options and queues (11, 12)", () => {
  says([
    {
      text: "set syncookies adaptive (start 0.5%)\n",
      stdout: ["set syncookies adaptive (start 25%, end 12%)"],
    },
    {
      text: 'set syncookies adaptive (start "%")\n',
      stderr: ["stdin:1: illegal percentage value"],
    },
    {
      text: "queue a on em0 bandwidth 1M qlimit 0 qlimit 5 default\n",
      stderr: ["stdin:1: qlimit cannot be respecified"],
    },
    {
      text: 'queue a on em0 bandwidth 1M burst 2M for "ms" default\n',
      stdout: ["queue a on em0 bandwidth 1M default"],
    },
    {
      text: "queue a on em0 bandwidth 1M\nqueue a parent a bandwidth 1M default\n",
      stderr: ["pfctl: pfctl_find_childqs: excessive matches, loop?"],
    },
  ]);
});

describe("readPf, anchors (13)", () => {
  says([
    {
      // an error leaves pfctl inside of the body
      text: "anchor a {\n)\n}\nqueue q on em0 bandwidth 1M default\n",
      stdout: ["must not have queue definitions in an anchor"],
      stderr: ["stdin:2: syntax error", "stdin:4: cannot add queue"],
    },
    {
      // a body without its rule is taken for that of the next one
      text: 'anchor a {\npass\n}\nanchor a {\npass\n}\nanchor "b/c"\n',
      stderr: [
        "stdin:6: inline anchor 'a' already exists",
        "stdin:7: anchor paths containing '/' cannot be used for inline anchors.",
      ],
    },
    {
      text: "load anchor a from outer\n",
      stdout: ["block drop all", "pass in all flags S/SA"],
      stderr: ["", "Loading anchor a from outer", "", "Loading anchor a/b from inner"],
      accepted: true,
    },
  ]);
});

describe("readPf, antispoof (14.6)", () => {
  it("ties link-local addresses to their interfaces", () => {
    const { stdout } = run("antispoof for rdomain 1\n");
    expect(stdout).toContain("block drop in on vlan20 inet6 from fe80::20 to any");
  });
});
