import { describe, expect, it } from "vitest";
import type { PfFile } from "../../site/pf-files.ts";
import { pfproof, type World } from "../support/io.ts";

/** A world with one pf.conf, of which nothing is known but its text. */
function alone(text: string, files: Readonly<Record<string, string>> = {}): World {
  return { files, pf: { "pf.conf": fileOf("pf.conf", text, files) } };
}

function fileOf(file: string, text: string, files: Readonly<Record<string, string>> = {}): PfFile {
  return {
    host: file,
    file,
    text,
    environment: { host: file, interfaces: [], rtables: [] },
    include: (name) => files[name],
    path: (name) => name,
    resolve: () => undefined,
    sources: new Map([[file, text], ...Object.entries(files)]),
  };
}

const IFACES = {
  ifaces: "em0 inet 10.0.0.1/24\n@host www 192.0.2.80\n",
};

describe("pfproof print", () => {
  it("prints what pfctl -nvf prints", async () => {
    const ran = await pfproof(["print", "pf.conf"], alone("x = 5\npass to { 10.0.0.1 ::1 }\n"));
    expect(ran).toMatchObject({ exit: 0, err: "" });
    expect(ran.out).toBe(
      'x = "5"\npass inet from any to 10.0.0.1 flags S/SA\npass inet6 from any to ::1 flags S/SA\n',
    );
  });

  it.each([["-vv"], ["-v", "-v"], ["--numbers"], ["--verbose", "-v"]])(
    "numbers the rules with %s",
    async (...options) => {
      const { out } = await pfproof(["print", ...options, "pf.conf"], alone("block\npass\n"));
      expect(out).toBe(
        "Loaded 714 passive OS fingerprints\n@0 block drop all\n@1 pass all flags S/SA\n",
      );
    },
  );

  it("takes -v for what it does anyway", async () => {
    expect((await pfproof(["print", "-v", "pf.conf"], alone("block\n"))).out).toBe(
      "block drop all\n",
    );
  });

  it.each([["-o", "none"], ["-onone"], ["--optimize", "none"], ["--optimize=none"]])(
    "leaves the optimizer out with %s %s",
    async (...options) => {
      const world = alone("pass\npass\n");
      expect((await pfproof(["print", "pf.conf"], world)).out).toBe("pass all flags S/SA\n");
      const { out } = await pfproof(["print", ...options, "pf.conf"], world);
      expect(out).toBe("pass all flags S/SA\npass all flags S/SA\n");
    },
  );

  it("defines macros, the last `=` parting name and value", async () => {
    const argv = ["print", "-Dx=em0", "--define", "a=b=c", "pf.conf"];
    const { out } = await pfproof(argv, alone("x = em1\npass on $x\n"));
    expect(out).toBe('x = "em1"\npass on em0 all flags S/SA\n');
  });

  it("reads the interfaces of a system and its names", async () => {
    const world = alone("pass from em0:network to www\n", IFACES);
    const { out } = await pfproof(["print", "--interfaces", "ifaces", "pf.conf"], world);
    expect(out).toBe("pass inet from 10.0.0.0/24 to 192.0.2.80 flags S/SA\n");
  });

  it("underlines what is wrong with an interface table", async () => {
    const world = alone("pass\n", { ifaces: "em0 inet 10.0.0.1\n" });
    const ran = await pfproof(["print", "--interfaces", "ifaces", "pf.conf"], world);
    expect(ran).toMatchObject({ exit: 2, out: "" });
    expect(ran.err).toContain("ifaces:1:10");
  });

  it("underlines why pfctl would not load the file", async () => {
    const ran = await pfproof(["print", "pf.conf"], alone("x = 1\npass from nowhere\n"));
    expect(ran).toMatchObject({ exit: 2, out: 'x = "1"\n' });
    expect(ran.err).toContain("pf.conf:2:");
    expect(ran.err).toMatch(/\^/);
  });

  it("keeps the bytes of the text, and shows them as text in messages", async () => {
    const text = 'x = "\u00c3\u00a9"\npass label "\u00c3\u00a9" from "caf\u00c3\u00a9"\n';
    const ran = await pfproof(["print", "pf.conf"], alone(text));
    expect(ran.out).toBe('x = "\u00c3\u00a9"\n');
    expect(ran.err).toContain("café");
  });

  it("prints every host under its name", async () => {
    const hostPf = [fileOf("fw1", "pass\n"), fileOf("fw2", "block\n")];
    const { out } = await pfproof(["print", "."], { hostPf });
    expect(out).toBe("# fw1\npass all flags S/SA\n# fw2\nblock drop all\n");
  });

  it("answers as JSON", async () => {
    const { exit, out, err } = await pfproof(["print", "--json", "pf.conf"], alone("block in\n"));
    expect([exit, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({
      pfproof: 1,
      command: "print",
      schema: "pfproof/pf-rules/1",
      hosts: [
        {
          host: "pf.conf",
          configurations: [
            {
              accepted: true,
              rulesets: [{ path: "", rules: [{ text: "block drop in all", direction: "in" }] }],
            },
          ],
        },
      ],
      diagnostics: [],
    });
  });

  it("answers as JSON if the file is rejected", async () => {
    const { exit, out, err } = await pfproof(["print", "--json", "pf.conf"], alone("passs\n"));
    expect([exit, err]).toEqual([2, ""]);
    const { hosts, diagnostics } = JSON.parse(out);
    expect(hosts[0].configurations[0].accepted).toBe(false);
    expect(diagnostics).toMatchObject([{ severity: "error", span: { line: 1 } }]);
  });

  it.each([
    ["-o", "profile", "pf.conf"],
    ["-D", "x", "pf.conf"],
    ["-D", "=x", "pf.conf"],
    ["--interfaces", "missing", "pf.conf"],
    ["--interfaces", "ifaces", "site"],
    ["pf.conf", "pf.conf"],
  ])("refuses %s %s %s", async (...argv) => {
    const { exit, out } = await pfproof(["print", ...argv], alone("pass\n", IFACES));
    expect([exit, out]).toEqual([2, ""]);
  });
});
