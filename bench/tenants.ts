import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Network } from "../model/network.ts";
import { readHost } from "../parser/host/read.ts";
import { parseSite } from "../parser/site/parse.ts";

/** VLANs of one parent. */
const VLANS = 4000;

/**
 * One host with the first tenants of a `segif` set of the benchmark data: a VLAN interface each, and a
 * zone; all of them may talk to the Internet and be asked by it.
 */
export function tenants(folder: string, count: number): Network {
  const set = join(folder, `segif_${count > 1000 ? 10_000 : 1000}`);
  const rules = readFileSync(`${set}.conf`, "latin1").split("\n");
  const interfaces = readFileSync(`${set}.ifaces`, "latin1").split("\n");
  const { host, diagnostics } = readHost({
    name: "fw",
    at: "fw",
    files: [
      file("sysctl.conf", ["net.inet.ip.forwarding=1", "net.inet6.ip6.forwarding=1"]),
      file("mygate", ["192.0.2.254", "2001:db8::fe"]),
      file(
        "pf.conf",
        rules.filter((line) => isOf(line, count)),
      ),
      ...interfaces.flatMap((line) => hostnameFile(line, count) ?? []),
      ...Array.from({ length: Math.ceil(count / VLANS) }, (_, at) =>
        file(`hostname.em${at + 1}`, ["up"]),
      ),
    ],
  });
  const zones = Array.from({ length: count }, (_, tenant) => tenant);
  const site = parseSite({
    file: "site.yaml",
    text: [
      "pfproof: 1",
      "zones:",
      "  internet: { at: ['fw:em0'] }",
      ...zones.map((tenant) => `  t${tenant}: { at: ['fw:vlan${tenant}'] }`),
      "conduits:",
      ...zones.flatMap((tenant) => [
        `  - { from: t${tenant}, to: internet, services: any }`,
        `  - { from: internet, to: t${tenant}, services: any }`,
      ]),
      "",
    ].join("\n"),
    hosts: [host],
  });
  const wrong = [...diagnostics, ...site.diagnostics].find((it) => it.severity === "error");
  if (wrong !== undefined) throw new Error(wrong.message);
  return { hosts: site.hosts, ...site.additions };
}

function file(
  name: string,
  lines: readonly string[],
): { readonly path: string; readonly file: string; readonly text: string } {
  return { path: `/etc/${name}`, file: `fw/etc/${name}`, text: `${lines.join("\n")}\n` };
}

/** Whether a line of the ruleset is about tenants below `count` alone. */
function isOf(line: string, count: number): boolean {
  const vlans = [...line.matchAll(/vlan(\d+)/g)].map(([, vlan]) => Number(vlan));
  const [, high, low] = /to \{ 10\.(\d+)\.(\d+)\.10/.exec(line) ?? [];
  const asked = Number(high ?? 0) * 256 + Number(low ?? 0);
  return [...vlans, asked].every((tenant) => tenant < count);
}

function hostnameFile(line: string, count: number): ReturnType<typeof file> | undefined {
  const [name = "", ...words] = line.split(" ");
  const tenant = name.startsWith("vlan") ? Number(name.slice(4)) : undefined;
  if (name === "" || (tenant !== undefined && tenant >= count)) return undefined;
  const addresses = words.filter((it) => it.includes("/"));
  const parent =
    tenant === undefined
      ? []
      : [`vnetid ${(tenant % VLANS) + 1} parent em${Math.floor(tenant / VLANS) + 1}`];
  const lines = addresses.map((it) => {
    const [address, length] = it.split("/");
    return it.includes(":") ? `inet6 ${address} ${length}` : `inet ${address} 255.255.255.0`;
  });
  return file(`hostname.${name}`, [...parent, ...lines, "up"]);
}
