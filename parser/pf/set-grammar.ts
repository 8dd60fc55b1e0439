import type { IOrAlt, IToken } from "chevrotain";
import type { Production } from "./host-grammar.ts";
import { OptionGrammar } from "./option-grammar.ts";
import type { SetSyntax } from "./syntax.ts";
import { Numeral, Word, word } from "./tokens.ts";

/** Productions for `set …`. */
export class SetGrammar extends OptionGrammar {
  /** set-statement = "set" ( skip | state-defaults | reassemble | keyword-option | map-option | other ) */
  protected readonly setStatement: Production<SetSyntax> = this.RULE(
    "set-statement",
    (): SetSyntax => {
      this.CONSUME(word("set"));
      return this.OR<IOrAlt<SetSyntax>[]>([
        {
          ALT: () => {
            const option = this.CONSUME(word("skip"));
            const interfaces = this.OPTION(() => this.SUBRULE(this.onSpec)) ?? [];
            return { kind: "set", option, values: [], interfaces };
          },
        },
        {
          ALT: () => {
            const option = this.CONSUME(word("state-defaults"));
            return { kind: "set", option, values: [], state: this.SUBRULE(this.stateOptions) };
          },
        },
        {
          ALT: () => {
            const option = this.CONSUME(word("reassemble"));
            const values = [
              this.OR1([
                { ALT: () => this.CONSUME(Word) },
                { ALT: () => this.CONSUME(word("no")) },
              ]),
            ];
            this.OPTION1(() => values.push(this.CONSUME(word("no-df"))));
            return { kind: "set", option, values };
          },
        },
        { ALT: () => this.SUBRULE(this.keywordOption) },
        { ALT: () => this.SUBRULE(this.wordOption) },
        { ALT: () => this.SUBRULE(this.mapOption) },
        { ALT: () => this.SUBRULE(this.syncookies) },
      ]);
    },
  );

  /** keyword-option = "block-policy" ( "drop" | "return" ) | "state-policy" ( "if-bound" | "floating" ) */
  private readonly keywordOption: Production<SetSyntax> = this.RULE(
    "keyword-option",
    (): SetSyntax =>
      this.OR<IOrAlt<SetSyntax>[]>([
        {
          ALT: () => {
            const option = this.CONSUME(word("block-policy"));
            const value = this.OR1([
              { ALT: () => this.CONSUME(word("drop")) },
              { ALT: () => this.CONSUME(word("return")) },
            ]);
            return { kind: "set", option, values: [value] };
          },
        },
        {
          ALT: () => {
            const option = this.CONSUME(word("state-policy"));
            const value = this.OR2([
              { ALT: () => this.CONSUME(word("if-bound")) },
              { ALT: () => this.CONSUME(word("floating")) },
            ]);
            return { kind: "set", option, values: [value] };
          },
        },
      ]),
  );

  /** word-option = "optimization" STRING | "loginterface" ( STRING | "all" ) | … */
  private readonly wordOption: Production<SetSyntax> = this.RULE(
    "word-option",
    (): SetSyntax =>
      this.OR<IOrAlt<SetSyntax>[]>([
        {
          ALT: () => {
            const option = this.CONSUME(word("ruleset-optimization"));
            return { kind: "set", option, values: this.SUBRULE(this.words) };
          },
        },
        {
          ALT: () => {
            const option = this.CONSUME(word("hostid"));
            return { kind: "set", option, values: [this.SUBRULE(this.value)] };
          },
        },
        {
          ALT: () => {
            const option = this.CONSUME(word("loginterface"));
            const value = this.OR1([
              { ALT: () => this.CONSUME(Word) },
              { ALT: () => this.CONSUME(word("all")) },
            ]);
            return { kind: "set", option, values: [value] };
          },
        },
        {
          ALT: () => {
            const option = this.CONSUME(word("debug"));
            const value = this.OR2([
              { ALT: () => this.CONSUME1(Word) },
              { ALT: () => this.CONSUME1(word("debug")) },
            ]);
            return { kind: "set", option, values: [value] };
          },
        },
        ...["optimization", "fingerprints"].map((it, at) => ({
          ALT: (): SetSyntax => {
            const option = this.CONSUME(word(it));
            const value = at === 0 ? this.CONSUME2(Word) : this.CONSUME3(Word);
            return { kind: "set", option, values: [value] };
          },
        })),
      ]),
  );

  /** map-option = ( "timeout" | "limit" ) ( entry | "{" entry { [ "," ] entry } "}" ) */
  private readonly mapOption: Production<SetSyntax> = this.RULE("map-option", (): SetSyntax => {
    const option = this.OR([
      { ALT: () => this.CONSUME(word("timeout")) },
      { ALT: () => this.CONSUME(word("limit")) },
    ]);
    const values: IToken[] = [];
    this.OR1([
      { ALT: () => this.SUBRULE(this.entry, { ARGS: [values] }) },
      {
        ALT: () => {
          this.CONSUME(word("{"));
          this.SUBRULE1(this.entry, { ARGS: [values] });
          this.MANY(() => {
            this.OPTION(() => this.CONSUME(word(",")));
            this.SUBRULE2(this.entry, { ARGS: [values] });
          });
          this.CONSUME(word("}"));
        },
      },
    ]);
    return { kind: "set", option, values };
  });

  private readonly entry = this.RULE("entry", (values: IToken[] = []): void => {
    values.push(this.CONSUME(Word), this.CONSUME(Numeral));
  });

  /** syncookies = "syncookies" STRING [ "(" STRING STRING [ [ "," ] STRING STRING ] ")" ] */
  private readonly syncookies: Production<SetSyntax> = this.RULE("syncookies", (): SetSyntax => {
    const option = this.CONSUME(word("syncookies"));
    const values = [this.CONSUME(Word)];
    this.OPTION(() => {
      this.CONSUME(word("("));
      this.SUBRULE(this.words);
      this.OPTION1(() => {
        this.CONSUME(word(","));
        this.SUBRULE1(this.words);
      });
      this.CONSUME(word(")"));
    });
    return { kind: "set", option, values };
  });
}
