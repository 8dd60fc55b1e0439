import type { Family } from "../../../model/packet.ts";
import * as S from "../grammar/steps.ts";
import { wrongNumber } from "../lexical/digits.ts";
import { NUMBER } from "../lexical/kinds.ts";
import { icmpCode } from "../names/icmp.ts";
import { protocolNumber } from "../names/protocols.ts";
import { appended, type Handler, type Handlers, plain, takeNot } from "./handlers.ts";
import { cUnsigned } from "./ports.ts";
import type { Reading } from "./reading.ts";

const LONGEST_INTERFACE = 15;

// Block variants --------------------------------------------------------------------------------

/** A code of ICMP or ICMPv6 unreach by number, name or C number; undefined after a complaint. */
function unreachCode(reading: Reading, family: Family, at: number): number | undefined {
  const text = reading.tokens.text(at);
  if (reading.tokens.kind(at) === NUMBER) {
    const value = Number(text);
    if (value >= 0 && value <= 255) return value;
    reading.error(`invalid icmp code ${text}`, at);
    return undefined;
  }
  const number = cUnsigned(text);
  if (number !== undefined && number > 255n) {
    reading.error(`invalid icmp code ${number}`, at);
    return undefined;
  }
  const type = family === "inet" ? 3 : 1;
  const code = number === undefined ? icmpCode(family, type, text) : Number(number);
  if (code === undefined) reading.error(`unknown icmp code ${text}`, at);
  return code;
}

const PORT_UNREACHABLE = 3;
const PORT_UNREACHABLE_6 = 4;
/** ICMP type and code in pf's one number: no code of ICMPv6 unreach. */
const UNREACH_TYPE_AND_CODE = 0x303;

const returnRstTtl: Handler = (reading, at) => {
  const text = reading.tokens.text(at - 1);
  const ttl = Number(text);
  if (ttl < 0 || ttl > 255) return reading.error(`illegal ttl value ${text}`, at - 1);
  reading.draft.answer = { kind: "return-rst", ttl };
  return true;
};

const icmpUnreach: Handler = (reading, at) => {
  const code = unreachCode(reading, "inet", at);
  if (code === undefined) return false;
  // the v4 default stands in the v6 slot: what pfctl does
  reading.draft.answer = { kind: "return-icmp", code, code6: UNREACH_TYPE_AND_CODE };
  return true;
};

const icmp6Unreach: Handler = (reading, at) => {
  const code6 = unreachCode(reading, "inet6", at);
  if (code6 === undefined) return false;
  const { answer } = reading.draft;
  const code = answer?.kind === "return-icmp" ? answer.code : PORT_UNREACHABLE;
  reading.draft.answer = { kind: "return-icmp", code, code6 };
  return true;
};

// Log, interfaces, protocols ----------------------------------------------------------------------

const logTo: Handler = (reading, at) => {
  const { draft } = reading;
  const name = draft.words.join(" ");
  draft.words = [];
  if (!name.startsWith("pflog")) {
    return reading.error(`${name}: should be a pflog interface`, at);
  }
  const number = name.slice(5);
  const reason = wrongNumber(number, 255);
  if (reason !== undefined) return reading.error(`${name}: ${reason}`, at);
  if (Number(number) !== 0) draft.logTo = Number(number);
  return true;
};

const interfaceName: Handler = (reading, at) => {
  const name = reading.tokens.text(at);
  const negated = takeNot(reading);
  if (name.length > LONGEST_INTERFACE) return reading.error("interface name too long", at);
  reading.shared.hosts.interfacesLoaded = true;
  const { draft } = reading;
  const item = { name, rdomain: -1, negated, at, to: at };
  draft.interfaces = appended(draft.interfaces, item);
  return true;
};

const interfaceRdomain: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  const rdomain = Number(text);
  const negated = takeNot(reading);
  if (rdomain < 0 || rdomain > 255) reading.error(`rdomain ${text} outside range`, at);
  reading.draft.interfaces.push({ name: "", rdomain, negated, at, to: at });
  return true;
};

