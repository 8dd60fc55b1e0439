import type { PfQueue } from "../../../model/pf-rule.ts";
import * as S from "../grammar/steps.ts";
import { NUMBER } from "../lexical/kinds.ts";
import type { Handler, Handlers } from "./handlers.ts";
import type { Reading } from "./reading.ts";

const LONGEST_NAME = 63;
const MOST_FLOWS = 32767;
const MOST_16 = 65535;
const MOST_RATE = 2 ** 63;

const begin: Handler = ({ draft, tokens }, at) => {
  draft.queueName = tokens.text(at);
  return true;
};

/** A rate in bits per second: `10M`, `1.5Mbit`, or a plain number. */
const bandwidth: Handler = (reading, at) => {
  const { tokens, draft } = reading;
  const text = tokens.text(at);
  if (tokens.kind(at) === NUMBER) {
    const value = Number(text);
    if (value < 0) return reading.error("bandwidth number too big", at);
    draft.bandwidths.push(value);
    return true;
  }
  const digits = LEADING_NUMBER.exec(text)?.[0] ?? "";
  let unit = text.slice(digits.length);
  if (["b", "bit", "B", "Bit"].includes(unit.slice(1))) unit = unit.slice(0, 1);
  const value = Number(digits) * (FACTORS.get(unit) ?? 0);
  if (unit === "%") {
    const percent = Number(digits);
    if (percent < 0 || percent > 100) return reading.error("bandwidth spec out of range", at);
    draft.bandwidths.push(percent < 1 ? 0 : PERCENT);
    return true;
  }
  if (!FACTORS.has(unit)) return reading.error(`unknown unit "${unit}"`, at);
  if (value < 0 || value > MOST_RATE) return reading.error("bandwidth number too big", at);
  draft.bandwidths.push(Math.trunc(value));
  return true;
};

/** What strtod(3) reads, but for hexadecimal fractions, `inf` and `nan`. */
const LEADING_NUMBER =
  /^[\t\n\v\f\r ]*(?:0[xX][\da-fA-F]+|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/;

/** Stands for a share of the link, which pfctl refuses once it has read the whole curve. */
const PERCENT = -1;

const FACTORS: ReadonlyMap<string, number> = new Map([
  ["b", 1],
  ["K", 1e3],
  ["M", 1e6],
  ["G", 1e9],
]);

const curve: Handler = (reading, at) => {
  const [rate = 0] = reading.draft.bandwidths.splice(0);
  if (rate === PERCENT) return reading.error("no bandwidth in % yet", at);
  reading.draft.curve = { rate, burst: 0, milliseconds: 0 };
  return true;
};

/** What strtoul(3) reads, as the 32 bits that pfctl keeps. */
function unsigned(digits: string): number {
  const value = BigInt(digits.trim().replace("+", ""));
  const most = 2n ** 64n - 1n;
  const kept = value > most || value < -most ? most : value;
  return Number(BigInt.asUintN(32, kept));
}

const burst: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  const digits = /^([\t\n\v\f\r ]*[+-]?\d+)?ms$/.exec(text);
  if (digits === null) return reading.error("time in scspec must be in ms", at);
  const [rate = 0, more = 0] = reading.draft.bandwidths.splice(0);
  if (rate === PERCENT || more === PERCENT) return reading.error("no bandwidth in % yet", at);
  reading.draft.curve = { rate, burst: more, milliseconds: unsigned(digits[1] ?? "0") };
  return true;
};

type CurveName = "min" | "max" | "bandwidth";

/** The curve that `min` or `max` gave; the first one waits until the option is complete. */
function keepCurve(name: CurveName): Handler {
  return ({ draft }) => {
    if (draft.curve !== undefined) draft.queueCurves[name] = draft.curve;
    return true;
  };
}

const bandwidthDone: Handler = (reading, at) => {
  const { draft } = reading;
  if (draft.queueParts.bandwidth !== undefined) {
    return reading.error("bandwidth cannot be respecified", at);
  }
  const { bandwidth: rate, min, max } = draft.queueCurves;
  if (rate !== undefined) draft.queueParts.bandwidth = rate;
  if (min !== undefined) draft.queueParts.min = min;
  if (max !== undefined) draft.queueParts.max = max;
  draft.queueCurves = {};
  return true;
};

