import { describe, expect, it } from "vitest";
import type { Device, Network, Service } from "../../../model/network.ts";
import { packetText } from "../../../report/packet.ts";
import { NOWHERE, networkOf } from "../../support/network.ts";
import { RequiredGround } from "../../support/required.ts";
import { type SmallHost, smallHost } from "../../support/small-host.ts";

const HTTPS: Service = { kind: "transport", protocol: 6, port: { operator: "=", port: 443 } };
const DNS: Service = { kind: "transport", protocol: 17, port: { operator: "=", port: 53 } };

const SITE: Omit<SmallHost, "rules"> = {
  interfaces: [
    { n: "em0", g: ["egress"], a: ["192.0.2.1/24", "2001:db8::1/64"] },
    { n: "vlan10", a: ["10.10.0.1/24", "2001:db8:10::1/64"] },
  ],
  routes: [
    ["192.0.2.0/24", "em0"],
    ["0.0.0.0/0", "em0", "192.0.2.254"],
    ["2001:db8::/64", "em0"],
    ["::/0", "em0", "2001:db8::fe"],
    ["10.10.0.0/24", "vlan10"],
    ["2001:db8:10::/64", "vlan10"],
  ],
};

/** 198.51.100.7 and 2001:db8:cafe::7 on the Internet, 10.10.0.5 and 2001:db8:10::5 on vlan10. */
const STATIONS: readonly Device[] = [
  station("client", "em0", 0xc6336407n, 0x20010db8cafe0000_0000000000000007n),
  station("web", "vlan10", 0x0a0a0005n, 0x20010db800100000_0000000000000005n),
];

function station(name: string, on: string, inet: bigint, inet6: bigint): Device {
  return {
    name,
    at: { kind: "interface", host: "fw", interface: on, span: NOWHERE },
    addresses: [
      { family: "inet", first: inet, last: inet },
      { family: "inet6", first: inet6, last: inet6 },
    ],
  };
}

function siteWith(rules: readonly string[], devices: readonly Device[] = STATIONS): Network {
  const fw = smallHost("fw", { ...SITE, rules });
  const zones = { internet: "fw:em0", tenant: "fw:vlan10", fw: "fw" };
  return { ...networkOf([fw], zones, []), devices };
}

/** What becomes of a flow, family by family, in a line each. */
function told(
  rules: readonly string[],
  [from, to]: readonly [string, string],
  service: Service = HTTPS,
  devices?: readonly Device[],
): readonly string[] {
  const ground = new RequiredGround(siteWith(rules, devices));
  return ground.asked(from, to, service).map((answer) => {
    const { family, verdict, failure, reasons } = answer;
    const why = [failure?.text, failure?.decides?.text, ...reasons.map(({ text }) => text)];
    return [`${family} ${verdict}`, ...why.filter((it) => it !== undefined)].join(": ");
  });
}

const IN = ["internet", "tenant"] as const;
const ND = "pass quick inet6 proto icmp6 icmp6-type { neighbrsol neighbradv }";

