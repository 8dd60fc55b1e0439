import * as S from "../grammar/steps.ts";
import type { Handler, Handlers } from "./handlers.ts";
import { portNumber } from "./ports.ts";
import type { Reading } from "./reading.ts";

const MOST_UNSIGNED = 4294967295;

const divertTo: Handler = (reading, at) => {
  const { draft, tokens, shared } = reading;
  const port = divertPort(reading, at);
  if (port === undefined) return false;
  if (draft.divert !== undefined) return reading.error("more than one divert option", at);
  const text = tokens.text(at - 2);
  const { found, notes } = shared.hosts.lookUp(text);
  for (const note of notes) reading.plain(note);
  if (found === undefined) return reading.error(`could not parse divert address: ${text}`, at - 2);
  if (port === 0) return reading.error("invalid divert port: 0", at);
  const hosts = found.map((it) => ({ ...it, negated: false, weight: 0, at: at - 2, to: at - 2 }));
  draft.divert = { kind: "divert-to", hosts, port };
  return true;
};

function divertPort(reading: Reading, at: number): number | undefined {
  const text = reading.tokens.text(at);
  if (!text.includes(":")) return portNumber(reading, text, at);
  reading.error(`port is invalid: ${text}`, at);
  return undefined;
}

const divertPacket: Handler = (reading, at) => {
  const { draft } = reading;
  const port = divertPort(reading, at);
  if (port === undefined) return false;
  if (draft.divert !== undefined) return reading.error("more than one divert option", at);
  if (port === 0) return reading.error("invalid divert port: 0", at);
  draft.divert = { kind: "divert-packet", port };
  return true;
};

const divertReply: Handler = (reading, at) => {
  const { draft } = reading;
  if (draft.divert !== undefined) return reading.error("more than one divert option", at);
  draft.divert = { kind: "divert-reply" };
  return true;
};

/** Notes an item of a scrub group; false if the group has it already. */
function scrubItem(reading: Reading, at: number, word: string): boolean {
  const { scrubSeen } = reading.draft;
  if (scrubSeen.includes(word)) return reading.error(`${word} cannot be respecified`, at);
  scrubSeen.push(word);
  return true;
}

const scrubMinTtl: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const value = tokens.number(at);
  if (!scrubItem(reading, at, "min-ttl")) return false;
  if (value < 0 || value > 255)
    return reading.error(`illegal min-ttl value ${tokens.text(at)}`, at);
  draft.minTtl = value;
  return true;
};

const scrubMaxMss: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const value = tokens.number(at);
  if (!scrubItem(reading, at, "max-mss")) return false;
  if (value < 0 || value > 0xffff) {
    return reading.error(`illegal max-mss value ${tokens.text(at)}`, at);
  }
  draft.maxMss = value;
  return true;
};

const scrubReassemble: Handler = (reading, at) => {
  const text = reading.tokens.text(at);
  if (text.toLowerCase() !== "tcp") {
    return reading.error(`scrub reassemble supports only tcp, not '${text}'`, at);
  }
  return scrubItem(reading, at, "reassemble tcp");
};

const scrubBegin: Handler = ({ draft }) => {
  draft.scrubSeen = [];
  draft.noDf = false;
  draft.randomId = false;
  draft.minTtl = 0;
  draft.maxMss = 0;
  return true;
};

const scrub: Handler = ({ draft }) => {
  draft.noDf = draft.scrubSeen.includes("no-df");
  draft.randomId = draft.scrubSeen.includes("random-id");
  if (draft.scrubSeen.includes("reassemble tcp")) draft.reassembleTcp = true;
  return true;
};

const receivedOn: Handler = (reading, at) => {
  const { draft } = reading;
  const [item] = draft.interfaces.splice(0);
  if (draft.hasReceivedOn) return reading.error("cannot respecify received-on", at);
  draft.hasReceivedOn = true;
  // `received-on rdomain` stores nothing: what pfctl does
  if (item !== undefined && item.name !== "") {
    draft.receivedOn = { name: item.name, negated: item.negated };
  }
  return true;
};

const packetRate: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const [limit, seconds] = [tokens.number(at - 2), tokens.number(at)];
  if (limit < 0 || limit > MOST_UNSIGNED || seconds < 0 || seconds > MOST_UNSIGNED) {
    return reading.error("only positive values permitted", at - 2, at);
  }
  if (draft.packetRate !== undefined) {
    return reading.error("cannot respecify max-pkt-rate", at - 2, at);
  }
  if (limit !== 0) draft.packetRate = { limit, seconds };
  return true;
};

/** Divert and scrub options, `received-on` and rates. */
export const packetHandlers: Handlers = [
  [S.DIVERT_TO, divertTo],
  [S.DIVERT_REPLY, divertReply],
  [S.DIVERT_PACKET, divertPacket],
  [S.SCRUB_BEGIN, scrubBegin],
  [S.SCRUB_NO_DF, (reading, at) => scrubItem(reading, at, "no-df")],
  [S.SCRUB_RANDOM_ID, (reading, at) => scrubItem(reading, at, "random-id")],
  [S.SCRUB_MIN_TTL, scrubMinTtl],
  [S.SCRUB_MAX_MSS, scrubMaxMss],
  [S.SCRUB_REASSEMBLE, scrubReassemble],
  [S.SCRUB, scrub],
  [S.RECEIVED_ON, receivedOn],
  [S.MAX_PKT_RATE, packetRate],
];