const parent: Handler = (reading, at) => {
  const { queueParts } = reading.draft;
  if (queueParts.parent !== undefined) return reading.error("parent cannot be respecified", at);
  queueParts.parent = reading.tokens.text(at);
  return true;
};

const isDefault: Handler = (reading, at) => {
  const { queueParts } = reading.draft;
  if (queueParts.isDefault === true) return reading.error("default cannot be respecified", at);
  queueParts.isDefault = true;
  return true;
};

function ranged(
  part: "limit" | "flows" | "quantum",
  words: readonly [repeated: string, range: string],
  low: number,
  high: number,
): Handler {
  return (reading, at) => {
    const { queueParts } = reading.draft;
    const value = reading.tokens.number(at);
    if (queueParts[part] !== undefined) {
      return reading.error(`${words[0]} cannot be respecified`, at - 1, at);
    }
    if (value < low || value > high) {
      return reading.error(`${words[1]} out of range: max ${high}`, at);
    }
    queueParts[part] = value;
    return true;
  };
}

const end: Handler = (reading, at) => {
  const { draft, shared } = reading;
  const { queueParts: parts, queueName: name, on } = draft;
  if (on.length === 0 && parts.parent === undefined) {
    return reading.error("root queue without interface", 1);
  }
  const [first] = on;
  if (first !== undefined && shared.hosts.interface(first.name) === undefined) {
    return reading.error("not an interface", at);
  }
  for (const { name: of } of on.length > 0 ? on : [{ name: "" }]) {
    if (parts.bandwidth === undefined && (parts.flows ?? 0) === 0) {
      reading.error("no bandwidth or flow specification");
    } else if (name.length > LONGEST_NAME) reading.error("queuename too long", 1);
    else if ((parts.parent ?? "").length > LONGEST_NAME) reading.error("parent too long");
    else if (addQueue(reading, queueOf(reading, name, of))) continue;
    // pfctl complains and adds no more, but does not give the statement up
    break;
  }
  return true;
};

function queueOf(reading: Reading, name: string, on: string): PfQueue {
  const { queueParts: parts } = reading.draft;
  const flows = parts.flows ?? 0;
  return {
    name,
    parent: parts.parent ?? "",
    interface: on,
    bandwidth: parts.bandwidth,
    min: parts.min,
    max: parts.max,
    flows,
    quantum: flows === 0 ? 0 : (parts.quantum ?? 0),
    isDefault: parts.isDefault ?? false,
    limit: parts.limit ?? 0,
    span: reading.origin.span,
  };
}

function addQueue(reading: Reading, queue: PfQueue): boolean {
  const { shared } = reading;
  if (reading.root !== "" || reading.nesting.depth > 0) {
    reading.printed.push("must not have queue definitions in an anchor");
    return reading.error("cannot add queue");
  }
  const isRoot = queue.parent === "";
  if (
    isRoot &&
    shared.definedQueues.some((it) => it.parent === "" && it.interface === queue.interface)
  ) {
    reading.printed.push(`A root queue is already defined on ${queue.interface}`);
    return reading.error("cannot add queue");
  }
  shared.definedQueues.push(queue);
  const known = shared.queues.get(queue.name);
  if (known === undefined) shared.queues.set(queue.name, [queue]);
  else known.push(queue);
  return true;
}

export const queueHandlers: Handlers = [
  [S.QUEUE_BEGIN, begin],
  [S.QUEUE_BANDWIDTH_VALUE, bandwidth],
  [S.QUEUE_CURVE, curve],
  [S.QUEUE_BURST, burst],
  [S.QUEUE_RATE, keepCurve("bandwidth")],
  [S.QUEUE_MIN, keepCurve("min")],
  [S.QUEUE_MAX, keepCurve("max")],
  [S.QUEUE_BANDWIDTH, bandwidthDone],
  [S.QUEUE_ALL_CURVES, bandwidthDone],
  [S.QUEUE_PARENT, parent],
  [S.QUEUE_DEFAULT, isDefault],
  [S.QUEUE_LIMIT, ranged("limit", ["qlimit", "qlimit"], 0, MOST_16)],
  [S.QUEUE_FLOWS, ranged("flows", ["number of flows", "number of flows"], 1, MOST_FLOWS)],
  [S.QUEUE_QUANTUM, ranged("quantum", ["quantum", "quantum"], 1, MOST_16)],
  [S.QUEUE_END, end],
];
