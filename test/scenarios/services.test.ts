import { describe, expect, it } from "vitest";
import { CASES, pfproofAt, scenarioFiles, temporarySite } from "../support/scenario-site.ts";

/**
 * What each site is for, as scripts: opening packets, and answers where states have to carry them.
 * A site that lets nothing through is proved as well.
 */
const SERVICES: Readonly<Record<string, readonly (readonly [script: string, end: string])[]>> = {
  "multi-tenant-host": [
    ["vmm:em0 tcp 203.0.113.9:1024 > 192.0.2.10:443 flags S", "vmm:tap10"],
    ["vmm:tap20 udp 10.20.0.5:1024 > 203.0.113.9:53", "internet"],
  ],
  "central-firewall": [
    ["fw:em2 tcp 10.1.1.5:1024 > 10.1.2.5:443 flags S", "fw:vxlan101"],
    ["fw:em5 tcp 10.9.0.5:1024 > 10.9.0.1:22 flags S", "fw"],
  ],
  perimeter: [
    ["perimeter:em0 tcp 203.0.113.9:1024 > 192.0.2.10:443 flags S", "vmm1:tap10"],
    ["perimeter:em0 tcp 203.0.113.9:1024 > 192.0.2.20:587 flags S", "vmm2:tap20"],
    [
      `perimeter:em0 tcp [2001:db8:1::9]:1024 > [2001:db8:100:20::2]:25 flags S
       vmm2:tap20 tcp [2001:db8:100:20::2]:25 > [2001:db8:1::9]:1024 flags SA`,
      "perimeter:em0",
    ],
    ["vmm1:tap11 tcp 192.168.10.3:1024 > 192.168.20.2:587 flags S", "vmm2:tap20"],
    ["vmm2:tap20 tcp 192.168.20.2:1024 > 192.168.20.3:993 flags S", "vmm2:tap21"],
    ["vmm2:tap21 udp 192.168.20.3:1024 > 192.168.20.9:123", "vmm2"],
    ["vmm2:em1 tcp 10.9.0.130:1024 > 10.9.0.12:22 flags S", "vmm2"],
  ],
  "purdue-plant": [
    [
      `plant:vlan20 tcp 10.2.0.10:1024 > 10.1.1.10:502 flags S
       plant:vlan101 tcp 10.1.1.10:502 > 10.2.0.10:1024 flags SA`,
      "plant:vlan20",
    ],
    ["plant:vlan30 tcp 10.3.0.10:1024 > 10.2.0.10:4840 flags S", "plant:vlan20"],
    ["plant:vlan30 tcp 10.3.0.20:1024 > 10.1.2.10:102 flags S", "plant:vlan102"],
    ["plant:vlan30 tcp 10.3.0.10:1024 > 10.35.0.10:5450 flags S", "dmz-wire"],
    [
      `plant:em0 tcp 10.35.0.20:1024 > 10.3.0.20:3389 flags S
       plant:vlan30 tcp 10.3.0.20:3389 > 10.35.0.20:1024 flags SA`,
      "dmz-wire",
    ],
    ["edge:em1 tcp 10.40.0.7:1024 > 10.35.0.10:443 flags S", "dmz-wire"],
    [
      `edge:em2 tcp 10.50.0.2:1024 > 10.35.0.20:22 flags S
       edge:em0 tcp 10.35.0.20:22 > 10.50.0.2:1024 flags SA`,
      "edge:em2",
    ],
  ],
};

describe.each(CASES.filter((it_) => it_.variant === undefined))("$title", (it_) => {
  it.each(SERVICES[it_.scenario.name] ?? [])("carries %s to %s", async (script, end) => {
    const root = temporarySite(scenarioFiles(it_));
    const argv = ["trace", root, "--script", "script", "--json"];
    const { out, err } = await pfproofAt(argv, root, { script });
    expect(err).toBe("");
    const steps = (JSON.parse(out) as Traced).packets.at(-1)?.steps ?? [];
    const ends = steps.flatMap(({ kind, place }) => (kind === "delivered" ? [place] : []));
    expect(ends).toContain(end);
  });

  it("has services that are looked at", () => {
    expect(SERVICES[it_.scenario.name]?.length).toBeGreaterThan(0);
  });
});

interface Traced {
  readonly packets: readonly {
    readonly steps: readonly { readonly kind: string; readonly place?: string }[];
  }[];
}
