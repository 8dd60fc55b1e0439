import type { IOrAlt } from "chevrotain";
import { NumberToken, type Production, RunToken, StepParser, StringToken } from "./step-parser.ts";
import * as S from "./steps.ts";
import { word } from "./token-types.ts";

/** Interfaces, protocols, addresses, ports and pools. */
export abstract class HostGrammar extends StepParser {
  /** if-name = STRING | "any" | "rdomain" NUMBER */
  protected readonly ifName: Production = this.RULE("if-name", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(StringToken);
          this.step(S.IF_NAME);
        },
      },
      this.keyword("any", S.IF_ANY),
      this.numbered("rdomain", S.IF_RDOMAIN),
    ]);
  });

  /** if-elem = "!"? if-name */
  protected readonly ifElement: Production = this.RULE("if-elem", () => {
    this.OPTION(() => {
      this.CONSUME(word("!"));
      this.step(S.NOT);
    });
    this.SUBRULE(this.ifName);
  });

  /** on-spec = "on" ( if-elem | braced(if-elem) ) */
  protected readonly onSpec: Production = this.RULE("on-spec", () => {
    this.CONSUME(word("on"));
    this.oneOrBraced(this.ifElement);
    this.step(S.ON);
  });

  protected readonly protoElement: Production = this.RULE("proto-elem", () => {
    this.SUBRULE(this.stringOrNumber);
    this.step(S.PROTO);
  });

  /** proto-spec = "proto" ( proto | braced(proto) ) */
  protected readonly protoSpec: Production = this.RULE("proto-spec", () => {
    this.CONSUME(word("proto"));
    this.oneOrBraced(this.protoElement);
  });

  /** host = STRING | STRING "-" STRING | STRING "/" NUMBER | NUMBER "/" NUMBER | dynamic | table | route */
  protected readonly host: Production = this.RULE("host", () => {
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.namedHost) },
      {
        ALT: () => {
          this.CONSUME(NumberToken);
          this.CONSUME(word("/"));
          this.CONSUME1(NumberToken);
          this.step(S.HOST_MASK);
        },
      },
      { ALT: () => this.SUBRULE(this.dynamicHost) },
      {
        ALT: () => {
          this.CONSUME(word("<"));
          this.CONSUME(StringToken);
          this.CONSUME(word(">"));
          this.step(S.HOST_TABLE);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("route"));
          this.CONSUME1(StringToken);
          this.step(S.HOST_ROUTE);
        },
      },
    ]);
  });

  protected readonly namedHost: Production = this.RULE("named-host", () => {
    this.CONSUME(StringToken);
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("-"));
          this.CONSUME1(StringToken);
          this.step(S.HOST_RANGE);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("/"));
          this.CONSUME(NumberToken);
          this.step(S.HOST_MASK);
        },
      },
      { ALT: () => this.look(S.HOST_NAME) },
    ]);
  });

  /** "(" STRING ")" ( "/" NUMBER )? */
  protected readonly dynamicHost: Production = this.RULE("dynamic-host", () => {
    this.CONSUME(word("("));
    this.CONSUME(StringToken);
    this.CONSUME(word(")"));
    this.step(S.HOST_DYNAMIC);
    this.OPTION(() => {
      this.CONSUME(word("/"));
      this.CONSUME(NumberToken);
      this.step(S.HOST_DYNAMIC_MASK);
    });
  });

  /** xhost = "!"? ( host | "no-route" | "urpf-failed" ) */
  protected readonly xhost: Production = this.RULE("xhost", () => {
    this.OPTION(() => {
      this.CONSUME(word("!"));
      this.step(S.NOT);
    });
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.host) },
      this.keyword("no-route", S.NO_ROUTE),
      this.keyword("urpf-failed", S.URPF_FAILED),
    ]);
  });

  /** Many plain hosts that the shape holds as one token. */
  protected readonly hostRun: Production = this.RULE("host-run", () => {
    this.CONSUME(RunToken);
    this.step(S.HOST_RUN);
  });

  /** hosts = "any" | xhost | braced(hosts) */
  protected readonly hosts: Production = this.RULE("hosts", () => {
    this.OR<IOrAlt<void>[]>([
      this.keyword("any", S.HOST_ANY),
      { ALT: () => this.SUBRULE(this.xhost) },
      { ALT: () => this.SUBRULE(this.hostRun) },
      {
        ALT: () =>
          this.braced(
            () => this.SUBRULE1(this.hosts),
            () => this.SUBRULE2(this.hosts),
          ),
      },
    ]);
  });

  /** port-test = PR | unary PR | PR ( "<>" | "><" ) PR */
  protected readonly portTest: Production = this.RULE("port-test", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.SUBRULE(this.unary);
          this.SUBRULE(this.portTerm);
          this.step(S.PORT_UNARY);
        },
      },
      {
        ALT: () => {
          this.SUBRULE1(this.portTerm);
          this.OR1<IOrAlt<void>[]>([
            {
              ALT: () => {
                this.SUBRULE(this.binary);
                this.SUBRULE2(this.portTerm);
                this.step(S.PORT_BINARY);
              },
            },
            { ALT: () => this.look(S.PORT_SINGLE) },
          ]);
        },
      },
    ]);
  });

  protected readonly portTerm: Production = this.RULE("port-term", () => {
    this.SUBRULE(this.stringOrNumber);
    this.step(S.PORT_TERM);
  });

  protected readonly unary: Production = this.RULE("unary-operator", () => {
    this.OR<IOrAlt<unknown>[]>(
      ["=", "!=", "<", "<=", ">", ">="].map((text) => ({ ALT: () => this.CONSUME(word(text)) })),
    );
  });

  protected readonly binary: Production = this.RULE("binary-operator", () => {
    this.OR<IOrAlt<unknown>[]>(
      ["<>", "><"].map((text) => ({ ALT: () => this.CONSUME(word(text)) })),
    );
  });

  /** ports = "port" ( port-test | braced(port-test) ) */
  protected readonly ports: Production = this.RULE("ports", () => {
    this.CONSUME(word("port"));
    this.oneOrBraced(this.portTest);
  });

  /** endpoint = hosts ports? | ports */
  protected readonly endpoint: Production = this.RULE("endpoint", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.SUBRULE(this.hosts);
          this.OPTION(() => this.SUBRULE(this.ports));
        },
      },
      { ALT: () => this.SUBRULE1(this.ports) },
    ]);
  });

  protected readonly osElement: Production = this.RULE("os-elem", () => {
    this.CONSUME(StringToken);
    this.step(S.OS);
  });

  protected readonly os: Production = this.RULE("os", () => {
    this.CONSUME(word("os"));
    this.oneOrBraced(this.osElement);
  });

  /** address-spec = "all" | from? os? to? */
  protected readonly addressSpec: Production = this.RULE("address-spec", () => {
    this.OR<IOrAlt<unknown>[]>([
      { ALT: () => this.CONSUME(word("all")) },
      {
        ALT: () => {
          this.OPTION(() => {
            this.CONSUME(word("from"));
            this.SUBRULE(this.endpoint);
            this.look(S.FROM);
          });
          this.OPTION1(() => this.SUBRULE(this.os));
          this.OPTION2(() => {
            this.CONSUME(word("to"));
            this.SUBRULE1(this.endpoint);
            this.look(S.TO);
          });
        },
      },
    ]);
  });

  protected readonly family: Production = this.RULE("family", () => {
    this.OR<IOrAlt<void>[]>([this.keyword("inet", S.INET), this.keyword("inet6", S.INET6)]);
  });

  protected readonly weight: Production = this.RULE("weight", () => {
    this.CONSUME(word("weight"));
    this.CONSUME(NumberToken);
    this.step(S.POOL_WEIGHT);
  });

  /** addrs = paddr weight? | braced(paddr weight?) */
  protected readonly poolAddresses: Production = this.RULE("addrs", () => {
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.poolElement) },
      {
        ALT: () =>
          this.braced(
            () => this.SUBRULE1(this.poolElement),
            () => this.SUBRULE2(this.poolElement),
            () => this.look(S.POOL_FIRST),
          ),
      },
    ]);
    this.look(S.POOL);
  });

  protected readonly poolElement: Production = this.RULE("pool-elem", () => {
    this.SUBRULE(this.host);
    this.OPTION(() => this.SUBRULE(this.weight));
  });

  protected readonly poolPort: Production = this.RULE("pool-port", () => {
    this.CONSUME(word("port"));
    this.SUBRULE(this.stringOrNumber);
    this.step(S.POOL_PORT);
  });

  protected readonly poolOptions: Production = this.RULE("pool-opts", () => {
    this.MANY(() =>
      this.OR<IOrAlt<void>[]>([
        this.keyword("bitmask", S.POOL_TYPE),
        this.keyword("random", S.POOL_TYPE),
        this.keyword("round-robin", S.POOL_TYPE),
        this.keyword("least-states", S.POOL_TYPE),
        {
          ALT: () => {
            this.CONSUME(word("source-hash"));
            this.OPTION(() => this.SUBRULE(this.strings));
            this.look(S.POOL_HASH);
          },
        },
        this.keyword("static-port", S.STATIC_PORT),
        this.keyword("sticky-address", S.STICKY_ADDRESS),
      ]),
    );
  });

  /** pool = addrs ( "port" PORTS )? pool-opt* */
  protected readonly portPool: Production = this.RULE("port-pool", () => {
    this.SUBRULE(this.poolAddresses);
    this.OPTION(() => this.SUBRULE(this.poolPort));
    this.SUBRULE(this.poolOptions);
  });
}
