import type { Family } from "../../../model/packet.ts";
import { ICMP, ICMP6, TCP_FLAGS } from "../../../model/packet.ts";
import * as S from "../grammar/steps.ts";
import { NUMBER } from "../lexical/kinds.ts";
import { icmpCode, icmpType } from "../names/icmp.ts";
import { TOS } from "../names/words.ts";
import type { Handler, Handlers } from "./handlers.ts";
import { probability } from "./probability.ts";
import type { Reading } from "./reading.ts";

// Flags, ICMP, type of service --------------------------------------------------------------------

const flagSet: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  let bits = text === "" ? 255 : 0;
  for (const letter of text) {
    const bit = TCP_FLAGS.indexOf(letter);
    if (bit < 0) return reading.error(`bad flags ${text}`, at);
    bits |= 1 << bit;
  }
  reading.draft.flagSets.push(bits);
  return true;
};

function flagsAre(reading: Reading, at: number, flags: number, flagMask: number): boolean {
  const { draft } = reading;
  if (draft.hasFlags) return reading.error("flags cannot be redefined", at);
  draft.hasFlags = true;
  draft.flags = flags;
  draft.flagMask = flagMask;
  return true;
}

const icmpTypeStep =
  (family: Family): Handler =>
  (reading, at) => {
    const { tokens, draft } = reading;
    const text = tokens.text(at);
    const word = family === "inet" ? "icmp-type" : "icmp6-type";
    let type: number | undefined;
    if (tokens.kind(at) === NUMBER) {
      type = Number(text);
      if (type < 0 || type > 255) return reading.error(`illegal ${word} ${text}`, at);
    } else {
      type = icmpType(family, text);
      if (type === undefined) return reading.error(`unknown ${word} ${text}`, at);
    }
    const protocol = family === "inet" ? ICMP : ICMP6;
    draft.icmp.push({ type, code: -1, protocol, at, to: at });
    return true;
  };

const icmpCodeStep =
  (family: Family): Handler =>
  (reading, at) => {
    const { tokens, draft } = reading;
    const last = draft.icmp.pop();
    if (last === undefined) return false;
    const text = tokens.text(at);
    let code: number | undefined;
    if (tokens.kind(at) === NUMBER) {
      code = Number(text);
      if (code < 0 || code > 255) return reading.error(`illegal icmp-code ${text}`, at);
    } else {
      code = icmpCode(family, last.type, text);
      if (code === undefined) {
        return reading.error(`unknown ${family === "inet" ? "icmp" : "icmp6"}-code ${text}`, at);
      }
    }
    draft.icmp.push({ ...last, code, at: at - 2, to: at });
    return true;
  };

const icmpDone: Handler = (reading, at) => {
  if (reading.draft.hasIcmp) return reading.error("icmp-type cannot be redefined", at);
  reading.draft.hasIcmp = true;
  return true;
};

const tosValue: Handler = (reading, at) => {
  const { tokens, draft } = reading;
  const text = tokens.text(at);
  let value: number | undefined;
  if (tokens.kind(at) === NUMBER) value = Number(text);
  else if (/^0x[0-9a-fA-F]+$/.test(text)) value = Number.parseInt(text, 16);
  else value = TOS.get(text.toLowerCase());
  if (value === undefined || value < 0 || value > 255) {
    return reading.error(`illegal tos value ${text}`, at);
  }
  draft.tosValue = value;
  return true;
};

const tos: Handler = (reading, at) => {
  const { draft } = reading;
  if (draft.hasTos) return reading.error("tos cannot be redefined", at - 1, at);
  draft.hasTos = true;
  draft.tos = draft.tosValue;
  return true;
};

const prio: Handler = (reading, at) => {
  const value = reading.tokens.number(at);
  if (reading.draft.prio >= 0) return reading.error("prio cannot be redefined", at - 1, at);
  if (value < 0 || value > 7) return reading.error("prio must be 0 - 7", at);
  reading.draft.prio = value;
  return true;
};

// Marks -------------------------------------------------------------------------------------------

const label: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  if (draft.label !== undefined) return reading.error("label cannot be redefined", at - 1, at);
  draft.label = tokens.text(at);
  return true;
};

function takeWords(reading: Reading): string {
  const { draft } = reading;
  const text = draft.words.join(" ");
  draft.words = [];
  return text;
}

const tag: Handler = (reading) => {
  reading.draft.tag = takeWords(reading);
  return true;
};

const tagged: Handler = (reading) => {
  const { draft } = reading;
  draft.tagged = takeWords(reading);
  draft.taggedNegated = draft.not;
  draft.not = false;
  return true;
};

// What is set in packets --------------------------------------------------------------------------

