import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import { liveRule } from "../../../../engine/kernel/rulesets.ts";
import { Tables } from "../../../../engine/kernel/tables.ts";
import { intervalPacketFunctions } from "../../../../engine/sets/intervals/interval-packet-functions.ts";
import { packetOf } from "../../../conformance/kernel-packets.ts";
import type { KernelRecord } from "../../../conformance/kernel-records.ts";
import {
  acceptedRules,
  rdomainOf,
  surroundingsOf,
} from "../../../conformance/kernel-surroundings.ts";
import { environmentOf } from "../../../support/environment.ts";
import { Agreement, type Meeting } from "./criteria-agreement.ts";

/** Every n-th record. */
it.each([
  ["anchors-tables-tags", 149],
  ["rare", 23],
  ["stateless-filter", 199],
])("criteria as sets are those of the kernel for recorded rules and packets: %s", (set, every) => {
  const disagreements: string[] = [];
  let matches = 0;
  for (const [at, line] of linesOf(set).entries()) {
    if (at % every !== 0) continue;
    const record: KernelRecord = JSON.parse(line);
    const { agreement, rules } = loaded(record);
    for (const meeting of meetingsOf(record)) {
      for (const rule of rules) {
        const { kernel, may, must } = agreement.compare(rule, meeting);
        const holds = kernel === "";
        if (holds) matches++;
        if (may === holds && must === holds) continue;
        disagreements.push(`${record.id} ${rule.anchor}#${rule.number}: ${kernel || "matches"}`);
      }
    }
  }
  expect(disagreements).toEqual([]);
  expect(matches).toBeGreaterThan(300);
});

function linesOf(set: string): readonly string[] {
  const text = gunzipSync(readFileSync(`../shared/data/kernel/${set}.jsonl.gz`)).toString("utf8");
  return text.split("\n").filter((line) => line !== "");
}

function loaded({ env, conf, anchors = [], files = {} }: KernelRecord): {
  readonly agreement: Agreement;
  readonly rules: readonly LiveRule[];
} {
  const environment = environmentOf(env);
  const tables = new Tables();
  const rules = new Map<string, readonly LiveRule[]>();
  for (const [anchor, text] of [["", conf] as const, ...anchors]) {
    const { main } = acceptedRules(text, environment, files, anchor);
    for (const [path, made] of main.rulesets) {
      const live = made.rules.map((rule, number) => liveRule(rule, path, number, 0));
      rules.set(path, live);
    }
    tables.load(main, [...rules.values()].flat());
  }
  const stand = { sets: intervalPacketFunctions(), surroundings: surroundingsOf(env), tables };
  return { agreement: new Agreement(stand), rules: [...rules.values()].flat() };
}

/** Packets as they first come to pf. */
function meetingsOf({ env, pk }: KernelRecord): readonly Meeting[] {
  return pk.flatMap((step) => {
    if (step.op !== undefined || step.f !== undefined || step.i === undefined) return [];
    const packet = packetOf(step, rdomainOf(env, step.i));
    const direction = step.d === "out" ? "out" : "in";
    const { i: name, d } = step;
    const { rtable } = packet;
    return [{ direction, interface: name, forwarded: d === "fwd", packet, rtable }];
  });
}
