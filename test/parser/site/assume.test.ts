import { describe, expect, it } from "vitest";
import { check } from "../../../engine/queries/check.ts";
import { readSite } from "../../../site/read-site.ts";
import { temporarySite } from "../../support/scenario-site.ts";

const CONF = `table <bad> persist
table <more> { 10.9.0.0/24 } persist
block
pass in on em0 from <bad> to 10.2.0.5
block in on em0 proto tcp
pass out on em1 received-on em0 flags any
anchor "relayd/*"
pass in on em1 proto tcp to 10.1.0.5 user root
`;

const FILES = {
  "fw/etc/hostname.em0": "inet 10.1.0.1/24\n",
  "fw/etc/hostname.em1": "inet 10.2.0.1/24\n!/usr/local/sbin/agent\n",
  "fw/etc/sysctl.conf": "net.inet.ip.forwarding=1\n",
  "fw/etc/pf.conf": CONF,
};

const ZONES = "pfproof: 1\nzones:\n  a: { at: fw:em0 }\n  b: { at: fw:em1 }\n  fw: { at: fw }\n";

/** The lines of the site that are open, each with the rules it stands for. */
const SETTLED = `
    line:
      "fw/etc/hostname.em1:2": { effect: none, reason: an agent, by: jd, expires: 2027-01-31 }
    anchor: { "fw:relayd/*": empty }
`;

function read(assume: string): ReturnType<typeof readSite> {
  const text = assume === "" ? ZONES : `${ZONES}assume:\n${assume}`;
  return readSite(temporarySite(new Map(Object.entries({ ...FILES, "site.yaml": text }))));
}

/** The verdict on a → b, and what it rests on. */
function answered(assume: string): { readonly verdict: string; readonly text: readonly string[] } {
  const { network, diagnostics } = read(assume);
  expect(diagnostics.filter((it) => it.span.file === "site.yaml")).toEqual([]);
  if (network === undefined) throw new Error("no network");
  const answer = check(network, { attack: 200, seed: 1, budget: 4_000_000 });
  const pair = answer.pairs.find((it) => it.from === "a" && it.to === "b");
  return { verdict: pair?.verdict ?? "", text: answer.assumed.map((it) => it.text) };
}

describe("assume", () => {
  it("leaves open what it does not name", () => {
    expect(answered("").verdict).toBe("undecided");
    expect(answered(SETTLED).verdict).toBe("undecided");
  });

  it("settles lines that change nothing, anchors that stay empty and tables", () => {
    expect(answered(`${SETTLED}    table: { "fw:<bad>": [] }\n`)).toEqual({
      verdict: "proved",
      text: [
        "fw/etc/hostname.em1:2: `/usr/local/sbin/agent` changes nothing",
        "anchor relayd/* of fw stays empty",
        "table <bad> of fw holds nothing besides its file",
      ],
    });
  });

  it("puts into a table what it is said to hold", () => {
    const open = answered(`${SETTLED}    table: { "fw:<bad>": 10.1.0.7 }\n`);
    expect(open.verdict).toBe("violated");
    const elsewhere = answered(
      `${SETTLED}    table: { "fw:<bad>": ["10.1.0.0/24", "!10.1.0.0/16"] }\n`,
    );
    expect(elsewhere.verdict).toBe("violated");
    expect(answered(`${SETTLED}    table: { "fw:<bad>": any }\n`).verdict).toBe("undecided");
  });

  it("gives an interface the address that it will have learned, and its routes", () => {
    const files = new Map(Object.entries(FILES));
    files.set("fw/etc/hostname.em0", "inet autoconf\n");
    files.set("fw/etc/pf.conf", "block\npass in on em1 to (em0)\npass out on em1\n");
    const siteWith = (assume: string): ReturnType<typeof readSite> =>
      readSite(temporarySite(new Map([...files, ["site.yaml", `${ZONES}${assume}`]])));
    const em0 = ({ network }: ReturnType<typeof readSite>) =>
      network?.hosts[0]?.interfaces.find(({ name }) => name === "em0");
    const open = em0(siteWith(""));
    expect(open).toMatchObject({ automatic: ["inet"], addresses: [] });
    const settled = siteWith('assume: { address: { "fw:em0": 203.0.113.5/24 } }\n');
    const host = settled.network?.hosts[0];
    expect(em0(settled)).toMatchObject({
      automatic: [],
      unread: [],
      addresses: [{ value: 0xcb007105n, length: 24, broadcast: 0xcb0071ffn }],
    });
    const own = host?.routes.filter((it) => it.interface === "em0") ?? [];
    expect(own.map(({ prefix, local }) => `${prefix.length} ${local}`)).toEqual([
      "32 true",
      "24 false",
      "0 false",
    ]);
    expect(settled.network?.assumptions.map(({ text }) => text)).toEqual([
      "em0 of fw has the address 203.0.113.5/24",
    ]);
    const somewhere = siteWith('assume: { address: { "fw:em0": 203.0.113.0/24 } }\n');
    expect(somewhere.network?.pending.map(({ key }) => key)).toEqual(["assume: address fw:em0"]);
    const wrong = siteWith('assume: { address: { "fw:em0": "2001:db8::5/64" } }\n');
    expect(wrong.diagnostics.map(({ code }) => code)).toEqual(["assume-address"]);
  });

  it.each([
    [
      'table: { "fw:<worse>": [] }',
      "no table that is filled at run time is called `fw:<worse>`: nothing is settled",
    ],
    ['table: { "fw:<bad>": 10.0.0.0/33 }', "`10.0.0.0/33` is no address or network"],
    ['table: { "gw:<bad>": [] }', "no host is called `gw`"],
    [
      'anchor: { "fw:relayd": empty }',
      "no anchor that is filled at run time is called `fw:relayd`: nothing is settled",
    ],
    [
      'line: { "fw/etc/pf.conf:6": { effect: none } }',
      "no line that is not understood is called `fw/etc/pf.conf:6`: nothing is settled",
    ],
    ['line: { "fw/etc/pf.conf:5": { effect: pass } }', "`pass` is not an effect that is known"],
    [
      'line: { "fw/etc/pf.conf:8": { effect: none } }',
      "the rule at fw/etc/pf.conf:8 is read, and only one of its tests is open",
    ],
  ])("complains about %s", (entry, message) => {
    const said = read(`  ${entry}\n`).diagnostics.filter((it) => it.span.file === "site.yaml");
    expect(said.map((it) => it.message)).toEqual([message]);
  });
});
