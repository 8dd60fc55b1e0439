import fc from "fast-check";
import { readFileSync } from "node:fs";
import { drawnSite, networkOfSite, siteText } from "../../scenarios/arbitraries/network.ts";
import { planOf } from "../../engine/claims/plan.ts";
import { Witnesses } from "../../engine/claims/confirm.ts";
import { packetFunctions } from "../../engine/sets/implementations.ts";
import { packetText } from "../../report/packet.ts";
const k = Number(process.argv[2]); const file = process.argv[3]!;
const line = readFileSync(file, "utf8").split("\n").find((l) => l.startsWith(`NET ${k} `))!;
console.log(line.slice(0, line.indexOf(" after ")));
const script = JSON.parse(line.slice(line.indexOf(" after ") + 7), (key, v) => typeof v === "string" && /^0x[0-9a-f]+$/.test(v) ? BigInt(v) : v);
const site = fc.sample(drawnSite(), { numRuns: 1, seed: k * 7919 + 1 })[0]!;
console.log(siteText(site));
const plan = planOf(networkOfSite(site));
const w = new Witnesses(plan, packetFunctions("intervals", {}));
for (const [i, walk] of w.play(script).entries()) {
  console.log("#", script[i].from, script[i].at.host, script[i].at.interface, script[i].local ? "local" : "", script[i].outer ? "outer " + packetText(script[i].outer) : "", packetText(script[i].packet));
  for (const s of walk.trace.steps as any[]) console.log("   ", s.kind, s.host ?? "", s.direction ?? "", s.interface ?? s.bridge ?? s.to ?? s.place ?? s.tunnel ?? s.reason ?? "", s.verdict ?? "", s.by ?? "", s.rule ? `${s.rule.number} ${s.rule.text}` : "", s.becomes ? "=> " + packetText(s.becomes) : "", s.from ?? "");
  for (const d of walk.deliveries) console.log("   D", plan.zones[d.zone]!.name, d.place, JSON.stringify(d.creators), packetText(d.packet));
}