const queueDone: Handler = (reading, at) => {
  const { draft, shared } = reading;
  // known by now, and not as the root of a tree
  for (const name of draft.words) {
    if (shared.queues.get(name)?.some((it) => it.parent !== "") !== true) {
      return reading.error(`queue ${name} is not defined`);
    }
  }
  if (draft.hasQueue) return reading.error("queue cannot be redefined", at);
  draft.hasQueue = true;
  [draft.queue = "", draft.lowDelayQueue = ""] = draft.words;
  draft.words = [];
  return true;
};

function setPrios(reading: Reading, at: number, low: number, high: number): boolean {
  const { draft } = reading;
  if (low < 0 || low > 7 || high < 0 || high > 7) return reading.error("prio must be 0 - 7", at);
  if (draft.setPrio >= 0) return reading.error("prio cannot be redefined", at);
  draft.setPrio = low;
  draft.setLowDelayPrio = high;
  return true;
}

const setPriosStep: Handler = (reading, at) => {
  const { tokens } = reading;
  const first = tokens.kind(at - 2) === NUMBER ? at - 2 : at - 3;
  return setPrios(reading, at - 1, tokens.number(first), tokens.number(at - 1));
};

const setTos: Handler = (reading, at) => {
  const { draft } = reading;
  if (draft.setTos >= 0) return reading.error("tos cannot be respecified", at - 1, at);
  draft.setTos = draft.tosValue;
  return true;
};

const setDelay: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const delay = tokens.number(at);
  if (draft.setDelay > 0) return reading.error("delay cannot be respecified", at - 1, at);
  if (delay < 0 || delay > 0xffff) {
    return reading.error(`illegal delay value ${tokens.text(at)} (0-65535)`, at);
  }
  draft.setDelay = delay;
  return true;
};

/** Shared with antispoof. */
export function rtableOf(reading: Reading, at: number): number | undefined {
  const { tokens, shared } = reading;
  const id = tokens.number(at);
  if (id < 0 || id > 255) {
    reading.error("invalid rtable id", at);
    return undefined;
  }
  if (id !== 0 && !shared.environment.rtables.includes(id)) {
    reading.error(`rtable ${id} does not exist`, at);
    return undefined;
  }
  return id;
}

const rtable: Handler = (reading, at) => {
  const id = rtableOf(reading, at);
  if (id === undefined) return false;
  reading.draft.rtable = id;
  return true;
};

export const optionHandlers: Handlers = [
  [S.FLAG_SET, flagSet],
  [
    S.FLAGS,
    (reading, at) => {
      const [flags = 0, mask = 0] = reading.draft.flagSets.splice(0);
      return flagsAre(reading, at, flags, mask);
    },
  ],
  [
    S.FLAGS_MASK,
    (reading, at) => {
      const [mask = 0] = reading.draft.flagSets.splice(0);
      return flagsAre(reading, at, 0, mask);
    },
  ],
  [S.FLAGS_ANY, (reading, at) => flagsAre(reading, at, 0, 0)],
  [S.ICMP_TYPE, icmpTypeStep("inet")],
  [S.ICMP6_TYPE, icmpTypeStep("inet6")],
  [S.ICMP_CODE, icmpCodeStep("inet")],
  [S.ICMP6_CODE, icmpCodeStep("inet6")],
  [S.ICMP, icmpDone],
  [S.TOS_VALUE, tosValue],
  [S.TOS, tos],
  [S.PRIO, prio],
  [
    S.FRAGMENT,
    ({ draft }) => {
      draft.fragment = true;
      return true;
    },
  ],
  [
    S.ALLOW_OPTS,
    ({ draft }) => {
      draft.allowOptions = true;
      return true;
    },
  ],
  [
    S.ONCE,
    ({ draft }) => {
      draft.once = true;
      return true;
    },
  ],
  [S.LABEL, label],
  [S.TAG, tag],
  [S.TAGGED, tagged],
  [
    S.QUEUE_NAME,
    ({ draft, tokens }, at) => {
      draft.words.push(tokens.text(at));
      return true;
    },
  ],
  [
    S.LOW_DELAY_QUEUE,
    ({ draft, tokens }, at) => {
      draft.words.push(tokens.text(at));
      return true;
    },
  ],
  [S.QUEUE, queueDone],
  [
    S.SET_PRIO,
    (reading, at) => {
      const value = reading.tokens.number(at);
      return setPrios(reading, at, value, value);
    },
  ],
  [S.SET_PRIOS, setPriosStep],
  [S.SET_TOS, setTos],
  [S.SET_DELAY, setDelay],
  [S.PROBABILITY, probability],
  [S.RTABLE, rtable],
];
