import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readSite } from "../../site/read-site.ts";
import { siteTree } from "../../site/site-tree.ts";
import { underlined } from "../support/site-files.ts";

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

/** A directory with these files. */
function siteOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), "pfproof-"));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function hostsOf(root: string): readonly string[] {
  return readSite(root).network?.hosts.map((host) => host.name) ?? [];
}

describe("a line that the system refuses", () => {
  it("is told of and left out: the site is what the others make of it", () => {
    const root = siteOf({
      "fw/etc/hostname.em0": "rtsol\ninet 10.0.0.1 255.255.255.0\n",
      "fw/etc/hostname.em1": "inet 10.1.0.1 255.255.255.0 vhid 7\n",
      "fw/etc/mygate": "the-router\n",
      "fw/etc/pf.conf": "block\n",
    });
    const { network, diagnostics } = readSite(root);
    const refused = ["hostname-gone", "hostname-slot", "mygate-address"];
    const told = diagnostics.filter(({ code }) => refused.includes(code));
    expect(told.map(({ code }) => code).toSorted()).toEqual(refused);
    expect(new Set(diagnostics.map(({ severity }) => severity))).toEqual(new Set(["warning"]));
    const addresses = network?.hosts[0]?.interfaces.map((it) => [it.name, it.addresses.length]);
    expect(addresses).toEqual(
      expect.arrayContaining([
        ["em0", 1],
        ["em1", 0],
      ]),
    );
  });
});

describe("readSite finds hosts", () => {
  it("in etc, in src/etc, flat, and below hosts/, in byte order", () => {
    const root = siteOf({
      "site.yaml": "pfproof: 1",
      "fw2/etc/pf.conf": "",
      "fw1/src/etc/hostname.em0": "up",
      "a-flat/pf.conf": "",
      "hosts/fw3/etc/pf.conf": "",
      "docs/notes.txt": "",
      "fw2/vms/web/etc/pf.conf": "",
      "variants/broken/fw2/etc/pf.conf": "",
    });
    expect(hostsOf(root)).toEqual(["a-flat", "fw1", "fw2", "fw3"]);
  });

  it("anywhere without a site.yaml, guests and examples in an etc aside", () => {
    const root = siteOf({
      "x/y/fw1/etc/pf.conf": "",
      "x/y/fw1/etc/examples/pf.conf": "",
      "x/y/fw1/vms/web/etc/pf.conf": "",
      "roles/fw2/files/hostname.em0": "up",
    });
    expect(hostsOf(root)).toEqual(["files", "fw1"]);
  });

  it("in the root itself, named by its myname", () => {
    const root = siteOf({ "src/etc/pf.conf": "", "src/etc/myname": "fw7.example.net\n" });
    expect(hostsOf(root)).toEqual(["fw7"]);
    const [host] = readSite(root).network?.hosts ?? [];
    expect(host?.files.map((it) => it.file)).toEqual(["src/etc/myname", "src/etc/pf.conf"]);
  });

  it("in one pf.conf", () => {
    const root = siteOf({ "pf.conf": "pass" });
    const { network, diagnostics, sources } = readSite(join(root, "pf.conf"));
    expect(diagnostics).toEqual([]);
    expect(network?.hosts.map((host) => [host.name, host.pfConf !== undefined])).toEqual([
      ["host", true],
    ]);
    expect([...sources.keys()]).toEqual(["pf.conf"]);
  });

  it("and names every one differently", () => {
    const root = siteOf({ "a/fw/etc/pf.conf": "", "b/fw/etc/pf.conf": "" });
    expect(hostsOf(root)).toEqual(["a-fw", "b-fw"]);
  });

  it("or says that there is none", () => {
    expect(readSite(siteOf({ "x.txt": "" })).diagnostics).toMatchObject([{ code: "site-empty" }]);
    expect(readSite("/nowhere/at/all").diagnostics).toMatchObject([{ code: "site-empty" }]);
  });
});

