import { describe, expect, it } from "vitest";
import { Gates } from "../../../engine/claims/gates.ts";
import { Lookups } from "../../../engine/claims/lookups.ts";
import { planOf } from "../../../engine/claims/plan.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import { networkOfSite } from "../../../scenarios/arbitraries/network.ts";

const FORWARDING = "net.inet.ip.forwarding=1\nnet.inet6.ip6.forwarding=1\n";
const FOUR = "inet 10.0.0.1 255.255.255.0\n";
const SIX = "inet6 2001:db8::1 64\n";

describe("interfaces whose packets are looked up together", () => {
  it.each<[string, readonly [em1: string, em2: string], string, string, boolean]>([
    ["are alike in all that matters", [FOUR, FOUR], FORWARDING, "pass", true],
    ["have both IPv6", [FOUR + SIX, SIX], FORWARDING, "pass", true],
    ["have not both IPv6", [FOUR, FOUR + SIX], FORWARDING, "pass", false],
    ["are not in one routing domain", [FOUR, `rdomain 1\n${FOUR}`], FORWARDING, "pass", false],
    ["are told apart by a rule", [FOUR, FOUR], FORWARDING, "pass out received-on em1", false],
    ["are of a host that does not forward", [FOUR, FOUR], "", "pass", false],
    ["are of one that forwards IPv4 only", [FOUR, FOUR], FORWARDING.slice(0, 25), "pass", false],
  ])("%s", (_, [first, second], sysctl, rule, together) => {
    const files = new Map([
      ["fw/etc/sysctl.conf", sysctl],
      ["fw/etc/hostname.em1", first],
      ["fw/etc/hostname.em2", second],
      ["fw/etc/pf.conf", `${rule}\n`],
      ["site.yaml", "pfproof: 1\nzones: { a: { at: 'fw:em1' }, b: { at: 'fw:em2' } }\n"],
    ]);
    const plan = planOf(networkOfSite(files));
    const sets = packetFunctions("intervals", {});
    const lookups = new Lookups(new Gates(plan, sets, { reading: "may", closed: new Set() }));
    const [host] = plan.network.hosts;
    const standing = ["em1", "em2"].map((name) => {
      const own = host?.interfaces.find((it) => it.name === name);
      return host && own && lookups.standingFor(host, own);
    });
    expect(standing[0] !== undefined && standing[0] === standing[1]).toBe(together);
  });
});
