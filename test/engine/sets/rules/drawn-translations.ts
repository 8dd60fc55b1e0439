import type { Random } from "../../../fuzz/random.ts";
import type { Texts } from "./compile-host.ts";

/** Networks of the hosts, and of the pools: what one rule makes, another asks for. */
const NETWORKS = [
  "any",
  "10.10.0.0/24",
  "10.10.0.64/26",
  "10.10.0.70",
  "10.20.0.0/16",
  "10.20.0.5",
  "192.0.2.0/24",
  "192.0.2.64/30",
  "192.0.2.66",
  "192.0.2.9",
  "192.0.2.3",
  "192.0.2.200",
] as const;

const POOLS = [
  "192.0.2.9",
  "10.20.0.5",
  "<pool> round-robin",
  "192.0.2.64/30 random",
  "192.0.2.64/26 bitmask",
  "192.0.2.0/24 source-hash",
  "{ 192.0.2.3, 192.0.2.200 } round-robin",
] as const;

const SOURCE_PORTS = ["", "", "static-port", "port 2049", "port 3000:3003"] as const;
const DESTINATION_PORTS = ["", "", "port 8080", "port 8000:8009", "port 150:*"] as const;
const PORTS = ["", "", "", "port 22", "port 2049", "port 3000:3002", "port 8003", "port 100:300"];

/** Rules that translate in one direction, and rules about what the packets are then. */
export function translationTexts(random: Random): Texts {
  const isNat = random.once(2);
  const direction = isNat ? "out" : "in";
  const lines = ["table <pool> { 192.0.2.3, 192.0.2.64/31, 192.0.2.200 }", "block"];
  const rules = 5 + random.below(10);
  for (let left = rules; left > 0; left--) {
    const isPorted = random.once(2);
    const protocol = isPorted ? random.pick(["proto tcp", "proto udp"]) : "";
    const port = (): string => (isPorted && !random.once(3) ? random.pick(PORTS) : "");
    const ends = `from ${random.pick(NETWORKS)} ${port()} to ${random.pick(NETWORKS)} ${port()}`;
    const isTranslating = random.once(2);
    const action = isTranslating ? "match" : random.pick(["pass", "pass", "block"]);
    const quick = random.once(6) ? "quick" : "";
    const tag = random.once(5) ? random.pick(["tag T1", "tagged T1"]) : "";
    const head = `${action} ${direction} ${quick} inet ${protocol} ${ends} ${tag}`;
    if (!isTranslating) {
      lines.push(head);
      continue;
    }
    const [pool = "", type = ""] = splitPool(random.pick(POOLS));
    const ports = isPorted ? random.pick(isNat ? SOURCE_PORTS : DESTINATION_PORTS) : "";
    lines.push(`${head} ${isNat ? "nat-to" : "rdr-to"} ${pool} ${ports} ${type}`);
  }
  return [["", `${lines.join("\n")}\n`]];
}

/** A pool's addresses, and how one is chosen: ports stand between them. */
function splitPool(pool: string): readonly string[] {
  const at = pool.startsWith("{") ? pool.indexOf("}") + 1 : pool.indexOf(" ");
  return at <= 0 ? [pool] : [pool.slice(0, at), pool.slice(at + 1)];
}
