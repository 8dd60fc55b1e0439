import { EOF, type IOrAlt, type IToken } from "chevrotain";
import { StatementGrammar } from "./statement-grammar.ts";
import { NewlineToken, NumberToken, type Production, StringToken } from "./step-parser.ts";
import * as S from "./steps.ts";
import { word } from "./token-types.ts";

/** The steps of a statement, and the index of the token that fits nowhere; -1: all of them fit. */
export interface Reduction {
  readonly steps: Int32Array;
  readonly wrong: number;
  /** What could have stood there. */
  readonly expected: string;
}

/**
 * The grammar of pf.conf: one method per production of the BNF in pf.conf(5).
 *
 * It sees only kinds of tokens and makes only steps; what the words mean is for the actions. Tokens
 * carry their index as their offset.
 */
export class PfGrammar extends StatementGrammar {
  /** T N */
  protected readonly timeoutEntry: Production = this.RULE("timeout-entry", () => {
    this.CONSUME(StringToken);
    this.CONSUME(NumberToken);
    this.step(S.SET_TIMEOUT);
  });

  protected readonly timeout: Production = this.RULE("set-timeout", () => {
    this.CONSUME(word("timeout"));
    this.oneOrBraced(this.timeoutEntry);
  });

  /** L N */
  protected readonly limitEntry: Production = this.RULE("limit-entry", () => {
    this.CONSUME(StringToken);
    this.CONSUME(NumberToken);
    this.step(S.SET_LIMIT);
  });

  protected readonly limit: Production = this.RULE("set-limit", () => {
    this.CONSUME(word("limit"));
    this.oneOrBraced(this.limitEntry);
  });

  protected readonly reassemble: Production = this.RULE("set-reassemble", () => {
    this.CONSUME(word("reassemble"));
    this.SUBRULE(this.yesNo);
    this.OR1<IOrAlt<void>[]>([
      this.keyword("no-df", S.SET_REASSEMBLE_NO_DF),
      { ALT: () => this.look(S.SET_REASSEMBLE) },
    ]);
  });

  /** STRING | "no" */
  protected readonly yesNo: Production = this.RULE("yesno", () => {
    this.OR<IOrAlt<unknown>[]>([
      { ALT: () => this.CONSUME(word("no")) },
      { ALT: () => this.CONSUME(StringToken) },
    ]);
    this.step(S.YES_NO);
  });

