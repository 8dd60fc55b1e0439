import type { Network } from "../model/network.ts";
import type { HostFile } from "../parser/host/input.ts";
import { readHost } from "../parser/host/read.ts";
import { parseSite } from "../parser/site/parse.ts";

/** Of one pod: hosts that share its VLANs, which all have an address in each of them. */
const HOSTS = 5;
const VLANS = 20;

/**
 * A site of pods: five hosts that share twenty VLANs, a zone each, and behind the first host of each pod
 * a backbone. In a VLAN one host is the router of one pair of VLANs, whose members ask each other for HTTPS; every VLAN
 * has a service that the backbone asks for. Ten pods are 50 hosts, 200 VLANs and 1,000 interfaces on them.
 */
export function pods(count: number): Network {
  const hosts = Array.from({ length: count * HOSTS }, (_, index) => {
    const name = `h${index}`;
    return readHost({
      name,
      at: name,
      files: filesOf(name, Math.floor(index / HOSTS), index % HOSTS),
    });
  });
  const {
    hosts: read,
    additions,
    diagnostics,
  } = parseSite({
    file: "site.yaml",
    text: siteOf(count),
    hosts: hosts.map((it) => it.host),
  });
  const wrong = [...hosts.flatMap((it) => it.diagnostics), ...diagnostics].find(
    (it) => it.severity === "error",
  );
  if (wrong !== undefined) throw new Error(wrong.message);
  return { hosts: read, ...additions };
}

function filesOf(host: string, pod: number, member: number): readonly HostFile[] {
  const vlans = Array.from({ length: VLANS }, (_, at) => at);
  const rules = [
    "set skip on lo",
    "set state-policy if-bound",
    "block",
    "block in quick from self:broadcast",
    "block in quick to { self self:broadcast }",
  ];
  const files: Record<string, string> = {
    "hostname.em1": "up",
    "sysctl.conf": "net.inet.ip.forwarding=1",
  };
  for (const at of vlans) {
    const id = 1 + at + pod * VLANS;
    files[`hostname.vlan${id}`] =
      `parent em1 vnetid ${id}\ninet ${networkOf(pod, at)}.${member + 1} 255.255.255.0`;
    rules.push(`antispoof quick for vlan${id}`);
    const other = at ^ 1;
    // each host routes between some pairs of VLANs
    if ((at >> 1) % HOSTS !== member) continue;
    const to = `${networkOf(pod, other)}.0/24`;
    rules.push(
      `pass in on vlan${id} inet proto tcp from vlan${id}:network to ${to} port 443`,
      `pass out on vlan${id} inet proto tcp from ${to} to vlan${id}:network port 443`,
    );
  }
  if (member === 0) {
    files["hostname.em0"] = `inet 172.16.${pod >> 8}.${pod & 255} 255.255.0.0`;
    rules.push("antispoof quick for em0");
    for (const at of vlans) {
      const id = 1 + at + pod * VLANS;
      const service = `${networkOf(pod, at)}.10`;
      rules.push(
        `pass in on em0 inet proto tcp from 203.0.113.0/24 to ${service} port 443`,
        `pass out on vlan${id} inet proto tcp from 203.0.113.0/24 to ${service} port 443`,
      );
    }
  }
  files["pf.conf"] = rules.join("\n");
  return Object.entries(files).map(([name, text]): HostFile => {
    return { path: `/etc/${name}`, file: `${host}/etc/${name}`, text: `${text}\n` };
  });
}

/** 10.0.0.0/8 has room for 12,800 networks of 256 addresses in pods of twenty. */
function networkOf(pod: number, vlan: number): string {
  const index = pod * VLANS + vlan;
  return `10.${index >> 8}.${index & 255}`;
}

function siteOf(count: number): string {
  const lines = ["pfproof: 1", "wires:"];
  const pods = Array.from({ length: count }, (_, pod) => pod);
  lines.push(`  backbone: [${pods.map((pod) => `"h${pod * HOSTS}:em0"`).join(", ")}]`);
  for (const pod of pods) {
    const ends = Array.from({ length: HOSTS }, (_, member) => `"h${pod * HOSTS + member}:em1"`);
    lines.push(`  pod${pod}: [${ends.join(", ")}]`);
  }
  const hosts = Array.from({ length: count * HOSTS }, (_, index) => `h${index}`);
  lines.push("zones:", "  backbone: { at: backbone }", `  routers: { at: [${hosts.join(", ")}] }`);
  const vlans = pods.flatMap((pod) => Array.from({ length: VLANS }, (_, at) => pod * VLANS + at));
  for (const vlan of vlans) {
    const host = `h${Math.floor(vlan / VLANS) * HOSTS}`;
    lines.push(`  v${vlan}: { at: "${host}:vlan${vlan + 1}" }`);
  }
  lines.push("conduits:");
  for (const vlan of vlans) {
    lines.push(`  - { from: v${vlan}, to: v${vlan ^ 1}, services: [tcp/443] }`);
    lines.push(`  - { from: backbone, to: v${vlan}, services: [tcp/443] }`);
    lines.push(`  - { from: routers, to: v${vlan}, services: [tcp/443] }`);
  }
  return `${lines.join("\n")}\n`;
}
