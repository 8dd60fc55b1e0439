import type { Address } from "../model/address.ts";
import { parseAddress } from "../model/address-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { ICMP, ICMP6, TCP, TCP_FLAGS, UDP } from "../model/packet.ts";
import type { PfPacket } from "../model/pf-packet.ts";
import { protocolNumber } from "./pf/names/protocols.ts";
import { packetFrom, portOf } from "./pf-packet-text.ts";
import type { PfPacketWords } from "./pf-packet-words.ts";

/** One packet of a batch, and how it comes to pf. */
export interface PfBatchPacket {
  /** Seconds, as the batch counts them; absent: no time passes. */
  readonly time: number | undefined;
  readonly direction: "in" | "out";
  readonly forwarded: boolean;
  readonly interface: string;
  readonly packet: PfPacket;
}

/** Names of columns and keys. */
export const BATCH_FIELDS = [
  "time",
  "direction",
  "interface",
  "protocol",
  "source",
  "source-port",
  "destination",
  "destination-port",
  "flags",
  "type",
  "code",
  "id",
  "length",
  "tos",
  "ttl",
  "received-on",
] as const;

type BatchField = (typeof BATCH_FIELDS)[number];

/** A field as it is written, and its first column. */
interface Written {
  readonly text: string;
  readonly column: number;
}

type Row = ReadonlyMap<string, Written>;

const NEEDED: readonly BatchField[] = [
  "direction",
  "interface",
  "protocol",
  "source",
  "destination",
];
/** Addresses that are kept as they were read; traffic repeats them. */
const MOST_ADDRESSES = 65_536;
const LONGEST_TIME = 1e12;

/** Thrown inside of the reader, and caught there. */
class Wrong {
  readonly message: string;
  readonly at: Written;

  constructor(message: string, at: Written) {
    this.message = message;
    this.at = at;
  }
}

/**
 * Reads packets line by line: CSV under a line that names the columns, or an object of JSON a line,
 * with the names of {@link BATCH_FIELDS}. Empty lines and lines that begin with `#` are none. Never
 * throws.
 */
export class PfBatchReader {
  readonly #file: string;
  readonly #interfaces: ReadonlySet<string>;
  readonly #addresses: Map<string, Address> = new Map();
  #columns: readonly string[] | undefined;
  #line = 0;

  constructor(file: string, interfaces: readonly string[]) {
    this.#file = file;
    this.#interfaces = new Set(interfaces);
  }

  /** Lines read so far. */
  get line(): number {
    return this.#line;
  }

  /** The next line, without its end; undefined: it holds no packet. */
  read(text: string): PfBatchPacket | Diagnostic | undefined {
    this.#line++;
    if (/^\s*(#|$)/.test(text)) return undefined;
    try {
      const row = /^\s*\{/.test(text) ? rowOfObject(text) : this.#rowOfLine(text);
      return row === undefined ? undefined : this.#packet(row, text);
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      const { text: wrong, column } = error.at;
      const span = {
        file: this.#file,
        line: this.#line,
        column,
        length: Math.max(1, wrong.length),
      };
      return { code: "batch", severity: "error", message: error.message, span };
    }
  }

  /** Undefined: the line named the columns. */
  #rowOfLine(text: string): Row | undefined {
    const fields = fieldsOf(text);
    if (this.#columns === undefined) {
      for (const it of fields) checkName(it.text, it);
      this.#columns = fields.map((it) => it.text);
      return undefined;
    }
    const columns = this.#columns;
    const surplus = fields[columns.length];
    if (surplus !== undefined) throw new Wrong("there is no column for this field", surplus);
    return new Map(fields.flatMap((it, at) => (it.text === "" ? [] : [[columns[at] ?? "", it]])));
  }

  #packet(row: Row, line: string): PfBatchPacket {
    for (const name of NEEDED) {
      if (!row.has(name)) throw new Wrong(`\`${name}\` is missing`, { text: line, column: 1 });
    }
    const protocol = protocolOf(needed(row, "protocol"));
    const source = this.#address(needed(row, "source"));
    const destination = this.#address(needed(row, "destination"));
    const { family } = source;
    if (destination.family !== family) {
      throw new Wrong(
        "source and destination are of different families",
        needed(row, "destination"),
      );
    }
    if ((protocol === ICMP && family === "inet6") || (protocol === ICMP6 && family === "inet")) {
      throw new Wrong("the addresses are of the other family", needed(row, "protocol"));
    }
    const header = {
      family,
      protocol,
      source: { ...source, port: portIn(row, "source-port", protocol) },
      destination: { ...destination, port: portIn(row, "destination-port", protocol) },
    };
    return { ...this.#crossing(row), packet: packetFrom(header, this.#words(row, protocol)) };
  }

  #crossing(row: Row): Omit<PfBatchPacket, "packet"> {
    const direction = needed(row, "direction");
    if (!["in", "out", "forward"].includes(direction.text)) {
      throw new Wrong("the direction is `in`, `out` or `forward`", direction);
    }
    return {
      time: numberIn(row, "time", LONGEST_TIME),
      direction: direction.text === "in" ? "in" : "out",
      forwarded: direction.text === "forward",
      interface: this.#interface(needed(row, "interface")),
    };
  }

  #words(row: Row, protocol: number): PfPacketWords {
    const flags = row.get("flags");
    const from = row.get("received-on");
    const isIcmp = protocol === ICMP || protocol === ICMP6;
    if (flags !== undefined && protocol !== TCP) throw new Wrong("only tcp has flags", flags);
    for (const name of ["type", "code", "id"]) {
      const field = row.get(name);
      if (field !== undefined && !isIcmp)
        throw new Wrong(`only icmp and icmp6 have ${name}`, field);
    }
    const found = {
      flags: flags === undefined ? undefined : flagsOf(flags),
      type: numberIn(row, "type", 255),
      code: numberIn(row, "code", 255),
      id: numberIn(row, "id", 65_535),
      payload: numberIn(row, "length", 65_535),
      tos: numberIn(row, "tos", 255),
      ttl: numberIn(row, "ttl", 255),
      receivedOn: from === undefined ? undefined : this.#interface(from),
    };
    return Object.fromEntries(Object.entries(found).filter(([, it]) => it !== undefined));
  }

