import type { Expectation, ExpectedLine, Scenario, Variant } from "../scenario.ts";

const PF = "perimeter/etc/pf.conf";

const lostPort: Variant = {
  name: "lost-port",
  summary: "The redirection to the mail host has lost its ports.",
  expected: [
    {
      from: "internet",
      to: "tenant-b",
      verdict: "violated",
      class: "direct",
      decides: { file: PF, line: 55, text: "pass out on em2 received-on $uplink flags any" },
      packets: 1,
      note: "out goes what came in on the uplink; vmm2 stops it at the mail host's port, not on the cable",
    },
  ],
};

const noLink1: Variant = {
  name: "no-link1",
  summary: "veb20 lacks link1, so that no rule for its ports is ever asked.",
  expected: [
    ...(
      [
        ["tenant-b", "mailboxes"],
        ["mailboxes", "tenant-b"],
      ] as const
    ).map(
      ([from, to]): Expectation => ({
        from,
        to,
        verdict: "violated",
        class: "layer 2",
        packets: 1,
        note: "veb20 switches the frame between its ports and never asks pf",
      }),
    ),
    {
      from: "internet",
      to: "mailboxes",
      verdict: "violated",
      class: "direct",
      packets: 1,
      note: "mail for the mail host is flooded to every port of veb20",
    },
    {
      from: "tenant-a",
      to: "mailboxes",
      verdict: "violated",
      class: "direct",
      decides: { file: PF, line: 56, text: "pass out on em2 received-on em1 flags any" },
      packets: 1,
      note: "so is what the shop submits",
    },
    {
      from: "mailboxes",
      to: "internet",
      verdict: "violated",
      class: "direct",
      packets: 1,
      note: "with the mail host's address: nobody looks who sends it",
    },
    {
      from: "internet",
      to: "tenant-b",
      verdict: "violated",
      class: "punched",
      packets: 2,
      note: "and the answer goes to the mail host, which did not ask",
    },
    {
      from: "mailboxes",
      to: "tenant-a",
      verdict: "violated",
      class: "reply",
      decides: submission(),
      packets: 2,
      note: "answers for the mail host what the shop submits",
    },
    ...["perimeter", "vmm1"].map(
      (from): Expectation => ({
        from,
        to: "mailboxes",
        verdict: "violated",
        class: "punched",
        packets: 2,
        note: "errors about flows of the mail host are flooded too",
      }),
    ),
    ...["tenant-b", "mailboxes"].map(
      (to): Expectation => ({
        from: "vmm2",
        to,
        verdict: "violated",
        class: "punched",
        decides: {
          file: "vmm2/etc/pf.conf",
          line: 43,
          text: "pass in on { $mx $boxes $host } proto udp from { <mail> <store> } to ($host) port ntp",
        },
        packets: 2,
        note: "the time that one of them asked for, with the other's address or not, is flooded to both",
      }),
    ),
  ],
};

function submission(): ExpectedLine {
  const text = "pass in on em1 proto tcp from <tenant-a> to <mail> port submission";
  return { file: PF, line: 43, text };
}

const passOut: Variant = {
  name: "pass-out",
  summary: "vmm1 lets out whatever leaves it, not only what its guests sent to the perimeter.",
  expected: [
    ...["tenant-a", "admin"].map(
      (to): Expectation => ({
        from: "vmm1",
        to,
        verdict: "violated",
        class: "direct",
        decides: passOutLine(),
        packets: 1,
        note: "the host speaks as it likes",
      }),
    ),
    {
      from: "vmm1",
      to: "internet",
      verdict: "violated",
      class: "direct",
      decides: { file: PF, line: 46, text: "pass out on $uplink received-on em1 flags any" },
      packets: 1,
      note: "from its address on the guests' network the perimeter takes it for the tenant",
    },
    {
      from: "vmm1",
      to: "tenant-b",
      verdict: "violated",
      class: "direct",
      decides: { file: PF, line: 56, text: "pass out on em2 received-on em1 flags any" },
      packets: 1,
      note: "so does the rule for the shop's mail",
    },
    {
      from: "vmm1",
      to: "perimeter",
      verdict: "violated",
      class: "punched",
      decides: {
        file: PF,
        line: 63,
        text: "pass in on $admin proto tcp from $workstations to ($admin) port ssh",
      },
      packets: 2,
      note: "errors about a login of the administration, across its wire",
    },
    {
      from: "vmm1",
      to: "vmm2",
      verdict: "violated",
      class: "punched",
      decides: {
        file: "vmm2/etc/pf.conf",
        line: 44,
        text: "pass in on $admin proto tcp from $workstations to ($admin) port ssh",
      },
      packets: 2,
      note: "likewise",
    },
    ...["internet", "tenant-a", "tenant-b", "admin"].map(
      (from): Expectation => ({
        from,
        to: "vmm1",
        verdict: "violated",
        class: "reply",
        decides: passOutLine(),
        packets: 2,
        note: "answers what the host may not ask",
      }),
    ),
    {
      from: "internet",
      to: "tenant-a",
      verdict: "violated",
      class: "punched",
      packets: 2,
      note: "those answers cross the tenant's cable",
    },
    {
      from: "tenant-b",
      to: "tenant-a",
      verdict: "violated",
      class: "punched",
      decides: submission(),
      packets: 2,
      note: "likewise",
    },
  ],
};

function passOutLine(): ExpectedLine {
  return { file: "vmm1/etc/pf.conf", line: 29, text: "pass out" };
}

const noAdvert: Variant = {
  name: "no-advert",
  summary: "vmm1 takes states for the answers of neighbour discovery: only solicitations pass.",
  expected: [],
  failing: [
    {
      from: "internet",
      to: "tenant-a",
      service: "tcp/443",
      family: "inet6",
      decides: {
        file: "vmm1/etc/pf.conf",
        line: 35,
        text: "block in log to { <martians> (self) (self:broadcast) }",
      },
      note: "an advertisement is no reply to pf, whatever state the solicitation made",
    },
  ],
};

/** A perimeter and two VMM hosts behind it, one that routes and one that switches. */
export const perimeter: Scenario = {
  name: "perimeter",
  directory: "scenarios/perimeter",
  summary: "A perimeter publishes the services of two tenants, each on a VMM host of its own.",
  variants: [lostPort, noLink1, passOut, noAdvert],
  expected: [
    {
      from: "internet",
      to: "tenant-b",
      verdict: "proved",
      note: "on the cable already, so by the perimeter alone",
    },
    {
      from: "tenant-a",
      to: "tenant-b",
      verdict: "proved",
      note: "the shop's mail and nothing else, by either family",
    },
    {
      from: "internet",
      to: "mailboxes",
      verdict: "proved",
      note: "vmm2 lets nothing out at their port but what the mail host sends there",
    },
    {
      from: "tenant-a",
      to: "admin",
      verdict: "proved",
      note: "the guests' rule on vmm1 excludes the administration's network: no error about its logins either",
    },
    {
      from: "tenant-b",
      to: "internet",
      verdict: "proved",
      note: "its ports are named on the way out once more: a state on em2 may outlive the one on the uplink",
    },
  ],
};
