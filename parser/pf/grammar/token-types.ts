import { createToken, Lexer, type TokenType } from "chevrotain";
import { END, type Kind, kindOf, kindTexts } from "../lexical/kinds.ts";

/** chevrotain's token types, one for each kind; the end has chevrotain's own. */
export const tokenTypes: readonly TokenType[] = kindTexts.map((text, kind) =>
  createToken({ name: kind < 7 ? text : `\`${text}\``, pattern: Lexer.NA }),
);

/** The token type of a kind. */
export function typeOfKind(kind: Kind): TokenType {
  const type = tokenTypes[kind] ?? tokenTypes[END];
  if (type === undefined) throw new RangeError(`no such kind: ${kind}`);
  return type;
}

/** The token type of a reserved word or operator. */
export function word(text: string): TokenType {
  return typeOfKind(kindOf(text));
}
