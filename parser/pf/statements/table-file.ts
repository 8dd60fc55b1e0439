import type { PackedEntries } from "../../../model/pf-rule.ts";
import { digitsEnd, digitsValue, quadEnd, quadValue, wrongNumber } from "../lexical/digits.ts";
import { addPrefix, EntryPacker } from "./packed-entries.ts";
import type { Reading } from "./reading.ts";

/** Words of this many bytes or more are an error. */
const LONGEST_WORD = 256;

interface FileEntries {
  readonly packed: PackedEntries;
  readonly open: string | undefined;
}

/** The entries of a table file; undefined after pfctl's complaint. */
export function fileEntries(reading: Reading, name: string, at: number): FileEntries | undefined {
  const text = reading.shared.input.include?.(name);
  if (typeof text !== "string") {
    if (reading.shared.input.live === true) {
      const open = `is filled from \`${name}\`, which is not here`;
      return { packed: new EntryPacker().done(), open };
    }
    const reason = text?.error ?? "No such file or directory";
    reading.error(`cannot load "${name}": ${reason}`, at);
    return undefined;
  }
  reading.countBytes(text);
  const packer = new EntryPacker();
  const open = readEntries(reading, text, packer);
  if (open === INVALID || open === TOO_LARGE) {
    reading.error(`cannot load "${name}": ${open}`, at);
    return undefined;
  }
  if (open === "bad") {
    reading.error(`file "${name}" contains bad data`, at);
    return undefined;
  }
  return { packed: packer.done(), open: open.name };
}

/** What the system calls the errors that pfctl meets. */
const INVALID = "Invalid argument";
const TOO_LARGE = "Result too large";

type Problem = typeof INVALID | typeof TOO_LARGE | "bad";
type Added = true | "weight" | Problem | { readonly open: string };
type Outcome = Problem | { readonly name: string | undefined };

/** Words of a table file: addresses, `!` in front, `weight` and a number behind, `#` to line end. */
function readEntries(reading: Reading, text: string, packer: EntryPacker): Outcome {
  const codes = new Uint8Array(Buffer.from(text, "latin1"));
  let open: string | undefined;
  let weighted = false;
  for (let at = wordStart(codes, 0); at < codes.length; ) {
    const end = wordEnd(codes, at);
    if (end - at >= LONGEST_WORD) return INVALID;
    if (weighted || !addPlain(codes, at, end, packer)) {
      const word = text.slice(at, end);
      const found: Added = (weighted ? addWeight : addWord)(reading, word, packer);
      weighted = found === "weight";
      if (typeof found === "object") open ??= found.open;
      else if (found !== true && found !== "weight") return found;
    }
    at = wordStart(codes, end);
  }
  return { name: open };
}

function wordEnd(codes: Uint8Array, from: number): number {
  let end = from + 1;
  while (end < codes.length && !isSpace(codes[end] ?? 0)) end++;
  return end;
}

/** The entry in front of it has it, if there is one. */
function addWeight(reading: Reading, text: string, packer: EntryPacker): Added {
  const reason = wrongNumber(text, 65535) ?? (Number(text) < 1 ? "too small" : undefined);
  if (reason !== undefined) {
    reading.plain(`failed to convert weight ${text}`);
    return reason === "invalid" ? INVALID : TOO_LARGE;
  }
  if (packer.count > 0) packer.weigh(Number(text));
  return true;
}

/** Where the next word begins, at or behind `from`; comments are passed over. */
function wordStart(codes: Uint8Array, from: number): number {
  let at = from;
  while (at < codes.length) {
    const code = codes[at] ?? 0;
    if (code === 35) {
      const end = codes.indexOf(10, at);
      at = end < 0 ? codes.length : end;
    } else if (isSpace(code)) at++;
    else break;
  }
  return at;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** `!`* dotted quad ( `/` number )?, without making a string; false: something else. */
function addPlain(codes: Uint8Array, from: number, end: number, packer: EntryPacker): boolean {
  let first = from;
  while (first < end && codes[first] === 33) first++;
  const quad = quadEnd(codes, first, end);
  if (quad < 0) return false;
  let length = 32;
  if (quad < end) {
    const stop = digitsEnd(codes, quad + 1, end);
    if (codes[quad] !== 47 || stop !== end || stop === quad + 1 || stop - quad > 3) return false;
    length = digitsValue(codes, quad + 1, stop);
    if (length > 32) return false;
  }
  const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  const value = (quadValue(codes, first, quad) & mask) >>> 0;
  packer.addInet(value, length, (first - from) % 2 === 1);
  return true;
}

/** Anything else: `weight`, or what host() reads. */
function addWord(reading: Reading, word: string, packer: EntryPacker): Added {
  if (word === "weight") return "weight";
  const bare = word.replace(/^!+/, "");
  const negated = (word.length - bare.length) % 2 === 1;
  const { found, notes } = reading.shared.hosts.lookUp(bare);
  for (const note of notes) reading.plain(note);
  if (found === undefined) return "bad";
  let open: string | undefined;
  for (const { address, wideMask } of found) {
    if (wideMask !== 0) return INVALID;
    if (address.kind === "prefix") addPrefix(packer, address.prefix, negated);
    else if (address.kind === "unknown") open ??= openText(address.text);
  }
  return open === undefined ? true : { open };
}

/** What is open about a table with a name that only the running host knows. */
export function openText(name: string): string {
  return `holds addresses of \`${name}\`, which are known only at run time`;
}
