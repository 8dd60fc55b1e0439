import { EOF, type IOrAlt, type IToken } from "chevrotain";
import type { Production } from "./host-grammar.ts";
import { SetGrammar } from "./set-grammar.ts";
import type {
  AntispoofSyntax,
  BlockSyntax,
  EndpointSyntax,
  HostSyntax,
  InterfaceSyntax,
  LogSyntax,
  OptionSyntax,
  RuleSyntax,
  StatementSyntax,
  TableContentSyntax,
  TableSyntax,
} from "./syntax.ts";
import { Numeral, Word, word } from "./tokens.ts";

/** A statement, or the index of the token that does not fit. */
export type GrammarResult =
  | { readonly ok: true; readonly statement: StatementSyntax }
  | { readonly ok: false; readonly at: number; readonly expected: string };

/**
 * The grammar of pf.conf: one method per production of the BNF in pf.conf(5).
 *
 * Productions only build syntax: no name is looked up, no list split, no address resolved here.
 */
export class PfGrammar extends SetGrammar {
  constructor() {
    super();
    this.performSelfAnalysis();
  }

  /** Reads `tokens` as one statement; an instance is slow to build and meant to be reused. */
  read(tokens: IToken[]): GrammarResult {
    this.input = tokens;
    const statement = this.statement();
    const [error] = this.errors;
    if (error === undefined) return { ok: true, statement };
    const at = error.token.tokenType === EOF ? tokens.length : tokens.indexOf(error.token);
    return { ok: false, at, expected: error.message };
  }

  /** statement = include | option | rule | anchor-rule | load | queue | macro | antispoof | table */
  private readonly statement: Production<StatementSyntax> = this.RULE(
    "statement",
    (): StatementSyntax =>
      this.OR<IOrAlt<StatementSyntax>[]>([
        { ALT: () => this.SUBRULE(this.filterRule) },
        { ALT: () => this.SUBRULE(this.anchorRule) },
        { ALT: () => this.SUBRULE(this.setStatement) },
        { ALT: () => this.SUBRULE(this.table) },
        { ALT: () => this.SUBRULE(this.antispoof) },
        { ALT: () => this.SUBRULE(this.macro) },
        { ALT: () => this.SUBRULE(this.queue) },
        { ALT: () => this.SUBRULE(this.load) },
        {
          ALT: () => {
            this.CONSUME(word("include"));
            return { kind: "include", file: this.CONSUME(Word) };
          },
        },
        { ALT: () => this.CONSUME(word("}")) && { kind: "close" } },
      ]),
  );

  /** filter-rule = ( "pass" | "match" | "block" [ how ] ) criteria */
  private readonly filterRule: Production<RuleSyntax> = this.RULE("filter-rule", (): RuleSyntax => {
    const action = this.OR<IOrAlt<RuleSyntax["action"]>[]>([
      { ALT: () => this.CONSUME(word("pass")) && "pass" },
      { ALT: () => this.CONSUME(word("match")) && "match" },
      { ALT: () => this.CONSUME(word("block")) && "block" },
    ]);
    const block = this.OPTION({
      GATE: () => action === "block",
      DEF: () => this.SUBRULE(this.blockHow),
    });
    const direction = this.SUBRULE(this.direction);
    const { log, quick } = this.SUBRULE(this.logQuick);
    const criteria = this.SUBRULE(this.criteria);
    return { kind: "rule", action, block, direction, log, quick, ...criteria };
  });

  /** anchor-rule = "anchor" [ STRING ] direction [ "quick" ] criteria [ "{" ] */
  private readonly anchorRule: Production<RuleSyntax> = this.RULE("anchor-rule", (): RuleSyntax => {
    this.CONSUME(word("anchor"));
    const name = this.OPTION(() => this.CONSUME(Word));
    const direction = this.SUBRULE(this.direction);
    const quick = this.OPTION1(() => this.CONSUME(word("quick"))) !== undefined;
    const criteria = this.SUBRULE(this.criteria);
    const opensBody = this.OPTION2(() => this.CONSUME(word("{"))) !== undefined;
    const head = { kind: "rule", action: "anchor", log: undefined } as const;
    return { ...head, name, opensBody, direction, quick, ...criteria };
  });

