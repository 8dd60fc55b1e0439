import { printAddress } from "../model/address-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { PfPacket } from "../model/pf-packet.ts";
import type { PfSent, PfStep, PfTest, PfTrace, TracedRule } from "../model/pf-trace.ts";
import type { Sources } from "../model/source.ts";
import { document, type Json } from "./json.ts";
import { pfPacketText } from "./pf-packet.ts";
import { readable } from "./readable.ts";

/** Name and version of the format; a change that breaks a reader makes it 2. */
const PF_TRACE_SCHEMA = "pfproof/pf-trace/1";

/**
 * Document of `trace` on one pf.conf: a step a line of the script, with every field of
 * {@link PfTest}; what is absent is null. Packets carry their `text`, which `trace` reads back.
 *
 * @param sources - the pf.conf and the files it names, a character a byte
 */
export function pfTraceJson(
  { steps, states }: PfTrace,
  seed: number,
  diagnostics: readonly Diagnostic[],
  sources: Sources,
): string {
  const { json } = readable(sources);
  const span = (it: object): Json => json({ ...it } as Json);
  return document("trace", diagnostics, {
    schema: PF_TRACE_SCHEMA,
    seed,
    steps: steps.map((step) => stepJson(step, span)),
    states,
  });
}

type SpanJson = (span: object) => Json;

function stepJson(step: PfStep, span: SpanJson): Json {
  // lines of the script are read as text already
  const place = { kind: step.kind, line: step.line, span: { ...step.span } };
  switch (step.kind) {
    case "command":
      return { ...place, refused: step.refused };
    case "nothing":
      return { ...place, number: step.number, reason: step.reason };
    case "packet": {
      const { number, direction, forwarded, answers, continues, packet, test } = step;
      return {
        ...place,
        number,
        direction,
        interface: step.interface,
        forwarded,
        answers: answers ?? null,
        continues: continues ?? null,
        packet: packetJson(packet),
        test: testJson(test, span),
      };
    }
  }
}

function testJson(test: PfTest, span: SpanJson): Json {
  const { rule, becomes, second, tested, matched, sent, logs, open, ...plain } = test;
  return {
    ...plain,
    rule: optional(rule, (it) => ruleJson(it, span)),
    matched: matched.map((it) => ruleJson(it, span)),
    becomes: optional(becomes, packetJson),
    sent: sent.map(sentJson),
    logs: logs.map((it) => ({ ...it })),
    second: optional(second, (it) => testJson(it, span)),
    open: open.map((it) => ({ ...it, rule: optional(it.rule, (one) => ruleJson(one, span)) })),
    tested: optional(tested, (list) =>
      list.map(({ rule: one, failed, decides }) => ({
        rule: ruleJson(one, span),
        decides,
        failed: optional(failed, (it) => ({ ...it, given: it.given ?? null })),
      })),
    ),
  };
}

function optional<T>(value: T | undefined, json: (value: T) => Json): Json {
  return value === undefined ? null : json(value);
}

function ruleJson({ span: at, ...rule }: TracedRule, span: SpanJson): Json {
  return { ...rule, span: span(at) };
}

function sentJson(sent: PfSent): Json {
  return "packet" in sent ? { ...sent, packet: packetJson(sent.packet) } : { ...sent };
}

function packetJson(packet: PfPacket): Json {
  const { family, source, destination, fragment, tcp, icmp, ...plain } = packet;
  const address = (value: bigint): string => printAddress({ family, value });
  return {
    text: pfPacketText(packet),
    family,
    ...plain,
    source: address(source),
    destination: address(destination),
    fragment: optional(fragment, (it) => ({ ...it })),
    tcp: optional(tcp, (it) => ({ ...it })),
    icmp: optional(icmp, ({ target, quoted, ...rest }) => ({
      ...rest,
      target: address(target),
      quoted: optional(quoted, (it) => ({
        ...it,
        source: address(it.source),
        destination: address(it.destination),
      })),
    })),
  };
}
