import type { Family } from "../../model/packet.ts";
import type { OpenRule, PfConf } from "../../model/pf-conf.ts";
import type { PfConfiguration, PfRule } from "../../model/pf-rule.ts";
import type { Unread } from "../../model/unread.ts";
import { ruleThat } from "../pf/plain-rule.ts";

/** What one daemon can put into the anchors below a path of its own, told from its files. */
export interface DaemonAnchors {
  /** `relayd` for `relayd/*`. */
  readonly path: string;
  /** All anchors that can be there; absent: the files do not say. */
  readonly fills?: readonly AnchorFill[];
  /** Without `fills`: what every rule there can hold at most. */
  readonly narrowed?: NarrowedRules;
}

export interface AnchorFill {
  /** Full path. */
  readonly anchor: string;
  readonly configuration: PfConfiguration;
  /** Of each rule, in order: when it is there, as a clause. */
  readonly open: string;
}

export interface NarrowedRules {
  readonly protocol: number;
  readonly family?: Family;
  readonly effect: string;
}

/** Effect of the open rule of an anchor that no file fills, see `pfConfOf`. */
const UNFILLED = "holds rules that come at run time";

/**
 * Puts what daemons can load in place of the open rules of their anchors.
 *
 * An anchor that a daemon fills is no line of pf.conf that may do anything: it holds one of the known
 * rules, each of which may be there or not.
 */
export function withDaemonAnchors(
  conf: PfConf,
  host: string,
  daemons: readonly DaemonAnchors[],
): PfConf {
  return daemons.reduce((made, daemon) => new Filling(made, host, daemon).conf(), conf);
}

class Filling {
  readonly #conf: PfConf;
  readonly #host: string;
  readonly #daemon: DaemonAnchors;

  constructor(conf: PfConf, host: string, daemon: DaemonAnchors) {
    this.#conf = conf;
    this.#host = host;
    this.#daemon = daemon;
  }

  conf(): PfConf {
    const { path, fills, narrowed } = this.#daemon;
    const open = this.#conf.openRules.filter((it) => isUnfilled(it) && isBelow(it.anchor, path));
    if (open.length === 0 || (fills === undefined && narrowed === undefined)) return this.#conf;
    return fills === undefined ? this.#narrow(open) : this.#fill(open, fills);
  }

  /** The open rules keep their places, and say more of the packets that they are for. */
  #narrow(open: readonly OpenRule[]): PfConf {
    const { narrowed } = this.#daemon;
    if (narrowed === undefined) return this.#conf;
    const anchors = new Set(open.map((it) => it.anchor));
    const loaded = this.#conf.loaded.map((it) => {
      return anchors.has(it.anchor) ? withRules(it, (rule) => narrow(rule, narrowed)) : it;
    });
    const renamed = new Map(
      open.flatMap(({ unread }) => unread.map((it) => [it, { ...it, effect: narrowed.effect }])),
    );
    const openRules = this.#conf.openRules.map((it) => {
      return { ...it, unread: it.unread.map((own) => renamed.get(own) ?? own) };
    });
    const unread = this.#conf.unread.map((it) => renamed.get(it) ?? it);
    return { ...this.#conf, loaded, openRules, unread };
  }

  #fill(open: readonly OpenRule[], fills: readonly AnchorFill[]): PfConf {
    const anchors = new Set(open.map((it) => it.anchor));
    const gone = new Set(open.flatMap((it) => it.unread));
    const called = fills.filter((it) => {
      return anchors.has(it.anchor) || anchors.has(`${this.#daemon.path}/*`);
    });
    const made = called.map((fill) => ({ fill, rules: this.#openRulesOf(fill) }));
    const { loaded, openRules, unread } = this.#conf;
    return {
      ...this.#conf,
      loaded: [
        ...loaded.filter((it) => !anchors.has(it.anchor)),
        ...called.map((it) => it.configuration),
      ],
      openRules: [
        ...openRules.filter((it) => !open.includes(it)),
        ...made.flatMap((it) => it.rules),
      ],
      unread: [
        ...unread.filter((it) => !gone.has(it)),
        ...made.flatMap((it) => it.rules.flatMap((rule) => rule.unread)),
      ],
    };
  }

  #openRulesOf({ anchor, configuration, open }: AnchorFill): readonly OpenRule[] {
    return [...configuration.rulesets].flatMap(([path, { rules }]) =>
      rules
        .filter((it) => it.action !== "anchor")
        .map((it, number): OpenRule => {
          const unread = this.#unreadOf(it, anchor, open, number);
          return { anchor: path, number: it.number, what: "match", unread: [unread] };
        }),
    );
  }

  #unreadOf({ origin: { span } }: PfRule, anchor: string, effect: string, at: number): Unread {
    const host = this.#host;
    return {
      id: `${span.file}:${span.line}${at === 0 ? "" : `#${at + 1}`}`,
      span,
      scope: { kind: "rule", host, anchor },
      words: anchor,
      effect,
      settle: `assume: { anchor: { "${host}:${anchor}": empty } }`,
    };
  }
}

function isUnfilled({ number, what, unread }: OpenRule): boolean {
  return number === 0 && what === "anything" && unread.some((it) => it.effect === UNFILLED);
}

function isBelow(anchor: string, path: string): boolean {
  return anchor === path || anchor.startsWith(`${path}/`);
}

function withRules(run: PfConfiguration, change: (rule: PfRule) => PfRule): PfConfiguration {
  const rulesets = [...run.rulesets].map(([path, made]) => {
    return [path, { ...made, rules: made.rules.map(change) }] as const;
  });
  return { ...run, rulesets: new Map(rulesets) };
}

function narrow(rule: PfRule, { protocol, family }: NarrowedRules): PfRule {
  const { quick, number, origin } = rule;
  return ruleThat({ action: "match", quick, number, origin, protocol, family });
}
