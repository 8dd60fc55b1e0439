import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Ran } from "../support/io.ts";
import { pfproofAt, temporarySite } from "../support/scenario-site.ts";

/** A firewall with em0 and em1, a wire in each of two zones; files lie over these. */
const BASE: Readonly<Record<string, string | Uint8Array>> = {
  "site.yaml": siteYaml("a: { at: fw:em0 }", "b: { at: fw:em1 }"),
  "fw/etc/hostname.em0": "inet 192.0.2.1 255.255.255.0\n",
  "fw/etc/hostname.em1": "inet 198.51.100.1 255.255.255.0\n",
  "fw/etc/pf.conf": "block\npass in on em0 proto tcp to port 22\n",
};

/** Bytes of every value, the first ones telling of no format. */
const NOISE = Uint8Array.from({ length: 65_536 }, (_, at) => (at * 7919 + (at >> 3)) & 255);

/** Noise in which no byte is 0, so that it passes for text. */
const LOUD = NOISE.map((byte) => byte || 1);

/** Names that plain objects have members of. */
const MEMBERS = ["__proto__", "constructor", "toString", "hasOwnProperty"];

describe("pfproof check refuses, with the place,", () => {
  it.each<[string, Readonly<Record<string, string | Uint8Array>>, string]>([
    [
      "an interface that no host has",
      { "site.yaml": siteYaml("a: { at: fw:em7 }", "b: { at: fw:em1 }") },
      "site.yaml:3:15",
    ],
    ["a host that is not there", { "site.yaml": siteYaml("a: { at: gw:em0 }") }, "site.yaml:3:12"],
    ["a zone without a place", { "site.yaml": siteYaml("a: {}") }, "site.yaml:3:6"],
    ["a place that is none", { "site.yaml": siteYaml("a: { at: [] }") }, "site.yaml:3:3"],
    ["noise as pf.conf", { "fw/etc/pf.conf": NOISE }, "fw/etc/pf.conf:1:1"],
    ["noise as hostname.em0", { "fw/etc/hostname.em0": NOISE }, "fw/etc/hostname.em0:1:1"],
    ["noise as site.yaml", { "site.yaml": NOISE }, "site.yaml:1:1"],
    ["noise as vm.conf", { "fw/etc/vm.conf": NOISE }, "fw/etc/vm.conf:1:1"],
    ["noise without zeros as site.yaml", { "site.yaml": LOUD }, "site.yaml:"],
    ["an alias bomb", { "site.yaml": aliasBomb() }, "site.yaml:"],
    ["an alias of itself", { "site.yaml": "a: &a [*a]\nzones: *a\n" }, "site.yaml:"],
  ])("%s", async (_, files, place) => {
    const ran = await checked(files);
    expect(ran).toMatchObject({ exit: 2, out: "", asked: [] });
    expect(ran.err).toContain(`┌─ ${place}`);
  });

  it("a directory with nothing in it, and one that is not there", async () => {
    for (const root of [temporarySite(new Map()), "/nowhere/at/all"]) {
      const ran = await pfproofAt(["check", root], root);
      expect(ran).toMatchObject({ exit: 2, out: "", asked: [] });
      expect(ran.err).toContain(":1:1");
    }
  });

  it("a link that leads out of the site, without a word of what it leads to", async () => {
    const outside = temporarySite(new Map([["secret", "pass from 203.0.113.99\n"]]));
    const root = siteOf({ "fw/etc/pf.conf": 'block\ninclude "/etc/more"\n' });
    symlinkSync(join(outside, "secret"), join(root, "fw/etc/more"));
    const ran = await pfproofAt(["check", root], root);
    expect(ran).toMatchObject({ exit: 2, out: "" });
    expect(ran.err).toContain("a link out of the site");
    expect(ran.err).not.toContain("203.0.113.99");
  });
});

describe("pfproof check goes on as rc(8) does, and says with the place that it cannot be green about,", () => {
  it.each<[string, Readonly<Record<string, string | Uint8Array>>, string]>([
    [
      "files that include each other",
      {
        "fw/etc/pf.conf": 'include "/etc/a"\n',
        "fw/etc/a": 'pass\ninclude "/etc/b"\n',
        "fw/etc/b": 'include "/etc/a"\n',
      },
      "fw/etc/b:1:1",
    ],
    [
      "an included file that is missing",
      { "fw/etc/pf.conf": 'block\ninclude "/etc/pf/more.conf"\n' },
      "fw/etc/pf.conf:2:1",
    ],
    ["noise without zeros as pf.conf", { "fw/etc/pf.conf": LOUD }, "fw/etc/pf.conf:"],
    [
      "anchors nested without end",
      { "fw/etc/pf.conf": 'anchor "a" {\n'.repeat(20_000) },
      "fw/etc/pf.conf:",
    ],
    [
      "lists nested without end",
      { "fw/etc/pf.conf": `pass from ${"{ ".repeat(20_000)}` },
      "fw/etc/pf.conf:1:",
    ],
    ["macros that double sixty times", { "fw/etc/pf.conf": doubling(60) }, "fw/etc/pf.conf:"],
    [
      "lists that multiply to two million rules",
      {
        "fw/etc/pf.conf": `pass proto tcp from port ${ports(1000)} to { 10.0.0.1 10.0.0.2 } port ${ports(1000)}\n`,
      },
      "fw/etc/pf.conf:1:",
    ],
  ])("%s", async (_, files, place) => {
    const ran = await checked(files);
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain(`┌─ ${place}`);
    expect(ran.out).toContain("its whole pf");
  });

  it("noise without zeros as vm.conf: no machine is started", async () => {
    const ran = await checked({ "fw/etc/vm.conf": LOUD });
    expect(ran.exit).toBe((await checked({})).exit);
    expect(ran.err).toContain("┌─ fw/etc/vm.conf:");
  });
});

