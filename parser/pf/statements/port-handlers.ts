import * as S from "../grammar/steps.ts";
import { appended, type Handler, type Handlers } from "./handlers.ts";
import { portTerm } from "./ports.ts";

const portTermStep: Handler = (reading, at) => {
  const term = portTerm(reading, at, false);
  if (term === undefined) return false;
  const { draft } = reading;
  draft.portTerms = appended(draft.portTerms, term);
  return true;
};

const portSingle: Handler = (reading, at) => {
  const { draft } = reading;
  const term = draft.portTerms.pop();
  if (term === undefined) return false;
  const { first, last } = term;
  if (term.isRange && first > last) return reading.error("invalid port range", at);
  const operator = term.isRange ? "range" : "=";
  draft.ports = appended(draft.ports, { port: { operator, first, last }, at, to: at });
  return true;
};

const portUnary: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const term = draft.portTerms.pop();
  if (term === undefined) return false;
  if (term.isRange) {
    return reading.error("':' cannot be used with an other port operator", at - 1, at);
  }
  const operator = tokens.text(at - 1);
  const { first } = term;
  if (isUnary(operator)) {
    draft.ports.push({ port: { operator, first, last: 0 }, at: at - 1, to: at });
  }
  return true;
};

const portBinary: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const high = draft.portTerms.pop();
  const low = draft.portTerms.pop();
  if (low === undefined || high === undefined) return false;
  if (low.isRange || high.isRange) {
    return reading.error("':' cannot be used with an other port operator", at - 2, at);
  }
  const operator = tokens.text(at - 1) === "><" ? "><" : "<>";
  const [first, last] = [low.first, high.first];
  if (operator === "><" ? first >= last : first > last) {
    return reading.error("invalid port range", at - 2, at);
  }
  draft.ports.push({ port: { operator, first, last }, at: at - 2, to: at });
  return true;
};

type Unary = "=" | "!=" | "<" | "<=" | ">" | ">=";

export function isUnary(text: string): text is Unary {
  return ["=", "!=", "<", "<=", ">", ">="].includes(text);
}

export const portHandlers: Handlers = [
  [S.PORT_TERM, portTermStep],
  [S.PORT_SINGLE, portSingle],
  [S.PORT_UNARY, portUnary],
  [S.PORT_BINARY, portBinary],
];
