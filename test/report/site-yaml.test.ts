import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FoundInterface, InitAnswer } from "../../model/init-answer.ts";
import { readYaml } from "../../parser/site/document.ts";
import { checkSite } from "../../parser/site/schema.ts";
import { initJson, initLines } from "../../report/init.ts";
import { linesOf, paintFor } from "../../report/paint.ts";
import { siteYaml } from "../../report/site-yaml.ts";
import { spanAt } from "../support/answers.ts";

const LAN: FoundInterface = {
  host: "fw1",
  interfaces: ["em1", "tap0"],
  switch: "veb0",
  addresses: ["10.1.0.1/24", "2001:db8:1::1/64"],
  rdomain: 0,
  notes: ["guest web"],
  remark: "lan: the office; ask Ann before you touch it",
};

const ANSWER: InitAnswer = {
  services: [{ name: "errors", services: ["icmp/unreach", "icmp6/toobig"], remark: "ICMP errors" }],
  zones: [
    {
      name: "internet",
      kind: "internet",
      at: ["fw1:egress", "fw2:egress"],
      behind: [
        {
          host: "fw1",
          interfaces: ["em0"],
          addresses: [],
          rdomain: 0,
          notes: ["inet from the network", "default route"],
          remark: "uplink",
        },
        { host: "fw2", interfaces: ["em0"], addresses: ["192.0.2.1/24"], rdomain: 0, notes: [] },
      ],
    },
    { name: "lan", kind: "switch", at: ["fw1:em1", "fw1:tap0"], behind: [LAN] },
    {
      name: "rdomain2",
      kind: "rdomain",
      at: ["fw1:rdomain/2"],
      behind: [{ ...LAN, interfaces: ["em2"], rdomain: 2, notes: [], addresses: [] }],
    },
    { name: "fw1", kind: "host", at: ["fw1"], behind: [] },
    { name: "host-2", kind: "host", at: ["2"], behind: [] },
  ],
  conduits: [
    {
      from: ["lan", "rdomain2"],
      to: ["internet"],
      services: { names: ["any"], note: "wider than today: all but tcp/25" },
    },
    { from: ["internet"], to: ["fw1"], services: { names: ["tcp/22", "errors"] } },
    {
      from: ["lan"],
      to: ["fw1", "host-2"],
      services: { names: Array.from({ length: 12 }, (_, at) => `tcp/${at + 1000}`) },
    },
  ],
  doubts: [{ name: "lan", ends: ["fw1:em1", "2:em1"], reason: "10.1.0.0/24 is on both" }],
  unread: [
    {
      id: "a",
      span: spanAt(5, 1, 3),
      scope: { kind: "address", host: "fw1", interface: "em0" },
      words: "em0 inet autoconf",
      effect: "its address is not in the files",
      settle: 'assume: { address: { "fw1:em0": ADDRESS/LENGTH } }',
    },
    {
      id: "b",
      span: spanAt(6, 1, 3),
      scope: { kind: "host", host: "fw1" },
      words: "!sh /etc/x",
      effect: "runs a command that may change anything",
      settle: 'if it changes nothing: assume: { line: { "fw1/etc/x:6": { effect: none, by: … } } }',
    },
    {
      id: "c",
      span: spanAt(6, 1, 3),
      scope: { kind: "host", host: "fw1" },
      words: "!sh /etc/x",
      effect: "the same entry once more",
      settle: 'if it changes nothing: assume: { line: { "fw1/etc/x:6": { effect: none, by: … } } }',
    },
    {
      id: "d",
      span: spanAt(7, 1, 3),
      scope: { kind: "host", host: "fw1" },
      words: "rdomain 3",
      effect: "is not what the guest has",
      settle: "write `rdomain 3` into the interface block of vm web",
    },
  ],
  pairs: { done: 20, total: 20 },
};

const STOPPED: InitAnswer = { ...ANSWER, pairs: { done: 3, total: 20 }, stopped: "budget" };

const EMPTY: InitAnswer = {
  services: [],
  zones: [],
  conduits: [],
  doubts: [],
  unread: [],
  pairs: { done: 0, total: 0 },
};

const HOSTS = ["fw1", "fw2"];

function read(text: string): unknown {
  const { value, diagnostics } = readYaml("site.yaml", text);
  expect(diagnostics, text).toEqual([]);
  const checked = checkSite(value);
  expect("issues" in checked ? checked.issues : [], text).toEqual([]);
  return value;
}