describe("pfproof check answers", () => {
  it("about a host whose hostname file has 100000 lines", async () => {
    const lines = Array.from({ length: 100_000 }, (_, at) =>
      at % 50 === 0
        ? `inet alias 10.0.${at >> 9}.${(at >> 1) & 255} 255.255.255.255\n`
        : `# line ${at}\n`,
    );
    const hostname = `${BASE["fw/etc/hostname.em0"]}${lines.join("")}`;
    expect((await checked({ "fw/etc/hostname.em0": hostname })).exit).not.toBe(2);
  });

  it("undecided, with the line, about a table whose file is missing", async () => {
    const ran = await checked({
      "fw/etc/pf.conf": 'block\ntable <t> file "/etc/t"\npass from <t>\n',
    });
    expect(ran.exit).toBe(3);
    expect(ran.out).toContain("fw/etc/pf.conf:2");
  });

  it("about rules that 60 anchors are around", async () => {
    const depth = 60;
    const text = `block\n${'anchor "a" {\n'.repeat(depth)}pass\n${"}\n".repeat(depth)}`;
    expect((await checked({ "fw/etc/pf.conf": text })).exit).toBe(1);
  });

  it.each(MEMBERS)("about %s as the name of everything, or refuses it", async (name) => {
    const files = new Map([
      ["site.yaml", siteYaml(`${name}: { at: ${name}:em0 }`, `b: { at: ${name}:em1 }`)],
      [`${name}/etc/hostname.em0`, `group ${name}\ninet 192.0.2.1 255.255.255.0\n`],
      [`${name}/etc/hostname.em1`, "inet 198.51.100.1 255.255.255.0\n"],
      [`${name}/etc/vm.conf`, `switch "${name}" {\n\tinterface veb0\n}\nvm "${name}" {\n}\n`],
      [`${name}/etc/pf.conf`, namedRules(name)],
    ]);
    const root = temporarySite(files);
    const ran = sound(await pfproofAt(["check", root, "--attack", "50", "--json"], root));
    if (ran.exit === 2) return;
    const { zones, pairs } = JSON.parse(ran.out) as { zones: string[]; pairs: { from: string }[] };
    expect(zones).toContain(name);
    expect(pairs.map((pair) => pair.from)).toContain(name);
  });

  it.each(MEMBERS)(
    "about macros, interfaces and services called %s that nobody defined",
    async (name) => {
      const unknown = `pass on ${name} proto tcp from <${name}> to $${name} port ${name}\n`;
      const ran = await checked({ "fw/etc/pf.conf": unknown });
      expect(ran.exit).toBe(3);
      expect(ran.err).toContain("┌─ fw/etc/pf.conf:1");
      const words = siteYaml("a: { at: fw:em0 }", "b: { at: fw:em1 }");
      const conduit = `${words}conduits:\n  - { from: a, to: b, services: [${name}] }\n${name}: 1\n`;
      expect((await checked({ "site.yaml": conduit })).exit).toBe(2);
    },
  );
});

/** That no exception got as far as the reader. */
function sound(ran: Ran): Ran {
  expect(`${ran.out}${ran.err}`).not.toMatch(/error in pfproof|gave no answer|^\s+at .*:\d+:\d+/m);
  if (ran.exit === 2) expect(`${ran.err}${ran.out}`).toMatch(/\S+:\d+:\d+|"column": \d+/);
  return ran;
}

async function checked(files: Readonly<Record<string, string | Uint8Array>>): Promise<Ran> {
  const root = siteOf(files);
  return sound(await pfproofAt(["check", root, "--attack", "50"], root));
}

function siteOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = temporarySite(new Map(Object.entries(BASE)));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return root;
}

function siteYaml(...zones: readonly string[]): string {
  return `pfproof: 1\nzones:\n${zones.map((zone) => `  ${zone}\n`).join("")}`;
}

/** Nine times nine times … nine: 10⁹ values of a few hundred bytes. */
function aliasBomb(): string {
  const levels = Array.from({ length: 9 }, (_, at) => {
    const inner = at === 0 ? "fw:em0" : `*l${at - 1}`;
    return `l${at}: &l${at} [${Array.from({ length: 9 }, () => inner).join(", ")}]\n`;
  });
  return `pfproof: 1\n${levels.join("")}zones:\n  a: { at: *l8 }\n`;
}

function doubling(times: number): string {
  return `a = "10.0.0.1"\n${'a = $a " " $a\n'.repeat(times)}pass from { $a }\n`;
}

function ports(count: number): string {
  return `{ ${Array.from({ length: count }, (_, at) => at + 1).join(" ")} }`;
}

/** A pf.conf that calls all it can `name`. */
function namedRules(name: string): string {
  return [
    `${name} = "em0"`,
    `table <${name}> const { 192.0.2.0/24 }`,
    "block",
    // pf keeps anchors with a leading `_` for itself
    `anchor "${name.replace(/^_+/, "")}" on ${name} {`,
    `\tpass in on $${name} from <${name}> tag ${name} label "${name}"`,
    "}",
    `pass out tagged ${name}`,
    "",
  ].join("\n");
}
