import type { PfRule, StateOptions } from "../../../model/pf-rule.ts";
import * as S from "../grammar/steps.ts";
import { GLOBAL_TIMEOUTS, STATE_TIMEOUTS } from "../names/words.ts";
import type { Handler, Handlers } from "./handlers.ts";
import type { Reading } from "./reading.ts";
import type { StateOption } from "./state-option.ts";

const MOST_UNSIGNED = 4294967295;
const MOST_RATE = 4294967;
const LONGEST_TABLE = 31;

function add(reading: Reading, kind: StateOption["kind"], parts: Partial<StateOption> = {}): true {
  const option: StateOption = { kind, value: 1, seconds: 0, name: "", flush: "", ...parts };
  reading.draft.stateOptions.push(option);
  return true;
}

function numbered(kind: StateOption["kind"]): Handler {
  return (reading, at) => {
    const value = reading.tokens.number(at);
    if (value < 0 || value > MOST_UNSIGNED) {
      return reading.error("only positive values permitted", at);
    }
    return add(reading, kind, { value });
  };
}

const sourceRate: Handler = (reading, at) => {
  const { tokens } = reading;
  const [value, seconds] = [tokens.number(at - 2), tokens.number(at)];
  if (value < 0 || value > MOST_UNSIGNED || seconds < 0 || seconds > MOST_UNSIGNED) {
    return reading.error("only positive values permitted", at - 2, at);
  }
  return add(reading, "max-src-conn-rate", { value, seconds });
};

function overload(flush: StateOption["flush"], back: number): Handler {
  return (reading, at) => {
    const name = reading.tokens.text(at - back);
    if (name.length > LONGEST_TABLE) {
      return reading.error(`table name '${name}' too long`, at - back);
    }
    return add(reading, "overload", { name, flush });
  };
}

const timeout: Handler = (reading, at) => {
  const { tokens } = reading;
  const name = tokens.text(at - 1);
  const value = tokens.number(at);
  if (value < 0 || value > MOST_UNSIGNED) {
    return reading.error("only positive values permitted", at);
  }
  if (!STATE_TIMEOUTS.includes(name)) {
    const known = GLOBAL_TIMEOUTS.includes(name);
    return reading.error(
      known ? `illegal state timeout ${name}` : `illegal timeout name ${name}`,
      at - 1,
    );
  }
  return add(reading, "timeout", { name, value });
};

const stateDone: Handler = (reading, at) => {
  const { draft } = reading;
  if (draft.hasState) return reading.error("modulate or keep cannot be redefined", at);
  draft.hasState = true;
  return true;
};

function stateKind(state: PfRule["state"]): Handler {
  return (reading) => {
    const { draft } = reading;
    // the kind of a second `keep state` does not count: its statement is given up
    if (!draft.hasState) {
      draft.state = state;
      draft.stateOptions = [];
    }
    return true;
  };
}

const noState: Handler = (reading, at) => {
  if (!reading.draft.hasState) reading.draft.state = "none";
  return stateDone(reading, at);
};

export const stateHandlers: Handlers = [
  [S.NO_STATE, noState],
  [S.KEEP_STATE, stateKind("keep")],
  [S.MODULATE_STATE, stateKind("modulate")],
  [S.SYNPROXY_STATE, stateKind("synproxy")],
  [S.STATE, stateDone],
  [S.STATE_MAX, numbered("max")],
  [S.NO_SYNC, (reading) => add(reading, "sync")],
  [S.SOURCE_TRACK, (reading) => add(reading, "source-track", { name: "" })],
  [S.SOURCE_TRACK_GLOBAL, (reading) => add(reading, "source-track", { name: "global" })],
  [S.SOURCE_TRACK_RULE, (reading) => add(reading, "source-track", { name: "rule" })],
  [S.MAX_SRC_NODES, numbered("max-src-nodes")],
  [S.MAX_SRC_STATES, numbered("max-src-states")],
  [S.MAX_SRC_CONN, numbered("max-src-conn")],
  [S.MAX_SRC_CONN_RATE, sourceRate],
  [S.OVERLOAD, overload("", 1)],
  [S.FLUSH, overload("flush", 2)],
  [S.FLUSH_GLOBAL, overload("flush global", 3)],
  [S.IF_BOUND, (reading) => add(reading, "lock", { name: "if-bound" })],
  [S.FLOATING, (reading) => add(reading, "lock", { name: "floating" })],
  [S.SLOPPY, (reading) => add(reading, "sloppy")],
  [S.PFLOW, (reading) => add(reading, "pflow")],
  [S.STATE_TIMEOUT, timeout],
];

/** The options of a rule while they are put together. */
class Gathered {
  max = 0;
  noSync = false;
  track: "" | "global" | "rule" = "";
  tracks = false;
  tracksExplicitly = false;
  perRule = false;
  maxSourceStates = 0;
  maxSourceConnections = 0;
  rate: StateOptions["sourceRate"] = undefined;
  maxSourceNodes = 0;
  overload = "";
  flush: StateOptions["flush"] = "";
  lock = "";
  sloppy = false;
  pflow = false;
  adaptive = false;
  readonly timeouts: Map<string, number> = new Map();
}

export const NO_STATE_OPTIONS: StateOptions = {
  max: 0,
  noSync: false,
  sourceTrack: "",
  maxSourceStates: 0,
  maxSourceConnections: 0,
  sourceRate: undefined,
  maxSourceNodes: 0,
  overload: "",
  flush: "",
  ifBound: false,
  sloppy: false,
  pflow: false,
  timeouts: [],
};

