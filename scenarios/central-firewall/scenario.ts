import type { Expectation, ExpectedLine, Scenario, Variant } from "../scenario.ts";

const PF = "fw/etc/pf.conf";

const wrongRdomain: Variant = {
  name: "wrong-rdomain",
  summary: "hostname.em3 puts the wire of tenant B into the routing domain of tenant A.",
  expected: (
    [
      ["tenant-a", "tenant-b"],
      ["tenant-b", "tenant-a"],
    ] as const
  ).map(([from, to]) => ({
    from,
    to,
    verdict: "violated",
    class: "direct",
    decides: { file: PF, line: 32, text: "pass out received-on any" },
    packets: 1,
    note: "both wires are in rdomain 1, where the anchor of tenant A lets everything through",
  })),
};

const unlistedVtep: Variant = {
  name: "unlisted-vtep",
  summary:
    "Outer packets go out to any VTEP, and their states let one in that is not in the table.",
  expected: [
    {
      from: "internet",
      to: "tenant-c",
      verdict: "violated",
      class: "punched",
      decides: vtepOut(),
      packets: 2,
      note: "the VTEP of the closed site answers by the state of our outer packet",
    },
    {
      from: "firewall",
      to: "internet",
      verdict: "violated",
      class: "direct",
      decides: vtepOut(),
      packets: 1,
      note: "outer packets leave on the uplink",
    },
    {
      from: "internet",
      to: "firewall",
      verdict: "violated",
      class: "reply",
      decides: vtepOut(),
      packets: 2,
      note: "answers to those outer packets reach the socket of the tunnel",
    },
  ],
};

function vtepOut(): ExpectedLine {
  const text = "pass out on { $uplink $transport } inet proto udp to port 4789";
  return { file: PF, line: 51, text };
}

const rtableZero: Variant = {
  name: "rtable-zero",
  summary: "Tenant A may ask a public resolver, by a rule that routes its packets in rdomain 0.",
  expected: [
    {
      from: "tenant-a",
      to: "internet",
      verdict: "violated",
      class: "direct",
      decides: namesOut(),
      packets: 1,
      note: "line 32 moves the packet to rdomain 0; a rule meant for the firewall lets it out",
    },
    {
      from: "transport",
      to: "internet",
      verdict: "violated",
      class: "tunnel",
      decides: namesOut(),
      packets: 1,
      note: "a frame forged into vxlan101 is in rdomain 1 too, and takes the same way",
    },
  ],
};

function namesOut(): ExpectedLine {
  return {
    file: PF,
    line: 55,
    text: "pass out on $uplink proto udp from port != 4789 to port { domain ntp }",
  };
}

const tagInTunnel: Variant = {
  name: "tag-in-tunnel",
  summary: "A tag set on outer packets is still there after decapsulation, and a rule trusts it.",
  expected: [
    {
      from: "transport",
      to: "firewall",
      verdict: "violated",
      class: "tunnel",
      decides: taggedIn(),
      packets: 1,
      note: "the inner packet keeps the tag and reaches every port of the firewall",
    },
    ...["tenant-a", "tenant-b", "tenant-c"].flatMap((tenant): readonly Expectation[] => [
      {
        from: tenant,
        to: "firewall",
        verdict: "violated",
        class: "direct",
        decides: taggedIn(),
        packets: 1,
        note: "from the tenant's other site, whose VTEP is in the table",
      },
      {
        from: "firewall",
        to: tenant,
        verdict: "violated",
        decides: taggedIn(),
        packets: 2,
        note: "the firewall answers what no conduit let in: asked by the tenant or by a forger",
      },
    ]),
  ],
};

function taggedIn(): ExpectedLine {
  return { file: PF, line: 51, text: "pass in tagged VTEP" };
}

/** One firewall, three tenants: a routing domain, an anchor and a VXLAN each. */
export const centralFirewall: Scenario = {
  name: "central-firewall",
  directory: "scenarios/central-firewall",
  summary:
    "A firewall keeps three tenants apart by routing domains; each has a VXLAN to a far site.",
  variants: [wrongRdomain, unlistedVtep, rtableZero, tagInTunnel],
  expected: [
    {
      from: "tenant-a",
      to: "tenant-b",
      verdict: "proved",
      note: "no edge leads from rdomain 1 to rdomain 2, and state keys hold the routing domain",
    },
    {
      from: "internet",
      to: "tenant-c",
      verdict: "proved",
      note: "vxlan113 is configured, but pf lets no outer packet out to it nor in from it",
    },
    {
      from: "internet",
      to: "transport",
      verdict: "proved",
      note: "nothing that comes in on the uplink is forwarded",
    },
    {
      from: "transport",
      to: "internet",
      verdict: "proved",
      note: "a forged inner frame stays in the tenant's routing domain, which has no way out",
    },
    {
      from: "transport",
      to: "admin",
      verdict: "proved",
      note: "only outer packets to the firewall itself come in on the transport",
    },
  ],
};
