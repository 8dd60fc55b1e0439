import { type OpenRule, type OpenTable, type PfConf, tablesOf } from "../../model/pf-conf.ts";
import type { PfConfiguration, PfRule, PfRules, PfTable } from "../../model/pf-rule.ts";
import type { Span } from "../../model/source.ts";
import type { Scope, Unread } from "../../model/unread.ts";
import { LikeRule } from "./expansion/like-rule.ts";
import { overloadedTables } from "./overloaded-tables.ts";
import { ruleThat } from "./plain-rule.ts";
import type { PfReading, UnreadStatement } from "./read.ts";
import { ruleText } from "./rule-text.ts";
import { TextUnder } from "./text-under.ts";

/**
 * What pf of `host` would hold after this reading, with a bracket wherever that is not known: lines
 * that pfctl would have refused, anchors and tables that are filled at run time, names and accounts
 * that only the host can look up.
 */
export function pfConfOf(reading: PfReading, host: string): PfConf {
  return new Brackets(reading, host).conf();
}

/** Columns of an anchor that no file fills. */
const NOT_A_FILE: Omit<PfConfiguration, "anchor" | "rulesets"> = {
  printed: [],
  queues: [],
  tables: [],
  stderr: [],
  accepted: true,
};

class Brackets {
  readonly #reading: PfReading;
  readonly #host: string;
  readonly #text: TextUnder;
  readonly #unread: Unread[] = [];
  readonly #openRules: OpenRule[] = [];
  /** Brackets of rules, by statement and effect: those of one statement share them. */
  readonly #ofRules: Map<string, Unread> = new Map();

  constructor(reading: PfReading, host: string) {
    this.#reading = reading;
    this.#host = host;
    this.#text = new TextUnder(reading.sources);
  }

  conf(): PfConf {
    const { options } = this.#reading;
    const [main, ...loaded] = [this.#reading.main, ...this.#reading.loaded].map((it) =>
      this.#withUnread(it),
    );
    if (main === undefined) throw new RangeError("a reading without a main file");
    const runs = [main, ...loaded];
    const filled = this.#unfilledAnchors(runs);
    for (const { span } of main.queues) {
      this.#note(span, { kind: "nothing" }, "shares bandwidth and moves no packet");
    }
    const openTables = this.#openTables(runs);
    return {
      main,
      loaded: [...loaded, ...filled],
      options,
      texts: this.#texts([...runs, ...filled]),
      openRules: this.#openRules,
      openTables,
      unread: this.#unread,
    };
  }

