import type { Script, Step, Trace } from "../model/answer.ts";
import type { Packet } from "../model/packet.ts";
import { lineOf } from "./excerpt.ts";
import { changeText, emissionText, packetText } from "./packet.ts";
import { type Paint, type Part, type Shown, shown } from "./paint.ts";
import { indented, table } from "./table.ts";

type Test = Extract<Step, { kind: "test" }>;

/**
 * A script and what became of each of its packets: every pf test with the rule or state that
 * decided it, every route, tunnel and end, in the order in which they happened.
 */
export function scriptLines(
  script: Script,
  traces: readonly Trace[],
  paint: Paint,
): readonly Shown[] {
  return script.flatMap((emission, index) => {
    const { host, interface: name } = emission.at;
    const at = emission.local ? host : `${host}:${name}`;
    const from = emission.from === at ? at : `${emission.from} at ${at}`;
    const head = shown`${paint.strong(`${index + 1}.`)} ${paint.place(from)} sends ${emissionText(emission)}`;
    const steps = withoutStart(traces[index]?.steps ?? []);
    const rows = steps.flatMap((step) => stepRows(step, emission.packet, paint));
    if (rows.length === 0) rows.push([paint.place(host), paint.strong("drops"), "it: no route"]);
    return [head, ...table(rows, 3)];
  });
}

/** The packets alone, one a line, as `pfproof trace --script` reads them back. */
export function replayLines(script: Script): readonly Shown[] {
  return script.map((emission) => {
    const { at, local } = emission;
    return shown`${local ? at.host : `${at.host}:${at.interface}`} ${emissionText(emission)}`;
  });
}

/** That a packet is on the wire where it starts is said only if nothing else becomes of it. */
function withoutStart(steps: readonly Step[]): readonly Step[] {
  const left = steps.findIndex((step) => step.kind !== "delivered");
  return left < 0 ? steps : steps.slice(left);
}

function stepRows(step: Step, sent: Packet, paint: Paint): readonly (readonly Part[])[] {
  switch (step.kind) {
    case "test":
      return testRows(step, paint);
    case "route":
      return [[paint.place(step.host), "route", shown`table ${step.rtable}, to ${step.to}`]];
    case "switch":
      return [
        [paint.place(step.host), "switch", shown`${step.bridge}, from ${step.from} to ${step.to}`],
      ];
    case "encapsulate":
      return [[paint.place(step.host), "tunnel", shown`goes into ${step.tunnel}`]];
    case "decapsulate":
      return [[paint.place(step.host), "tunnel", shown`comes out of ${step.tunnel}`]];
    case "delivered": {
      // every router takes one from ttl: that alone is no change worth a word
      const arrived = packetText({ ...step.packet, ttl: sent.ttl });
      const changed = arrived === packetText(sent) ? "it" : `it as ${arrived}`;
      return [[paint.place(step.place), paint.strong("receives"), changed]];
    }
    case "dropped":
      return [[paint.place(step.host), paint.strong("drops"), shown`it: ${step.reason}`]];
  }
}

function testRows(test: Test, paint: Paint): readonly (readonly Part[])[] {
  const where = `${test.direction} on ${test.interface}`;
  const rdomain = test.rdomain === 0 ? "" : ` rdomain ${test.rdomain}`;
  const verdict = verdictPart(test, paint);
  const made = test.made ? shown`, ${paint.strong("state made")}` : shown``;
  const row = [paint.place(test.host), where + rdomain, shown`${verdict} ${reason(test)}${made}`];
  if (test.becomes === undefined) return [row];
  return [row, ["", "", shown`rewritten: ${changeText(test.packet, test.becomes)}`]];
}

function verdictPart({ verdict }: Test, paint: Paint): Shown {
  switch (verdict) {
    case "pass":
      return paint.good("pass");
    case "block":
      return paint.bad("block");
    case "skip":
      return paint.good("pass");
    case "unknown":
      return paint.open("unknown");
  }
}

function reason(test: Test): Shown {
  const rule = test.rule === undefined ? shown`` : ruleName(test.rule);
  switch (test.by) {
    case "rule":
      return shown`by ${rule}`;
    case "state": {
      const maker = test.creator === undefined ? "" : ` of packet ${test.creator + 1}`;
      return shown`by the state${maker}${test.rule === undefined ? "" : shown`, made by ${rule}`}`;
    }
    case "default":
      return test.verdict === "unknown"
        ? shown`since the files do not say what decides`
        : shown`because no rule matches`;
    case "skip":
      return shown`because of set skip`;
    case "no pf":
      return shown`because pf is not asked here`;
  }
}

/** `rule @3 fw1/etc/pf.conf:12`, with its anchor if it is in one. */
export function ruleName(rule: NonNullable<Test["rule"]>): Shown {
  const anchor = rule.anchor === "" ? shown`` : shown` in anchor ${rule.anchor}`;
  return shown`rule @${rule.number}${anchor} (${lineOf(rule.span)})`;
}

/** Whether a trace ends at a place other than the wire where its packet starts. */
export function arrives({ steps }: Trace): boolean {
  const beyond = steps.some((step) => step.kind !== "delivered");
  return beyond && withoutStart(steps).some((step) => step.kind === "delivered");
}

/** A script and its traces below a heading of `indent` columns. */
export function indentedScript(
  script: Script,
  traces: readonly Trace[],
  paint: Paint,
  indent: number,
): readonly Shown[] {
  return scriptLines(script, traces, paint).map((line) => indented(line, indent));
}
