import { nearestName } from "../../nearest-name.ts";
import * as S from "../grammar/steps.ts";
import { kindOf, NUMBER } from "../lexical/kinds.ts";
import { readFingerprints } from "../names/fingerprints.ts";
import {
  GLOBAL_TIMEOUTS,
  LIMITS,
  OPTIMIZATIONS,
  OPTIMIZED,
  OPTIMIZED_TIMEOUTS,
} from "../names/words.ts";
import type { Handler, Handlers } from "./handlers.ts";
import { cUnsigned } from "./ports.ts";
import { FLOAT, floatValue } from "./probability.ts";
import type { Reading } from "./reading.ts";

const MOST_UNSIGNED = 4294967295;
const NO = kindOf("no");
const RDOMAIN = kindOf("rdomain");

function near(word: string, names: readonly string[]): string {
  const nearest = nearestName(word, names);
  return nearest === undefined
    ? `write one of ${names.join(", ")}`
    : `did you mean \`${nearest}\`?`;
}

const yesNo: Handler = (reading, at) => {
  const { tokens, draft } = reading;
  const text = tokens.text(at);
  if (tokens.kind(at) !== NO && text !== "yes") {
    return reading.error(`invalid value '${text}', expected 'yes' or 'no'`, at);
  }
  draft.yes = tokens.kind(at) !== NO;
  return true;
};

function reassemble(noDf: string): Handler {
  return (reading) => {
    const yes = reading.draft.yes === true;
    reading.reassemble = yes;
    reading.reassembleNoDf = noDf !== "";
    reading.printed.push(`set reassemble ${yes ? "yes" : "no"} ${noDf}`);
    return true;
  };
}

const optimization: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  if (!OPTIMIZATIONS.includes(text.toLowerCase())) {
    reading.plain("pfctl: invalid state timeouts optimization");
    return reading.error(`unknown optimization ${text}`, at, at, near(text, OPTIMIZATIONS));
  }
  reading.printed.push(`set optimization ${text}`);
  const hints = OPTIMIZED_TIMEOUTS.get(text.toLowerCase()) ?? [];
  for (const [at, name] of OPTIMIZED.entries()) reading.timeouts.set(name, hints[at] ?? 0);
  return true;
};

const rulesetOptimization: Handler = (reading, at) => {
  const text = reading.draft.words.splice(0).join(" ");
  if (!["none", "basic", "profile"].includes(text)) {
    return reading.error(`unknown ruleset-optimization ${text}`, at);
  }
  reading.shared.optimization ??= text;
  return true;
};

/** A number as C prints it with `%d`. */
function signed(value: number): number {
  return value | 0;
}

const timeout: Handler = (reading, at) => {
  const { tokens } = reading;
  const [name, value] = [tokens.text(at - 1), tokens.number(at)];
  if (value < 0 || value > MOST_UNSIGNED) {
    return reading.error("only positive values permitted", at);
  }
  if (!GLOBAL_TIMEOUTS.includes(name.toLowerCase())) {
    reading.plain("pfctl: Bad timeout name.");
    return reading.error(`unknown timeout ${name}`, at - 1, at - 1, near(name, GLOBAL_TIMEOUTS));
  }
  reading.printed.push(`set timeout ${name} ${signed(value)}`);
  reading.timeouts.set(name.toLowerCase(), value);
  return true;
};

const limit: Handler = (reading, at) => {
  const { tokens } = reading;
  const [name, value] = [tokens.text(at - 1), tokens.number(at)];
  if (value < 0 || value > MOST_UNSIGNED) {
    return reading.error("only positive values permitted", at);
  }
  if (!LIMITS.includes(name.toLowerCase())) {
    reading.plain("pfctl: Bad pool name.");
    const message = `unable to set limit ${name} ${tokens.text(at)}`;
    return reading.error(message, at - 1, at - 1, near(name, LIMITS));
  }
  reading.printed.push(`set limit ${name} ${signed(value)}`);
  reading.limits.set(name.toLowerCase(), value);
  if (name.toLowerCase() === "states") adapt(reading, value);
  return true;
};

/** Without timeouts of its own, adaptive shortening begins at 60 % of the limit of states. */
function adapt({ timeouts }: Reading, states: number): void {
  if (timeouts.has("adaptive.start") || timeouts.has("adaptive.end")) return;
  timeouts.set("adaptive.start", Math.floor(states / 10) * 6);
  timeouts.set("adaptive.end", Math.floor(states / 10) * 12);
}

const logInterface: Handler = (reading, at) => {
  reading.printed.push(`set loginterface ${reading.tokens.text(at)}`);
  return true;
};

