import { EmbeddedActionsParser, type IOrAlt, type IToken, type ParserMethod } from "chevrotain";
import type { Family } from "../../model/packet.ts";
import { errorMessages } from "./error-messages.ts";
import type { EndpointSyntax, HostSyntax, InterfaceSyntax, TestSyntax } from "./syntax.ts";
import { Numeral, pfTokens, Word, word } from "./tokens.ts";

/** A production of the grammar. */
export type Production<T> = ParserMethod<[], T>;

/** Productions for what rules test: interfaces, protocols, hosts, ports. */
export class HostGrammar extends EmbeddedActionsParser {
  constructor() {
    super([...pfTokens], { errorMessageProvider: errorMessages, maxLookahead: 2 });
  }

  /** on-spec = "on" ( if-elem | "{" if-elem { [ "," ] if-elem } "}" ) */
  protected readonly onSpec: Production<InterfaceSyntax[]> = this.RULE(
    "on-spec",
    (): InterfaceSyntax[] => {
      this.CONSUME(word("on"));
      return this.SUBRULE(this.interfaceList);
    },
  );

  protected readonly interfaceList: Production<InterfaceSyntax[]> = this.RULE(
    "if-list",
    (): InterfaceSyntax[] => {
      const list: InterfaceSyntax[] = [];
      this.OR([
        { ALT: () => list.push(this.SUBRULE(this.interfaceElement)) },
        {
          ALT: () => {
            this.CONSUME(word("{"));
            list.push(this.SUBRULE1(this.interfaceElement));
            this.MANY(() => {
              this.OPTION(() => this.CONSUME(word(",")));
              list.push(this.SUBRULE2(this.interfaceElement));
            });
            this.CONSUME(word("}"));
          },
        },
      ]);
      return list;
    },
  );

  /** if-elem = [ "!" ] if-name */
  protected readonly interfaceElement: Production<InterfaceSyntax> = this.RULE(
    "if-elem",
    (): InterfaceSyntax => {
      const negated = this.OPTION(() => this.CONSUME(word("!"))) !== undefined;
      return { ...this.SUBRULE(this.interfaceName), negated };
    },
  );

  /** if-name = STRING | "any" | "rdomain" NUMBER */
  protected readonly interfaceName: Production<InterfaceSyntax> = this.RULE(
    "if-name",
    (): InterfaceSyntax =>
      this.OR<IOrAlt<InterfaceSyntax>[]>([
        { ALT: () => ({ kind: "name", token: this.CONSUME(Word), negated: false }) },
        { ALT: () => ({ kind: "any", token: this.CONSUME(word("any")), negated: false }) },
        {
          ALT: () => {
            this.CONSUME(word("rdomain"));
            return { kind: "rdomain", token: this.CONSUME(Numeral), negated: false };
          },
        },
      ]),
  );

  /** af = "inet" | "inet6" */
  protected readonly addressFamily: Production<Family> = this.RULE(
    "af",
    (): Family =>
      this.OR<IOrAlt<Family>[]>([
        {
          ALT: () => {
            this.CONSUME(word("inet"));
            return "inet";
          },
        },
        {
          ALT: () => {
            this.CONSUME(word("inet6"));
            return "inet6";
          },
        },
      ]),
  );

  /** value = STRING | NUMBER */
  protected readonly value: Production<IToken> = this.RULE(
    "value",
    (): IToken =>
      this.OR([{ ALT: () => this.CONSUME(Word) }, { ALT: () => this.CONSUME(Numeral) }]),
  );

  /** proto-spec = "proto" ( value | "{" value { [ "," ] value } "}" ) */
  protected readonly protocolSpec: Production<IToken[]> = this.RULE("proto-spec", (): IToken[] => {
    this.CONSUME(word("proto"));
    return this.SUBRULE(this.valueList);
  });

  protected readonly valueList: Production<IToken[]> = this.RULE("value-list", (): IToken[] => {
    const list: IToken[] = [];
    this.OR([
      { ALT: () => list.push(this.SUBRULE(this.value)) },
      {
        ALT: () => {
          this.CONSUME(word("{"));
          list.push(this.SUBRULE1(this.value));
          this.MANY(() => {
            this.OPTION(() => this.CONSUME(word(",")));
            list.push(this.SUBRULE2(this.value));
          });
          this.CONSUME(word("}"));
        },
      },
    ]);
    return list;
  });

  /** endpoint = hosts [ "port" ports ] | "port" ports */
  protected readonly endpoint: Production<EndpointSyntax> = this.RULE(
    "endpoint",
    (): EndpointSyntax => {
      const hosts: HostSyntax[] = [];
      const ports: TestSyntax[] = [];
      this.OR([
        {
          ALT: () => {
            this.SUBRULE(this.hosts, { ARGS: [hosts] });
            this.OPTION(() => {
              this.CONSUME1(word("port"));
              this.SUBRULE1(this.tests, { ARGS: [ports] });
            });
          },
        },
        {
          ALT: () => {
            this.CONSUME2(word("port"));
            this.SUBRULE2(this.tests, { ARGS: [ports] });
          },
        },
      ]);
      return { hosts, ports };
    },
  );

