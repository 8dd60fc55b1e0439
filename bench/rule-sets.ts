import { closeSync, openSync, readSync } from "node:fs";
import { Cubes } from "../engine/sets/cubes.ts";
import { DIGITS, digitsOf } from "../engine/sets/digits.ts";

/** Rule sets of `data/bench`: a rule a line, `act src slen dst dlen sport… dport… proto mask`. */
export interface RuleSet {
  readonly count: number;
  /** By rule: 1 passes. */
  readonly acts: Uint8Array;
  /** By rule: source, its length, destination, its length, ports, protocol and its mask. */
  readonly columns: Uint32Array<ArrayBuffer>;
}

const COLUMNS = 11;

export function readRuleSet(file: string): RuleSet {
  let count = 0;
  for (const part of partsOf(file)) for (const byte of part) if (byte === NEWLINE) count++;
  const columns = new Uint32Array(count * COLUMNS);
  const acts = new Uint8Array(count);
  let at = 0;
  let value = 0;
  for (const part of partsOf(file)) {
    for (const byte of part) {
      if (byte >= ZERO) value = value * 10 + byte - ZERO;
      else {
        columns[at++] = value;
        value = 0;
      }
    }
  }
  for (let rule = 0; rule < count; rule++) acts[rule] = columns[rule * COLUMNS]!;
  return { count, acts, columns };
}

const NEWLINE = 10;
const ZERO = 48;

/** The bytes of a file, little by little: what a benchmark reads is not to be its peak of memory. */
function* partsOf(file: string): Iterable<Uint8Array> {
  const part = new Uint8Array(1 << 16);
  const from = openSync(file, "r");
  try {
    for (let read = readSync(from, part); read > 0; read = readSync(from, part)) {
      yield part.subarray(0, read);
    }
  } finally {
    closeSync(from);
  }
}

/** The rules as inet boxes, in the order of the file. */
export function boxesOf({ count, columns, acts }: RuleSet): Cubes {
  const cubes = new Cubes(Math.max(1, count));
  const source = digitsOf("source").first;
  const destination = digitsOf("destination").first;
  for (let rule = 0; rule < count; rule++) {
    const at = rule * COLUMNS;
    const box = cubes.add(acts[rule]!);
    cubes.narrow(box, "family", 0, 0);
    network(cubes, box, source, columns[at + 1]!, columns[at + 2]!);
    network(cubes, box, destination, columns[at + 3]!, columns[at + 4]!);
    cubes.narrow(box, "sourcePort", columns[at + 5]!, columns[at + 6]!);
    cubes.narrow(box, "destinationPort", columns[at + 7]!, columns[at + 8]!);
    if (columns[at + 10] !== 0) cubes.narrow(box, "protocol", columns[at + 9]!, columns[at + 9]!);
  }
  return cubes;
}

function network(cubes: Cubes, box: number, digit: number, value: number, length: number): void {
  const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  const low = (value & mask) >>> 0;
  const high = (low | ~mask) >>> 0;
  for (let at = 0; at < 4; at++) {
    cubes.lows[box * DIGITS + digit + at] = low >>> (24 - 8 * at);
    cubes.highs[box * DIGITS + digit + at] = high >>> (24 - 8 * at);
  }
}

/** Indexes from the last to the first: what is painted last lies above, as the first match wins. */
export function firstMatchOrder(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, at) => count - 1 - at);
}

/** Bits of fields that the rules do not test: flags, tos, fragment, options. */
const OTHER_BITS = 19n;

/** A number of inet packets as one of 2^104. */
export function permittedOf(count: bigint): bigint {
  return count >> OTHER_BITS;
}

/**
 * Permitted packets of 2^104, exactly. They agree with those of `data/bench/README.md` to the last
 * of ten digits but for wild_1k and acl_1k: those there were added up as floating point numbers,
 * 2^51 off. Counted from its nodes with integers, the diagram of `prototypes/bdd.mjs` gives these.
 */
export const KNOWN_ANSWERS: ReadonlyMap<string, bigint> = new Map([
  ["seg_1k", 6783547796568735744n],
  ["seg_10k", 67835477965661536256n],
  ["seg_100k", 678354779656208646144n],
  ["rand_1k", 799289072943303082818n],
  ["wild_1k", 6495698839977957947576320n],
  ["wild_10k", 204897642194112330852171776n],
  ["acl_1k", 1386976600048904840909824n],
  ["acl_10k", 55159976925464608890131456n],
]);

const PROTOCOLS: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp" };

/** The rules as pf.conf, keeping state: with `quick` in the order of the file, else from its end. */
export function pfText({ count, columns, acts }: RuleSet, form: "quick" | "last"): string {
  const lines: string[] = [];
  for (let rule = 0; rule < count; rule++) {
    const at = rule * COLUMNS;
    const protocol = columns[at + 10] === 0 ? "" : ` proto ${PROTOCOLS[columns[at + 9]!]}`;
    const quick = form === "quick" ? " quick" : "";
    const from = endText(columns, at + 1, at + 5);
    const to = endText(columns, at + 3, at + 7);
    lines.push(
      `${acts[rule] === 1 ? "pass" : "block"} in${quick} inet${protocol} from ${from} to ${to}`,
    );
  }
  const ordered = form === "quick" ? [...lines, "block"] : ["block", ...lines.toReversed()];
  return `${ordered.join("\n")}\n`;
}

function endText(columns: Uint32Array, network: number, ports: number): string {
  const value = columns[network]!;
  const bytes = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
  const [first, last] = [columns[ports]!, columns[ports + 1]!];
  const port = first === last ? ` port ${first}` : ` port ${first}:${last}`;
  return `${bytes}/${columns[network + 1]}${first === 0 && last === 65_535 ? "" : port}`;
}