const hostId: Handler = (reading, at) => {
  const { tokens } = reading;
  const text = tokens.text(at);
  const value = tokens.kind(at) === NUMBER ? BigInt(text) : cUnsigned(text);
  if (value === undefined) return reading.error(`${text} is not a number`, at);
  const number = BigInt.asIntN(64, value);
  if (number === 0n || number > 0xffffffffn) return reading.error("hostid must be non-zero", at);
  const hex = BigInt.asUintN(32, number).toString(16).padStart(8, "0");
  reading.printed.push(`set hostid 0x${hex}`);
  return true;
};

const blockPolicy: Handler = (reading, at) => {
  const policy = reading.tokens.text(at) === "return" ? "return" : "drop";
  reading.blockPolicy = policy;
  reading.printed.push(`set block-policy ${policy}`);
  return true;
};

const statePolicy: Handler = (reading, at) => {
  const policy = reading.tokens.text(at) === "if-bound" ? "if-bound" : "floating";
  reading.shared.statePolicy = policy;
  reading.printed.push(`set state-policy ${policy}`);
  return true;
};

/** Part of every system: where it is not given, the one of OpenBSD 7.8 is meant. */
const STOCK_FILE = "/etc/pf.os";

const fingerprints: Handler = (reading, at) => {
  const { shared } = reading;
  const name = reading.tokens.text(at);
  reading.printed.push(`set fingerprints "${name}"`);
  reading.fingerprints = name === STOCK_FILE ? "" : name;
  if (reading.root !== "") return true;
  const text = shared.input.include?.(name);
  if (typeof text !== "string" && (name === STOCK_FILE || shared.input.live === true)) {
    shared.fingerprints = undefined;
    return true;
  }
  if (typeof text !== "string") {
    reading.plain(`pfctl: ${name}: ${text?.error ?? "No such file or directory"}`);
    return reading.error(`error loading fingerprints ${name}`, at);
  }
  shared.fingerprints = readFingerprints(text);
  if (shared.input.verbose === true) {
    reading.printed.push(`Loaded ${shared.fingerprints.count} passive OS fingerprints`);
  }
  return true;
};

const DEBUG_LEVELS: ReadonlySet<string> = new Set(
  "emerg panic alert crit err error warning warn notice info debug".split(" "),
);

const debug: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  if (!DEBUG_LEVELS.has(text.toLowerCase()) && !/^0*[0-7]$/.test(text)) {
    reading.plain(`pfctl: unknown debug level "${text}"`);
    return reading.error(`error setting debuglevel ${text}`, at);
  }
  reading.printed.push(`set debug ${text}`);
  return true;
};

const skip: Handler = (reading, at) => {
  const { on } = reading.draft;
  const [first] = on;
  if (first === undefined || (on.length === 1 && first.name === "none" && !first.negated)) {
    reading.skip.length = 0;
    reading.printed.push("set skip on none");
    return true;
  }
  reading.printed.push(`set skip on { ${on.map((it) => it.name).join(" ")} }`);
  const wrong = on.filter((it) => it.negated || reading.tokens.kind(it.at - 1) === RDOMAIN);
  for (const it of wrong) {
    reading.error(
      it.negated
        ? "skip on ! <interface> is not supported"
        : "skip on rdomain <num> is not supported",
      at,
    );
  }
  if (wrong.length > 0) return reading.consequence("error setting skip interface(s)");
  reading.skip.push(...on.map((it) => it.name));
  return true;
};

const stateDefaults: Handler = (reading, at) => {
  const { shared, draft } = reading;
  if (shared.stateDefaults !== undefined) {
    return reading.error("cannot redefine state-defaults", at);
  }
  shared.stateDefaults = draft.stateOptions;
  return true;
};

// Syncookies --------------------------------------------------------------------------------------

const syncookiesMode: Handler = (reading, at) => {
  const mode = reading.tokens.text(at);
  if (mode !== "never" && mode !== "always" && mode !== "adaptive") {
    return reading.error("illegal value for syncookies", at);
  }
  reading.draft.syncookiesMode = mode;
  return true;
};

const syncookiesOption: Handler = (reading, at) => {
  const { tokens, draft } = reading;
  const [name, text] = [tokens.text(at - 1), tokens.text(at)];
  const match = FLOAT.exec(text);
  if (match?.[2] !== "%")
    return reading.silentError("syncookies levels are numbers that end in %", at);
  const value = floatValue(match[1] ?? "");
  if (value <= 0 || value > 100) return reading.error("illegal percentage value", at);
  if (name !== "start" && name !== "end") return reading.error("illegal syncookie option", at - 1);
  draft.syncookies[name] = Math.trunc(value) || 0;
  return true;
};

