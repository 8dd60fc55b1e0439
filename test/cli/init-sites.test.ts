import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { answer } from "../../cli/answer.ts";
import { siteFileIn, writeSiteFile } from "../../cli/site-file.ts";
import { findPlaces } from "../../engine/path/places.ts";
import { wiringOf } from "../../engine/path/wiring.ts";
import type { Network } from "../../model/network.ts";
import { readHosts, readSite } from "../../site/read-site.ts";
import { pfproof, type Ran } from "../support/io.ts";
import {
  CASES,
  pfproofAt,
  type SiteFiles,
  scenarioFiles,
  temporarySite,
} from "../support/scenario-site.ts";

/** Runs `init` on files, and `check` on what it has written. */
async function started(files: SiteFiles): Promise<{
  readonly text: string;
  readonly said: Ran;
  readonly checked: Ran;
  readonly network: Network;
}> {
  const root = temporarySite(new Map([...files].filter(([path]) => path !== "site.yaml")));
  expect(siteFileIn(root)).toBeUndefined();
  const said = await pfproof(["init", "-n", root], {
    site: readHosts(root),
    answer: (question) => answer(question, { progress: () => {}, poll: () => {} }),
  });
  expect(writeSiteFile(root, said.out, { force: false }).kind).toBe("written");
  const { network, diagnostics } = readSite(root);
  expect(diagnostics).toEqual([]);
  if (network === undefined) throw new Error("no network");
  const checked = await pfproofAt(["check", "--json", "--attack", "20"], root);
  return { text: readFileSync(join(root, "site.yaml"), "utf8"), said, checked, network };
}

/** What each zone is made of: wires and hosts, by their names. */
function zonesOf(network: Network): readonly string[] {
  const wiring = wiringOf({ ...network, clouds: [], devices: [], cables: [] });
  return network.zones
    .map(({ at }) => at.flatMap((it) => findPlaces(network, wiring, it)))
    .map((places) =>
      places
        .map((it) => (it.kind === "host" ? it.host.name : it.wire.name))
        .toSorted()
        .join(" "),
    )
    .toSorted();
}

/** `from to` of every conduit. */
function pairsOf({ conduits, zones }: Network, by: Network): readonly string[] {
  const names = new Map(
    zones.map((zone) => {
      const own = zonesOf({ ...by, zones: [zone] }).join();
      return [zone.name, own];
    }),
  );
  return [
    ...new Set(conduits.map((it) => `${names.get(it.from)} → ${names.get(it.to)}`)),
  ].toSorted();
}

const SITES = CASES.filter((it) => it.variant === undefined);
const ONE_HOST = SITES.filter((it) => ["multi-tenant-host", "central-firewall"].includes(it.title));

describe.each(ONE_HOST)("init of $title", (scenario) => {
  it("finds the zones and the conduits that its author wrote", async () => {
    const files = scenarioFiles(scenario);
    const written = readSite(temporarySite(files)).network;
    if (written === undefined) throw new Error("no network");
    const { network, said, checked, text } = await started(files);
    expect(said.exit).toBe(0);
    expect(zonesOf(network)).toEqual(zonesOf(written));
    const [found, wanted] = [pairsOf(network, network), pairsOf(written, network)];
    expect(found.filter((it) => !wanted.includes(it))).toEqual([]);
    // the author lets tenants talk to the wire that their tunnels cross
    const missing = wanted.filter((it) => !found.includes(it));
    expect(missing.filter((it) => !/(?:vlan|vxlan)\d+ → (?:vmm:em2|fw:em1)$/.test(it))).toEqual([]);
    expect([...classesIn(checked)].filter((it) => it !== "punched")).toEqual([]);
    await expect(text).toMatchFileSnapshot(`golden/init/${scenario.title}.yaml`);
  });
});

/** Ways that `check` still finds: `direct` ones all became conduits, what is left rides on states. */
function classesIn({ out }: Ran): ReadonlySet<string> {
  const { pairs } = JSON.parse(out) as {
    readonly pairs: readonly { readonly violation: { readonly class: string } | null }[];
  };
  return new Set(pairs.flatMap((it) => it.violation?.class ?? []));
}

/** Several hosts: no file says that an author parts a tenant's guests, or names a cable. */
describe.each(SITES.filter((it) => !ONE_HOST.includes(it)))("init of $title", (scenario) => {
  it("makes conduits of all that passes without a state today", async () => {
    const { said, checked, text } = await started(scenarioFiles(scenario));
    expect(said.exit).toBe(0);
    expect([...classesIn(checked)].filter((it) => it !== "punched")).toEqual([]);
    await expect(text).toMatchFileSnapshot(`golden/init/${scenario.title}.yaml`);
  });
});

const OFFICE = new Map([
  ["fw/etc/hostname.em0", "# uplink\ninet autoconf\n"],
  ["fw/etc/hostname.em1", 'inet 10.1.0.1/24\ndescription "lan"\n'],
  ["fw/etc/sysctl.conf", "net.inet.ip.forwarding=1\n"],
  [
    "fw/etc/pf.conf",
    "block\npass in on em1 to ! (self)\npass out on em0 nat-to (em0)\npass in on em1 proto tcp to port { 22 53 }\n",
  ],
  ["web/etc/hostname.vio0", "inet 10.1.0.5/24\n"],
  ["web/etc/mygate", "10.1.0.1\n"],
  ["web/etc/pf.conf", "block in\npass in proto tcp to port 443\npass out\n"],
]);

describe("init of an office", () => {
  it("asks what the files cannot say, and is taken by check as it is", async () => {
    const { text, checked } = await started(OFFICE);
    await expect(text).toMatchFileSnapshot("golden/init/office.yaml");
    expect([0, 1, 3]).toContain(checked.exit);
  });

  it("is the same again", async () => {
    const reversed = new Map([...OFFICE].toReversed());
    expect((await started(OFFICE)).text).toBe((await started(reversed)).text);
  });
});
