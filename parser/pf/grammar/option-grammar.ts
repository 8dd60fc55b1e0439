import type { IOrAlt } from "chevrotain";
import { HostGrammar } from "./host-grammar.ts";
import { NumberToken, type Production, StringToken } from "./step-parser.ts";
import * as S from "./steps.ts";
import { word } from "./token-types.ts";

/** The options of filter and anchor rules, state options included. */
export abstract class OptionGrammar extends HostGrammar {
  /** id-test = id | unary id | id ( "<>" | "><" ) id */
  protected readonly idTest: Production = this.RULE("id-test", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.SUBRULE(this.unary);
          this.SUBRULE(this.idTerm);
          this.step(S.ID_UNARY);
        },
      },
      {
        ALT: () => {
          this.SUBRULE1(this.idTerm);
          this.OR1<IOrAlt<void>[]>([
            {
              ALT: () => {
                this.SUBRULE(this.binary);
                this.SUBRULE2(this.idTerm);
                this.step(S.ID_BINARY);
              },
            },
            { ALT: () => this.look(S.ID_SINGLE) },
          ]);
        },
      },
    ]);
  });

  protected readonly idTerm: Production = this.RULE("id", () => {
    this.SUBRULE(this.stringOrNumber);
    this.step(S.ID_TERM);
  });

  protected readonly ids: Production = this.RULE("ids", () => {
    this.oneOrBraced(this.idTest);
  });

  /** "user" ids | "group" ids */
  protected readonly userOption: Production = this.RULE("user-option", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("user"));
          this.step(S.USER);
          this.SUBRULE(this.ids);
          this.look(S.USERS);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("group"));
          this.step(S.GROUP);
          this.SUBRULE1(this.ids);
          this.look(S.GROUPS);
        },
      },
    ]);
  });

  protected readonly flagSet: Production = this.RULE("flag-set", () => {
    this.CONSUME(StringToken);
    this.step(S.FLAG_SET);
  });

  /** "flags" set "/" set | "flags" "/" set | "flags" "any" */
  protected readonly flagsOption: Production = this.RULE("flags-option", () => {
    this.CONSUME(word("flags"));
    this.OR<IOrAlt<void>[]>([
      this.keyword("any", S.FLAGS_ANY),
      {
        ALT: () => {
          this.SUBRULE(this.flagSet);
          this.CONSUME(word("/"));
          this.SUBRULE1(this.flagSet);
          this.step(S.FLAGS);
        },
      },
      {
        ALT: () => {
          this.CONSUME1(word("/"));
          this.SUBRULE2(this.flagSet);
          this.step(S.FLAGS_MASK);
        },
      },
    ]);
  });

  protected readonly icmpElement: Production = this.RULE("icmp-elem", () => {
    this.SUBRULE(this.stringOrNumber);
    this.step(S.ICMP_TYPE);
  });

  protected readonly icmpCode: Production = this.RULE("icmp-code", () => {
    this.CONSUME(word("code"));
    this.SUBRULE(this.stringOrNumber);
    this.step(S.ICMP_CODE);
  });

  protected readonly icmpListed: Production = this.RULE("icmp-listed", () => {
    this.SUBRULE(this.icmpElement);
    this.OPTION(() => this.SUBRULE(this.icmpCode));
  });

  protected readonly icmp6Element: Production = this.RULE("icmp6-elem", () => {
    this.SUBRULE(this.stringOrNumber);
    this.step(S.ICMP6_TYPE);
  });

  protected readonly icmp6Code: Production = this.RULE("icmp6-code", () => {
    this.CONSUME(word("code"));
    this.SUBRULE(this.stringOrNumber);
    this.step(S.ICMP6_CODE);
  });

  protected readonly icmp6Listed: Production = this.RULE("icmp6-listed", () => {
    this.SUBRULE(this.icmp6Element);
    this.OPTION(() => this.SUBRULE(this.icmp6Code));
  });

  /** One item, or a list of them; the action is taken at once where nothing can go on. */
  private icmpItems(element: Production, code: Production, listed: Production): void {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.SUBRULE(element);
          this.OR1<IOrAlt<void>[]>([
            {
              ALT: () => {
                this.SUBRULE(code);
                this.step(S.ICMP);
              },
            },
            { ALT: () => this.look(S.ICMP) },
          ]);
        },
      },
      {
        ALT: () => {
          this.braced(
            () => this.SUBRULE1(listed),
            () => this.SUBRULE2(listed),
          );
          this.step(S.ICMP);
        },
      },
    ]);
  }

  protected readonly icmpOption: Production = this.RULE("icmp-option", () => {
    this.CONSUME(word("icmp-type"));
    this.icmpItems(this.icmpElement, this.icmpCode, this.icmpListed);
  });

  protected readonly icmp6Option: Production = this.RULE("icmp6-option", () => {
    this.CONSUME(word("icmp6-type"));
    this.icmpItems(this.icmp6Element, this.icmp6Code, this.icmp6Listed);
  });

  protected readonly tosValue: Production = this.RULE("tos-value", () => {
    this.CONSUME(word("tos"));
    this.SUBRULE(this.stringOrNumber);
    this.step(S.TOS_VALUE);
  });

  /** "no" "state" | ( "keep" | "modulate" | "synproxy" ) "state" ( "(" state-opts ")" )? */
  protected readonly stateOption: Production = this.RULE("state-option", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("no"));
          this.CONSUME(word("state"));
          this.step(S.NO_STATE);
        },
      },
      {
        ALT: () => {
          this.OR1<IOrAlt<void>[]>([
            this.keyword("keep", S.KEEP_STATE),
            this.keyword("modulate", S.MODULATE_STATE),
            this.keyword("synproxy", S.SYNPROXY_STATE),
          ]);
          this.CONSUME1(word("state"));
          this.OR2<IOrAlt<void>[]>([
            {
              ALT: () => {
                this.CONSUME(word("("));
                this.SUBRULE(this.stateOptions);
                this.CONSUME(word(")"));
                this.step(S.STATE);
              },
            },
            { ALT: () => this.look(S.STATE) },
          ]);
        },
      },
    ]);
  });

  /** state-opt ( ","? state-opt )* */
  protected readonly stateOptions: Production = this.RULE("state-opts", () => {
    this.SUBRULE(this.stateOpt);
    this.MANY(() => {
      this.OPTION(() => this.CONSUME(word(",")));
      this.SUBRULE1(this.stateOpt);
    });
  });

  protected readonly stateOpt: Production = this.RULE("state-opt", () => {
    this.OR<IOrAlt<void>[]>([
      this.numbered("max", S.STATE_MAX),
      this.keyword("no-sync", S.NO_SYNC),
      { ALT: () => this.SUBRULE(this.sourceTrack) },
      { ALT: () => this.SUBRULE(this.sourceLimit) },
      { ALT: () => this.SUBRULE(this.overload) },
      this.keyword("if-bound", S.IF_BOUND),
      this.keyword("floating", S.FLOATING),
      this.keyword("sloppy", S.SLOPPY),
      this.keyword("pflow", S.PFLOW),
      {
        ALT: () => {
          this.CONSUME(StringToken);
          this.CONSUME(NumberToken);
          this.step(S.STATE_TIMEOUT);
        },
      },
    ]);
  });

  protected readonly sourceTrack: Production = this.RULE("source-track", () => {
    this.CONSUME(word("source-track"));
    this.OR<IOrAlt<void>[]>([
      this.keyword("global", S.SOURCE_TRACK_GLOBAL),
      this.keyword("rule", S.SOURCE_TRACK_RULE),
      { ALT: () => this.look(S.SOURCE_TRACK) },
    ]);
  });

  protected readonly sourceLimit: Production = this.RULE("source-limit", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("max-src-nodes"));
          this.CONSUME(NumberToken);
          this.step(S.MAX_SRC_NODES);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("max-src-states"));
          this.CONSUME1(NumberToken);
          this.step(S.MAX_SRC_STATES);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("max-src-conn"));
          this.CONSUME2(NumberToken);
          this.step(S.MAX_SRC_CONN);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("max-src-conn-rate"));
          this.CONSUME3(NumberToken);
          this.CONSUME(word("/"));
          this.CONSUME4(NumberToken);
          this.step(S.MAX_SRC_CONN_RATE);
        },
      },
    ]);
  });

  /** "overload" "<" STRING ">" ( "flush" "global"? )? */
  protected readonly overload: Production = this.RULE("overload", () => {
    this.CONSUME(word("overload"));
    this.CONSUME(word("<"));
    this.CONSUME(StringToken);
    this.CONSUME(word(">"));
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("flush"));
          this.OR1<IOrAlt<void>[]>([
            this.keyword("global", S.FLUSH_GLOBAL),
            { ALT: () => this.look(S.FLUSH) },
          ]);
        },
      },
      { ALT: () => this.look(S.OVERLOAD) },
    ]);
  });

  /** qpair = STRING | "(" STRING ( ","? STRING )? ")" */
  protected readonly queuePair: Production = this.RULE("qpair", () => {
    this.CONSUME(word("queue"));
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(StringToken);
          this.step(S.QUEUE_NAME);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("("));
          this.CONSUME1(StringToken);
          this.step(S.QUEUE_NAME);
          this.OPTION(() => {
            this.OPTION1(() => this.CONSUME(word(",")));
            this.CONSUME2(StringToken);
            this.step(S.LOW_DELAY_QUEUE);
          });
          this.CONSUME(word(")"));
        },
      },
    ]);
    this.step(S.QUEUE);
  });

  /** setting = "prio" NUMBER | "prio" "(" NUMBER ","? NUMBER ")" | "queue" qpair | "tos" tos | "delay" NUMBER */
  protected readonly setting: Production = this.RULE("setting", () => {
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.setPrio) },
      { ALT: () => this.SUBRULE(this.queuePair) },
      {
        ALT: () => {
          this.SUBRULE(this.tosValue);
          this.step(S.SET_TOS);
        },
      },
      this.numbered("delay", S.SET_DELAY),
    ]);
  });

  protected readonly setPrio: Production = this.RULE("set-prio", () => {
    this.CONSUME(word("prio"));
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(NumberToken);
          this.step(S.SET_PRIO);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("("));
          this.CONSUME1(NumberToken);
          this.OPTION(() => this.CONSUME(word(",")));
          this.CONSUME2(NumberToken);
          this.CONSUME(word(")"));
          this.step(S.SET_PRIOS);
        },
      },
    ]);
  });

  /** "set" setting | "set" "(" setting ( ","? setting )* ")" */
  protected readonly setOption: Production = this.RULE("set-option", () => {
    this.CONSUME(word("set"));
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.setting) },
      {
        ALT: () => {
          this.CONSUME(word("("));
          this.SUBRULE1(this.setting);
          this.MANY(() => {
            this.OPTION(() => this.CONSUME(word(",")));
            this.SUBRULE2(this.setting);
          });
          this.CONSUME(word(")"));
        },
      },
    ]);
  });

  protected readonly label: Production = this.RULE("label", () => {
    this.CONSUME(word("label"));
    this.CONSUME(StringToken);
    this.step(S.LABEL);
  });
}
