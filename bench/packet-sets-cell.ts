import { argv, env, resourceUsage } from "node:process";
import { packetFunctions } from "../engine/sets/implementations.ts";
import { boxesOf, firstMatchOrder, KNOWN_ANSWERS, permittedOf, readRuleSet } from "./rule-sets.ts";

/** One cell of the benchmark, in a process of its own: its time and memory are nobody else's. */
const [, , name = "", implementation = "intervals"] = argv;
const rules = readRuleSet(`${env.BENCH_DATA}/${name}.rules`);
const sets = packetFunctions(implementation === "bdd" ? "bdd" : "intervals", {
  budget: 60_000_000,
});
const start = performance.now();
const cubes = boxesOf(rules);
// the boxes say what the columns said: nobody needs both
rules.columns.buffer.transfer(0);
const passed = sets.paint(sets.always(0), cubes, firstMatchOrder(rules.count));
const seconds = (performance.now() - start) / 1000;
const peak = resourceUsage().maxRSS;
const known = KNOWN_ANSWERS.get(name);
const isRight = known === permittedOf(sets.count(sets.where(passed, (it) => it === 1)));
console.log(
  JSON.stringify({
    seconds,
    nodes: sets.size(passed),
    peak,
    right: known === undefined ? "" : isRight ? "exact" : "WRONG",
  }),
);
