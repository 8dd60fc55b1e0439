import type { IParserErrorMessageProvider } from "chevrotain";

/** What the grammar says about a token that does not fit: pfctl knows two words for all cases. */
export const errorMessages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => `expected ${expected.name}`,
  buildNotAllInputParsedMessage: () => "nothing may follow",
  buildNoViableAltMessage: () => "unexpected",
  buildEarlyExitMessage: () => "unexpected",
};
