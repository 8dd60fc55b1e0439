import type { IOrAlt, IToken } from "chevrotain";
import type { Production } from "./host-grammar.ts";
import { StateGrammar } from "./state-grammar.ts";
import type { IcmpSyntax, OptionSyntax, ScrubSyntax, SettingSyntax, TestSyntax } from "./syntax.ts";
import { Numeral, Word, word } from "./tokens.ts";

/** Productions for what may stand behind the addresses of a rule, in any order. */
export class OptionGrammar extends StateGrammar {
  /** filter-opt = identity | flags | icmp | state | translation | mark | change | other */
  protected readonly filterOption: Production<OptionSyntax> = this.RULE(
    "filter-opt",
    (): OptionSyntax =>
      this.OR<IOrAlt<OptionSyntax>[]>([
        { ALT: () => this.SUBRULE(this.identity) },
        { ALT: () => this.SUBRULE(this.flags) },
        { ALT: () => this.SUBRULE(this.icmp) },
        { ALT: () => this.SUBRULE(this.state) },
        { ALT: () => this.SUBRULE(this.translation) },
        { ALT: () => this.SUBRULE(this.simple) },
        { ALT: () => this.SUBRULE(this.valued) },
        { ALT: () => this.SUBRULE(this.tag) },
        { ALT: () => this.SUBRULE(this.negatable) },
        { ALT: () => this.SUBRULE(this.set) },
        { ALT: () => this.SUBRULE(this.divert) },
        { ALT: () => this.SUBRULE(this.scrub) },
        { ALT: () => this.SUBRULE(this.packetRate) },
      ]),
  );

  /** identity = ( "user" | "group" ) tests */
  private readonly identity: Production<OptionSyntax> = this.RULE("identity", (): OptionSyntax => {
    const tests: TestSyntax[] = [];
    const kind = this.OR<IOrAlt<"user" | "group">[]>([
      { ALT: () => this.CONSUME(word("user")) && "user" },
      { ALT: () => this.CONSUME(word("group")) && "group" },
    ]);
    const token = this.LA(0);
    this.SUBRULE(this.tests, { ARGS: [tests] });
    return { kind, token, tests };
  });

  /** flags = "flags" ( STRING "/" STRING | "/" STRING | "any" ) */
  private readonly flags: Production<OptionSyntax> = this.RULE("flags", (): OptionSyntax => {
    const token = this.CONSUME(word("flags"));
    return this.OR<IOrAlt<OptionSyntax>[]>([
      { ALT: () => this.CONSUME(word("any")) && { kind: "flags", token } },
      {
        ALT: () => {
          const set = this.OPTION(() => this.CONSUME(Word));
          this.CONSUME(word("/"));
          return { kind: "flags", token, set, mask: this.CONSUME1(Word) };
        },
      },
    ]);
  });

  /** icmp = ( "icmp-type" | "icmp6-type" ) ( item | "{" item { [ "," ] item } "}" ) */
  private readonly icmp: Production<OptionSyntax> = this.RULE("icmp", (): OptionSyntax => {
    const kind = this.OR<IOrAlt<"icmp-type" | "icmp6-type">[]>([
      { ALT: () => this.CONSUME(word("icmp-type")) && "icmp-type" },
      { ALT: () => this.CONSUME(word("icmp6-type")) && "icmp6-type" },
    ]);
    const token = this.LA(0);
    const items: IcmpSyntax[] = [];
    this.OR1([
      { ALT: () => items.push(this.SUBRULE(this.icmpItem)) },
      {
        ALT: () => {
          this.CONSUME(word("{"));
          items.push(this.SUBRULE1(this.icmpItem));
          this.MANY(() => {
            this.OPTION(() => this.CONSUME(word(",")));
            items.push(this.SUBRULE2(this.icmpItem));
          });
          this.CONSUME(word("}"));
        },
      },
    ]);
    return { kind, token, items };
  });

  /** item = value [ "code" value ] */
  private readonly icmpItem: Production<IcmpSyntax> = this.RULE("icmp-item", (): IcmpSyntax => {
    const type = this.SUBRULE(this.value);
    const code = this.OPTION(() => {
      this.CONSUME(word("code"));
      return this.SUBRULE1(this.value);
    });
    return { type, code };
  });