const DEFAULT_START = 25;

const syncookies: Handler = (reading, at) => {
  const { draft } = reading;
  const { syncookiesMode: mode } = draft;
  const { start = 0, end = 0 } = draft.syncookies;
  if (Object.keys(draft.syncookies).length > 0) {
    const from = start === 0 ? DEFAULT_START : start;
    const to = end === 0 ? Math.trunc(from / 2) : end;
    const wrong =
      mode !== "adaptive"
        ? "syncookies start/end only apply to adaptive"
        : to >= from
          ? "start must be higher than end"
          : "";
    if (wrong !== "") {
      reading.plain(`pfctl: ${wrong}`);
      return reading.error("error setting syncookies", at);
    }
    reading.syncookies = { start: from, end: to };
  }
  reading.syncookiesMode = mode === "always" || mode === "adaptive" ? mode : "never";
  const given = mode === "adaptive" ? reading.syncookies : undefined;
  const limits = given === undefined ? "" : ` (start ${given.start}%, end ${given.end}%)`;
  reading.printed.push(`set syncookies ${mode}${limits}`);
  return true;
};

// Macros and includes -----------------------------------------------------------------------------

/** Bytes of a macro's value; pfctl has no limit. */
const LONGEST_MACRO = 1 << 20;

const macro: Handler = (reading) => {
  const { draft, tokens, lexer } = reading;
  const name = tokens.text(0);
  const value = draft.words.splice(0).join(" ");
  if (value.length > LONGEST_MACRO) reading.limit(`macro value longer than ${LONGEST_MACRO}`);
  reading.printed.push(`${name} = "${value}"`);
  if (/.[\t\n\v\f\r ]/s.test(name)) {
    return reading.error("macro name cannot contain whitespace", 0);
  }
  if (lexer.macros.get(name)?.permanent === true) return true;
  lexer.macros.delete(name);
  lexer.macros.set(name, { value, permanent: false, used: false });
  return true;
};

const DEEPEST_INCLUDE = 64;
const MOST_INCLUDES = 10_000;

const include: Handler = (reading, at) => {
  const { shared, lexer, tokens } = reading;
  const name = tokens.text(at);
  const given = shared.input.include?.(name);
  const tooMany = lexer.frame.depth > DEEPEST_INCLUDE || shared.includes >= MOST_INCLUDES;
  if (typeof given !== "string" || tooMany) {
    const reason = tooMany
      ? "Too many open files"
      : ((given as { error?: string } | undefined)?.error ?? "No such file or directory");
    reading.plain(`pfctl: pushfile: ${name}: ${reason}`);
    const help =
      tooMany && lexer.isOpen(shared.input.path?.(name) ?? name) ? "it includes itself" : undefined;
    return reading.error(`failed to include file ${name}`, at - 1, at, help);
  }
  shared.includes++;
  shared.lines += countLines(given);
  const file = shared.input.path?.(name) ?? name;
  shared.sources.set(file, given);
  reading.countBytes(given);
  lexer.open(file, given, tokens.span(0, at));
  return true;
};

/** Lines of a text, whether or not the last one is ended. */
export function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return text === "" || text.endsWith("\n") ? lines : lines + 1;
}

export const setHandlers: Handlers = [
  [S.YES_NO, yesNo],
  [S.SET_REASSEMBLE, reassemble("")],
  [S.SET_REASSEMBLE_NO_DF, reassemble("no-df")],
  [S.SET_OPTIMIZATION, optimization],
  [S.SET_RULESET_OPTIMIZATION, rulesetOptimization],
  [S.SET_TIMEOUT, timeout],
  [S.SET_LIMIT, limit],
  [S.SET_LOGINTERFACE, logInterface],
  [S.SET_HOSTID, hostId],
  [S.SET_BLOCK_POLICY, blockPolicy],
  [S.SET_FINGERPRINTS, fingerprints],
  [S.SET_STATE_POLICY, statePolicy],
  [S.SET_DEBUG, debug],
  [S.SET_SKIP, skip],
  [S.SET_STATE_DEFAULTS, stateDefaults],
  [S.SYNCOOKIES_MODE, syncookiesMode],
  [S.SYNCOOKIES_OPTION, syncookiesOption],
  [S.SET_SYNCOOKIES, syncookies],
  [S.WORD_RUN, () => true],
  [S.MACRO, macro],
  [S.INCLUDE, include],
];