  #interface(field: Written): string {
    if (!this.#interfaces.has(field.text)) {
      throw new Wrong(`there is no interface \`${field.text}\``, field);
    }
    return field.text;
  }

  #address(field: Written): Address {
    const known = this.#addresses.get(field.text);
    if (known !== undefined) return known;
    const read = parseAddress(field.text);
    if (read === undefined) throw new Wrong(`\`${field.text}\` is no address`, field);
    if (this.#addresses.size >= MOST_ADDRESSES) this.#addresses.clear();
    this.#addresses.set(field.text, read);
    return read;
  }
}

/** Fields between commas; in quotation marks a comma stands for itself and two marks for one. */
function fieldsOf(text: string): readonly Written[] {
  const fields: Written[] = [];
  const form = /\s*(?:"((?:[^"]|"")*)"|([^,"]*))\s*(,|$)/y;
  for (let at = 0; at <= text.length; at = form.lastIndex) {
    form.lastIndex = at;
    const found = form.exec(text);
    if (found === null)
      throw new Wrong("a quotation mark has no other", { text: "", column: at + 1 });
    const [whole, quoted, plain = "", end] = found;
    const column = at + whole.search(/\S|$/) + 1;
    fields.push({ text: quoted?.replaceAll('""', '"') ?? plain.trim(), column });
    if (end === "") break;
  }
  return fields;
}

function rowOfObject(text: string): Row {
  const whole = { text, column: 1 };
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Wrong("this is no object of JSON", whole);
  }
  const row = new Map<string, Written>();
  for (const [name, value] of Object.entries(read as object)) {
    const at = { text: name, column: Math.max(0, text.indexOf(JSON.stringify(name))) + 1 };
    checkName(name, at);
    if (value === null) continue;
    if (typeof value !== "string" && typeof value !== "number") {
      throw new Wrong(`\`${name}\` is a text or a number`, at);
    }
    row.set(name, { text: String(value), column: at.column });
  }
  return row;
}

function checkName(name: string, at: Written): void {
  if (BATCH_FIELDS.includes(name as BatchField)) return;
  throw new Wrong(`\`${name}\` is none of ${BATCH_FIELDS.join(", ")}`, at);
}

function needed(row: Row, name: BatchField): Written {
  return row.get(name) ?? { text: "", column: 1 };
}

function protocolOf(field: Written): number {
  const { text } = field;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : protocolNumber(text);
  if (number !== undefined && number <= 255) return number;
  throw new Wrong(`\`${text}\` is no protocol`, field);
}

function portIn(row: Row, name: BatchField, protocol: number): number {
  const field = row.get(name);
  const hasPorts = protocol === TCP || protocol === UDP;
  if (field === undefined) {
    if (hasPorts) throw new Wrong(`\`${name}\` is missing`, needed(row, "protocol"));
    return 0;
  }
  if (!hasPorts) throw new Wrong("only tcp and udp have ports", field);
  const port = portOf(field.text);
  if (port === undefined) throw new Wrong(`\`${field.text}\` is no port`, field);
  return port;
}

/** Whole numbers; times may have a fraction. */
function numberIn(row: Row, name: BatchField, last: number): number | undefined {
  const field = row.get(name);
  if (field === undefined) return undefined;
  const form = name === "time" ? /^\d{1,12}(\.\d+)?$/ : /^\d{1,5}$/;
  const value = form.test(field.text) ? Number(field.text) : Number.NaN;
  if (value <= last) return value;
  throw new Wrong(`\`${name}\` is a number up to ${last}`, field);
}

function flagsOf(field: Written): number {
  let flags = 0;
  for (const letter of field.text) {
    const bit = TCP_FLAGS.indexOf(letter);
    if (bit < 0) throw new Wrong(`flags are letters of ${TCP_FLAGS}`, field);
    flags |= 1 << bit;
  }
  return flags;
}
