import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { hostPfFiles, pfFile } from "../../site/pf-files.ts";
import { readSite } from "../../site/read-site.ts";

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

function directoryOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "pfproof-"));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, "latin1");
  }
  return root;
}

describe("pfFile", () => {
  it("has the bytes of the file and of those below its directory", () => {
    const root = directoryOf({ "etc/pf.conf": "# \xe9\n", "etc/pf.d/a": "\xe9", "etc/pf/b": "b" });
    const file = pfFile(join(root, "etc/pf.conf"));
    expect(file?.text).toBe("# \xe9\n");
    expect(file?.include("pf.d/a")).toBe("\xe9");
    expect(file?.include("./pf.d/../pf.d/a")).toBe("\xe9");
    expect(file?.include("/etc/pf/b")).toBe("b");
    expect(file?.include(join(root, "etc/pf/b"))).toBe("b");
    expect(file?.include("/dev/null")).toBe("");
    expect(file?.include("nothing")).toBeUndefined();
    expect(file?.include("pf.d")).toEqual({ error: "Is a directory" });
    expect([...(file?.sources.keys() ?? [])]).toContain(join(root, "etc/pf.d/a"));
  });

  it("opens nothing outside", () => {
    const root = directoryOf({ "etc/pf.conf": "", secret: "s", "etc2/secret": "s" });
    symlinkSync(join(root, "secret"), join(root, "etc/link"));
    const file = pfFile(join(root, "etc/pf.conf"));
    const names = ["../secret", "x/../../secret", "/etc/../secret", "link", "../etc2/secret"];
    for (const name of [...names, "/proc/self/environ", join(root, "secret")]) {
      expect(file?.include(name), name).toEqual({
        error: "outside of the directory of the pf.conf",
      });
    }
  });

  it("stands in the place of standard input", () => {
    const root = directoryOf({ tables: "10.0.0.1" });
    const file = pfFile(root, "pass\n");
    expect([file?.file, file?.text, file?.include("tables")]).toEqual([
      "stdin",
      "pass\n",
      "10.0.0.1",
    ]);
  });

  it("is no directory and no missing file", () => {
    const root = directoryOf({ "etc/pf.conf": "" });
    expect([pfFile(root), pfFile(join(root, "none"))]).toEqual([undefined, undefined]);
  });
});

describe("hostPfFiles", () => {
  it("has those of every host, with its interfaces and names", () => {
    const root = directoryOf({
      "fw1/etc/pf.conf": "pass\n",
      "fw1/etc/hostname.em0": "inet 10.0.0.1 255.255.255.0\nrdomain 3\n",
      "fw1/etc/hosts": "10.0.0.9 Web\n",
      "fw1/etc/list": "\xe9",
      "fw2/etc/pf.conf": "block\n",
      "fw2/etc/rc.conf.local": "pf=NO\n",
      "sw/etc/hostname.em0": "up\n",
    });
    const files = hostPfFiles(root, readSite(root).network?.hosts ?? []);
    expect(files.map(({ host, file, text }) => [host, file, text])).toEqual([
      ["fw1", "fw1/etc/pf.conf", "pass\n"],
    ]);
    const [fw1] = files;
    expect(fw1?.environment.interfaces.map((it) => it.name)).toContain("em0");
    expect(fw1?.environment.rtables).toEqual([3]);
    expect(fw1?.resolve("web")).toEqual(["10.0.0.9"]);
    expect([fw1?.include("list"), fw1?.include("/etc/list"), fw1?.include("/etc/no")]).toEqual([
      "\xe9",
      "\xe9",
      undefined,
    ]);
    expect(fw1?.path("/etc/list")).toBe("fw1/etc/list");
  });
});
