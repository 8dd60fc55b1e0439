import { describe, expect, it } from "vitest";
import { answer } from "../../cli/answer.ts";
import { readHosts } from "../../site/read-site.ts";
import { pfproof } from "../support/io.ts";
import { pfproofAt, temporarySite } from "../support/scenario-site.ts";

/** Two firewalls that share no wire; pfctl refuses the pf.conf of the first. */
const FILES = {
  "fw/etc/hostname.em0": "inet 192.0.2.1/24\n",
  "fw/etc/hostname.em1": "inet 10.1.0.1/24\n",
  "fw/etc/sysctl.conf": "net.inet.ip.forwarding=1\n",
  "fw/etc/pf.conf": "set skip on lo\nblock\npass in on em1 form em1:network\n",
  "gw/etc/hostname.em0": "inet 198.51.100.1/24\n",
  "gw/etc/hostname.em1": "inet 10.2.0.1/24\n",
  "gw/etc/sysctl.conf": "net.inet.ip.forwarding=1\n",
  "gw/etc/pf.conf": "block\n",
};

const SITE = `pfproof: 1
zones:
  out: { at: fw:em0 }
  in: { at: fw:em1 }
  fw: { at: fw }
  out2: { at: gw:em0 }
  in2: { at: gw:em1 }
  gw: { at: gw }
`;

function siteWith(files: Readonly<Record<string, string>>): string {
  return temporarySite(new Map(Object.entries({ ...FILES, ...files })));
}

/** `verdict from → to`, of pairs within a firewall. */
function verdictsOf(json: string): readonly string[] {
  const pairs: readonly { from: string; to: string; verdict: string }[] = JSON.parse(json).pairs;
  return pairs
    .filter(({ from, to }) => (from === "gw" || from.endsWith("2")) === /2$|^gw$/.test(to))
    .map(({ from, to, verdict }) => `${verdict} ${from} → ${to}`);
}

describe("a site with a pf.conf that pfctl refuses", () => {
  it("gets a site.yaml all the same", async () => {
    const root = siteWith({});
    const { exit, out, err } = await pfproof(["init", "-n", root], {
      site: readHosts(root),
      answer: (question) => answer(question, { progress: () => {}, poll: () => {} }),
    });
    expect(exit).toBe(0);
    await expect(`${out}---\n${err}`).toMatchFileSnapshot("golden/init/refused.txt");
  });

  it("is undecided where that pf decides, and proved where it does not", async () => {
    const root = siteWith({ "site.yaml": SITE });
    const { exit, out } = await pfproofAt(["check", "--json", "--attack", "50"], root);
    expect(exit).toBe(3);
    expect(verdictsOf(out)).toEqual([
      "undecided out → in",
      "undecided out → fw",
      "undecided in → out",
      "undecided in → fw",
      "undecided fw → out",
      "undecided fw → in",
      "proved out2 → in2",
      "proved out2 → gw",
      "proved in2 → out2",
      "proved in2 → gw",
      "proved gw → out2",
      "proved gw → in2",
    ]);
    const told = await pfproofAt(["check", "--attack", "50"], root);
    await expect(`${told.out}---\n${told.err}`).toMatchFileSnapshot(
      "golden/init/refused-check.txt",
    );
  });

  it("is proved by no rule of the boot ruleset, whatever site.yaml assumes", async () => {
    for (const id of ["fw/etc/pf.conf", "fw/etc/pf.conf:3"]) {
      const assume = `assume: { line: { "${id}": { effect: none } } }\n`;
      const root = siteWith({ "site.yaml": `${SITE}${assume}` });
      const { exit, out } = await pfproofAt(["check", "--json", "--attack", "0"], root);
      expect(exit).not.toBe(0);
      const own = verdictsOf(out).slice(0, 6);
      expect(own.filter((it) => it.startsWith("proved"))).toEqual([]);
    }
  });

  it("is told of in reach, too", async () => {
    const root = siteWith({ "site.yaml": SITE });
    const { exit, out, err } = await pfproofAt(["reach", root, "out", "in"], root);
    expect(exit).toBe(3);
    expect(err).toContain("pfctl refuses pf.conf");
    expect(out).toContain("boot ruleset of rc(8)");
  });

  it("neither keeps nor breaks a required flow", async () => {
    const conduits = "conduits:\n  - { from: in, to: out, services: [tcp/22], required: [inet] }\n";
    const root = siteWith({ "site.yaml": `${SITE}${conduits}` });
    const { exit, out } = await pfproofAt(["check", "--json", "--attack", "0"], root);
    expect(exit).toBe(3);
    expect(JSON.parse(out).required).toMatchObject([{ verdict: "undecided" }]);
  });

  it("leaves open what becomes of a packet in trace", async () => {
    const root = siteWith({ "site.yaml": SITE });
    const packet = "udp 10.1.0.5:4000 > 192.0.2.7:53";
    const { exit, out } = await pfproofAt(["trace", root, "fw:em1", packet], root);
    expect(exit).toBe(3);
    expect(out).toContain("unknown since the files do not say what decides");
  });

  it("is refused if it is all that is asked about", async () => {
    const root = `${temporarySite(new Map([["pf.conf", "pass in form any\n"]]))}/pf.conf`;
    const { exit, err } = await pfproofAt(["check", root], root);
    expect(exit).toBe(2);
    expect(err).toContain("syntax error");
  });
});
