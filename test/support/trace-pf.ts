import type { PfFile } from "../../site/pf-files.ts";
import { pfproof, type Ran } from "./io.ts";

/** Interfaces of a firewall with em0 outside, em1 inside, and a tunnel. */
export const INTERFACES = `lo0 group=lo inet 127.0.0.1/8
em0 group=egress inet 192.0.2.1/24 inet6 2001:db8::1/64
em1 inet 10.0.0.1/24 inet6 2001:db8:1::1/64
tun0 inet 10.9.9.1/32 peer 10.9.9.2
@rtable 1
`;

/** A pf.conf with no other files. */
export function pfFileOf(text: string): PfFile {
  return {
    host: "pf.conf",
    file: "pf.conf",
    text,
    environment: { host: "pf.conf", interfaces: [], rtables: [] },
    include: () => undefined,
    path: (name) => name,
    resolve: () => undefined,
    sources: new Map([["pf.conf", text]]),
  };
}

/** Traces packets through a pf.conf on a firewall with em0 outside and em1 inside. */
export async function tracePf(text: string, ...argv: readonly string[]): Promise<Ran> {
  return pfproof(["trace", "pf.conf", "--interfaces", "ifaces", ...argv], {
    pf: { "pf.conf": pfFileOf(text) },
    files: { ifaces: INTERFACES, "packets.txt": "# one\nin on em0 icmp 192.0.2.9 > 192.0.2.1\n" },
  });
}

/** Rules for both. */
export const FIREWALL = `table <bad> persist { 203.0.113.66 }
set skip on lo
block return log
match out on egress inet from em1:network nat-to (egress:0) port 50001
block in quick on egress from <bad>
pass in on em1 inet proto { tcp udp } to port { 53 443 }
pass out on egress
pass in on egress proto tcp to port 80 rdr-to 10.0.0.10 tag WEB
pass out on em1 tagged WEB
anchor "ping" {
  pass in inet proto icmp icmp-type echoreq
}
`;