const protocol: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  let number: number | undefined;
  if (reading.tokens.kind(at) === NUMBER) {
    number = Number(text);
    if (number < 0 || number > 255) return reading.error("protocol outside range", at);
  } else {
    number = protocolNumber(text);
    if (number === undefined) return reading.error(`unknown protocol ${text}`, at);
  }
  if (number === 0) return reading.error("proto 0 cannot be used", at);
  // pf has a byte for it
  const { draft } = reading;
  const item = { protocol: number & 0xff, at, to: at };
  draft.protocols = appended(draft.protocols, item);
  return true;
};

const UNREACHABLE = {
  kind: "return-icmp",
  code: PORT_UNREACHABLE,
  code6: PORT_UNREACHABLE_6,
} as const;

const DROP = { kind: "drop" } as const;
const RETURN = { kind: "return" } as const;
const RETURN_RST = { kind: "return-rst", ttl: 0 } as const;

export const ruleHandlers: Handlers = [
  [
    S.PASS,
    ({ draft }) => {
      draft.action = "pass";
      return true;
    },
  ],
  [
    S.MATCH,
    ({ draft }) => {
      draft.action = "match";
      return true;
    },
  ],
  [
    S.BLOCK,
    (reading) => {
      reading.draft.action = "block";
      reading.draft.answer = reading.blockPolicy === "return" ? RETURN : DROP;
      return true;
    },
  ],
  [
    S.BLOCK_DROP,
    ({ draft }) => {
      draft.answer = DROP;
      return true;
    },
  ],
  [
    S.BLOCK_RETURN,
    ({ draft }) => {
      draft.answer = RETURN;
      return true;
    },
  ],
  [
    S.RETURN_RST,
    ({ draft }) => {
      draft.answer = RETURN_RST;
      return true;
    },
  ],
  [S.RETURN_RST_TTL, returnRstTtl],
  [
    S.RETURN_ICMP,
    ({ draft }) => {
      draft.answer = UNREACHABLE;
      return true;
    },
  ],
  [
    S.RETURN_ICMP6,
    ({ draft }) => {
      draft.answer = UNREACHABLE;
      return true;
    },
  ],
  [S.ICMP_UNREACH, icmpUnreach],
  [S.ICMP6_UNREACH, icmp6Unreach],
  [S.ICMP6_ONLY, icmp6Unreach],
  [
    S.IN,
    ({ draft }) => {
      draft.direction = "in";
      return true;
    },
  ],
  [
    S.OUT,
    ({ draft }) => {
      draft.direction = "out";
      return true;
    },
  ],
  [
    S.QUICK,
    ({ draft }) => {
      draft.quick = true;
      return true;
    },
  ],
  [
    S.LOG,
    ({ draft }) => {
      draft.logs = true;
      return true;
    },
  ],
  [
    S.LOG_ALL,
    ({ draft }) => {
      draft.logAll = true;
      return true;
    },
  ],
  [
    S.LOG_MATCHES,
    ({ draft }) => {
      draft.logMatches = true;
      return true;
    },
  ],
  [
    S.LOG_USER,
    ({ draft }) => {
      draft.logUser = true;
      return true;
    },
  ],
  [S.LOG_TO, logTo],
  [
    S.INET,
    ({ draft }) => {
      draft.family = "inet";
      return true;
    },
  ],
  [
    S.INET6,
    ({ draft }) => {
      draft.family = "inet6";
      return true;
    },
  ],
  [
    S.NOT,
    ({ draft }) => {
      draft.not = true;
      return true;
    },
  ],
  [S.WORD, plain(({ draft, tokens }, at) => void draft.words.push(tokens.text(at)))],
  [S.IF_NAME, interfaceName],
  [S.IF_ANY, interfaceName],
  [S.IF_RDOMAIN, interfaceRdomain],
  [
    S.ON,
    ({ draft }) => {
      draft.on = draft.interfaces;
      draft.interfaces = [];
      return true;
    },
  ],
  [S.PROTO, protocol],
  [
    S.OS,
    plain(({ draft, tokens }, at) => {
      draft.os.push({ name: tokens.text(at), at, to: at });
    }),
  ],
];