describe("a required flow", () => {
  it("works in both families if the packet, its reply and neighbour discovery pass", () => {
    expect(told([ND, "block", "pass proto tcp to port 443"], IN)).toEqual([
      "inet works",
      "inet6 works",
    ]);
  });

  it("is dead over inet6 where neighbour discovery is blocked, and inet is not", () => {
    expect(told(["block", "pass proto tcp to port 443"], IN)).toEqual([
      "inet works",
      "inet6 fails: no neighbour is found: the solicitation is dropped out on vlan10 of fw: block drop all",
    ]);
  });

  it("needs advertisements to come in by a rule: states of solicitations answer none", () => {
    const out = "pass out inet6 proto icmp6 icmp6-type { neighbrsol neighbradv }";
    const asked = "pass in inet6 proto icmp6 icmp6-type neighbrsol";
    expect(told(["block", out, asked, "pass proto tcp to port 443"], IN)[1]).toBe(
      "inet6 fails: no neighbour is found: the advertisement is dropped in on vlan10 of fw: block drop all",
    );
  });

  it("fails at the rule that drops the opening packet", () => {
    const rules = [ND, "block", "pass in on em0 proto tcp to port 443", "block out log on vlan10"];
    expect(told(rules, IN)).toEqual([
      "inet fails: the opening packet is dropped out on vlan10 of fw: block drop out log on vlan10 all",
      "inet6 fails: the opening packet is dropped out on vlan10 of fw: block drop out log on vlan10 all",
    ]);
  });

  it("fails where only the reply is dropped, without a state or on another interface", () => {
    const rules = [
      ND,
      "block",
      "pass in on em0 proto tcp to port 443 no state",
      "pass out on vlan10",
    ];
    expect(told(rules, IN)[0]).toBe(
      "inet fails: its reply is dropped out on em0 of fw: block drop all",
    );
  });

  it("has to get through from every port of a client", () => {
    const rules = ["block", "pass proto tcp from port 1024:49151 to port 443"];
    expect(told(rules, IN)[0]).toBe(
      "inet fails: the opening packet is dropped in on em0 of fw: block drop all",
    );
  });

  it("has to get through from every declared address of the sender, and to every one of the target", () => {
    const two = [...STATIONS, station("other", "vlan10", 0x0a0a0006n, 0x20010db800100000_6n)];
    const rules = [ND, "block", "pass proto tcp to { 10.10.0.5 2001:db8:10::5 } port 443"];
    expect(told(rules, IN)).toEqual(["inet works", "inet6 works"]);
    expect(told(rules, IN, HTTPS, two).map((it) => it.split(":")[0])).toEqual([
      "inet fails",
      "inet6 fails",
    ]);
    const back = ["block", "pass in on vlan10 from 10.10.0.5", "pass out on em0"];
    expect(told(back, ["tenant", "internet"])[0]).toBe("inet works");
    expect(told(back, ["tenant", "internet"], HTTPS, two)[0]).toMatch(/^inet fails: the opening/);
  });

  it("works where the target is published at another address and port", () => {
    const rdr = "pass in on em0 inet proto tcp to 192.0.2.1 port 8443 rdr-to 10.10.0.5 port 443";
    const only = "block in on em0 inet to 10.0.0.0/8";
    expect(told(["block", only, rdr, "pass out on vlan10"], IN)[0]).toBe("inet works");
    const lost = [rdr.replace("10.10.0.5", "10.10.0.6"), "pass out on vlan10"];
    expect(told(["block", only, ...lost], IN)[0]).toMatch(/^inet fails/);
    const shut = told(["block", only, rdr], IN)[0];
    expect(shut).toBe(
      "inet fails: the opening packet is dropped out on vlan10 of fw: block drop all",
    );
  });

  it("works through a translation of the sender, and comes back", () => {
    const rules = ["block", "pass in on vlan10", "pass out on em0 inet nat-to (em0)"];
    expect(told(rules, ["tenant", "internet"], DNS)[0]).toBe("inet works");
    const wrong = ["block", "pass in on vlan10 no state", "pass out on em0 inet nat-to (em0)"];
    expect(told(wrong, ["tenant", "internet"], DNS)[0]).toBe(
      "inet fails: its reply is dropped out on vlan10 of fw: block drop all",
    );
  });

  it("works to a host if one of its addresses answers, from a host by the address it sends with", () => {
    const rules = [
      "block",
      "pass in on vlan10 inet to 10.10.0.1",
      "pass out on em0 from 192.0.2.1",
    ];
    expect(told(rules, ["tenant", "fw"])[0]).toBe("inet works");
    expect(told(rules, ["fw", "internet"], DNS)[0]).toBe("inet works");
    expect(told(["block"], ["tenant", "fw"])[0]).toMatch(/^inet fails: the opening packet/);
  });

  it("is undecided where chance decides, or a line that is not understood, with that line", () => {
    const chance = told(["block", "pass proto tcp to port 443 probability 50%"], IN)[0];
    expect(chance).toMatch(/^inet fails/);
    const open = ["block", "table <bad> persist", "pass proto tcp to port 443"];
    expect(told([...open, "block in quick from <bad>"], IN)[0]).toMatch(
      /^inet undecided: .*table <bad>/,
    );
    expect(told([...open, "block out quick on vlan10 from 10.0.0.9 to <bad>"], IN)[0]).toBe(
      "inet works",
    );
  });

  it("is undecided where nobody says who is on a wire, and it matters", () => {
    const [client] = STATIONS;
    const rules = ["block", "pass proto tcp to 10.10.0.5 port 443"];
    expect(told(rules, IN, HTTPS, [client!])[0]).toMatch(
      /^inet undecided: nobody says which addresses are on fw:vlan10: it works from \S+ to 10.10.0.5, not /,
    );
    expect(told(["pass"], IN, HTTPS, [])).toEqual(["inet works", "inet6 works"]);
    expect(told(["block"], IN, HTTPS, [])[0]).toMatch(/^inet fails/);
  });

  it("shows the opening packet and its reply", () => {
    const ground = new RequiredGround(siteWith(["pass"]));
    const [answer] = ground.asked("tenant", "internet", DNS, ["inet"]);
    expect(answer?.witness?.script.map(({ packet }) => packetText(packet))).toEqual([
      "udp 10.10.0.5:1024 > 198.51.100.7:53",
      "udp 198.51.100.7:53 > 10.10.0.5:1024",
    ]);
  });

  it("says of families that an end has not, and of what opens no flow, as much as it can", () => {
    const ground = new RequiredGround(
      siteWith(
        ["pass"],
        STATIONS.map((it) => ({ ...it, addresses: it.addresses.slice(0, 1) })),
      ),
    );
    const [answer] = ground.asked("internet", "tenant", HTTPS, ["inet6"]);
    expect(answer).toMatchObject({ verdict: "undecided" });
    expect(ground.asked("internet", "tenant", { kind: "frames", of: "arp" })).toEqual([]);
    const dhcp: Service = { kind: "transport", protocol: 17, port: { operator: "=", port: 67 } };
    expect(ground.asked("tenant", "fw", dhcp)[0]).toMatchObject({ verdict: "undecided" });
  });
});
