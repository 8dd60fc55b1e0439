import { expect, test } from "vitest";
import { check } from "../engine/queries/check.ts";
import { parsePrefix } from "../model/address-text.ts";
import type { Route } from "../model/host.ts";
import type { Network } from "../model/network.ts";
import { parsePf } from "../parser/pf/parse.ts";
import { environmentOf } from "../test/support/environment.ts";
import { hostOf, networkOf } from "../test/support/network.ts";

/** Fixed counts: the code allocates. */
const THREE = { iterations: 3, time: 0, warmup: false } as const;

/** The first is the reference: read the others as ratios to it. */
const TENANTS = [2, 4, 8] as const;

for (const policy of ["if-bound", "floating"] as const) {
  for (const tenants of TENANTS) {
    test(`every pair of ${tenants} tenants and the Internet, ${policy} states`, async ({
      bench,
    }) => {
      const network = tenantsBehindOneHost(tenants, policy);
      let proved = 0;
      await bench("check", () => {
        const { pairs } = check(network, { attack: 0, seed: 1, budget: 50_000_000 });
        proved = pairs.filter((pair) => pair.verdict === "proved").length;
      }).run(THREE);
      expect(proved).toBeGreaterThan(0);
    });
  }
}

/** One host, a tenant a VLAN, each allowed out to the Internet, antispoof everywhere. */
function tenantsBehindOneHost(count: number, policy: "if-bound" | "floating"): Network {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  const environment = environmentOf({
    ifs: [
      { n: "em0", g: ["egress"], a: ["192.0.2.1/24"] },
      ...ids.map((id) => ({ n: `vlan${id}`, a: [`10.${id}.0.1/24`] })),
    ],
    rtables: [],
  });
  const text = [
    `set state-policy ${policy}`,
    "block",
    `antispoof quick for { em0 ${ids.map((id) => `vlan${id}`).join(" ")} }`,
    ...ids.map((id) => `pass in on vlan${id} inet from vlan${id}:network to ! 10.0.0.0/8`),
    "pass out on em0",
    "",
  ].join("\n");
  const { conf } = parsePf({ file: "fw/etc/pf.conf", text }, environment);
  const routes = [
    ["192.0.2.0/24", "em0"],
    ["0.0.0.0/0", "em0"],
    ...ids.map((id) => [`10.${id}.0.0/24`, `vlan${id}`]),
  ].flatMap(([prefix = "", name = ""]): readonly Route[] => {
    const network = parsePrefix(prefix);
    return network === undefined
      ? []
      : [{ rtable: 0, prefix: network, interface: name, local: false }];
  });
  const host = hostOf("fw", environment.interfaces, routes, conf);
  const tenants = Object.fromEntries(ids.map((id) => [`t${id}`, `fw:vlan${id}`]));
  const zones = { internet: "fw:em0", fw: "fw", ...tenants };
  return networkOf(
    [host],
    zones,
    ids.map((id) => [`t${id}`, "internet"] as const),
  );
}
