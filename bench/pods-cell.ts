import { argv, resourceUsage } from "node:process";
import { check } from "../engine/queries/check.ts";
import { pods } from "./pods.ts";

/** One cell of the benchmark, in a process of its own: its time and memory are nobody else's. */
const network = pods(Number(argv[2] ?? 1));
const start = performance.now();
const { pairs } = check(network, { attack: 0, seed: 1, budget: 200_000_000 });
const seconds = (performance.now() - start) / 1000;
const peak = resourceUsage().maxRSS;
const proved = pairs.filter((pair) => pair.verdict === "proved").length;
console.log(JSON.stringify({ seconds, peak, pairs: pairs.length, proved }));