const IF_BOUND_ONLY: StateOptions = { ...NO_STATE_OPTIONS, ifBound: true };

/**
 * Puts the options of a rule together, with pfctl's checks in its order.
 *
 * @param keeps - the rule keeps a state, so that `set state-policy` counts
 * @returns undefined after a complaint
 */
export function stateOptionsOf(
  reading: Reading,
  options: readonly StateOption[],
  keeps: boolean,
): StateOptions | undefined {
  const bound = keeps && reading.shared.statePolicy === "if-bound";
  if (options.length === 0) return bound ? IF_BOUND_ONLY : NO_STATE_OPTIONS;
  const all = new Gathered();
  for (const option of options) {
    const wrong = gather(all, option);
    if (wrong !== "") {
      reading.error(wrong);
      return undefined;
    }
  }
  const wrong = trackingConflict(all);
  if (wrong !== "") {
    reading.error(wrong);
    return undefined;
  }
  if (!all.adaptive && all.max !== 0) {
    const tenth = Math.floor(all.max / 10);
    all.timeouts.set("adaptive.start", (tenth * 6) % 2 ** 32);
    all.timeouts.set("adaptive.end", (tenth * 12) % 2 ** 32);
  }
  if (all.rate !== undefined && (all.timeouts.get("src.track") ?? 0) < all.rate.seconds) {
    all.timeouts.set("src.track", all.rate.seconds);
  }
  return {
    max: all.max,
    noSync: all.noSync,
    sourceTrack: all.tracks ? (all.perRule || all.track === "rule" ? "rule" : "global") : "",
    maxSourceStates: all.maxSourceStates,
    maxSourceConnections: all.maxSourceConnections,
    sourceRate: all.rate,
    maxSourceNodes: all.maxSourceNodes,
    overload: all.overload,
    flush: all.flush,
    ifBound: all.lock === "" ? bound : all.lock === "if-bound",
    sloppy: all.sloppy,
    pflow: all.pflow,
    timeouts: STATE_TIMEOUTS.flatMap((name) => {
      const value = all.timeouts.get(name) ?? 0;
      return value === 0 ? [] : [[name, value] as const];
    }),
  };
}

function trackingConflict(all: Gathered): string {
  if (all.track !== "global") return "";
  const name =
    all.maxSourceNodes !== 0
      ? "max-src-nodes"
      : all.maxSourceConnections !== 0
        ? "max-src-conn"
        : all.rate === undefined
          ? ""
          : "max-src-conn-rate";
  return name === "" ? "" : `'${name}' is incompatible with 'source-track global'`;
}

function multiple(name: string): string {
  return `state option '${name}' multiple definitions`;
}

/** Takes one option over; returns what is wrong with it. */
function gather(all: Gathered, option: StateOption): string {
  switch (option.kind) {
    case "max":
      if (all.max !== 0) return multiple("max");
      all.max = option.value;
      return "";
    case "source-track":
      if (all.tracksExplicitly) return multiple("source-track");
      all.tracksExplicitly = true;
      all.track = option.name === "rule" ? "rule" : option.name === "global" ? "global" : "";
      all.tracks = true;
      return "";
    case "overload":
      if (all.overload !== "") return "multiple 'overload' table definitions";
      all.overload = option.name;
      all.flush = option.flush;
      return "";
    case "timeout":
      return gatherTimeout(all, option);
    case "sync":
    case "lock":
    case "sloppy":
    case "pflow":
      return gatherFlag(all, option);
    default:
      return gatherSource(all, option);
  }
}

function gatherFlag(all: Gathered, { kind, name }: StateOption): string {
  switch (kind) {
    case "sync":
      if (all.noSync) return multiple("sync");
      all.noSync = true;
      return "";
    case "lock":
      if (all.lock !== "") return "state locking option: multiple definitions";
      all.lock = name;
      return "";
    case "sloppy":
      if (all.sloppy) return "state sloppy option: multiple definitions";
      all.sloppy = true;
      return "";
    default:
      if (all.pflow) return "state pflow option: multiple definitions";
      all.pflow = true;
      return "";
  }
}

/** A value of 0 does not count as a definition. */
function gatherTimeout(all: Gathered, { name, value }: StateOption): string {
  if (name.startsWith("adaptive.")) all.adaptive = true;
  if ((all.timeouts.get(name) ?? 0) !== 0) return `state timeout ${name} multiple definitions`;
  all.timeouts.set(name, value);
  return "";
}

function gatherSource(all: Gathered, { kind, value, seconds }: StateOption): string {
  all.tracks = true;
  switch (kind) {
    case "max-src-states":
      if (all.maxSourceStates !== 0) return multiple(kind);
      if (value === 0) return "'max-src-states' must be > 0";
      all.maxSourceStates = value;
      return "";
    case "max-src-conn":
      if (all.maxSourceConnections !== 0) return multiple(kind);
      if (value === 0) return "'max-src-conn' must be > 0";
      all.maxSourceConnections = value;
      all.perRule = true;
      return "";
    case "max-src-conn-rate":
      if (all.rate !== undefined) return multiple(kind);
      if (value === 0 || seconds === 0) return "'max-src-conn-rate' values must be > 0";
      if (value > MOST_RATE) {
        return `'max-src-conn-rate' maximum rate must be < ${MOST_RATE}`;
      }
      all.rate = { limit: value, seconds };
      all.perRule = true;
      return "";
    default:
      if (all.maxSourceNodes !== 0) return multiple(kind);
      if (value === 0) return "'max-src-nodes' must be > 0";
      all.maxSourceNodes = value;
      all.perRule = true;
      return "";
  }
}
