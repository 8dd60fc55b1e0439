import fc from "fast-check";
import { drawnSite, networkOfSite, siteText } from "../../scenarios/arbitraries/network.ts";
import { planOf } from "../../engine/claims/plan.ts";
import { Closure } from "../../engine/claims/closure.ts";
import { packetFunctions } from "../../engine/sets/implementations.ts";
const [k = 0] = process.argv.slice(2).map(Number);
const site = fc.sample(drawnSite(), { numRuns: 1, seed: k * 7919 + 1 })[0]!;
console.log(siteText(site));
const plan = planOf(networkOfSite(site));
console.log(plan.zones.length, plan.brackets.map((b) => b.id));
const sets = packetFunctions("intervals", {});
const c = new Closure(plan, sets, { reading: "may", closed: new Set() });
const t = performance.now();
let p = 0;
try { (c as any)["poll"]; new Closure(plan, sets, { reading: "may", closed: new Set(), poll: () => { p++; if (p % 500 === 0) console.log(p, sets.nodes, ((performance.now() - t) / 1000).toFixed(1)); if (performance.now() - t > 40000) throw new Error("stop"); } }).run(); } catch (e) { console.log(String(e)); }
