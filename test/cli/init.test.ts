import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { siteFileIn, writeSiteFile } from "../../cli/site-file.ts";
import type { InitAnswer } from "../../model/init-answer.ts";
import { interfaceRemark } from "../../parser/hostname/remarks.ts";
import { readHosts } from "../../site/read-site.ts";
import { pfproof } from "../support/io.ts";
import { NOWHERE } from "../support/network.ts";

const FOUND: InitAnswer = {
  services: [],
  zones: [{ name: "fw1", kind: "host", at: ["fw1"], behind: [] }],
  conduits: [],
  doubts: [],
  unread: [],
  pairs: { done: 0, total: 0 },
};

const answer = (): InitAnswer => FOUND;

describe("pfproof init", () => {
  it("explains itself", async () => {
    const { exit, out, err } = await pfproof(["init", "--help"]);
    expect([exit, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot("golden/help/init.txt");
  });

  it("writes DIR/site.yaml, and nothing else", async () => {
    const ran = await pfproof(["init", "site"], { answer });
    expect([ran.exit, ran.err, [...ran.written.keys()]]).toEqual([0, "", ["site/site.yaml"]]);
    expect(ran.written.get("site/site.yaml")).toContain("\n  fw1: { at: fw1 }\n");
    expect(ran.out).toBe(
      "site/site.yaml: 1 zone, 0 conduits to confirm\nread it, then: pfproof check site\n",
    );
  });

  it("prints with -n what it would write, whatever is there", async () => {
    const written = await pfproof(["init", "."], { answer });
    const printed = await pfproof(["init", "-n"], { answer, siteFile: "site.yaml" });
    expect([printed.exit, printed.written.size]).toEqual([0, 0]);
    expect(printed.out).toBe(written.written.get("./site.yaml"));
  });

  it.each(["site.yaml", "site.yml"])("keeps a %s that is there", async (siteFile) => {
    const ran = await pfproof(["init", "site"], { answer, siteFile });
    expect([ran.exit, ran.out, ran.asked, ran.written.size]).toEqual([2, "", [], 0]);
    expect(ran.err).toContain(`site/${siteFile} is not written: it exists`);
    expect(ran.err).toContain("--force");
  });

  it("writes in its place with --force", async () => {
    const ran = await pfproof(["init", "--force", "site"], { answer, siteFile: "site.yml" });
    expect([ran.exit, [...ran.written.keys()]]).toEqual([0, ["site/site.yml"]]);
  });

  it("says why a file could not be written", async () => {
    const ran = await pfproof(["init", "a\x1b"], { answer, siteRefused: "it cannot be written" });
    expect([ran.exit, ran.out]).toEqual([2, ""]);
    expect(ran.err).toContain("a\\u{1b}/site.yaml is not written: it cannot be written");
  });

  it("says by exit code 3 that flows are missing", async () => {
    const stopped = { ...FOUND, stopped: "budget", pairs: { done: 1, total: 6 } } as const;
    const ran = await pfproof(["init"], { answer: () => stopped });
    expect(ran.exit).toBe(3);
    expect(ran.out).toContain("not complete: 1 of 6 ordered pairs");
    expect(ran.written.get("./site.yaml")).toContain("NOT COMPLETE");
  });

  it("writes nothing about files with errors", async () => {
    const error = { code: "x", severity: "error", message: "no", span: NOWHERE } as const;
    const ran = await pfproof(["init"], { answer, site: { diagnostics: [error] } });
    expect([ran.exit, ran.asked, ran.written.size]).toEqual([2, [], 0]);
  });

  it("answers as JSON", async () => {
    const { exit, out, written } = await pfproof(["init", "--json"], { answer });
    expect([exit, JSON.parse(out)]).toMatchObject([
      0,
      {
        command: "init",
        file: "./site.yaml",
        written: true,
        stopped: null,
        zones: [{ name: "fw1", kind: "host", at: ["fw1"] }],
        text: written.get("./site.yaml"),
      },
    ]);
  });

  it("asks within the budget, and tells the engine what the files say to people", async () => {
    const { asked } = await pfproof(["init", "--budget", "7"], { answer });
    expect(asked).toMatchObject([{ kind: "init", budget: 7, remarks: [] }]);
  });

  it.each<[string, readonly string[]]>([
    ["two directories", ["a", "b"]],
    ["to print and to write", ["-n", "--force"]],
    ["a budget of nothing", ["--budget", "0"]],
  ])("refuses %s", async (_, argv) => {
    const { exit, out, written } = await pfproof(["init", ...argv], { answer });
    expect([exit, out, written.size]).toEqual([2, "", 0]);
  });
});

describe("a remark of hostname.if", () => {
  it.each<[string, ReturnType<typeof interfaceRemark>]>([
    ["# lan: the office\ninet 10.0.0.1/24\n", { text: "lan: the office", label: "lan" }],
    ["#\n## Guest WiFi ##\n", { text: "Guest WiFi ##" }],
    ["# management\nup", { text: "management", label: "management" }],
    [
      "# the wire to the other site, do not touch\n",
      { text: "the wire to the other site, do not touch" },
    ],
    ['up\n# later\ndescription "DMZ servers"\n', { text: "DMZ servers", label: "DMZ servers" }],
    ["inet 10.0.0.1/24 descr dmz # x\n", { text: "dmz", label: "dmz" }],
    ["up\n# not at the start\n", undefined],
    ["# $OpenBSD: hostname.em0,v 1.1 $\n", undefined],
    ["# inet 10.0.0.1 255.255.255.0\n", undefined],
    ["!echo description x\n", undefined],
    ["", undefined],
  ])("%j is %j", (text, remark) => {
    expect(interfaceRemark("hostname.em0", text)).toEqual(remark);
  });
});

describe("the file", () => {
  let root = "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pfproof-"));
    mkdirSync(join(root, "site"));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const at = (path: string): string => join(root, path);
  const write = (text: string, force = false): string =>
    writeSiteFile(at("site"), text, { force }).kind;

  it("is written in whole, and nothing stays beside it", () => {
    expect(siteFileIn(at("site"))).toBeUndefined();
    expect(write("é\n")).toBe("written");
    expect(readFileSync(at("site/site.yaml"), "utf8")).toBe("é\n");
    expect(readdirSync(at("site"))).toEqual(["site.yaml"]);
    expect(siteFileIn(at("site"))).toBe("site.yaml");
  });

  it("is never written over another, unless by force", () => {
    writeFileSync(at("site/site.yml"), "old\n");
    expect(write("new\n")).toBe("refused");
    expect(readFileSync(at("site/site.yml"), "utf8")).toBe("old\n");
    expect(write("é\n", true)).toBe("written");
    expect(readFileSync(at("site/site.yml"), "utf8")).toBe("é\n");
    expect(readdirSync(at("site"))).toEqual(["site.yml"]);
  });

  it.each([true, false])("is never written through a link, force: %s", (force) => {
    writeFileSync(at("outside"), "mine\n");
    symlinkSync("../outside", at("site/site.yaml"));
    expect(write("new\n", force)).toBe("refused");
    expect(readFileSync(at("outside"), "utf8")).toBe("mine\n");
    expect(lstatSync(at("site/site.yaml")).isSymbolicLink()).toBe(true);
    expect(readdirSync(root)).toEqual(["outside", "site"]);
  });

  it("is not made through a link that leads nowhere", () => {
    symlinkSync("../outside", at("site/site.yaml"));
    expect(write("new\n")).toBe("refused");
    expect(readdirSync(root)).toEqual(["site"]);
  });

  it("needs a directory", () => {
    expect(writeSiteFile(at("none"), "", { force: false }).kind).toBe("refused");
    writeFileSync(at("plain"), "");
    expect(writeSiteFile(at("plain"), "", { force: true }).kind).toBe("refused");
  });

  describe("is about hosts that are found beside it", () => {
    const file = (path: string, text = ""): void => {
      mkdirSync(join(at("site"), path, ".."), { recursive: true });
      writeFileSync(join(at("site"), path), text);
    };
    const read = (): readonly string[] => {
      const { network, diagnostics } = readHosts(at("site"));
      const said = diagnostics.map(({ severity, message }) => `${severity} ${message}`);
      return [...(network?.hosts.map((it) => it.name) ?? []), ...said];
    };

    it("whatever a site.yaml says", () => {
      file("fw/etc/pf.conf");
      file("site.yaml", "not: [yaml");
      expect(read()).toEqual(["fw"]);
    });

    it("and names the deeper ones", () => {
      file("a/fw1/etc/pf.conf");
      file("variants/x/fw/etc/pf.conf");
      const deep = "hosts lie too deep to be found beside a site.yaml: `a/fw1`";
      expect(read()).toEqual([`error ${deep}`]);
      file("fw2/etc/pf.conf");
      expect(read()).toEqual(["fw2", `warning ${deep}`]);
    });

    it("and nothing else", () => {
      expect(read()).toEqual(["error no directory here has a pf.conf or a hostname.IF"]);
      expect(readHosts(at("none")).network).toBeUndefined();
      file("pf.conf");
      expect(readHosts(at("site/pf.conf")).network).toBeUndefined();
    });
  });
});