  /** hosts = "any" | [ "!" ] host | "{" hosts { [ "," ] hosts } "}"; lists are flattened */
  protected readonly hosts: ParserMethod<[HostSyntax[]], void> = this.RULE(
    "hosts",
    (list: HostSyntax[] = []) => {
      this.OR([
        {
          ALT: () => {
            const token = this.CONSUME(word("any"));
            this.ACTION(() => list.push({ kind: "any", negated: false, token }));
          },
        },
        {
          ALT: () => {
            const negated = this.OPTION(() => this.CONSUME(word("!"))) !== undefined;
            const host = this.SUBRULE(this.testedHost);
            this.ACTION(() => list.push({ ...host, negated }));
          },
        },
        {
          ALT: () => {
            this.CONSUME(word("{"));
            this.SUBRULE1(this.hosts, { ARGS: [list] });
            this.MANY(() => {
              this.OPTION1(() => this.CONSUME(word(",")));
              this.SUBRULE2(this.hosts, { ARGS: [list] });
            });
            this.CONSUME(word("}"));
          },
        },
      ]);
    },
  );

  /** host of a rule = host | "no-route" | "urpf-failed" */
  protected readonly testedHost: Production<HostSyntax> = this.RULE(
    "tested-host",
    (): HostSyntax =>
      this.OR<IOrAlt<HostSyntax>[]>([
        { ALT: () => this.SUBRULE(this.host) },
        {
          ALT: () => ({
            kind: "no-route",
            negated: false,
            token: this.CONSUME(word("no-route")),
          }),
        },
        {
          ALT: () => ({
            kind: "urpf-failed",
            negated: false,
            token: this.CONSUME(word("urpf-failed")),
          }),
        },
      ]),
  );

  /**
   * host = STRING [ "-" STRING | "/" NUMBER ] | NUMBER "/" NUMBER
   *      | "(" STRING ")" [ "/" NUMBER ] | "<" STRING ">" | "route" STRING
   */
  protected readonly host: Production<HostSyntax> = this.RULE(
    "host",
    (): HostSyntax =>
      this.OR<IOrAlt<HostSyntax>[]>([
        { ALT: () => this.SUBRULE(this.namedHost) },
        {
          ALT: () => {
            const token = this.CONSUME(Numeral);
            this.CONSUME(word("/"));
            return { kind: "name", negated: false, token, mask: this.CONSUME1(Numeral) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(word("("));
            const token = this.CONSUME(Word);
            this.CONSUME(word(")"));
            const mask = this.OPTION(() => {
              this.CONSUME1(word("/"));
              return this.CONSUME2(Numeral);
            });
            return { kind: "dynamic", negated: false, token, ...(mask ? { mask } : {}) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(word("<"));
            const token = this.CONSUME1(Word);
            this.CONSUME(word(">"));
            return { kind: "table", negated: false, token };
          },
        },
        {
          ALT: () => {
            this.CONSUME(word("route"));
            return { kind: "route", negated: false, token: this.CONSUME2(Word) };
          },
        },
      ]),
  );

  protected readonly namedHost: Production<HostSyntax> = this.RULE("named-host", (): HostSyntax => {
    const token = this.CONSUME(Word);
    const more = this.OPTION(() =>
      this.OR<IOrAlt<Partial<HostSyntax>>[]>([
        {
          ALT: () => {
            this.CONSUME(word("-"));
            return { kind: "range", last: this.CONSUME1(Word) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(word("/"));
            return { mask: this.CONSUME(Numeral) };
          },
        },
      ]),
    );
    return { kind: "name", negated: false, token, ...more };
  });

  /** tests = test | "{" test { [ "," ] test } "}"; of ports, users and groups */
  protected readonly tests: ParserMethod<[TestSyntax[]], void> = this.RULE(
    "tests",
    (list: TestSyntax[] = []) => {
      this.OR([
        { ALT: () => list.push(this.SUBRULE(this.test)) },
        {
          ALT: () => {
            this.CONSUME(word("{"));
            list.push(this.SUBRULE1(this.test));
            this.MANY(() => {
              this.OPTION(() => this.CONSUME(word(",")));
              list.push(this.SUBRULE2(this.test));
            });
            this.CONSUME(word("}"));
          },
        },
      ]);
    },
  );

  /** test = value | ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value | value ( "<>" | "><" ) value */
  protected readonly test: Production<TestSyntax> = this.RULE(
    "test",
    (): TestSyntax =>
      this.OR<IOrAlt<TestSyntax>[]>([
        {
          ALT: () => {
            const operator = this.SUBRULE(this.unary);
            return { operator, first: this.SUBRULE(this.value) };
          },
        },
        {
          ALT: () => {
            const first = this.SUBRULE1(this.value);
            const more = this.OPTION(() => {
              const operator = this.SUBRULE(this.binary);
              return { operator, second: this.SUBRULE2(this.value) };
            });
            return { operator: "", first, ...more };
          },
        },
      ]),
  );

  private readonly unary: Production<string> = this.RULE("unary", (): string =>
    this.OR(
      ["=", "!=", "<", "<=", ">", ">="].map((it) => ({
        ALT: () => this.CONSUME(word(it)).image,
      })),
    ),
  );

  private readonly binary: Production<string> = this.RULE("binary", (): string =>
    this.OR(["<>", "><"].map((it) => ({ ALT: () => this.CONSUME(word(it)).image }))),
  );
}