/** What the text must say to a reader of YAML. */
function meaning({ services, zones, conduits }: InitAnswer): unknown {
  const some = (items: readonly string[]): unknown => (items.length === 1 ? items[0] : [...items]);
  return {
    pfproof: 1,
    ...(services.length === 0
      ? {}
      : { services: Object.fromEntries(services.map((it) => [it.name, [...it.services]])) }),
    ...(zones.length === 0
      ? {}
      : { zones: Object.fromEntries(zones.map((it) => [it.name, { at: some(it.at) }])) }),
    ...(conduits.length === 0
      ? {}
      : {
          conduits: conduits.map((it) => {
            return { from: some(it.from), to: some(it.to), services: some(it.services.names) };
          }),
        }),
  };
}

describe("the site.yaml of init", () => {
  const paint = paintFor(0);
  const written = { file: "site/site.yaml", site: "site", paint };

  it.each<[string, string]>([
    ["site.yaml", siteYaml(ANSWER, HOSTS)],
    ["stopped.yaml", siteYaml(STOPPED, HOSTS)],
    [
      "nothing.yaml",
      siteYaml({ ...EMPTY, zones: ANSWER.zones.slice(3, 4), pairs: { done: 2, total: 2 } }, [
        "fw1",
      ]),
    ],
    ["said.txt", linesOf([...initLines(ANSWER, written), ...initLines(STOPPED, written)])],
    [
      "init.json.txt",
      initJson(EMPTY, { file: "site.yaml", written: true, text: "pfproof: 1\n" }, []),
    ],
  ])("is %s", async (file, text) => {
    await expect(text).toMatchFileSnapshot(`golden/init/${file}`);
  });

  it.each([ANSWER, STOPPED, EMPTY])("reads back as what was found", (answer) => {
    expect(read(siteYaml(answer, HOSTS))).toEqual(meaning(answer));
  });

  it.each([
    ["wires:", { wires: { lan: ["fw1:em1", "2:em1"] } }],
    ["apart:", { apart: [["fw1:em1", "2:em1"]] }],
    [
      "assume:",
      {
        assume: {
          address: { "fw1:em0": "ADDRESS/LENGTH" },
          line: { "fw1/etc/x:6": { effect: "none", by: "…" } },
        },
      },
    ],
  ])("has %s ready to be uncommented", (key, block) => {
    const lines = siteYaml(ANSWER, HOSTS).split("\n");
    const start = lines.indexOf(`# ${key}`);
    const end = lines.findIndex((line, at) => at > start && !line.startsWith("#   "));
    const open = lines.map((line, at) => (at >= start && at < end ? line.slice(2) : line));
    expect(start).toBeGreaterThan(0);
    const value: unknown = readYaml("site.yaml", open.join("\n")).value;
    expect(value).toEqual({ ...(meaning(ANSWER) as object), ...block });
  });

  it("keeps foreign text out of the YAML and off the terminal", () => {
    const name = fc.oneof(
      fc.string({ unit: "binary", minLength: 1 }),
      fc.string({ minLength: 1 }),
      fc.constantFrom(
        "true",
        "No",
        "~",
        "1",
        "1e3",
        "0x1",
        "- a",
        "a: b",
        "a #b",
        "'",
        '"',
        "}",
        "*a",
      ),
    );
    const text = fc.oneof(
      name,
      fc.constantFrom("a\nzones: {}", "\u2028x: y", "\x1b[2J", "\x85b: c"),
    );
    const names = fc.uniqueArray(
      name.filter((it) => it !== "__proto__" && !/^\d+$/.test(it) && it.isWellFormed()),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(names, text, (all, remark) => {
        const answer: InitAnswer = {
          ...EMPTY,
          zones: all.map((it) => ({
            name: it,
            kind: "wire",
            at: all,
            behind: [{ ...LAN, interfaces: [remark], notes: [remark], remark }],
          })),
          conduits: [{ from: all, to: all, services: { names: all, note: remark } }],
          doubts: [{ name: remark, ends: [remark, remark], reason: remark }],
          unread: [
            { ...ANSWER.unread[0]!, words: remark, effect: remark },
            { ...ANSWER.unread[0]!, words: remark, effect: remark, settle: remark },
          ],
        };
        const yaml = siteYaml(answer, HOSTS);
        expect(yaml).not.toMatch(/[^\n\P{Cc}]|[\u2028\u2029\u202e]/u);
        expect(readYaml("site.yaml", yaml)).toMatchObject({
          value: meaning(answer),
          diagnostics: [],
        });
      }),
    );
  });
});
