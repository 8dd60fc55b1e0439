import { EmbeddedActionsParser, type IOrAlt, type ParserMethod, type TokenType } from "chevrotain";
import { NEWLINE, NUMBER, RUN, STRING } from "../lexical/kinds.ts";
import { LOOKS_AHEAD, type Step, WORD } from "./steps.ts";
import { tokenTypes, typeOfKind, word } from "./token-types.ts";

/** A production that only emits steps. */
export type Production = ParserMethod<[], void>;

export const StringToken: TokenType = typeOfKind(STRING);
export const NumberToken: TokenType = typeOfKind(NUMBER);
export const RunToken: TokenType = typeOfKind(RUN);
export const NewlineToken: TokenType = typeOfKind(NEWLINE);

/** What the productions of pf.conf have in common: they emit steps and read braced lists. */
export abstract class StepParser extends EmbeddedActionsParser {
  /** Step and index of its token, alternating. */
  steps: number[] = [];

  constructor() {
    super([...tokenTypes], { recoveryEnabled: false, maxLookahead: 3 });
  }

  /** Takes `step` as soon as the token just read is there. */
  protected step(step: Step): void {
    if (!this.RECORDING_PHASE) this.steps.push(step, this.LA(0).startOffset);
  }

  /** Takes `step` once the token behind the one just read has turned out to fit. */
  protected look(step: Step): void {
    this.step(step | LOOKS_AHEAD);
  }

  /** "{" nl* element nl* ( ","? element nl* )* "}" */
  protected braced(first: () => void, other: () => void, behindFirst?: () => void): void {
    this.CONSUME8(word("{"));
    this.MANY7(() => this.CONSUME7(NewlineToken));
    first();
    this.MANY8(() => this.CONSUME8(NewlineToken));
    behindFirst?.();
    this.MANY9(() => {
      this.OPTION9(() => this.CONSUME8(word(",")));
      other();
      this.MANY6(() => this.CONSUME9(NewlineToken));
    });
    this.CONSUME8(word("}"));
  }

  /** element | braced(element) */
  protected oneOrBraced(element: Production): void {
    this.OR9<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE7(element) },
      {
        ALT: () =>
          this.braced(
            () => this.SUBRULE8(element),
            () => this.SUBRULE9(element),
          ),
      },
    ]);
  }

  /** An alternative that is one keyword and its step. */
  protected keyword(text: string, step: Step): IOrAlt<void> {
    return {
      ALT: () => {
        this.CONSUME(word(text));
        this.step(step);
      },
    };
  }

  /** An alternative that is one keyword, a number, and the step of both. */
  protected numbered(text: string, step: Step): IOrAlt<void> {
    return {
      ALT: () => {
        this.CONSUME(word(text));
        this.SUBRULE(this.number);
        this.step(step);
      },
    };
  }

  protected readonly number: Production = this.RULE("number", () => {
    this.CONSUME(NumberToken);
  });

  protected readonly string: Production = this.RULE("string", () => {
    this.CONSUME(StringToken);
  });

  protected readonly stringOrNumber: Production = this.RULE("string-or-number", () => {
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.string) },
      { ALT: () => this.SUBRULE(this.number) },
    ]);
  });

  /** One or more strings, each a WORD. */
  protected readonly strings: Production = this.RULE("strings", () => {
    this.AT_LEAST_ONE(() => {
      this.CONSUME(StringToken);
      this.step(WORD);
    });
  });
}
