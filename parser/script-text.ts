import type { Diagnostic } from "../model/diagnostic.ts";
import type { Packet } from "../model/packet.ts";
import * as complaint from "./packet-diagnostics.ts";
import { parsePacketText, tokensOf } from "./packet-text.ts";
import type { Token } from "./packet-words.ts";

/** One line of a script: a place as written, and the packet that it emits. */
export interface ScriptLine {
  readonly place: Token;
  readonly packet: Packet;
  readonly outer?: Packet;
}

/** A script as text: one packet a line in order, its place first; `#` begins a comment. */
export interface ScriptText {
  readonly lines: readonly ScriptLine[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a script; lines with mistakes are left out and complained about. Never throws. */
export function parseScriptText(file: string, text: string): ScriptText {
  const lines: ScriptLine[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.replace(/(^|\s)#.*$/, "");
    const at = { file, line: index + 1, column: 1 };
    const place = tokensOf(line, at)[0];
    if (place === undefined) continue;
    const start = place.span.column - 1 + place.span.length;
    const read = parsePacketText(line.slice(start), { ...at, column: start + 1 });
    diagnostics.push(...read.diagnostics);
    if (read.packet === undefined) continue;
    const { packet, outer } = read;
    lines.push(outer === undefined ? { place, packet } : { place, packet, outer });
  }
  if (lines.length === 0 && diagnostics.length === 0) {
    diagnostics.push(complaint.emptyScript({ file, line: 1, column: 1, length: 1 }));
  }
  return { lines, diagnostics };
}