describe("readSite opens", () => {
  it("nothing outside of the root", () => {
    const outside = siteOf({ secret: "10.0.0.1" });
    const root = siteOf({ "etc/pf.conf": "" });
    symlinkSync(join(outside, "secret"), join(root, "etc/mygate"));
    symlinkSync(outside, join(root, "etc/more"));
    symlinkSync(join(root, "etc/pf.conf"), join(root, "etc/hosts"));
    symlinkSync("nowhere", join(root, "etc/rc.local"));
    const { diagnostics, sources, network } = readSite(root);
    expect(diagnostics.map((it) => `${it.code} ${it.span.file}`)).toEqual([
      "file-unreadable etc/mygate",
      "file-unreadable etc/rc.local",
    ]);
    expect([...sources.values()]).not.toContain("10.0.0.1");
    const uses = new Map(network?.hosts[0]?.files.map((it) => [it.file, it.reason]));
    expect(uses.get("etc/mygate")).toBe("a link out of the site");
    expect(uses.get("etc/more")).toBe("a link out of the site");
  });

  it("included and table files where they lie on the host", () => {
    const root = siteOf({
      "fw1/etc/pf.conf":
        'include "/etc/pf/more.conf"\ninclude "pf/beside.conf"\ntable <t> file "/var/db/t"\npass from <t>\n',
      "fw1/etc/pf/more.conf": "block\npass in proto tcp user root\n",
      "fw1/etc/pf/beside.conf": "pass out\n",
      "fw1/var/db/t": "10.0.0.0/8\n",
    });
    const { network, diagnostics, sources } = readSite(root);
    const [host] = network?.hosts ?? [];
    expect(diagnostics).toEqual([]);
    const [file] = host?.pfConf?.main.tables[0]?.contents ?? [];
    expect(file?.kind === "file" && file.entries.count).toBe(1);
    expect(host?.files.map((it) => `${it.file} ${it.use}`)).toEqual([
      "fw1/etc/pf.conf read",
      "fw1/etc/pf/beside.conf read",
      "fw1/etc/pf/more.conf in part",
      "fw1/var/db/t read",
    ]);
    expect(sources.has("fw1/etc/pf/more.conf")).toBe(true);
  });

  it("no file outside of the host, whatever an include says", () => {
    const root = siteOf({
      "fw1/etc/pf.conf": 'include "/etc/../../fw2/etc/pf.conf"\n',
      "fw2/etc/pf.conf": "pass\n",
    });
    const { diagnostics, sources } = readSite(root);
    expect(diagnostics.map((it) => it.code)).toContain("include");
    expect(sources.has("fw2/etc/pf.conf")).toBe(true);
  });

  it("files that are no text, with a complaint", () => {
    const root = siteOf({
      "etc/pf.conf": new Uint8Array([0, 1, 2]),
      "etc/hostname.em0": new Uint8Array([0x75, 0x70, 0x20, 0x23, 0xe4, 0x0a]),
    });
    const { diagnostics, network } = readSite(root);
    expect(diagnostics).toMatchObject([{ code: "file-unreadable", severity: "error" }]);
    expect(network?.hosts[0]?.interfaces.find((it) => it.name === "em0")?.up).toBe(true);
  });
});

describe("readSite joins hosts and site.yaml", () => {
  const files = {
    "fw1/etc/hostname.em0": "inet 192.0.2.1/24",
    "fw1/etc/hostname.em1": "inet 10.0.0.1/24",
    "fw1/etc/mygate": "192.0.2.254",
    "fw1/etc/pf.conf": "",
  };

  it("infers the internet if one interface has the default route", () => {
    const { network } = readSite(siteOf(files));
    expect(network?.clouds.map((it) => [it.name, it.ends.map((end) => end.interface)])).toEqual([
      ["internet", ["em0"]],
    ]);
    expect(network?.zones).toEqual([]);
  });

  it("infers none if a wire is on that interface, or two have the route", () => {
    const wired = { ...files, "site.yaml": "pfproof: 1\nwires: { up: [fw1:em0] }" };
    expect(readSite(siteOf(wired)).network?.clouds).toEqual([]);
    const two = {
      ...files,
      "fw1/etc/hostname.em2": "rdomain 1\ninet 10.9.0.1/24\n!route -T 1 add default 10.9.0.2",
    };
    expect(readSite(siteOf(two)).network?.clouds).toEqual([]);
  });

  it("reports site.yaml by its lines", () => {
    const { diagnostics, sources } = readSite(
      siteOf({ ...files, "site.yaml": "pfproof: 1\nzones:\n  dmz: { at: fw1:em9 }\n" }),
    );
    expect(underlined(diagnostics, sources)).toEqual(["place-unknown: em9"]);
  });

  it("gives the same network every time", () => {
    const root = siteOf({ ...files, "fw2/etc/pf.conf": "pass", "fw10/etc/pf.conf": "pass" });
    expect(readSite(root)).toEqual(readSite(root));
    expect(hostsOf(root)).toEqual(["fw1", "fw10", "fw2"]);
  });
});

describe("readSite, real hosts", () => {
  const corpus = "../shared/data/corpus/hosts";
  const names = readdirSync(corpus);

  it("has some", () => {
    expect(names.length).toBeGreaterThan(80);
  });

  it.each(names)("reads %s, and lists every file of a host once", (name) => {
    const root = join(corpus, name);
    const { network, sources } = readSite(root);
    const listed = network?.hosts.flatMap((host) => host.files.map((it) => it.file)) ?? [];
    expect(new Set(listed.filter((it) => it !== "/etc/pf.conf")).size).toBe(
      listed.filter((it) => it !== "/etc/pf.conf").length,
    );
    const all = new Set(siteTree(join(process.cwd(), root)).map((it) => it.path));
    expect(listed.filter((it) => it !== "/etc/pf.conf" && !all.has(it))).toEqual([]);
    for (const host of network?.hosts ?? []) {
      const ids = [...host.unread, ...host.interfaces.flatMap((it) => it.unread)].map(
        (it) => it.id,
      );
      expect(new Set(ids).size).toBe(ids.length);
      for (const use of host.files) {
        if (use.use !== "read") expect(use.reason).toBeTruthy();
        if (use.use === "in part") expect(use.lines.length).toBeGreaterThan(0);
      }
    }
    expect(sources.size).toBeGreaterThanOrEqual(network === undefined ? 0 : 1);
  });
});
