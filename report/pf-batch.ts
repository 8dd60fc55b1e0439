import type { Diagnostic } from "../model/diagnostic.ts";
import type { BatchVerdict } from "../model/pf-trace.ts";
import { shown } from "./paint.ts";
import { visibleJson } from "./visible.ts";

/** `pass @3 made`, `drop ftp/a@0 none`, `pass - none`: verdict, deciding rule, what came of a state. */
export function batchLine({ verdict, rule, state }: BatchVerdict): string {
  const by = rule === undefined ? "-" : `${rule.anchor}@${rule.number}`;
  return `${shown`${verdict} ${by} ${state}`.text}\n`;
}

/** The same as one object of JSON a line; `line` is that of the packet. */
export function batchJsonLine({ verdict, rule, state }: BatchVerdict, line: number): string {
  const by = rule === undefined ? null : { anchor: rule.anchor, number: rule.number };
  return `${visibleJson(JSON.stringify({ line, verdict, rule: by, state }))}\n`;
}

/** `packets.csv:7:12: what is wrong` */
export function batchErrorLine({ span, message }: Diagnostic): string {
  return `${shown`${span.file}:${span.line}:${span.column}: ${message}`.text}\n`;
}
