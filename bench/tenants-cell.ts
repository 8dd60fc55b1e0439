import { argv, resourceUsage } from "node:process";
import { Closure } from "../engine/claims/closure.ts";
import { Doubts } from "../engine/claims/doubts.ts";
import { Gates } from "../engine/claims/gates.ts";
import { planOf } from "../engine/claims/plan.ts";
import { stackTest } from "../engine/path/points.ts";
import { packetFunctions } from "../engine/sets/implementations.ts";
import { benchFolder } from "./parser-data.ts";
import { tenants } from "./tenants.ts";

/** One cell of the benchmark, in a process of its own: its time and memory are nobody else's. */
const plan = planOf(tenants(benchFolder(), Number(argv[2] ?? 100)));
const options = { reading: "may", closed: new Set<string>() } as const;

/** Every pf test of the host, compiled once. */
function compile(): void {
  const gates = new Gates(plan, packetFunctions("intervals", {}), options);
  for (const host of plan.network.hosts) {
    for (const it of host.interfaces) {
      for (const direction of ["in", "out"] as const) {
        gates.at(stackTest(host, direction, it), FRESH);
      }
    }
  }
}

const FRESH = { journey: -1, about: false, tag: "", received: "" };

/** All pairs, any source; how many have something against them. */
function close(): number {
  const closure = new Closure(plan, packetFunctions("intervals", {}), options).run();
  const doubts = new Doubts(closure);
  return plan.zones.reduce((sum, { index }) => sum + doubts.sendersIn(index).length, 0);
}

const start = performance.now();
compile();
const compiled = performance.now();
const doubted = close();
const end = performance.now();
const pairs = plan.zones.length * (plan.zones.length - 1);
const [compiling, closing] = [(compiled - start) / 1000, (end - compiled) / 1000];
const peak = resourceUsage().maxRSS;
console.log(JSON.stringify({ compiling, closing, peak, pairs, doubted }));