  /**
   * how = "drop" | "return" | "return-rst" [ "(" "ttl" NUMBER ")" ]
   *     | ( "return-icmp" | "return-icmp6" ) [ "(" value [ [ "," ] value ] ")" ]
   */
  private readonly blockHow: Production<BlockSyntax> = this.RULE(
    "block-how",
    (): BlockSyntax =>
      this.OR<IOrAlt<BlockSyntax>[]>([
        { ALT: () => this.CONSUME(word("drop")) && { how: "drop", codes: [] } },
        { ALT: () => this.CONSUME(word("return")) && { how: "return", codes: [] } },
        {
          ALT: () => {
            this.CONSUME(word("return-rst"));
            const ttl = this.OPTION(() => {
              this.CONSUME(word("("));
              this.CONSUME(word("ttl"));
              const value = this.CONSUME(Numeral);
              this.CONSUME(word(")"));
              return value;
            });
            return { how: "return-rst", ttl, codes: [] };
          },
        },
        { ALT: () => this.SUBRULE(this.returnIcmp) },
      ]),
  );

  private readonly returnIcmp: Production<BlockSyntax> = this.RULE(
    "return-icmp",
    (): BlockSyntax => {
      const how = this.OR<IOrAlt<"return-icmp" | "return-icmp6">[]>([
        { ALT: () => this.CONSUME(word("return-icmp")) && "return-icmp" },
        { ALT: () => this.CONSUME(word("return-icmp6")) && "return-icmp6" },
      ]);
      const codes: IToken[] = [];
      this.OPTION(() => {
        this.CONSUME(word("("));
        codes.push(this.SUBRULE(this.value));
        this.OPTION1({
          GATE: () => how === "return-icmp",
          DEF: () => {
            this.OPTION2(() => this.CONSUME(word(",")));
            codes.push(this.SUBRULE1(this.value));
          },
        });
        this.CONSUME(word(")"));
      });
      return { how, codes };
    },
  );

  /** direction = [ "in" | "out" ] */
  private readonly direction: Production<"in" | "out" | undefined> = this.RULE(
    "direction",
    (): "in" | "out" | undefined =>
      this.OPTION(() =>
        this.OR<IOrAlt<"in" | "out">[]>([
          { ALT: () => this.CONSUME(word("in")) && "in" },
          { ALT: () => this.CONSUME(word("out")) && "out" },
        ]),
      ),
  );

  /** logquick = [ log ] [ "quick" ] | "quick" log */
  private readonly logQuick: Production<Pick<RuleSyntax, "log" | "quick">> = this.RULE(
    "logquick",
    (): Pick<RuleSyntax, "log" | "quick"> => {
      const before = this.OPTION(() => this.SUBRULE(this.log));
      const quick = this.OPTION1(() => this.CONSUME(word("quick"))) !== undefined;
      const after = this.OPTION2({
        GATE: () => before === undefined && quick,
        DEF: () => this.SUBRULE1(this.log),
      });
      return { log: before ?? after, quick };
    },
  );

  /** log = "log" [ "(" logopt { [ "," ] logopt } ")" ] */
  private readonly log: Production<LogSyntax[]> = this.RULE("log", (): LogSyntax[] => {
    this.CONSUME(word("log"));
    const options: LogSyntax[] = [];
    this.OPTION(() => {
      this.CONSUME(word("("));
      options.push(this.SUBRULE(this.logOption));
      this.MANY(() => {
        this.OPTION1(() => this.CONSUME(word(",")));
        options.push(this.SUBRULE1(this.logOption));
      });
      this.CONSUME(word(")"));
    });
    return options;
  });

