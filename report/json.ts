import { printAddress } from "../model/address-text.ts";
import type {
  DecidingLine,
  Emission,
  PairAnswer,
  Reason,
  Script,
  Step,
  Trace,
  Violation,
} from "../model/answer.ts";
import type { CheckAnswer, InterfaceDefault, TraceAnswer } from "../model/check-answer.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Waiver } from "../model/network.ts";
import type { Packet, QuotedPacket } from "../model/packet.ts";
import type { RequiredAnswer, ViaAnswer } from "../model/required.ts";
import type { Survey } from "../model/survey.ts";
import { ASSUMPTIONS } from "./assumptions.ts";
import { emissionText, packetText } from "./packet.ts";
import { serviceText } from "./service.ts";
import { outcomeOf } from "./verdict.ts";
import { visibleJson } from "./visible.ts";

/**
 * The same answers for programs. Version 1: keys are added, never renamed or removed.
 *
 * Every document is one object that begins with `pfproof` (version of the format) and `command` and
 * ends with `diagnostics`; inner keys are sorted.
 * Spans are `{file, line, column, length}`; addresses are text; packets carry their `text`, which
 * `pfproof trace` reads back.
 */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Document of `check`. */
export function checkJson(answer: CheckAnswer, diagnostics: readonly Diagnostic[]): string {
  return document("check", diagnostics, {
    outcome: outcomeOf(answer),
    stopped: answer.stopped ?? null,
    level: answer.level,
    zones: answer.zones,
    pairs: answer.pairs.map(pairJson),
    required: answer.required.map(requiredJson),
    wayPoints: answer.wayPoints.map(wayPointJson),
    assumptions: answer.assumptions.map((id) => ({ id, text: ASSUMPTIONS[id] })),
    assumed: plain(answer.assumed),
    waivers: answer.waivers.map(waiverJson),
    attack: { scripts: answer.attack.scripts, seed: answer.attack.seed },
    refuted: answer.refuted === undefined ? null : { ...answer.refuted },
    findings: plain(answer.findings),
    unread: plain(answer.brackets),
    defaults: answer.defaults.map(defaultJson),
    survey: plain(answer.survey),
  });
}

/** Document of `trace`. */
export function traceJson(
  script: readonly Emission[],
  answer: TraceAnswer,
  diagnostics: readonly Diagnostic[],
): string {
  return document("trace", diagnostics, {
    packets: scriptJson(script, answer.traces),
  });
}

/** Document of `show`: one part of the survey. */
export function surveyJson(
  survey: Survey,
  part: keyof Survey,
  diagnostics: readonly Diagnostic[],
): string {
  const also = part === "wires" ? { suspicions: plain(survey.suspicions) } : {};
  return document("show", diagnostics, { [part]: plain(survey[part]), ...also });
}

/** Document of a question that could not be asked. */
export function wrongInputJson(command: string, diagnostics: readonly Diagnostic[]): string {
  return document(command, diagnostics, { outcome: "wrong input" });
}

/** Document of a question that the engine gave no answer to; the reason is on standard error. */
export function noAnswerJson(command: string): string {
  return document(command, [], { outcome: "undecided", stopped: "no answer" });
}

/** One document; the keys of `body` stay in their order, those below them are sorted. */
export function document(
  command: string,
  diagnostics: readonly Diagnostic[],
  body: { readonly [key: string]: Json },
): string {
  const inner = Object.entries({ ...body, diagnostics: plain(diagnostics) });
  const sorted = Object.fromEntries(inner.map(([key, value]) => [key, sortedKeys(value)]));
  return `${visibleJson(JSON.stringify({ pfproof: 1, command, ...sorted }, null, 2))}\n`;
}

/** Keys of inner objects in byte order, so that the text does not depend on who built the value. */
function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedKeys(inner)]));
}

/** Model values whose members are all JSON already. */
function plain(value: Unbig): Json {
  return value as unknown as Json;
}

type Unbig =
  | readonly (Diagnostic | CheckAnswer["brackets"][number])[]
  | CheckAnswer["assumed"]
  | Survey
  | Survey[keyof Survey]
  | DecidingLine["span"];

