import type { Diagnostic } from "../model/diagnostic.ts";
import type { Sources, Span } from "../model/source.ts";
import type { Json } from "./json.ts";

/**
 * What readers say of texts with a character a byte, as people read it: files that are UTF-8 become
 * that, with spans in UTF-16 code units; all others are taken for Latin-1.
 */
export interface Readable {
  readonly sources: Sources;
  readonly text: (bytes: string) => string;
  readonly diagnostic: (diagnostic: Diagnostic) => Diagnostic;
  /** Every text and span in a value. */
  readonly json: (value: Json) => Json;
}

/** @param bytes - the files that were read, a character a byte */
export function readable(bytes: Sources): Readable {
  const texts = new Map([...bytes].map(([file, text]) => [file, decode(text)] as const));
  const sources = new Map([...bytes].map(([file, text]) => [file, texts.get(file) ?? text]));
  // a text has no file: it is UTF-8 only if all of them are
  const text = [...texts.values()].includes(undefined) ? same : readableText;
  const changed = new Map(
    [...bytes].filter(([file, raw]) => texts.get(file)?.length !== raw.length),
  );
  const lines = new Map<string, readonly string[]>();
  const span = (it: Span): Span => {
    const raw = texts.get(it.file) === undefined ? undefined : changed.get(it.file);
    if (raw === undefined) return it;
    const known = lines.get(it.file) ?? raw.split("\n");
    lines.set(it.file, known);
    return decodedSpan(it, known[it.line - 1] ?? "");
  };
  const json = (value: Json): Json => {
    if (typeof value === "string") return text(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(json);
    const mapped = isSpan(value) ? { ...span(value) } : value;
    return Object.fromEntries(Object.entries(mapped).map(([key, it]) => [key, json(it)]));
  };
  const diagnostic = (it: Diagnostic): Diagnostic => {
    const told = { ...it, message: text(it.message), span: span(it.span) };
    return it.help === undefined ? told : { ...told, help: text(it.help) };
  };
  return { sources, text, diagnostic, json };
}

/** UTF-8 if it is that, else Latin-1. */
export function readableText(bytes: string): string {
  return decode(bytes) ?? bytes;
}

function same(text: string): string {
  return text;
}

function isSpan(value: object): value is Span {
  return "file" in value && "line" in value && "column" in value && "length" in value;
}

function decodedSpan(span: Span, line: string): Span {
  const start = span.column - 1;
  const width = (from: number, to: number): number => lenient(line.slice(from, to)).length;
  return {
    ...span,
    column: width(0, start) + 1 + Math.max(0, start - line.length),
    length: Math.max(1, width(start, start + span.length)),
  };
}

/** Nothing if the bytes are no UTF-8. */
function decode(bytes: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what needs no decoding
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(unitsOf(bytes));
  } catch {
    return undefined;
  }
}

function lenient(bytes: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(unitsOf(bytes));
}

function unitsOf(bytes: string): Uint8Array {
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}