  /** logopt = "all" | "matches" | "user" | "to" STRING { STRING } */
  private readonly logOption: Production<LogSyntax> = this.RULE(
    "logopt",
    (): LogSyntax =>
      this.OR<IOrAlt<LogSyntax>[]>([
        { ALT: () => this.CONSUME(word("all")) && { what: "all" } },
        { ALT: () => this.CONSUME(word("matches")) && { what: "matches" } },
        { ALT: () => this.CONSUME(word("user")) && { what: "user" } },
        { ALT: () => this.CONSUME(word("to")) && { what: "to", to: this.SUBRULE(this.words) } },
      ]),
  );

  /** criteria = [ on-spec ] [ af ] [ proto-spec ] ( "all" | [ from ] [ os ] [ to ] ) { filter-opt } */
  private readonly criteria: Production<
    Pick<RuleSyntax, "on" | "family" | "protocols" | "source" | "os" | "destination" | "options">
  > = this.RULE(
    "criteria",
    (): Pick<
      RuleSyntax,
      "on" | "family" | "protocols" | "source" | "os" | "destination" | "options"
    > => {
      const on: InterfaceSyntax[] = this.OPTION(() => this.SUBRULE(this.onSpec)) ?? [];
      const family = this.OPTION1(() => this.SUBRULE(this.addressFamily));
      const protocols: IToken[] = this.OPTION2(() => this.SUBRULE(this.protocolSpec)) ?? [];
      const addresses = this.OR([
        { ALT: () => this.CONSUME(word("all")) && { source: ANY, os: [], destination: ANY } },
        { ALT: () => this.SUBRULE(this.fromTo) },
      ]);
      const options: OptionSyntax[] = [];
      this.MANY(() => options.push(this.SUBRULE(this.filterOption)));
      return { on, family, protocols, ...addresses, options };
    },
  );

  /** [ "from" endpoint ] [ "os" words ] [ "to" endpoint ] */
  private readonly fromTo: Production<Pick<RuleSyntax, "source" | "os" | "destination">> =
    this.RULE("from-to", (): Pick<RuleSyntax, "source" | "os" | "destination"> => {
      const source = this.OPTION(() => {
        this.CONSUME(word("from"));
        return this.SUBRULE(this.endpoint);
      });
      const os = this.OPTION1(() => {
        this.CONSUME(word("os"));
        return this.SUBRULE(this.valueList);
      });
      const destination = this.OPTION2(() => {
        this.CONSUME(word("to"));
        return this.SUBRULE1(this.endpoint);
      });
      return { source: source ?? ANY, os: os ?? [], destination: destination ?? ANY };
    });

  /** table = "table" "<" STRING ">" { STRING | "file" STRING | "{" [ hosts { [ "," ] hosts } ] "}" } */
  private readonly table: Production<TableSyntax> = this.RULE("table", (): TableSyntax => {
    this.CONSUME(word("table"));
    this.CONSUME(word("<"));
    const name = this.CONSUME(Word);
    this.CONSUME(word(">"));
    const options: IToken[] = [];
    const contents: TableContentSyntax[] = [];
    this.MANY(() =>
      this.OR([
        { ALT: () => options.push(this.CONSUME1(Word)) },
        {
          ALT: () => {
            this.CONSUME(word("file"));
            contents.push({ kind: "file", file: this.CONSUME2(Word) });
          },
        },
        { ALT: () => contents.push({ kind: "hosts", hosts: this.SUBRULE(this.tableHosts) }) },
      ]),
    );
    return { kind: "table", name, options, contents };
  });

  private readonly tableHosts: Production<HostSyntax[]> = this.RULE(
    "table-hosts",
    (): HostSyntax[] => {
      const hosts: HostSyntax[] = [];
      this.CONSUME(word("{"));
      this.MANY(() => {
        this.OPTION(() => this.CONSUME(word(",")));
        this.SUBRULE(this.hosts, { ARGS: [hosts] });
        this.OPTION1(() => {
          this.CONSUME(word("weight"));
          this.CONSUME(Numeral);
        });
      });
      this.CONSUME(word("}"));
      return hosts;
    },
  );

