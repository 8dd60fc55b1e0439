import type { IOrAlt, IToken } from "chevrotain";
import { HostGrammar, type Production } from "./host-grammar.ts";
import type {
  HostSyntax,
  OptionSyntax,
  PoolOptionSyntax,
  PoolSyntax,
  StateOptionSyntax,
  StateSyntax,
  TranslationSyntax,
} from "./syntax.ts";
import { Numeral, Word, word } from "./tokens.ts";

/** Productions for states and for the addresses that translation and routing put in. */
export class StateGrammar extends HostGrammar {
  /** words = STRING { STRING } */
  protected readonly words: Production<IToken[]> = this.RULE("words", (): IToken[] => {
    const words: IToken[] = [];
    this.AT_LEAST_ONE(() => words.push(this.CONSUME(Word)));
    return words;
  });

  /** state = "no" "state" | ( "keep" | "modulate" | "synproxy" ) "state" [ "(" state-opts ")" ] */
  protected readonly state: Production<OptionSyntax> = this.RULE("state", (): OptionSyntax => {
    const mode = this.OR<IOrAlt<StateSyntax["mode"]>[]>([
      { ALT: () => this.CONSUME(word("no")) && "none" },
      { ALT: () => this.CONSUME(word("keep")) && "keep" },
      { ALT: () => this.CONSUME(word("modulate")) && "modulate" },
      { ALT: () => this.CONSUME(word("synproxy")) && "synproxy" },
    ]);
    const token = this.LA(0);
    this.CONSUME(word("state"));
    const options = this.OPTION({
      GATE: () => mode !== "none",
      DEF: () => {
        this.CONSUME(word("("));
        const list = this.SUBRULE(this.stateOptions);
        this.CONSUME(word(")"));
        return list;
      },
    });
    return { kind: "state", token, mode, options: options ?? [] };
  });

  /** state-opts = state-opt { [ "," ] state-opt } */
  protected readonly stateOptions: Production<StateOptionSyntax[]> = this.RULE(
    "state-opts",
    (): StateOptionSyntax[] => {
      const options = [this.SUBRULE(this.stateOption)];
      this.MANY(() => {
        this.OPTION(() => this.CONSUME(word(",")));
        options.push(this.SUBRULE1(this.stateOption));
      });
      return options;
    },
  );

