import { resourceUsage } from "node:process";
import { expect, test } from "vitest";
import type { Direction } from "../engine/kernel/criteria.ts";
import { Rulesets } from "../engine/kernel/rulesets.ts";
import { Tables } from "../engine/kernel/tables.ts";
import type { Cubes } from "../engine/sets/cubes.ts";
import { DIGITS, readDigits } from "../engine/sets/digits.ts";
import { intervalPacketFunctions } from "../engine/sets/intervals/interval-packet-functions.ts";
import type { Box } from "../engine/sets/packet-sets.ts";
import { compileRuleset } from "../engine/sets/rules/compile.ts";
import { RulesetCompiler } from "../engine/sets/rules/compiler.ts";
import type { Place, Source } from "../engine/sets/rules/situation.ts";
import { generator } from "./generator.ts";
import { benchFolder, bigTable, type Subject, segmented, textSubject } from "./parser-data.ts";
import { boxesOf, pfText, readRuleSet } from "./rule-sets.ts";

const TIMEOUT = 900_000;
const FOLDER = benchFolder();

test("rulesets as pf reads them, quick and last match", { timeout: TIMEOUT }, () => {
  for (const size of ["1k", "10k", "100k"]) {
    const rules = readRuleSet(`${FOLDER}/seg_${size}.rules`);
    for (const form of ["quick", "last"] as const) {
      const subject = textSubject(`seg_${size} ${form}`, pfText(rules, form));
      tell(subject.name, sourceOf(subject), ["in", "em0"]);
    }
  }
});

test("an interface a tenant", { timeout: TIMEOUT }, () => {
  for (const tenants of [100, 1000, 10_000]) {
    const source = sourceOf(segmented(FOLDER, `segif_${tenants}`));
    const places = [
      ["in", "em0"],
      ["in", "vlan0"],
      ["out", "vlan0"],
      ["out", "em0"],
    ] as const;
    for (const place of places) tell(`segif_${tenants}`, source, place);
  }
});

test("a table of a million prefixes and 476 of 500", { timeout: TIMEOUT }, () => {
  tell("bigtable", sourceOf(bigTable(FOLDER)), ["in", "em0"]);
});

test("questions about pairs of networks in half-wild rules", { timeout: TIMEOUT }, () => {
  for (const name of ["wild_10k", "wild_100k"]) {
    for (const form of ["quick", "last"] as const) {
      const rules = readRuleSet(`${FOLDER}/${name}.rules`);
      tellQuestions(`${name} ${form}`, textSubject(name, pfText(rules, form)), boxesOf(rules));
    }
  }
});