  /** antispoof = "antispoof" logquick "for" ( as-if | "{" as-if { [ "," ] as-if } "}" ) [ af ] { as-opt } */
  private readonly antispoof: Production<AntispoofSyntax> = this.RULE(
    "antispoof",
    (): AntispoofSyntax => {
      this.CONSUME(word("antispoof"));
      const { log, quick } = this.SUBRULE(this.logQuick);
      this.CONSUME(word("for"));
      const interfaces: (InterfaceSyntax & { dynamic: boolean })[] = [];
      this.OR([
        { ALT: () => interfaces.push(this.SUBRULE(this.antispoofInterface)) },
        {
          ALT: () => {
            this.CONSUME(word("{"));
            interfaces.push(this.SUBRULE1(this.antispoofInterface));
            this.MANY(() => {
              this.OPTION(() => this.CONSUME(word(",")));
              interfaces.push(this.SUBRULE2(this.antispoofInterface));
            });
            this.CONSUME(word("}"));
          },
        },
      ]);
      const family = this.OPTION1(() => this.SUBRULE(this.addressFamily));
      const options: { kind: "label" | "rtable"; value: IToken }[] = [];
      this.MANY1(() =>
        this.OR1([
          {
            ALT: () => {
              this.CONSUME(word("label"));
              options.push({ kind: "label", value: this.CONSUME(Word) });
            },
          },
          {
            ALT: () => {
              this.CONSUME(word("rtable"));
              options.push({ kind: "rtable", value: this.CONSUME(Numeral) });
            },
          },
        ]),
      );
      return { kind: "antispoof", log, quick, interfaces, family, options };
    },
  );

  /** as-if = if-name | "(" if-name ")" */
  private readonly antispoofInterface: Production<InterfaceSyntax & { readonly dynamic: boolean }> =
    this.RULE("as-if", (): InterfaceSyntax & { readonly dynamic: boolean } => {
      const open = this.OPTION(() => this.CONSUME(word("(")));
      const it = this.SUBRULE(this.interfaceName);
      if (open !== undefined) this.CONSUME(word(")"));
      return { ...it, dynamic: open !== undefined };
    });

  /** macro = STRING "=" ( STRING | NUMBER ) { STRING | NUMBER } */
  private readonly macro: Production<StatementSyntax> = this.RULE("macro", (): StatementSyntax => {
    const name = this.CONSUME(Word);
    this.CONSUME(word("="));
    const value: IToken[] = [];
    this.AT_LEAST_ONE(() => value.push(this.SUBRULE(this.value)));
    return { kind: "macro", name, value };
  });

  /** queue = "queue" STRING queue-opt { queue-opt }; what a queue does moves no packet */
  private readonly queue: Production<StatementSyntax> = this.RULE("queue", (): StatementSyntax => {
    this.CONSUME(word("queue"));
    const name = this.CONSUME(Word);
    let parent = false;
    this.OPTION(() => this.SUBRULE(this.onSpec));
    this.AT_LEAST_ONE(() =>
      this.OR([
        { ALT: () => this.SUBRULE(this.value) },
        { ALT: () => this.CONSUME(word(",")) },
        {
          ALT: () => {
            this.CONSUME(word("parent"));
            parent = true;
          },
        },
        ...QUEUE_WORDS.map((it) => ({ ALT: () => this.CONSUME(word(it)) })),
      ]),
    );
    return { kind: "queue", name, parent };
  });

  /** load = "load" "anchor" [ STRING ] "from" STRING { STRING } */
  private readonly load: Production<StatementSyntax> = this.RULE("load", (): StatementSyntax => {
    this.CONSUME(word("load"));
    this.CONSUME(word("anchor"));
    const name = this.OPTION(() => this.CONSUME(Word));
    this.CONSUME(word("from"));
    return { kind: "load", name, file: this.SUBRULE(this.words) };
  });
}

const ANY: EndpointSyntax = { hosts: [], ports: [] };

const QUEUE_WORDS: readonly string[] =
  "bandwidth min max burst for default qlimit flows quantum".split(" ");
