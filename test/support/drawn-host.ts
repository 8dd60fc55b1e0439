import { parsePrefix } from "../../model/address-text.ts";
import type { Host, Route } from "../../model/host.ts";
import type { AdversaryLevel, Network } from "../../model/network.ts";
import { parsePf } from "../../parser/pf/parse.ts";
import { environmentOf } from "./environment.ts";
import { hostOf, networkOf } from "./network.ts";

const ENVIRONMENT = environmentOf({
  ifs: [
    { n: "lo0", loop: 1, a: ["127.0.0.1/8", "::1/128"] },
    { n: "em0", g: ["egress"], a: ["192.0.2.1/24", "2001:db8::1/64"] },
    { n: "vlan10", a: ["10.10.0.1/24", "2001:db8:10::1/64"] },
    { n: "vlan20", a: ["10.20.0.1/24", "2001:db8:20::1/64"] },
    { n: "vlan30", rd: 1, a: ["10.30.0.1/24", "2001:db8:30::1/64"] },
  ],
  rtables: [
    [1, 1],
    [2, 0],
  ],
});

/** Table 1 is that of rdomain 1; table 2 belongs to rdomain 0 and leads elsewhere than table 0. */
const ROUTES: readonly Route[] = (
  [
    [0, "192.0.2.0/24", "em0"],
    [0, "0.0.0.0/0", "em0"],
    [0, "2001:db8::/64", "em0"],
    [0, "::/0", "em0"],
    [0, "10.10.0.0/24", "vlan10"],
    [0, "2001:db8:10::/64", "vlan10"],
    [0, "10.20.0.0/24", "vlan20"],
    [0, "2001:db8:20::/64", "vlan20"],
    [1, "10.30.0.0/24", "vlan30"],
    [1, "2001:db8:30::/64", "vlan30"],
    [1, "0.0.0.0/0", "vlan30"],
    [2, "0.0.0.0/0", "vlan20"],
    [2, "::/0", "vlan20"],
  ] as const
).flatMap(([rtable, text, name]) => {
  const prefix = parsePrefix(text);
  return prefix === undefined ? [] : [{ rtable, prefix, interface: name, local: false }];
});

/** The host `fw` of drawn rulesets: uplink em0, tenants on vlan10, vlan20 and, in rdomain 1, vlan30. */
export function drawnHost(text: string): Host {
  const { conf, diagnostics } = parsePf(
    { file: "fw/etc/pf.conf", text, optimize: "none" },
    ENVIRONMENT,
  );
  const wrong = diagnostics.find((it) => it.severity === "error");
  if (wrong !== undefined) {
    throw new Error(`${wrong.span.line}:${wrong.span.column}: ${wrong.message}\n${text}`);
  }
  return hostOf("fw", ENVIRONMENT.interfaces, ROUTES, conf);
}

/** The wires around a drawn host as zones, no conduits. */
export function drawnNetwork(text: string, level: AdversaryLevel = "spoof"): Network {
  const zones = { internet: "fw:em0", a: "fw:vlan10", b: "fw:vlan20", c: "fw:vlan30" };
  return networkOf([drawnHost(text)], zones, [], level);
}