  #texts(runs: readonly PfConfiguration[]): PfConf["texts"] {
    const texts = new Map<string, string[]>();
    for (const [path, { rules }] of runs.flatMap(({ rulesets }) => [...rulesets])) {
      texts.set(
        path,
        rules.map((it) => ruleText(it)),
      );
    }
    for (const { anchor, number, what, unread } of this.#openRules) {
      const written = texts.get(anchor);
      if (written !== undefined && what === "anything") written[number] = unread[0]?.words ?? "";
    }
    return texts;
  }

  /** A run with the statements that were given up in their places. */
  #withUnread(run: PfConfiguration): PfConfiguration {
    const rulesets = new Map(run.rulesets);
    for (const { anchor } of this.#reading.unread) {
      if (isOf(anchor, run) && !rulesets.has(anchor)) {
        rulesets.set(anchor, { rules: [], tables: [] });
      }
    }
    const whole = [...rulesets].map(([path, made]) => [path, this.#ruleset(path, made)] as const);
    return { ...run, rulesets: new Map(whole) };
  }

  #ruleset(path: string, made: PfRules): PfRules {
    const given = this.#reading.unread.filter((it) => it.anchor === path && !it.isOption);
    const rules: PfRule[] = [];
    let next = 0;
    for (let at = 0; at <= made.rules.length; at++) {
      for (let it = given[next]; it !== undefined && it.position <= at; it = given[++next]) {
        rules.push(this.#unreadRule(it, rules.length));
      }
      const read = made.rules[at];
      if (read === undefined) continue;
      const rule = read instanceof LikeRule ? read.spelledOut() : read;
      this.#open(rule, path, rules.length);
      // pfctl numbers what it loads; a file that it refuses has no numbers
      rules.push(rule.number === rules.length ? rule : { ...rule, number: rules.length });
    }
    return { ...made, rules };
  }

  #unreadRule(it: UnreadStatement, number: number): PfRule {
    const scope = { kind: "rule", host: this.#host, anchor: it.anchor } as const;
    const unread = [this.#note(it.span, scope, "was not understood", { words: it.words })];
    this.#openRules.push({ anchor: it.anchor, number, what: "anything", unread });
    const { quick, direction, interface: on, family, protocol } = it.criteria;
    return ruleThat({
      action: "match",
      number,
      quick,
      direction,
      interface: on ?? "",
      family,
      protocol: protocol ?? 0,
      origin: { span: it.span, macros: [], includes: [] },
    });
  }

  /** Brackets the tests of a rule that only the running host can answer. */
  #open(rule: PfRule, anchor: string, number: number): void {
    const effects = openTests(rule);
    if (effects.length === 0) return;
    const unread = effects.map((open) => this.#ofRule(rule, anchor, open));
    this.#openRules.push({ anchor, number, what: "match", unread });
  }

  #ofRule({ origin: { span } }: PfRule, anchor: string, { effect, settle }: OpenTest): Unread {
    const key = `${span.file}\0${span.line}\0${span.column}\0${effect}`;
    const known = this.#ofRules.get(key);
    if (known !== undefined) return known;
    const scope = { kind: "rule", host: this.#host, anchor } as const;
    const made = this.#note(span, scope, effect, { settle });
    this.#ofRules.set(key, made);
    return made;
  }

  /**
   * Anchors that are called and that no file fills: each holds one line that may do anything. That of
   * a wildcard is `path/*`, one child that stands for all that may come.
   */
  #unfilledAnchors(runs: readonly PfConfiguration[]): readonly PfConfiguration[] {
    const filled = new Set<string>();
    const called: PfRule[] = [];
    for (const { rulesets } of runs) {
      for (const [path, { rules }] of rulesets) {
        if (rules.length > 0) filled.add(path);
        called.push(...rules.filter((it) => it.anchor?.inline === false));
      }
    }
    const made: PfConfiguration[] = [];
    for (const { anchor: call, origin } of called) {
      if (call === undefined) continue;
      const path = call.wildcard ? `${call.path === "" ? "" : `${call.path}/`}*` : call.path;
      if (filled.has(path)) continue;
      filled.add(path);
      made.push(this.#filledAtRunTime(path, origin.span));
    }
    return made;
  }

  #filledAtRunTime(anchor: string, span: Span): PfConfiguration {
    const scope = { kind: "rule", host: this.#host, anchor } as const;
    const unread = [
      this.#note(span, scope, "holds rules that come at run time", {
        settle: `assume: { anchor: { "${this.#host}:${anchor}": empty } }`,
      }),
    ];
    this.#openRules.push({ anchor, number: 0, what: "anything", unread });
    const origin = { span, macros: [], includes: [] };
    const rules = [ruleThat({ action: "match", quick: true, origin })];
    return { ...NOT_A_FILE, anchor, rulesets: new Map([[anchor, { rules, tables: [] }]]) };
  }

  /** Tables that are filled at run time, by name and anchor; the last declaration of each counts. */
  #openTables(runs: readonly PfConfiguration[]): readonly OpenTable[] {
    const declared = new Map<string, PfTable>();
    for (const it of runs.flatMap(tablesOf)) declared.set(`${it.anchor}\0${it.name}`, it);
    const open = new Map<string, OpenTable>();
    for (const [key, { name, anchor, span, contents, persist, ...table }] of declared) {
      const atRunTime = contents.length === 0 && persist ? "is filled at run time" : undefined;
      const why = table.open ?? atRunTime;
      if (why === undefined) continue;
      open.set(key, { name, anchor, unread: this.#ofTable(name, span, `table <${name}> ${why}`) });
    }
    for (const { anchor, name, span } of overloadedTables(runs)) {
      const key = `${anchor}\0${name}`;
      if (open.has(key)) continue;
      const effect = `table <${name}> may hold any address: overload fills it at run time`;
      open.set(key, { name, anchor, unread: this.#ofTable(name, span, effect) });
    }
    return [...open.values()];
  }

  #ofTable(table: string, span: Span, effect: string): Unread {
    const settle = `assume: { table: { "${this.#host}:<${table}>": [] } }`;
    return this.#note(span, { kind: "table", host: this.#host, table }, effect, { settle });
  }

  #note(
    span: Span,
    scope: Scope,
    effect: string,
    said: { readonly words?: string; readonly settle?: string } = {},
  ): Unread {
    const id = `${span.file}:${span.line}`;
    const words = said.words ?? this.#text.at(span);
    const settle = said.settle ?? `assume: { line: { "${id}": { effect: none, reason: … } } }`;
    const unread = { id, span, scope, words, effect, settle };
    this.#unread.push(unread);
    return unread;
  }
}

/** Whether an anchor is filled by a run: it is the run's own, or stands in its braces. */
function isOf(anchor: string, run: PfConfiguration): boolean {
  return anchor === run.anchor || run.rulesets.has(anchor);
}

/** A test that files cannot answer. */
interface OpenTest {
  readonly effect: string;
  readonly settle: string;
}

/** Tests that files cannot answer: the rule may match where its others hold, and need not. */
function openTests({ source, destination, user, group }: PfRule): readonly OpenTest[] {
  const texts = [source, destination].flatMap(({ address }) =>
    address.kind === "unknown" ? [address.text] : [],
  );
  const open = [...new Set(texts)].map((text): OpenTest => {
    const effect = `matches only addresses of \`${text}\`, known at run time`;
    return { effect, settle: `write addresses in place of \`${text}\`, if they never change` };
  });
  if (user === undefined && group === undefined) return open;
  const effect = "matches only sockets of some users or groups, which nobody has declared";
  return [...open, { effect, settle: "no setting helps yet: sockets cannot be declared" }];
}
