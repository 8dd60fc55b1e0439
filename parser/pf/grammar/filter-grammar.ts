import type { IOrAlt } from "chevrotain";
import { OptionGrammar } from "./option-grammar.ts";
import { NumberToken, type Production, StringToken } from "./step-parser.ts";
import * as S from "./steps.ts";
import { word } from "./token-types.ts";

/** Filter rules as a whole, and the options that change packets. */
export abstract class FilterGrammar extends OptionGrammar {
  protected readonly scrubItem: Production = this.RULE("scrub-item", () => {
    this.OR<IOrAlt<void>[]>([
      this.keyword("no-df", S.SCRUB_NO_DF),
      this.keyword("random-id", S.SCRUB_RANDOM_ID),
      {
        ALT: () => {
          this.CONSUME(word("min-ttl"));
          this.CONSUME(NumberToken);
          this.step(S.SCRUB_MIN_TTL);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("max-mss"));
          this.CONSUME1(NumberToken);
          this.step(S.SCRUB_MAX_MSS);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("reassemble"));
          this.CONSUME(StringToken);
          this.step(S.SCRUB_REASSEMBLE);
        },
      },
    ]);
  });

  /** "scrub" "(" item ( ","? item )* ")" */
  protected readonly scrub: Production = this.RULE("scrub", () => {
    this.CONSUME(word("scrub"));
    this.CONSUME(word("("));
    this.step(S.SCRUB_BEGIN);
    this.SUBRULE(this.scrubItem);
    this.MANY(() => {
      this.OPTION(() => this.CONSUME(word(",")));
      this.SUBRULE1(this.scrubItem);
    });
    this.CONSUME(word(")"));
    this.step(S.SCRUB);
  });

  protected readonly divert: Production = this.RULE("divert", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("divert-to"));
          this.CONSUME(StringToken);
          this.CONSUME(word("port"));
          this.SUBRULE(this.stringOrNumber);
          this.step(S.DIVERT_TO);
        },
      },
      this.keyword("divert-reply", S.DIVERT_REPLY),
      {
        ALT: () => {
          this.CONSUME(word("divert-packet"));
          this.CONSUME1(word("port"));
          this.SUBRULE1(this.stringOrNumber);
          this.step(S.DIVERT_PACKET);
        },
      },
    ]);
  });

  protected readonly translation: Production = this.RULE("translation", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("nat-to"));
          this.SUBRULE(this.portPool);
          this.look(S.NAT_TO);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("rdr-to"));
          this.SUBRULE1(this.portPool);
          this.look(S.RDR_TO);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("binat-to"));
          this.SUBRULE2(this.portPool);
          this.look(S.BINAT_TO);
        },
      },
      { ALT: () => this.SUBRULE(this.afTo) },
    ]);
  });

  /** "af-to" af? "from" pool pool-opt* ( "to" pool pool-opt* )? */
  protected readonly afTo: Production = this.RULE("af-to", () => {
    this.CONSUME(word("af-to"));
    this.step(S.AF_TO);
    this.OPTION(() => this.SUBRULE(this.family));
    this.CONSUME(word("from"));
    this.SUBRULE(this.portPool);
    this.look(S.AF_TO_FROM);
    this.OPTION1(() => {
      this.CONSUME(word("to"));
      this.SUBRULE1(this.portPool);
    });
    this.look(S.AF_TO_DONE);
  });

  /** ( "route-to" | "reply-to" | "dup-to" ) addrs pool-opt* */
  protected readonly routing: Production = this.RULE("routing", () => {
    this.OR<IOrAlt<unknown>[]>([
      { ALT: () => this.CONSUME(word("route-to")) },
      { ALT: () => this.CONSUME(word("reply-to")) },
      { ALT: () => this.CONSUME(word("dup-to")) },
    ]);
    this.step(S.ROUTE_KIND);
    this.SUBRULE(this.poolAddresses);
    this.SUBRULE(this.poolOptions);
    this.look(S.ROUTE);
  });

  /** "tag" STRING+ | "!"? "tagged" STRING+ */
  protected readonly tag: Production = this.RULE("tag", () => {
    this.CONSUME(word("tag"));
    this.SUBRULE(this.strings);
    this.look(S.TAG);
  });

  protected readonly negatable: Production = this.RULE("negatable", () => {
    this.OPTION(() => {
      this.CONSUME(word("!"));
      this.step(S.NOT);
    });
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("tagged"));
          this.SUBRULE(this.strings);
          this.look(S.TAGGED);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("received-on"));
          this.SUBRULE(this.ifName);
          this.step(S.RECEIVED_ON);
        },
      },
    ]);
  });

  protected readonly rate: Production = this.RULE("max-pkt-rate", () => {
    this.CONSUME(word("max-pkt-rate"));
    this.CONSUME(NumberToken);
    this.CONSUME(word("/"));
    this.CONSUME1(NumberToken);
    this.step(S.MAX_PKT_RATE);
  });

  protected readonly probability: Production = this.RULE("probability", () => {
    this.CONSUME(word("probability"));
    this.SUBRULE(this.stringOrNumber);
    this.step(S.PROBABILITY);
  });

  protected readonly filterOptions: Production = this.RULE("filter-opts", () => {
    this.MANY(() =>
      this.OR<IOrAlt<void>[]>([
        { ALT: () => this.SUBRULE(this.userOption) },
        { ALT: () => this.SUBRULE(this.flagsOption) },
        { ALT: () => this.SUBRULE(this.icmpOption) },
        { ALT: () => this.SUBRULE(this.icmp6Option) },
        {
          ALT: () => {
            this.SUBRULE(this.tosValue);
            this.step(S.TOS);
          },
        },
        this.numbered("prio", S.PRIO),
        this.keyword("fragment", S.FRAGMENT),
        this.keyword("allow-opts", S.ALLOW_OPTS),
        this.keyword("once", S.ONCE),
        { ALT: () => this.SUBRULE(this.stateOption) },
        { ALT: () => this.SUBRULE(this.label) },
        { ALT: () => this.SUBRULE(this.tag) },
        { ALT: () => this.SUBRULE(this.negatable) },
        { ALT: () => this.SUBRULE(this.queuePair) },
        { ALT: () => this.SUBRULE(this.setOption) },
        { ALT: () => this.SUBRULE(this.probability) },
        {
          ALT: () => {
            this.CONSUME(word("rtable"));
            this.CONSUME(NumberToken);
            this.step(S.RTABLE);
          },
        },
        { ALT: () => this.SUBRULE(this.divert) },
        { ALT: () => this.SUBRULE(this.scrub) },
        { ALT: () => this.SUBRULE(this.translation) },
        { ALT: () => this.SUBRULE(this.routing) },
        { ALT: () => this.SUBRULE(this.rate) },
      ]),
    );
  });

  /** "return-rst" ( "(" "ttl" NUMBER ")" )? and the others behind `block` */
  protected readonly blockHow: Production = this.RULE("block-how", () => {
    this.OR<IOrAlt<void>[]>([
      this.keyword("drop", S.BLOCK_DROP),
      this.keyword("return", S.BLOCK_RETURN),
      {
        ALT: () => {
          this.CONSUME(word("return-rst"));
          this.step(S.RETURN_RST);
          this.OPTION(() => {
            this.CONSUME(word("("));
            this.CONSUME(word("ttl"));
            this.CONSUME(NumberToken);
            this.CONSUME(word(")"));
            this.step(S.RETURN_RST_TTL);
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("return-icmp"));
          this.step(S.RETURN_ICMP);
          this.OPTION1(() => {
            this.CONSUME1(word("("));
            this.SUBRULE(this.stringOrNumber);
            this.step(S.ICMP_UNREACH);
            this.OPTION2(() => {
              this.OPTION3(() => this.CONSUME(word(",")));
              this.SUBRULE1(this.stringOrNumber);
              this.step(S.ICMP6_UNREACH);
            });
            this.CONSUME1(word(")"));
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("return-icmp6"));
          this.step(S.RETURN_ICMP6);
          this.OPTION4(() => {
            this.CONSUME2(word("("));
            this.SUBRULE2(this.stringOrNumber);
            this.step(S.ICMP6_ONLY);
            this.CONSUME2(word(")"));
          });
        },
      },
    ]);
  });

  protected readonly ruleAction: Production = this.RULE("action", () => {
    this.OR<IOrAlt<void>[]>([
      this.keyword("pass", S.PASS),
      this.keyword("match", S.MATCH),
      {
        ALT: () => {
          this.CONSUME(word("block"));
          this.step(S.BLOCK);
          this.OPTION(() => this.SUBRULE(this.blockHow));
        },
      },
    ]);
  });

  protected readonly direction: Production = this.RULE("direction", () => {
    this.OR<IOrAlt<void>[]>([this.keyword("in", S.IN), this.keyword("out", S.OUT)]);
  });

  protected readonly logOption: Production = this.RULE("logopt", () => {
    this.OR<IOrAlt<void>[]>([
      this.keyword("all", S.LOG_ALL),
      this.keyword("matches", S.LOG_MATCHES),
      this.keyword("user", S.LOG_USER),
      {
        ALT: () => {
          this.CONSUME(word("to"));
          this.SUBRULE(this.strings);
          this.look(S.LOG_TO);
        },
      },
    ]);
  });

  /** "log" ( "(" logopt ( ","? logopt )* ")" )? */
  protected readonly log: Production = this.RULE("log", () => {
    this.CONSUME(word("log"));
    this.step(S.LOG);
    this.OPTION(() => {
      this.CONSUME(word("("));
      this.SUBRULE(this.logOption);
      this.MANY(() => {
        this.OPTION1(() => this.CONSUME(word(",")));
        this.SUBRULE1(this.logOption);
      });
      this.CONSUME(word(")"));
    });
  });

  protected readonly quick: Production = this.RULE("quick", () => {
    this.CONSUME(word("quick"));
    this.step(S.QUICK);
  });

  /** logquick = log | "quick" | log "quick" | "quick" log */
  protected readonly logQuick: Production = this.RULE("logquick", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.SUBRULE(this.log);
          this.OPTION(() => this.SUBRULE(this.quick));
        },
      },
      {
        ALT: () => {
          this.SUBRULE1(this.quick);
          this.OPTION1(() => this.SUBRULE1(this.log));
        },
      },
    ]);
  });

  /** filter-rule = action direction? logquick? on-spec? af? proto-spec? address-spec filter-opt* */
  protected readonly filterRule: Production = this.RULE("filter-rule", () => {
    this.SUBRULE(this.ruleAction);
    this.OPTION(() => this.SUBRULE(this.direction));
    this.OPTION1(() => this.SUBRULE(this.logQuick));
    this.SUBRULE(this.criteria);
    this.look(S.RULE);
  });

  /** on-spec? af? proto-spec? address-spec filter-opt* */
  protected readonly criteria: Production = this.RULE("criteria", () => {
    this.OPTION(() => this.SUBRULE(this.onSpec));
    this.OPTION1(() => this.SUBRULE(this.family));
    this.OPTION2(() => this.SUBRULE(this.protoSpec));
    this.SUBRULE(this.addressSpec);
    this.SUBRULE(this.filterOptions);
  });
}
