import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linesOf } from "../../cli/read-lines.ts";
import { pfproof, type Ran } from "../support/io.ts";
import { FIREWALL, INTERFACES, pfFileOf } from "../support/trace-pf.ts";

const CSV = `# a morning
time,direction,interface,protocol,source,source-port,destination,destination-port,flags,type
0,in,em1,tcp,10.0.0.5,40000,198.51.100.9,443,S
0.4,forward,em0,tcp,10.0.0.5,40000,198.51.100.9,443

1,in,em1,tcp,10.0.0.5,40000,198.51.100.9,443,PA
2,in,em0,udp,203.0.113.66,53,192.0.2.1,53
3,in,em0,icmp,192.0.2.9,,192.0.2.1,,,8
200000,in,em1,tcp,10.0.0.5,40000,198.51.100.9,443,PA
200000,in,lo0,udp,127.0.0.1,1,127.0.0.1,"53"
200000,in,em1,udp,2001:db8:1::5,5000,2001:db8:1::1,domain
`;

const JSON_LINES = `{"direction":"in","interface":"em1","protocol":"udp","source":"10.0.0.5","source-port":5000,"destination":"10.0.0.1","destination-port":53}
{"direction":"in","interface":"em1","protocol":6,"source":"10.0.0.5","source-port":5000,"destination":"10.0.0.1","destination-port":"ssh","flags":null}
`;

function batch(text: string, ...argv: readonly string[]): Promise<Ran> {
  return onRules(FIREWALL, text, ...argv);
}

function onRules(rules: string, text: string, ...argv: readonly string[]): Promise<Ran> {
  return pfproof(["trace", "pf.conf", "--interfaces", "ifaces", "--batch", "packets", ...argv], {
    pf: { "pf.conf": pfFileOf(rules) },
    files: { ifaces: INTERFACES, packets: text },
  });
}

