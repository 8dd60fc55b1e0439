import type { Environment } from "../../../model/environment.ts";
import { environmentOf } from "../../support/environment.ts";

/** A firewall with an uplink, two tenants, a link to a peer and a second routing domain. */
export const FIREWALL: Environment = environmentOf(
  {
    ifs: [
      { n: "lo0", loop: 1, a: ["::1/128", "fe80::1/64", "127.0.0.1/8"] },
      { n: "em0", g: ["egress"], a: ["192.0.2.1/24", "2001:db8::1/64"] },
      { n: "vlan10", g: ["tenant"], a: ["10.10.0.1/24", "10.10.0.2/24"] },
      { n: "vlan20", g: ["tenant"], a: ["10.20.0.1/24", "2001:db8:20::1/64", "fe80::20/64"] },
      { n: "tun0", ptp: 1, a: [["10.9.9.1/32", "10.9.9.2"]] },
      { n: "em1", rd: 1, a: ["198.51.100.1/24"] },
    ],
    rtables: [[1, 1]],
  },
  "fw1",
);

/** Files beside the pf.conf of the goldens. */
const FILES: Readonly<Record<string, string>> = {
  "tables/blocked": "# spammers\n203.0.113.0/24\n!203.0.113.7\n2001:db8:bad::/48 weight 3\n",
  "web.conf": "pass in on egress proto tcp to port $web\n",
  "ftp.rules": "pass in proto tcp to port ftp\nblock out\n",
};

export function include(name: string): string | undefined {
  return FILES[name];
}
