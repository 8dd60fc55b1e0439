import type { PfConfiguration, PfOptions, PfTable } from "./pf-rule.ts";
import type { Unread } from "./unread.ts";

/** What a host's pf.conf comes to: what pf holds then, and what is not known of it. */
export interface PfConf {
  /**
   * As `pfctl -f` hands it over. Where a statement was not understood, and in anchors that are filled
   * at run time, stands a `match` rule without effects: the criteria of what may be there.
   */
  readonly main: PfConfiguration;
  /** Files of `load anchor`, and anchors that no file fills. */
  readonly loaded: readonly PfConfiguration[];
  readonly options: PfOptions;
  /**
   * The rules by anchor and number, as pfctl prints them; where a line was not understood, its words.
   */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** By anchor, then by number. */
  readonly openRules: readonly OpenRule[];
  readonly openTables: readonly OpenTable[];
  /** Every unread line once, those that change nothing included. */
  readonly unread: readonly Unread[];
}

/** A rule of which something is not known. */
export interface OpenRule {
  /** Path of its anchor; the main ruleset is the empty string. */
  readonly anchor: string;
  readonly number: number;
  /**
   * `match`: whether it matches where its other criteria hold. `anything`: it stands for a line that
   * may do anything to the packets that meet its criteria.
   */
  readonly what: "match" | "anything";
  readonly unread: readonly Unread[];
}

/** A table that may hold other addresses than the file says. */
export interface OpenTable {
  /** Path of the anchor that it belongs to. */
  readonly anchor: string;
  readonly name: string;
  readonly unread: Unread;
}

/** All that pf holds, in the order of loading; nothing where pf is off. */
export function runsOf(
  conf: Pick<PfConf, "main" | "loaded"> | undefined,
): readonly PfConfiguration[] {
  return conf === undefined ? [] : [conf.main, ...conf.loaded];
}

/** Every table of a run: the ones declared in its file, then those of its rulesets. */
export function tablesOf({ tables, rulesets }: PfConfiguration): readonly PfTable[] {
  return [...tables, ...[...rulesets.values()].flatMap((it) => it.tables)];
}
