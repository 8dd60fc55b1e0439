import type { IdTest } from "../../../model/pf-rule.ts";
import * as S from "../grammar/steps.ts";
import { NUMBER } from "../lexical/kinds.ts";
import { groupId, userId } from "../names/accounts.ts";
import { type Handler, type Handlers, plain } from "./handlers.ts";
import { isUnary } from "./port-handlers.ts";
import type { Reading } from "./reading.ts";

const MOST_UNSIGNED = 4294967295;
const UNKNOWN = -1;

const idTerm: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const text = tokens.text(at);
  const word = draft.idKind === "user" ? "uid" : "gid";
  let id: number | undefined;
  let account: string | undefined;
  if (tokens.kind(at) === NUMBER) {
    id = Number(text);
    if (id < 0 || id > MOST_UNSIGNED - 1) return reading.error(`illegal ${word} value ${text}`, at);
  } else if (text === "unknown") id = UNKNOWN;
  else {
    id = accountId(reading, draft.idKind, text);
    if (id === undefined) {
      if (reading.shared.input.live !== true || !/^[a-z_][\w.-]*$/i.test(text)) {
        return reading.error(`unknown ${draft.idKind} ${text}`, at);
      }
      id = 0;
      account = text;
    }
  }
  draft.idTerms.push({ operator: "=", first: id, last: 0, ...(account && { account }) });
  return true;
};

function accountId(reading: Reading, kind: "user" | "group", name: string): number | undefined {
  const { users, groups } = reading.shared.environment;
  return kind === "user"
    ? (users?.get(name) ?? userId(name))
    : (groups?.get(name) ?? groupId(name));
}

const idSingle: Handler = ({ draft }, at) => {
  const test = draft.idTerms.pop();
  if (test !== undefined) draft.ids.push({ test, at, to: at });
  return true;
};

const idUnary: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const term = draft.idTerms.pop();
  const operator = tokens.text(at - 1);
  if (term === undefined || !isUnary(operator)) return false;
  if (term.first === UNKNOWN && operator !== "=" && operator !== "!=") {
    return reading.error(`${draft.idKind} unknown requires operator = or !=`, at - 1, at);
  }
  draft.ids.push({ test: { ...term, operator }, at: at - 1, to: at });
  return true;
};

const idBinary: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  const high = draft.idTerms.pop();
  const low = draft.idTerms.pop();
  if (low === undefined || high === undefined) return false;
  if (low.first === UNKNOWN || high.first === UNKNOWN) {
    return reading.error(`${draft.idKind} unknown requires operator = or !=`, at - 2, at);
  }
  const operator = tokens.text(at - 1) === "><" ? "><" : "<>";
  const test: IdTest = { ...low, operator, last: high.first };
  draft.ids.push({ test, at: at - 2, to: at });
  return true;
};

export const accountHandlers: Handlers = [
  [
    S.USER,
    plain(({ draft }) => {
      draft.idKind = "user";
    }),
  ],
  [
    S.GROUP,
    plain(({ draft }) => {
      draft.idKind = "group";
    }),
  ],
  [S.ID_TERM, idTerm],
  [S.ID_SINGLE, idSingle],
  [S.ID_UNARY, idUnary],
  [S.ID_BINARY, idBinary],
  // the later list comes first: what pfctl does
  [
    S.USERS,
    plain(({ draft }) => {
      draft.users = [...draft.ids.splice(0), ...draft.users];
    }),
  ],
  [
    S.GROUPS,
    plain(({ draft }) => {
      draft.groups = [...draft.ids.splice(0), ...draft.groups];
    }),
  ],
];