  /** "syncookies" STRING ( "(" STRING STRING ( ","? STRING STRING )* ")" )? */
  protected readonly syncookies: Production = this.RULE("set-syncookies", () => {
    this.CONSUME(word("syncookies"));
    this.CONSUME(StringToken);
    this.step(S.SYNCOOKIES_MODE);
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("("));
          this.SUBRULE(this.syncookiesOption);
          this.MANY(() => {
            this.OPTION(() => this.CONSUME(word(",")));
            this.SUBRULE1(this.syncookiesOption);
          });
          this.CONSUME(word(")"));
          this.step(S.SET_SYNCOOKIES);
        },
      },
      { ALT: () => this.look(S.SET_SYNCOOKIES) },
    ]);
  });

  protected readonly syncookiesOption: Production = this.RULE("syncookies-opt", () => {
    this.CONSUME(StringToken);
    this.CONSUME1(StringToken);
    this.step(S.SYNCOOKIES_OPTION);
  });

  protected readonly policies: Production = this.RULE("set-policies", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("block-policy"));
          this.OR1<IOrAlt<void>[]>([
            this.keyword("drop", S.SET_BLOCK_POLICY),
            this.keyword("return", S.SET_BLOCK_POLICY),
          ]);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("state-policy"));
          this.OR2<IOrAlt<void>[]>([
            this.keyword("if-bound", S.SET_STATE_POLICY),
            this.keyword("floating", S.SET_STATE_POLICY),
          ]);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("state-defaults"));
          this.SUBRULE(this.stateOptions);
          this.look(S.SET_STATE_DEFAULTS);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("skip"));
          this.OR3<IOrAlt<void>[]>([
            {
              ALT: () => {
                this.SUBRULE(this.onSpec);
                this.step(S.SET_SKIP);
              },
            },
            { ALT: () => this.look(S.SET_SKIP) },
          ]);
        },
      },
    ]);
  });

  protected readonly named: Production = this.RULE("set-named", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("optimization"));
          this.CONSUME(StringToken);
          this.step(S.SET_OPTIMIZATION);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("ruleset-optimization"));
          this.SUBRULE(this.strings);
          this.look(S.SET_RULESET_OPTIMIZATION);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("loginterface"));
          this.OR1<IOrAlt<unknown>[]>([
            { ALT: () => this.CONSUME1(StringToken) },
            { ALT: () => this.CONSUME(word("all")) },
          ]);
          this.step(S.SET_LOGINTERFACE);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("hostid"));
          this.SUBRULE(this.stringOrNumber);
          this.step(S.SET_HOSTID);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("fingerprints"));
          this.CONSUME2(StringToken);
          this.step(S.SET_FINGERPRINTS);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("debug"));
          this.OR2<IOrAlt<unknown>[]>([
            { ALT: () => this.CONSUME3(StringToken) },
            { ALT: () => this.CONSUME1(word("debug")) },
          ]);
          this.step(S.SET_DEBUG);
        },
      },
    ]);
  });

  /** option = "set" … */
  protected readonly setStatement: Production = this.RULE("set-statement", () => {
    this.CONSUME(word("set"));
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.reassemble) },
      { ALT: () => this.SUBRULE(this.timeout) },
      { ALT: () => this.SUBRULE(this.limit) },
      { ALT: () => this.SUBRULE(this.syncookies) },
      { ALT: () => this.SUBRULE(this.policies) },
      { ALT: () => this.SUBRULE(this.named) },
    ]);
  });

  /** A statement with the end of its line; `include` has none, its file begins with one. */
  protected readonly statement: Production = this.RULE("statement", () => {
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.include) },
      {
        ALT: () => {
          this.OR1<IOrAlt<void>[]>([
            { ALT: () => this.SUBRULE(this.filterRule) },
            { ALT: () => this.SUBRULE(this.anchorRule) },
            { ALT: () => this.SUBRULE(this.setStatement) },
            { ALT: () => this.SUBRULE(this.table) },
            { ALT: () => this.SUBRULE(this.antispoof) },
            { ALT: () => this.SUBRULE(this.macro) },
            { ALT: () => this.SUBRULE(this.queue) },
            { ALT: () => this.SUBRULE(this.load) },
          ]);
          this.CONSUME(NewlineToken);
        },
      },
    ]);
  });

  protected readonly include: Production = this.RULE("include", () => {
    this.CONSUME(word("include"));
    this.CONSUME(StringToken);
    this.step(S.INCLUDE);
  });

  /** What the body of an inline anchor may hold, and its end. */
  protected readonly bodyLine: Production = this.RULE("body-line", () => {
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.include) },
      {
        ALT: () => {
          this.OR1<IOrAlt<void>[]>([
            { ALT: () => this.SUBRULE(this.filterRule) },
            { ALT: () => this.SUBRULE(this.anchorRule) },
            { ALT: () => this.SUBRULE(this.table) },
            this.keyword("}", S.BODY_CLOSE),
          ]);
          this.CONSUME(NewlineToken);
        },
      },
    ]);
  });

  constructor() {
    super();
    this.performSelfAnalysis();
  }

  /** Reduces one statement; an instance is slow to build and meant to be reused. */
  reduce(tokens: IToken[], inside: boolean): Reduction {
    this.input = tokens;
    this.steps = [];
    if (inside) this.bodyLine();
    else this.statement();
    const [error] = this.errors;
    const steps = Int32Array.from(this.steps);
    if (error === undefined) return { steps, wrong: -1, expected: "" };
    const wrong = error.token.tokenType === EOF ? tokens.length : error.token.startOffset;
    return { steps, wrong, expected: error.message };
  }
}
