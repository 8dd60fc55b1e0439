import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { check } from "../../engine/queries/check.ts";
import { parseAddress, parsePrefix } from "../../model/address-text.ts";
import type { PairAnswer } from "../../model/answer.ts";
import type { Route } from "../../model/host.ts";
import type { AdversaryLevel, Network } from "../../model/network.ts";
import { parsePf } from "../../parser/pf/parse.ts";
import { environmentOf, type RecordedEnv } from "../support/environment.ts";
import { hostOf, networkOf } from "../support/network.ts";
import { sampled } from "./sampled.ts";

/** A small network with the paths that exist in it, recorded from OpenBSD's pf. */
export interface ClaimRecord {
  readonly id: string;
  readonly template: string;
  readonly env: RecordedEnv & {
    readonly routes: readonly (readonly [number, string, string, string | null])[];
  };
  readonly conf: string;
  readonly zones: Readonly<Record<string, string>>;
  readonly conduits: readonly (readonly [string, string])[];
  readonly expect: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By pair, then by class: a script, or whether there is one, or null. */
  readonly truth: { readonly spoof: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly longer?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** How the engine fared against the records. */
export interface ClaimsResult {
  readonly passed: number;
  readonly failed: number;
  readonly disagreements: readonly string[];
  /** `level expectation verdict` → number of pairs. */
  readonly counts: ReadonlyMap<string, number>;
}

/** The records of `data/claims`. */
export function claimRecords(data: string): readonly ClaimRecord[] {
  return gunzipSync(readFileSync(`${data}/claims.jsonl.gz`))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): ClaimRecord => JSON.parse(line));
}

/**
 * The network of a record, at an adversary level.
 *
 * @param optimize - `none`: rules are numbered as they are recorded
 */
export function claimNetwork(
  record: ClaimRecord,
  level: AdversaryLevel,
  optimize: "none" | "basic" = "basic",
): Network {
  const environment = environmentOf(record.env);
  const reading = parsePf({ file: `${record.id}.conf`, text: record.conf, optimize }, environment);
  const routes = record.env.routes.map(([rtable, prefix, it, gateway]): Route => {
    const network = parsePrefix(prefix);
    if (network === undefined) throw new RangeError(`bad prefix ${prefix}`);
    const via = gateway === null ? undefined : parseAddress(gateway)?.value;
    const route = { rtable, prefix: network, interface: it, local: false };
    return via === undefined ? route : { ...route, gateway: via };
  });
  const host = hostOf("fw", environment.interfaces, routes, reading.conf);
  const zones = Object.fromEntries(
    Object.entries(record.zones).map(([zone, it]) => [zone, `fw:${it}`]),
  );
  return networkOf([host], { ...zones, host: "fw" }, record.conduits, level);
}

/**
 * Judges every pair of every record that is no conduit (README of the data): `violated` pairs must
 * not be proved, `clean` ones should be.
 */
export function conformClaims(
  data: string,
  options: {
    readonly levels?: readonly AdversaryLevel[];
    readonly only?: string;
    /** So many records, drawn with `seed`; all of them if absent. */
    readonly sample?: number;
    readonly seed?: number;
  } = {},
): ClaimsResult {
  const tally = { passed: 0, counts: new Map<string, number>(), disagreements: [] as string[] };
  for (const record of sampled(claimRecords(data), options.sample, options.seed ?? 1)) {
    if (options.only !== undefined && record.id !== options.only) continue;
    for (const level of options.levels ?? ["assigned", "spoof", "states"]) {
      const answer = check(claimNetwork(record, level), {
        attack: 0,
        seed: 1,
        budget: 8_000_000,
        silentHosts: true,
      });
      compare(record, level, answer.pairs, tally);
    }
  }
  const { passed, disagreements, counts } = tally;
  return { passed, failed: disagreements.length, disagreements, counts };
}

function compare(
  record: ClaimRecord,
  level: AdversaryLevel,
  pairs: readonly PairAnswer[],
  tally: { passed: number; readonly counts: Map<string, number>; readonly disagreements: string[] },
): void {
  for (const [pair, expected] of Object.entries(record.expect[level] ?? {})) {
    const [from, to] = pair.split(">");
    const verdict = pairs.find((it) => it.from === from && it.to === to)?.verdict ?? "missing";
    const key = `${level} ${expected} ${verdict}`;
    tally.counts.set(key, (tally.counts.get(key) ?? 0) + 1);
    const wrong = expected.startsWith("violated") ? verdict === "proved" : verdict === "missing";
    if (wrong) {
      tally.disagreements.push(
        `${record.id} ${level} ${pair}: expected ${expected}, got ${verdict}`,
      );
    } else tally.passed++;
  }
}
