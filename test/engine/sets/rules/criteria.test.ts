import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import { liveRule } from "../../../../engine/kernel/rulesets.ts";
import type { Surroundings } from "../../../../engine/kernel/surroundings.ts";
import { Tables } from "../../../../engine/kernel/tables.ts";
import { bddPacketFunctions } from "../../../../engine/sets/bdd/bdd-packet-functions.ts";
import { intervalPacketFunctions } from "../../../../engine/sets/intervals/interval-packet-functions.ts";
import type { PacketFunctions } from "../../../../engine/sets/packet-functions.ts";
import {
  acceptedRules,
  type KernelEnv,
  surroundingsOf,
} from "../../../conformance/kernel-surroundings.ts";
import { environmentOf } from "../../../support/environment.ts";
import { aimedAt, drawnAim, drawnRuleset } from "../../../support/kernel-drawn.ts";
import { TENANTS } from "../../../support/kernel-host.ts";
import { PASS } from "../../../support/pass-rule.ts";
import { Agreement, type Meeting } from "./criteria-agreement.ts";
import { drawnMeeting, drawnRule } from "./criteria-drawn.ts";

const TABLES = `table <some> persist { 10.10.0.0/24, !10.10.0.64/26, 10.10.0.70, \\
  2001:db8:10::/64, !2001:db8:10::40/122 }
table <none> persist { !10.10.0.0/24 }
`;

/** More sockets for the same ports, and routes that lie within each other. */
const HOST: KernelEnv = {
  ...TENANTS,
  routes: [
    ...TENANTS.routes,
    [0, "10.10.0.64/26", "em0", null, "inner"],
    [0, "10.10.0.64/26", "vlan10", null, "uplink"],
    [0, "198.51.100.0/24", "vlan10", null],
    [0, "ff11::/16", "vlan10", null, "uplink"],
    [0, "fe80::/10", "em0", null, "uplink"],
    [1, "0.0.0.0/0", "vlan31", null, "uplink"],
  ],
  socks: [
    { pr: "tcp", l: "0.0.0.0", lp: 22, uid: 54, gid: 53 },
    { pr: "tcp", l: "192.0.2.1", lp: 22, uid: 53, gid: 0 },
    { pr: "tcp", l: "192.0.2.1", lp: 22, uid: 0, gid: 54 },
    { pr: "tcp", l: "192.0.2.1", lp: 22, f: "10.10.0.5", fp: 1024, uid: 60, gid: 60 },
    { pr: "tcp", l: "10.10.0.5", lp: 53, f: "0.0.0.0", fp: 0, uid: 53, gid: 53 },
    { pr: "udp", l: "0.0.0.0", lp: 53, f: "0.0.0.0", fp: 0, uid: 53, gid: 53 },
    { pr: "udp", l: "10.10.0.5", lp: 53, f: "10.10.0.4", fp: 53, uid: 0, gid: 0 },
    { pr: "udp", l: "2001:db8::1", lp: 53, uid: 54, gid: 54 },
    { pr: "udp", l: "::", lp: 54, uid: 0, gid: 53 },
  ],
};

const IMPLEMENTATIONS: readonly (readonly [string, () => PacketFunctions])[] = [
  ["interval diagrams", intervalPacketFunctions],
  ["binary diagrams", bddPacketFunctions],
];

interface Loaded {
  readonly rules: readonly LiveRule[];
  readonly tables: Tables;
  readonly surroundings: Surroundings;
}

function loaded(text: string): Loaded {
  const { main } = acceptedRules(text, environmentOf(TENANTS), {}, "");
  const rules = [...main.rulesets].flatMap(([path, its]) => {
    return its.rules.map((rule, number) => liveRule(rule, path, number, 0));
  });
  const tables = new Tables();
  tables.load(main, rules);
  return { rules, tables, surroundings: surroundingsOf(HOST) };
}

/** What a failing law shows. */
function told({ rule }: LiveRule, meeting: Meeting, kernel: string): string {
  const asked = Object.entries(rule).filter(([key, value]) => {
    return !Object.is(value, Object.entries(PASS).find(([it]) => it === key)?.[1]);
  });
  const text = (value: unknown): string => {
    return JSON.stringify(value, (_, it) => (typeof it === "bigint" ? `0x${it.toString(16)}` : it));
  };
  return `kernel: ${kernel || "matches"}; ${text(Object.fromEntries(asked))} and ${text(meeting)}`;
}

/** Both readings agree, and the bracket is closed. */
function expectAgreement(agreement: Agreement, rule: LiveRule, meeting: Meeting): string {
  const { kernel, may, must } = agreement.compare(rule, meeting);
  if (may !== (kernel === "") || must !== may) {
    expect.fail(`${told(rule, meeting, kernel)}: may ${may}, must ${must}`);
  }
  return kernel;
}

describe.each(IMPLEMENTATIONS)("criteria of rules as sets: %s", (_, made) => {
  it("hold for the packets that the kernel's criteria hold for, whatever is combined", () => {
    const { tables, surroundings } = loaded(TABLES);
    const agreement = new Agreement({ sets: made(), surroundings, tables });
    let matches = 0;
    fc.assert(
      fc.property(
        drawnRule(),
        fc.array(drawnMeeting(), { minLength: 40, maxLength: 60 }),
        (rule, meetings) => {
          for (const meeting of meetings) {
            if (expectAgreement(agreement, rule, meeting) === "") matches++;
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(matches).toBeGreaterThan(500);
  });

  it("hold for packets at the ends of what rules of a text name", () => {
    const rulesets = drawnRuleset({ actions: ["translate", "tag", "rtable", "quick"] });
    fc.assert(
      fc.property(rulesets, fc.array(drawnAim(), { minLength: 20 }), (ruleset, aims) => {
        const { rules, ...rest } = loaded(ruleset.text);
        const agreement = new Agreement({ sets: made(), ...rest });
        for (const aim of aims) {
          const shot = aimedAt(ruleset, aim);
          for (const rule of rules) {
            expectAgreement(agreement, rule, {
              ...shot,
              forwarded: false,
              rtable: shot.packet.rtable,
            });
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});
