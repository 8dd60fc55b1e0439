import type { Expectation, ExpectedLine, Scenario, Variant } from "../scenario.ts";

const PF = "vmm/etc/pf.conf";

const inetOnlyBlock: Variant = {
  name: "inet-only-block",
  summary: "The default block speaks of inet only, so that IPv6 passes where no rule matches.",
  expected: [
    ...ipv6("internet", ["tenant1", "tenant2"]),
    ...ipv6("tenant1", ["tenant2"]),
    ...ipv6("tenant2", ["tenant1"]),
    ...ipv6("trunk", ["internet", "tenant1", "tenant2"]),
    ...ipv6("underlay", ["internet"]),
    ...ipv6("vmm", ["internet", "tenant1", "tenant2"]),
  ],
};

/** No line decides: on the way in nothing matches, and pf passes what nothing matches. */
function ipv6(from: string, destinations: readonly string[]): readonly Expectation[] {
  return destinations.map((to) => ({
    from,
    to,
    verdict: "violated",
    class: "direct",
    packets: 1,
    note: "an inet6 packet that no rule matches passes; `block log inet` in line 26 is not for it",
  }));
}

const sharedQuick: Variant = {
  name: "shared-quick",
  summary:
    "A quick pass in the anchor for all guests opens the resolvers of each tenant to everybody there.",
  expected: [
    ...(
      [
        ["tenant1", "tenant2"],
        ["tenant2", "tenant1"],
        ["vmm", "tenant1"],
        ["vmm", "tenant2"],
      ] as const
    ).map(
      ([from, to]): Expectation => ({
        from,
        to,
        verdict: "violated",
        class: "direct",
        decides: quickLine(),
        packets: 1,
        note: "port 53 of every guest is open, and no later rule is asked",
      }),
    ),
    ...["tenant1", "tenant2"].map(
      (from): Expectation => ({
        from,
        to: "vmm",
        verdict: "violated",
        class: "reply",
        decides: quickLine(),
        packets: 2,
        note: "answers what the host may not ask",
      }),
    ),
  ],
};

function quickLine(): ExpectedLine {
  return { file: PF, line: 60, text: "pass quick proto udp to <tenants> port domain" };
}

const oneSwitch: Variant = {
  name: "one-switch",
  summary: "vm.conf attaches the guest of tenant 2 to the switch of tenant 1, a veb without link1.",
  expected: [
    ...(
      [
        ["tenant1", "tenant2"],
        ["tenant2", "tenant1"],
      ] as const
    ).map(
      ([from, to]): Expectation => ({
        from,
        to,
        verdict: "violated",
        class: "layer 2",
        packets: 1,
        note: "veb10 switches the frame between its ports and never asks pf (vm.conf line 25)",
      }),
    ),
    ...["tenant1", "tenant2"].flatMap((to): readonly Expectation[] => [
      {
        from: "internet",
        to,
        verdict: "violated",
        class: "punched",
        packets: 2,
        note: "answers to the other tenant are flooded to every port of veb10",
      },
      {
        from: "vmm",
        to,
        verdict: "violated",
        class: "punched",
        decides: { file: PF, line: 60, text: "pass in proto udp to (guests) port domain" },
        packets: 2,
        note: "so are the host's answers to the other tenant",
      },
    ]),
  ],
};

const noAntispoof: Variant = {
  name: "no-antispoof",
  summary: "vport20 came later and nobody added it to the antispoof line.",
  expected: [
    {
      from: "internet",
      to: "tenant2",
      verdict: "violated",
      class: "punched",
      decides: { file: PF, line: 75, text: "pass out on $uplink received-on guests" },
      packets: 2,
      note: "tenant 1 sends as a guest of tenant 2, and the Internet answers that guest",
    },
  ],
};

/** One VMM host, two tenants in one routing domain: pf alone keeps them apart. */
export const multiTenantHost: Scenario = {
  name: "multi-tenant-host",
  directory: "scenarios/multi-tenant-host",
  summary: "Two tenants on one VMM host share a routing domain and an uplink; pf keeps them apart.",
  variants: [inetOnlyBlock, sharedQuick, oneSwitch, noAntispoof],
  expected: [
    {
      from: "tenant1",
      to: "tenant2",
      verdict: "proved",
      note: "every private or own address is in <local>, and states stay on their interface",
    },
    {
      from: "internet",
      to: "tenant2",
      verdict: "proved",
      note: "besides the service, only answers on states of the tenant's own packets",
    },
    {
      from: "internet",
      to: "vmm",
      verdict: "proved",
      note: "no tenant can forge an address of the host, a broadcast or a group as a source",
    },
    {
      from: "underlay",
      to: "internet",
      verdict: "proved",
      note: "a forged inner frame comes in on vxlan1001, from where only the guests are reached",
    },
    {
      from: "trunk",
      to: "vmm",
      verdict: "proved",
      note: "em1 has no address, but what it receives is in rdomain 0: the default block counts",
    },
  ],
};