function pairJson(pair: PairAnswer): Json {
  const { from, to, verdict, level, conduit, violation } = pair;
  return {
    from,
    to,
    verdict,
    level,
    conduit,
    assumptions: pair.assumptions,
    reasons: pair.reasons.map(reasonJson),
    violation: violation === undefined ? null : violationJson(violation),
    waivedBy: pair.waivedBy ?? [],
  };
}

function waiverJson({ id, from, to, services, reason, by, expires, span }: Waiver): Json {
  return {
    ...{ id, from, to, services: services.map(serviceText), span: plain(span) },
    ...{ reason: reason ?? null, by: by ?? null, expires: expires ?? null },
  };
}

/** One required flow of the document of `check`. */
function requiredJson(flow: RequiredAnswer): Json {
  const { from, to, id, span, service, family, verdict, witness, failure, reasons } = flow;
  return {
    ...{ from, to, id: id ?? null, span: plain(span) },
    ...{ service: serviceText(service), family, verdict },
    script: witness === undefined ? null : scriptJson(witness.script, witness.traces),
    failure:
      failure === undefined
        ? null
        : {
            ...{ text: failure.text, mend: failure.mend },
            decides: failure.decides === undefined ? null : lineJson(failure.decides),
          },
    reasons: reasons.map(reasonJson),
  };
}

function wayPointJson(it: ViaAnswer): Json {
  const { from, to, id, span, via, verdict, witness, reasons } = it;
  return {
    ...{ from, to, id: id ?? null, span: plain(span), via, verdict },
    script: witness === undefined ? null : scriptJson(witness.script, witness.traces),
    reasons: reasons.map(reasonJson),
  };
}

export function violationJson({ class: kind, decides, script, traces }: Violation): Json {
  return {
    class: kind,
    decides: decides === undefined ? null : lineJson(decides),
    script: scriptJson(script, traces),
  };
}

/** The packets of a script, each with what became of it. */
export function scriptJson(script: Script, traces: readonly Trace[]): Json {
  return script.map((emission, index) => ({
    ...emissionJson(emission),
    steps: stepsJson(traces[index]),
  }));
}

export function reasonJson({ text, span, unread, settle }: Reason): Json {
  const at = span === undefined ? null : plain(span);
  return { text, span: at, unread: unread?.id ?? null, settle };
}

function lineJson({ span, text }: DecidingLine): Json {
  return { text, span: plain(span) };
}

export function ruleJson(rule: DecidingLine & { number: number; anchor: string }): Json {
  return { number: rule.number, anchor: rule.anchor, text: rule.text, span: plain(rule.span) };
}

function defaultJson(it: InterfaceDefault): Json {
  const { host, interface: name, family, verdict, rule } = it;
  const by = rule === undefined ? null : ruleJson(rule);
  return { host, interface: name, family, verdict, rule: by };
}

function emissionJson(emission: Emission): { readonly [key: string]: Json } {
  const { from, at, local, packet, outer } = emission;
  return {
    from,
    place: local ? at.host : `${at.host}:${at.interface}`,
    text: emissionText(emission),
    packet: packetJson(packet),
    outer: outer === undefined ? null : packetJson(outer),
  };
}

export function packetJson(packet: Packet): Json {
  const { quoted, source, destination, ...rest } = packet;
  return {
    text: packetText(packet),
    ...rest,
    source: printAddress({ family: packet.family, value: source }),
    destination: printAddress({ family: packet.family, value: destination }),
    quoted: quoted === undefined ? null : quotedJson(quoted, packet),
  };
}

function quotedJson({ source, destination, ...rest }: QuotedPacket, { family }: Packet): Json {
  return {
    ...rest,
    source: printAddress({ family, value: source }),
    destination: printAddress({ family, value: destination }),
  };
}

function stepsJson(trace: Trace | undefined): Json {
  return (trace?.steps ?? []).map(stepJson);
}

function stepJson(step: Step): Json {
  if (step.kind === "delivered") return { ...step, packet: packetJson(step.packet) };
  if (step.kind !== "test") return { ...step };
  const { packet, becomes, rule, creator, ...rest } = step;
  return {
    ...rest,
    creator: creator ?? null,
    rule: rule === undefined ? null : ruleJson(rule),
    packet: packetJson(packet),
    becomes: becomes === undefined ? null : packetJson(becomes),
  };
}