/** Each is about the packets from the /24 of one rule's source to that of another's destination. */
function tellQuestions(name: string, subject: Subject, rules: Cubes): void {
  const sets = intervalPacketFunctions();
  const source = sourceOf(subject);
  const place = placeOf("in", "em0");
  const random = generator(777);
  const start = performance.now();
  const compiler = new RulesetCompiler(
    { sets, source, detail: "outcomes", closed: new Set() },
    { places: "many" },
  );
  const times: number[] = [];
  let passing = 0;
  for (let question = 0; question < 1000; question++) {
    const from = performance.now();
    const box = pairOf(rules, random(rules.count), random(rules.count));
    const answer = compiler.within(box).in(place, "");
    if (answer.fates.some(({ verdict }) => verdict === "pass")) passing++;
    times.push(performance.now() - from);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  const [first] = times;
  times.sort((a, b) => a - b);
  const megabytes = (resourceUsage().maxRSS / 2 ** 10).toFixed(0);
  console.log(
    `${name}: 1000 questions ${seconds} s, the first ${first!.toFixed(0)} ms, ` +
      `p50 ${times[500]!.toFixed(2)} p99 ${times[990]!.toFixed(1)} ms, ${passing} pass some, ` +
      `${sets.nodes} nodes, ${megabytes} MB at most so far`,
  );
}

test("one rule of a ruleset changed", { timeout: TIMEOUT }, () => {
  for (const form of ["quick", "last"] as const) {
    const rules = readRuleSet(`${FOLDER}/seg_100k.rules`);
    const subject = textSubject(`seg_100k ${form}`, pfText(rules, form));
    for (const edit of ["replace", "remove"] as const) tellChanges(subject.name, subject, edit);
  }
});

/** A change takes away what the one before did, and answers whether anything is otherwise. */
function tellChanges(name: string, subject: Subject, edit: "replace" | "remove"): void {
  const sets = intervalPacketFunctions();
  const source = sourceOf(subject);
  const rules = source.rulesets.get("") ?? [];
  const place = placeOf("in", "em0");
  const compiler = new RulesetCompiler(
    { sets, source, detail: "outcomes", closed: new Set() },
    { places: "many" },
  );
  const start = performance.now();
  const whole = compiler.in(place, "");
  const compile = performance.now() - start;
  const random = generator(7);
  const times: number[] = [];
  for (let round = 0; round < 200; round++) {
    const at = random(rules.length);
    const other = rules[random(rules.length)]!;
    const edited = edit === "remove" ? rules.toSpliced(at, 1) : rules.with(at, { ...other });
    const changed = { ...source, rulesets: new Map([["", edited]]) };
    const from = performance.now();
    compiler.change(changed);
    void (compiler.in(place, "") === whole);
    times.push(performance.now() - from);
    compiler.change({ ...source });
    expect(compiler.in(place, "")).toBe(whole);
  }
  times.sort((a, b) => a - b);
  const [p50, p90, p99] = [100, 180, 198].map((at) => times[at]!);
  console.log(
    `${name}: compile ${compile.toFixed(0)} ms, ${edit} one p50 ${p50!.toFixed(2)} ` +
      `p90 ${p90!.toFixed(2)} p99 ${p99!.toFixed(1)} ms, compile / p50 ${(compile / p50!).toFixed(0)}`,
  );
}

function placeOf(direction: Direction, on: string): Place {
  return {
    direction,
    interface: on,
    rdomain: 0,
    forwarded: true,
    receivedOn: direction === "in" ? on : "em0",
    priority: undefined,
    looksLike: undefined,
  };
}

function tell(name: string, source: Source, [direction, on]: readonly [Direction, string]): void {
  const sets = intervalPacketFunctions();
  const place = placeOf(direction, on);
  const start = performance.now();
  const made = compileRuleset({
    sets,
    source,
    place,
    tag: "",
    detail: "outcomes",
    closed: new Set(),
  });
  const milliseconds = (performance.now() - start).toFixed(0);
  const size = sets.size(made.function);
  console.log(
    `${name} ${direction} ${on}: ${milliseconds} ms, ${size} nodes, ${made.fates.length} fates`,
  );
}

function sourceOf(subject: Subject): Source {
  const { main } = subject.read();
  const rulesets = new Rulesets();
  const tables = new Tables();
  rulesets.load(main, 0);
  tables.load(main, rulesets.all());
  const { interfaces } = subject.environment;
  return {
    surroundings: { interfaces, routes: [], rtables: new Map(), sockets: [], forwarding: true },
    knowsSockets: false,
    rulesets: new Map([...main.rulesets.keys()].map((path) => [path, rulesets.rulesOf(path)])),
    table(anchor, name) {
      const table = tables.find(anchor, name);
      return table && { entries: table.entries, open: false };
    },
  };
}

function pairOf(rules: Cubes, from: number, to: number): Box {
  const networkOf = (field: "source" | "destination", rule: number): readonly [bigint, bigint] => {
    const low = readDigits(rules.lows.subarray(rule * DIGITS, (rule + 1) * DIGITS), field);
    const hosts = (1n << 104n) - 1n;
    return [low & ~hosts, low | hosts];
  };
  return {
    family: [0n, 0n],
    source: networkOf("source", from),
    destination: networkOf("destination", to),
  };
}
