import type { Expectation, ExpectedLine, FailingFlow, Scenario, Variant } from "../scenario.ts";

const PF = "plant/etc/pf.conf";

const portRange: Variant = {
  name: "port-range",
  summary: "The macro with the two ports of the control protocols has become a range.",
  expected: ["cell-a", "cell-b"].flatMap((cell): readonly Expectation[] => [
    {
      from: "supervision",
      to: cell,
      verdict: "violated",
      class: "direct",
      decides: {
        file: PF,
        line: 33,
        text: "pass out inet proto tcp to { $plc_a $plc_b } port $control received-on any flags any",
      },
      packets: 1,
      note: "4337 ports instead of two, in the rule on the way in and in the one on the way out",
    },
    {
      from: cell,
      to: "supervision",
      verdict: "violated",
      class: "reply",
      decides: {
        file: PF,
        line: 39,
        text: "pass in inet proto tcp to { $plc_a $plc_b } port $control keep state (floating) rtable 1",
      },
      packets: 2,
      note: "answers what no conduit admits",
    },
  ]),
};

const vendorQuick: Variant = {
  name: "vendor-quick",
  summary:
    "A quick pass for the vendor's visit names the PLC, but neither who may go there nor on which interface.",
  expected: [
    ...["cell-b", "supervision", "dmz", "trunk"].map(
      (from): Expectation => ({
        from,
        to: "cell-a",
        verdict: "violated",
        class: "direct",
        decides: {
          file: PF,
          line: 37,
          text: "pass out inet proto tcp to { $plc_a $plc_b } port 102 received-on any flags any",
        },
        packets: 1,
        note: "the rule for the engineering station lets out what the quick pass let in",
      }),
    ),
    {
      from: "cell-a",
      to: "cell-b",
      verdict: "violated",
      class: "reply",
      packets: 2,
      note: "the PLC answers the other cell",
    },
    ...["supervision", "dmz"].map(
      (to): Expectation => ({
        from: "cell-a",
        to,
        verdict: "violated",
        class: "reply",
        decides: vendorLine(),
        packets: 2,
        note: "the PLC answers, across the routing domains",
      }),
    ),
    {
      from: "operations",
      to: "cell-a",
      verdict: "undecided",
      note: "errors about a flow that another zone has open too: two states of one key, of which pf keeps one",
    },
  ],
};

function vendorLine(): ExpectedLine {
  const text = "pass in quick inet proto tcp to $plc_a port 102 keep state (floating) rtable 1";
  return { file: PF, line: 32, text };
}

const routeFirst: Variant = {
  name: "route-first",
  summary:
    "A route of table 2, added before any interface is in rdomain 2, leaves level 2 in that of the DMZ.",
  complaints: ["rdomain-refused", "route-refused"],
  failing: [
    ...control("rules of level 2 speak of rdomain 2, where vlan20 is not"),
    {
      from: "operations",
      to: "supervision",
      service: "tcp/4840",
      family: "inet",
      decides: blocked(),
      note: "table 2 has no network of level 2: the historian's packet leaves towards the DMZ",
    },
  ],
  expected: [
    {
      from: "supervision",
      to: "operations",
      verdict: "violated",
      class: "direct",
      decides: {
        file: PF,
        line: 48,
        text: "pass out inet proto tcp to $engineering port 3389 received-on any flags any",
      },
      packets: 1,
      note: "vlan20 is in rdomain 0, and the anchor of the DMZ lets everybody there to the desktop",
    },
    {
      from: "operations",
      to: "supervision",
      verdict: "violated",
      class: "reply",
      decides: dmzIn(),
      packets: 2,
      note: "the desktop answers",
    },
    {
      from: "operations",
      to: "dmz",
      verdict: "violated",
      class: "punched",
      decides: dmzIn(),
      packets: 2,
      note: "an HMI asks with a foreign address, and the answer goes to the DMZ",
    },
    {
      from: "dmz",
      to: "operations",
      verdict: "violated",
      class: "punched",
      packets: 2,
      note: "errors about that flow, by its floating state",
    },
  ],
};

/** What SCADA asks of the PLCs. */
function control(note: string): readonly FailingFlow[] {
  return ["cell-a", "cell-b"].flatMap((to) =>
    ["tcp/502", "tcp/4840"].map((service): FailingFlow => {
      return { from: "supervision", to, service, family: "inet", decides: blocked(), note };
    }),
  );
}

function blocked(): ExpectedLine {
  return { file: PF, line: 24, text: "block log" };
}

const boundState: Variant = {
  name: "bound-state",
  summary: "The rule for the control protocols has lost `keep state (floating)`.",
  expected: [],
  failing: control("the PLC's answer meets that state on vlan101, where one that is bound is none"),
};

function dmzIn(): ExpectedLine {
  const text = "pass in inet proto tcp to $engineering port 3389 keep state (floating) rtable 3";
  return { file: PF, line: 53, text };
}

/** A plant by IEC 62443: a routing domain per level of the Purdue model, a DMZ between two firewalls. */
export const purduePlant: Scenario = {
  name: "purdue-plant",
  directory: "scenarios/purdue-plant",
  summary:
    "Zones and conduits of a plant: a routing domain per level, rules that name the next one.",
  variants: [portRange, vendorQuick, routeFirst, boundState],
  expected: [
    {
      from: "supervision",
      to: "cell-a",
      verdict: "proved",
      note: "Modbus and OPC UA to the PLC and nothing else",
    },
    {
      from: "cell-a",
      to: "cell-b",
      verdict: "proved",
      note: "no rule lets in what a PLC sends of its own, and states stay on their interface",
    },
    {
      from: "enterprise",
      to: "operations",
      verdict: "proved",
      note: "edge lets out to two addresses of the DMZ, and their answers to plant would need its states",
    },
    {
      from: "vendor",
      to: "operations",
      verdict: "proved",
      note: "the jump host is not taken over (S6)",
    },
    {
      from: "trunk",
      to: "operations",
      verdict: "proved",
      note: "untagged frames are in a routing domain that no rule speaks of",
    },
  ],
};