  /** simple = "fragment" | "allow-opts" | "once" */
  private readonly simple: Production<OptionSyntax> = this.RULE(
    "simple",
    (): OptionSyntax =>
      this.OR<IOrAlt<OptionSyntax>[]>([
        { ALT: () => ({ kind: "fragment", token: this.CONSUME(word("fragment")) }) },
        { ALT: () => ({ kind: "allow-opts", token: this.CONSUME(word("allow-opts")) }) },
        { ALT: () => ({ kind: "once", token: this.CONSUME(word("once")) }) },
      ]),
  );

  /** valued = "tos" value | "probability" value | "prio" NUMBER | "rtable" NUMBER | "label" STRING */
  private readonly valued: Production<OptionSyntax> = this.RULE(
    "valued",
    (): OptionSyntax =>
      this.OR<IOrAlt<OptionSyntax>[]>([
        {
          ALT: () => {
            const token = this.CONSUME(word("tos"));
            return { kind: "tos", token, value: this.SUBRULE(this.value) };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("probability"));
            return { kind: "probability", token, value: this.SUBRULE1(this.value) };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("prio"));
            return { kind: "prio", token, value: this.CONSUME(Numeral) };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("rtable"));
            return { kind: "rtable", token, value: this.CONSUME1(Numeral) };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("label"));
            return { kind: "label", token, value: this.CONSUME(Word) };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("queue"));
            const setting = { kind: "queue", token, values: this.SUBRULE(this.queuePair) } as const;
            return { kind: "set", token, settings: [setting] };
          },
        },
      ]),
  );

  /** tag = "tag" STRING { STRING } */
  private readonly tag: Production<OptionSyntax> = this.RULE("tag", (): OptionSyntax => {
    const token = this.CONSUME(word("tag"));
    return { kind: "tag", token, words: this.SUBRULE(this.words) };
  });

  /** negatable = [ "!" ] ( "tagged" STRING { STRING } | "received-on" if-name ) */
  private readonly negatable: Production<OptionSyntax> = this.RULE(
    "negatable",
    (): OptionSyntax => {
      const negated = this.OPTION(() => this.CONSUME(word("!"))) !== undefined;
      return this.OR<IOrAlt<OptionSyntax>[]>([
        {
          ALT: () => {
            const token = this.CONSUME(word("tagged"));
            return { kind: "tagged", token, negated, words: this.SUBRULE(this.words) };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("received-on"));
            const it = this.SUBRULE(this.interfaceName);
            return { kind: "received-on", token, interface: { ...it, negated } };
          },
        },
      ]);
    },
  );

  /** set = "set" ( setting | "(" setting { [ "," ] setting } ")" ) */
  private readonly set: Production<OptionSyntax> = this.RULE("set-option", (): OptionSyntax => {
    const token = this.CONSUME(word("set"));
    const settings: SettingSyntax[] = [];
    this.OR([
      { ALT: () => settings.push(this.SUBRULE(this.setting)) },
      {
        ALT: () => {
          this.CONSUME(word("("));
          settings.push(this.SUBRULE1(this.setting));
          this.MANY(() => {
            this.OPTION(() => this.CONSUME(word(",")));
            settings.push(this.SUBRULE2(this.setting));
          });
          this.CONSUME(word(")"));
        },
      },
    ]);
    return { kind: "set", token, settings };
  });

  /** setting = "prio" pair | "queue" pair | "tos" value | "delay" NUMBER */
  private readonly setting: Production<SettingSyntax> = this.RULE(
    "setting",
    (): SettingSyntax =>
      this.OR<IOrAlt<SettingSyntax>[]>([
        {
          ALT: () => {
            const token = this.CONSUME(word("prio"));
            return { kind: "prio", token, values: this.SUBRULE(this.numberPair) };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("queue"));
            return { kind: "queue", token, values: this.SUBRULE(this.queuePair) };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("tos"));
            return { kind: "tos", token, values: [this.SUBRULE(this.value)] };
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(word("delay"));
            return { kind: "delay", token, values: [this.CONSUME(Numeral)] };
          },
        },
      ]),
  );

  /** prio pair = NUMBER | "(" NUMBER [ "," ] NUMBER ")" */
  private readonly numberPair: Production<IToken[]> = this.RULE("number-pair", (): IToken[] =>
    this.OR<IOrAlt<IToken[]>[]>([
      { ALT: () => [this.CONSUME(Numeral)] },
      {
        ALT: () => {
          this.CONSUME(word("("));
          const first = this.CONSUME1(Numeral);
          this.OPTION(() => this.CONSUME(word(",")));
          const second = this.CONSUME2(Numeral);
          this.CONSUME(word(")"));
          return [first, second];
        },
      },
    ]),
  );

  /** queue pair = STRING | "(" STRING [ [ "," ] STRING ] ")" */
  private readonly queuePair: Production<IToken[]> = this.RULE("queue-pair", (): IToken[] =>
    this.OR<IOrAlt<IToken[]>[]>([
      { ALT: () => [this.CONSUME(Word)] },
      {
        ALT: () => {
          this.CONSUME(word("("));
          const pair = [this.CONSUME1(Word)];
          this.OPTION(() => {
            this.OPTION1(() => this.CONSUME(word(",")));
            pair.push(this.CONSUME2(Word));
          });
          this.CONSUME(word(")"));
          return pair;
        },
      },
    ]),
  );

  /** divert = "divert-to" STRING "port" value | "divert-reply" | "divert-packet" "port" value */
  private readonly divert: Production<OptionSyntax> = this.RULE(
    "divert",
    (): OptionSyntax =>
      this.OR<IOrAlt<OptionSyntax>[]>([
        {
          ALT: () => {
            const token = this.CONSUME(word("divert-to"));
            const host = this.CONSUME(Word);
            this.CONSUME(word("port"));
            return { kind: "divert-to", token, host, port: this.SUBRULE(this.value) };
          },
        },
        { ALT: () => ({ kind: "divert-reply", token: this.CONSUME(word("divert-reply")) }) },
        {
          ALT: () => {
            const token = this.CONSUME(word("divert-packet"));
            this.CONSUME1(word("port"));
            return { kind: "divert-packet", token, port: this.SUBRULE1(this.value) };
          },
        },
      ]),
  );

  /** scrub = "scrub" "(" scrub-item { [ "," ] scrub-item } ")" */
  private readonly scrub: Production<OptionSyntax> = this.RULE("scrub", (): OptionSyntax => {
    const token = this.CONSUME(word("scrub"));
    this.CONSUME(word("("));
    const items = [this.SUBRULE(this.scrubItem)];
    this.MANY(() => {
      this.OPTION(() => this.CONSUME(word(",")));
      items.push(this.SUBRULE1(this.scrubItem));
    });
    this.CONSUME(word(")"));
    return { kind: "scrub", token, items };
  });

  /** scrub-item = "no-df" | "random-id" | "min-ttl" NUMBER | "max-mss" NUMBER | "reassemble" STRING */
  private readonly scrubItem: Production<ScrubSyntax> = this.RULE(
    "scrub-item",
    (): ScrubSyntax =>
      this.OR<IOrAlt<ScrubSyntax>[]>([
        { ALT: () => ({ token: this.CONSUME(word("no-df")) }) },
        { ALT: () => ({ token: this.CONSUME(word("random-id")) }) },
        { ALT: () => ({ token: this.CONSUME(word("min-ttl")), value: this.CONSUME(Numeral) }) },
        { ALT: () => ({ token: this.CONSUME(word("max-mss")), value: this.CONSUME1(Numeral) }) },
        { ALT: () => ({ token: this.CONSUME(word("reassemble")), value: this.CONSUME(Word) }) },
      ]),
  );

  /** packet-rate = "max-pkt-rate" NUMBER "/" NUMBER */
  private readonly packetRate: Production<OptionSyntax> = this.RULE(
    "packet-rate",
    (): OptionSyntax => {
      const token = this.CONSUME(word("max-pkt-rate"));
      const packets = this.CONSUME(Numeral);
      this.CONSUME(word("/"));
      return { kind: "max-pkt-rate", token, packets, seconds: this.CONSUME1(Numeral) };
    },
  );
}