describe("pfproof trace --batch", () => {
  it("gives a verdict a packet; states, tables and the clock are kept", async () => {
    const ran = await batch(CSV);
    expect(ran).toMatchObject({ exit: 0, err: "" });
    await expect(ran.out).toMatchFileSnapshot("golden/trace-batch/morning.txt");
  });

  it("reads and writes objects of JSON", async () => {
    const ran = await batch(JSON_LINES, "--json");
    expect(ran).toMatchObject({ exit: 0, err: "" });
    await expect(ran.out).toMatchFileSnapshot("golden/trace-batch/objects.jsonl");
  });

  it("does what trace does with the same packets", async () => {
    const lines = [
      "in on em1 tcp 10.0.0.5:40000 > 198.51.100.9:443",
      "in on em0 udp 1.1.1.1:1 > 192.0.2.1:80",
    ];
    const single = await pfproof(
      ["trace", "pf.conf", "--interfaces", "ifaces", "--json", ...lines],
      {
        pf: { "pf.conf": pfFileOf(FIREWALL) },
        files: { ifaces: INTERFACES },
      },
    );
    const head = "direction,interface,protocol,source,source-port,destination,destination-port\n";
    const rows = "in,em1,tcp,10.0.0.5,40000,198.51.100.9,443\nin,em0,udp,1.1.1.1,1,192.0.2.1,80\n";
    const many = await batch(head + rows, "--json");
    const steps = JSON.parse(single.out).steps as {
      verdict: string;
      rule: object;
      state: string;
    }[];
    const told = steps.map((it) => (it as unknown as { test: typeof it }).test ?? it);
    const found = many.out
      .trim()
      .split("\n")
      .map((it) => JSON.parse(it));
    expect(found).toMatchObject(told.map(({ verdict, state }) => ({ verdict, state })));
  });

  it.each<[says: string, line: string]>([
    ["packets:2:21: `99999` is no port", "in,em1,tcp,10.0.0.5,99999,10.0.0.1,53"],
    ["packets:2:4: there is no interface `em9`", "in,em9,tcp,10.0.0.5,1,10.0.0.1,53"],
    ["packets:2:1: the direction is `in`, `out` or `forward`", "up,em1,tcp,10.0.0.5,1,10.0.0.1,53"],
    ["packets:2:8: `tcq` is no protocol", "in,em1,tcq,10.0.0.5,1,10.0.0.1,53"],
    ["packets:2:12: `10.0.0` is no address", "in,em1,tcp,10.0.0,1,10.0.0.1,53"],
    [
      "packets:2:23: source and destination are of different families",
      "in,em1,tcp,10.0.0.5,1,2001:db8::1,53",
    ],
    ["packets:2:35: there is no column for this field", "in,em1,tcp,10.0.0.5,1,10.0.0.1,53,S"],
    ["packets:2:8: `destination-port` is missing", "in,em1,tcp,10.0.0.5,1,10.0.0.1"],
    ["packets:2:22: only tcp and udp have ports", "in,em1,icmp,10.0.0.5,1,10.0.0.1"],
    ["packets:2:1: `source` is missing", "in,em1,tcp,,1,10.0.0.1,53"],
    ["packets:2:4: a quotation mark has no other", 'in,"em1,tcp,10.0.0.5,1,10.0.0.1,53'],
    ["packets:2:1: this is no object of JSON", '{"direction":'],
    ["packets:2:2: `dir` is none of time, direction,", '{"dir":"in"}'],
    ["packets:2:2: `direction` is a text or a number", '{"direction":[]}'],
  ])("says %s, and goes on", async (says, line) => {
    const head = "direction,interface,protocol,source,source-port,destination,destination-port\n";
    const good = "in,em1,udp,10.0.0.5,1,10.0.0.1,53\n";
    const ran = await batch(`${head}${line}\n${good}`);
    expect(ran.err).toContain(says);
    expect(ran).toMatchObject({ exit: 2, out: "error - none\npass @5 made\n" });
  });

  it("refuses time that goes back", async () => {
    const head = "time,direction,interface,protocol,source,destination\n";
    const ran = await batch(
      `${head}5,in,em1,icmp,10.0.0.5,10.0.0.1\n4,in,em1,icmp,10.0.0.5,10.0.0.1\n`,
    );
    expect(ran).toMatchObject({
      exit: 2,
      err: "packets:3:1: the time goes back, or too far ahead\n",
    });
  });

  it("leaves open what nothing given answers", async () => {
    const head = "direction,interface,protocol,source,destination\n";
    const rules = "pass\nblock in quick from no-route\n";
    const ran = await onRules(
      rules,
      `${head}in,em0,icmp,1.1.1.1,192.0.2.1\nin,em1,icmp,10.0.0.5,10.0.0.1\n`,
    );
    expect(ran).toMatchObject({ exit: 3, out: "open @1 none\npass @0 made\n" });
  });

  it("goes without other packets", async () => {
    const ran = await batch("", "in on em0 icmp 1.1.1.1 > 2.2.2.2");
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain("--batch goes without PACKET, --script and --explain");
  });
});

describe("lines of a file", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pfproof-lines-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("are whole wherever the portions end", async () => {
    const path = join(folder, "many");
    const lines = Array.from({ length: 40_000 }, (_, at) => `zeile ä ${at} ${"x".repeat(at % 50)}`);
    writeFileSync(path, lines.join("\n"));
    const found: string[] = [];
    let portions = 0;
    for await (const portion of linesOf(path, nothing()) ?? []) {
      found.push(...portion);
      portions++;
    }
    expect(found).toEqual(lines);
    expect(portions).toBeGreaterThan(3);
  });

  it("end in one way or the other, and characters may be cut", async () => {
    const bytes = new TextEncoder().encode("ein ä\r\nzwei\n\ndrei");
    const found: string[] = [];
    for await (const portion of linesOf("-", bytewise(bytes)) ?? []) found.push(...portion);
    expect(found).toEqual(["ein ä", "zwei", "", "drei"]);
  });

  it("are none if there is no file", () => {
    expect(linesOf(join(folder, "none"), nothing())).toBeUndefined();
  });
});

async function* bytewise(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const byte of bytes) yield Uint8Array.of(byte);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