  /** state-opt = limit NUMBER | rate | source-track | overload | flag | STRING NUMBER */
  private readonly stateOption: Production<StateOptionSyntax> = this.RULE(
    "state-opt",
    (): StateOptionSyntax =>
      this.OR<IOrAlt<StateOptionSyntax>[]>([
        { ALT: () => this.SUBRULE(this.stateLimit) },
        { ALT: () => this.SUBRULE(this.stateFlag) },
        {
          ALT: () => {
            const token = this.CONSUME(word("max-src-conn-rate"));
            const count = this.CONSUME(Numeral);
            this.CONSUME(word("/"));
            return { name: token.image, token, values: [count, this.CONSUME1(Numeral)] };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("source-track"));
            const how = this.OPTION(() =>
              this.OR1([
                { ALT: () => this.CONSUME(word("rule")) },
                { ALT: () => this.CONSUME(word("global")) },
              ]),
            );
            return { name: token.image, token, values: how === undefined ? [] : [how] };
          },
        },
        { ALT: () => this.SUBRULE(this.overload) },
        {
          ALT: () => {
            const token = this.CONSUME(Word);
            return { name: "timeout", token, values: [token, this.CONSUME2(Numeral)] };
          },
        },
      ]),
  );

  private readonly stateLimit: Production<StateOptionSyntax> = this.RULE(
    "state-limit",
    (): StateOptionSyntax => {
      const token = this.OR(
        ["max", "max-src-nodes", "max-src-states", "max-src-conn"].map((it) => ({
          ALT: () => this.CONSUME(word(it)),
        })),
      );
      return { name: token.image, token, values: [this.CONSUME(Numeral)] };
    },
  );

  private readonly stateFlag: Production<StateOptionSyntax> = this.RULE(
    "state-flag",
    (): StateOptionSyntax => {
      const token = this.OR(
        ["no-sync", "if-bound", "floating", "sloppy", "pflow"].map((it) => ({
          ALT: () => this.CONSUME(word(it)),
        })),
      );
      return { name: token.image, token, values: [] };
    },
  );

  /** overload = "overload" "<" STRING ">" [ "flush" [ "global" ] ] */
  private readonly overload: Production<StateOptionSyntax> = this.RULE(
    "overload",
    (): StateOptionSyntax => {
      const token = this.CONSUME(word("overload"));
      this.CONSUME(word("<"));
      const values = [this.CONSUME(Word)];
      this.CONSUME(word(">"));
      this.OPTION(() => {
        values.push(this.CONSUME(word("flush")));
        this.OPTION1(() => values.push(this.CONSUME(word("global"))));
      });
      return { name: token.image, token, values };
    },
  );

  /** translation = "nat-to" pool | … | "af-to" [ af ] "from" pool [ "to" pool ] | "route-to" pool | … */
  protected readonly translation: Production<OptionSyntax> = this.RULE(
    "translation",
    (): OptionSyntax =>
      this.OR<IOrAlt<OptionSyntax>[]>([
        { ALT: () => this.SUBRULE(this.poolTranslation) },
        {
          ALT: () => {
            const token = this.CONSUME(word("af-to"));
            const family = this.OPTION(() => this.SUBRULE(this.addressFamily));
            this.CONSUME(word("from"));
            const pools = [this.SUBRULE1(this.pool)];
            this.OPTION1(() => {
              this.CONSUME(word("to"));
              pools.push(this.SUBRULE2(this.pool));
            });
            return { kind: "af-to", token, family, pools };
          },
        },
      ]),
  );

  private readonly poolTranslation: Production<OptionSyntax> = this.RULE(
    "pool-translation",
    (): OptionSyntax => {
      const kind = this.OR<IOrAlt<TranslationSyntax["kind"]>[]>(
        (["nat-to", "rdr-to", "binat-to", "route-to", "reply-to", "dup-to"] as const).map((it) => ({
          ALT: () => this.CONSUME(word(it)) && it,
        })),
      );
      const token = this.LA(0);
      return { kind, token, pools: [this.SUBRULE(this.pool)] };
    },
  );

  /** pool = ( paddr | "{" paddr { [ "," ] paddr } "}" ) [ "port" value ] { pool-opt } */
  private readonly pool: Production<PoolSyntax> = this.RULE("pool", (): PoolSyntax => {
    const hosts: HostSyntax[] = [];
    let braced = false;
    this.OR([
      { ALT: () => hosts.push(this.SUBRULE(this.poolAddress)) },
      {
        ALT: () => {
          this.CONSUME(word("{"));
          braced = true;
          hosts.push(this.SUBRULE1(this.poolAddress));
          this.MANY(() => {
            this.OPTION(() => this.CONSUME(word(",")));
            hosts.push(this.SUBRULE2(this.poolAddress));
          });
          this.CONSUME(word("}"));
        },
      },
    ]);
    const port = this.OPTION1(() => {
      this.CONSUME(word("port"));
      return this.SUBRULE(this.value);
    });
    const options: PoolOptionSyntax[] = [];
    this.MANY1(() => options.push(this.SUBRULE(this.poolOption)));
    return { braced, hosts, port, options };
  });

  /** paddr = host [ "weight" NUMBER ] */
  private readonly poolAddress: Production<HostSyntax> = this.RULE("paddr", (): HostSyntax => {
    const host = this.SUBRULE(this.host);
    this.OPTION(() => {
      this.CONSUME(word("weight"));
      this.CONSUME(Numeral);
    });
    return host;
  });

  private readonly poolOption: Production<PoolOptionSyntax> = this.RULE(
    "pool-opt",
    (): PoolOptionSyntax =>
      this.OR<IOrAlt<PoolOptionSyntax>[]>([
        {
          ALT: () => {
            const token = this.CONSUME(word("source-hash"));
            const key: IToken[] = [];
            this.MANY(() => key.push(this.CONSUME(Word)));
            return { token, key };
          },
        },
        ...[
          "bitmask",
          "random",
          "round-robin",
          "least-states",
          "static-port",
          "sticky-address",
        ].map((it) => ({ ALT: () => ({ token: this.CONSUME(word(it)), key: [] }) })),
      ]),
  );
}
