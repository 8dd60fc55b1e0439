import type { IOrAlt } from "chevrotain";
import { FilterGrammar } from "./filter-grammar.ts";
import {
  NewlineToken,
  NumberToken,
  type Production,
  RunToken,
  StringToken,
} from "./step-parser.ts";
import * as S from "./steps.ts";
import { word } from "./token-types.ts";

/** Anchors, tables, queues, macros and antispoof. */
export abstract class StatementGrammar extends FilterGrammar {
  /** anchor-rule = "anchor" STRING? direction? "quick"? criteria body? */
  protected readonly anchorRule: Production = this.RULE("anchor-rule", () => {
    this.CONSUME(word("anchor"));
    this.step(S.ANCHOR);
    this.OPTION(() => {
      this.CONSUME(StringToken);
      this.step(S.ANCHOR_NAME);
    });
    this.OPTION1(() => this.SUBRULE(this.direction));
    this.OPTION2(() => this.SUBRULE(this.quick));
    this.SUBRULE(this.criteria);
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("{"));
          this.step(S.BODY_OPEN);
        },
      },
      { ALT: () => this.look(S.ANCHOR_RULE) },
    ]);
  });

  protected readonly load: Production = this.RULE("load-rule", () => {
    this.CONSUME(word("load"));
    this.CONSUME(word("anchor"));
    this.OPTION(() => {
      this.CONSUME(StringToken);
      this.step(S.ANCHOR_NAME);
    });
    this.CONSUME(word("from"));
    this.SUBRULE(this.strings);
    this.look(S.LOAD);
  });

  protected readonly antispoofInterface: Production = this.RULE("as-if", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.SUBRULE(this.ifName);
          this.step(S.AS_NAME);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("("));
          this.SUBRULE1(this.ifName);
          this.CONSUME(word(")"));
          this.step(S.AS_DYNAMIC);
        },
      },
    ]);
  });

  /** antispoof = "antispoof" logquick? "for" ( as-if | braced(as-if) ) af? as-opt* */
  protected readonly antispoof: Production = this.RULE("antispoof", () => {
    this.CONSUME(word("antispoof"));
    this.step(S.ANTISPOOF);
    this.OPTION(() => this.SUBRULE(this.logQuick));
    this.CONSUME(word("for"));
    this.oneOrBraced(this.antispoofInterface);
    this.OPTION1(() => this.SUBRULE(this.family));
    this.MANY4(() =>
      this.OR1<IOrAlt<void>[]>([
        {
          ALT: () => {
            this.CONSUME(word("label"));
            this.CONSUME(StringToken);
            this.step(S.AS_LABEL);
          },
        },
        {
          ALT: () => {
            this.CONSUME(word("rtable"));
            this.CONSUME(NumberToken);
            this.step(S.AS_RTABLE);
          },
        },
      ]),
    );
    this.look(S.ANTISPOOF_END);
  });

  /** An element of a table: a host with an optional weight, a run of hosts, or a braced list. */
  protected readonly tableElement: Production = this.RULE("table-elem", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.SUBRULE(this.xhost);
          this.OPTION(() => this.SUBRULE(this.weight));
        },
      },
      { ALT: () => this.SUBRULE(this.hostRun) },
      {
        ALT: () =>
          this.braced(
            () => this.SUBRULE1(this.tableElement),
            () => this.SUBRULE2(this.tableElement),
          ),
      },
    ]);
  });

  protected readonly tableOption: Production = this.RULE("table-opt", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(StringToken);
          this.step(S.TABLE_OPTION);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("file"));
          this.CONSUME1(StringToken);
          this.step(S.TABLE_FILE);
        },
      },
      { ALT: () => this.SUBRULE(this.tableList) },
    ]);
  });

  /** "{" nl* "}" | braced(table-elem) */
  protected readonly tableList: Production = this.RULE("table-list", () => {
    this.CONSUME(word("{"));
    this.MANY(() => this.CONSUME(NewlineToken));
    this.OR<IOrAlt<void>[]>([
      this.keyword("}", S.TABLE_EMPTY),
      {
        ALT: () => {
          this.SUBRULE(this.tableElement);
          this.MANY1(() => this.CONSUME1(NewlineToken));
          this.MANY2(() => {
            this.OPTION(() => this.CONSUME(word(",")));
            this.SUBRULE1(this.tableElement);
            this.MANY3(() => this.CONSUME2(NewlineToken));
          });
          this.CONSUME1(word("}"));
          this.step(S.TABLE_LIST);
        },
      },
    ]);
  });

  /** table-def = "table" "<" STRING ">" table-opt* */
  protected readonly table: Production = this.RULE("table-def", () => {
    this.CONSUME(word("table"));
    this.CONSUME(word("<"));
    this.CONSUME(StringToken);
    this.CONSUME(word(">"));
    this.step(S.TABLE);
    this.MANY(() => this.SUBRULE(this.tableOption));
    this.look(S.TABLE_END);
  });

  /** curve = BW ( "burst" BW "for" STRING )? */
  protected readonly curve: Production = this.RULE("curve", () => {
    this.SUBRULE(this.stringOrNumber);
    this.step(S.QUEUE_BANDWIDTH_VALUE);
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("burst"));
          this.SUBRULE1(this.stringOrNumber);
          this.step(S.QUEUE_BANDWIDTH_VALUE);
          this.CONSUME(word("for"));
          this.CONSUME(StringToken);
          this.step(S.QUEUE_BURST);
        },
      },
      { ALT: () => this.look(S.QUEUE_CURVE) },
    ]);
  });

  protected readonly minCurve: Production = this.RULE("min-curve", () => {
    this.CONSUME(word("min"));
    this.SUBRULE(this.curve);
    this.look(S.QUEUE_MIN);
  });

  protected readonly maxCurve: Production = this.RULE("max-curve", () => {
    this.CONSUME(word("max"));
    this.SUBRULE(this.curve);
    this.look(S.QUEUE_MAX);
  });

  protected readonly minFirst: Production = this.RULE("min-first", () => {
    this.twoCurves(this.minCurve, this.maxCurve);
  });

  protected readonly maxFirst: Production = this.RULE("max-first", () => {
    this.twoCurves(this.maxCurve, this.minCurve);
  });

  /** curve ( ","? curve )? */
  private twoCurves(first: Production, second: Production): void {
    this.SUBRULE(first);
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.OPTION(() => this.CONSUME(word(",")));
          this.SUBRULE(second);
          this.look(S.QUEUE_ALL_CURVES);
        },
      },
      { ALT: () => this.look(S.QUEUE_BANDWIDTH) },
    ]);
  }

  /** ","? "min" curve ( ","? "max" curve )?, or the other way round */
  protected readonly moreCurves: Production = this.RULE("more-curves", () => {
    this.OPTION(() => this.CONSUME(word(",")));
    this.OR<IOrAlt<void>[]>([
      { ALT: () => this.SUBRULE(this.minFirst) },
      { ALT: () => this.SUBRULE(this.maxFirst) },
    ]);
  });

  protected readonly queueOption: Production = this.RULE("queue-opt", () => {
    this.OR<IOrAlt<void>[]>([
      {
        ALT: () => {
          this.CONSUME(word("bandwidth"));
          this.SUBRULE(this.curve);
          this.look(S.QUEUE_RATE);
          this.OR1<IOrAlt<void>[]>([
            { ALT: () => this.SUBRULE(this.moreCurves) },
            { ALT: () => this.look(S.QUEUE_BANDWIDTH) },
          ]);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("parent"));
          this.CONSUME(StringToken);
          this.step(S.QUEUE_PARENT);
        },
      },
      this.keyword("default", S.QUEUE_DEFAULT),
      {
        ALT: () => {
          this.CONSUME(word("qlimit"));
          this.CONSUME(NumberToken);
          this.step(S.QUEUE_LIMIT);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("flows"));
          this.CONSUME1(NumberToken);
          this.step(S.QUEUE_FLOWS);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("quantum"));
          this.CONSUME2(NumberToken);
          this.step(S.QUEUE_QUANTUM);
        },
      },
    ]);
  });

  /** queue-def = "queue" STRING on-spec? queue-opt+ */
  protected readonly queue: Production = this.RULE("queue-def", () => {
    this.CONSUME(word("queue"));
    this.CONSUME(StringToken);
    this.step(S.QUEUE_BEGIN);
    this.OPTION(() => this.SUBRULE(this.onSpec));
    this.AT_LEAST_ONE(() => this.SUBRULE(this.queueOption));
    this.look(S.QUEUE_END);
  });

  /** macro-def = STRING "=" ( STRING | NUMBER )+ */
  protected readonly macro: Production = this.RULE("macro-def", () => {
    this.CONSUME(StringToken);
    this.CONSUME(word("="));
    this.AT_LEAST_ONE(() =>
      this.OR<IOrAlt<void>[]>([
        {
          ALT: () => {
            this.SUBRULE(this.stringOrNumber);
            this.step(S.WORD);
          },
        },
        {
          ALT: () => {
            this.CONSUME(RunToken);
            this.step(S.WORD_RUN);
          },
        },
      ]),
    );
    this.look(S.MACRO);
  });
}
