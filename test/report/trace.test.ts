import { describe, expect, it } from "vitest";
import type { Emission, Step } from "../../model/answer.ts";
import { surveyJson, traceJson } from "../../report/json.ts";
import { linesOf, paintFor } from "../../report/paint.ts";
import { linesText, SURVEY_PARTS, surveyLines } from "../../report/survey.ts";
import { arrives, scriptLines } from "../../report/trace.ts";
import { PUNCHED, packetOf, ruleAt, SURVEY } from "../support/answers.ts";

const INNER = "icmp6 2001:db8::1 > 2001:db8::2 neighbrsol";

const SCRIPT: readonly Emission[] = [
  {
    from: "node1",
    at: { host: "node1", interface: "em0" },
    local: true,
    packet: packetOf(INNER),
    outer: packetOf("udp 192.0.2.1:4789 > 192.0.2.2:4789"),
  },
  {
    from: "gone",
    at: { host: "node1", interface: "" },
    local: true,
    packet: packetOf("tcp 192.0.2.1:1 > 203.0.113.1:2 flags none"),
  },
];

const EVERY_STEP: readonly Step[] = [
  { kind: "switch", host: "node1", bridge: "veb0", from: "tap0", to: "vport0" },
  {
    kind: "test",
    host: "node1",
    interface: "em0",
    direction: "in",
    rdomain: 2,
    packet: packetOf(INNER),
    verdict: "unknown",
    by: "rule",
    rule: { ...ruleAt(5), anchor: "relayd/web" },
    made: false,
  },
  ...(["default", "skip", "no pf"] as const).map((by): Step => {
    return {
      kind: "test",
      host: "node1",
      interface: "lo0",
      direction: "out",
      rdomain: 0,
      packet: packetOf(INNER),
      verdict: by === "skip" ? "skip" : "pass",
      by,
      made: false,
    };
  }),
  { kind: "encapsulate", host: "node1", tunnel: "vxlan0" },
  { kind: "decapsulate", host: "node2", tunnel: "vxlan0" },
  {
    kind: "test",
    host: "node2",
    interface: "vxlan0",
    direction: "in",
    rdomain: 0,
    packet: packetOf(INNER),
    verdict: "block",
    by: "rule",
    rule: ruleAt(1),
    made: false,
  },
  { kind: "dropped", host: "node2", reason: "blocked" },
];

describe("a trace", () => {
  const traces = [{ steps: EVERY_STEP }, { steps: [] }];

  it("has a line for every kind of step", async () => {
    const text = linesOf(scriptLines(SCRIPT, traces, paintFor(0)));
    await expect(text).toMatchFileSnapshot("golden/trace/every-step.txt");
  });

  it("is the same as JSON", async () => {
    await expect(traceJson(SCRIPT, { traces }, [])).toMatchFileSnapshot(
      "golden/trace/steps.json.txt",
    );
  });

  it("arrives only at a place other than the wire where it starts", () => {
    const steps = PUNCHED.violation?.traces[0]?.steps ?? [];
    expect(arrives({ steps })).toBe(true);
    expect(arrives({ steps: steps.slice(0, 1) })).toBe(false);
    expect(arrives({ steps: steps.slice(0, 3) })).toBe(false);
  });
});

describe("a survey", () => {
  it.each(SURVEY_PARTS)("shows its %s", async (part) => {
    const text = linesOf(surveyLines(SURVEY, part, paintFor(0)));
    await expect(text).toMatchFileSnapshot(`golden/show/${part}.txt`);
    await expect(surveyJson(SURVEY, part, [])).toMatchFileSnapshot(`golden/show/${part}.json.txt`);
  });

  it("joins consecutive lines", () => {
    expect(linesText([9, 3, 4, 5])).toBe("lines 3-5, 9");
    expect(linesText([7])).toBe("line 7");
  });
});
