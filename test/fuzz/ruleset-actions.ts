import type { Random } from "./random.ts";
import type { Head } from "./ruleset-text.ts";

/** What a rule does when it matches: states, tags, tables, header changes, a translation. */
export function actionsText(random: Random, head: Head): string {
  const { action } = head;
  const words: string[] = [];
  let keeps = action !== "block";
  if (action === "pass") {
    const state = random.pick(STATES);
    const isProxy = state.startsWith("synproxy") || state.startsWith("modulate");
    if (!isProxy || head.protocol === "tcp") words.push(state);
    keeps = state !== "no state";
  }
  if (random.once(5)) words.push(`tag ${random.pick(["T1", "T2"])}`);
  if (action !== "block" && random.once(8)) words.push(`rtable ${random.pick([0, 1, 2])}`);
  if (action !== "block" && random.once(6)) words.push(settingText(random, head));
  if (keeps && random.once(action === "match" ? 2 : 4)) words.push(translationText(random, head));
  else if (keeps && action === "pass" && head.direction === "out" && random.once(20)) {
    words.push("divert-reply");
  }
  return words.filter((it) => it !== "").join(" ");
}

const STATES = [
  "",
  "",
  "",
  "",
  "no state",
  "no state",
  "keep state (if-bound)",
  "keep state (sloppy)",
  "keep state (udp.first 7, tcp.first 8)",
  "keep state (max 5, source-track rule, max-src-nodes 3)",
  "modulate state",
  "synproxy state",
] as const;

function settingText(random: Random, { protocol, family }: Head): string {
  const scrubs = [
    "min-ttl 80",
    ...(family === "inet" ? ["no-df", "random-id"] : []),
    ...(protocol === "tcp" ? ["max-mss 1200"] : []),
  ];
  return random.pick([
    "set prio 4",
    "set prio (2, 6)",
    "set tos 0x48",
    "set tos lowdelay",
    "set delay 5",
    "set (prio 1, tos 0x10)",
    `scrub (${random.pick(scrubs)})`,
    protocol === "tcp" ? "scrub (min-ttl 2, reassemble tcp)" : "set tos reliability",
  ]);
}

function translationText(random: Random, { action, direction, ...head }: Head): string {
  const { family, protocol, fragments } = head;
  if (direction === "") return "";
  const isPorted = protocol === "tcp" || protocol === "udp";
  if (direction === "in" && action === "pass" && !fragments && random.once(8)) {
    return family === "inet6"
      ? `af-to inet from ${random.pick(["192.0.2.9", "(em0)", "192.0.2.64/30"])}`
      : `af-to inet6 from ${random.pick(["2001:db8::9", "2001:db8::/96"])}`;
  }
  const isNat = random.once(5) ? direction === "in" : direction === "out";
  const [pool, ...type] = random.pick((isNat ? NAT_POOLS : RDR_POOLS)[family]).split(" & ");
  const ports = isNat ? NAT_PORTS : RDR_PORTS;
  const port = isPorted ? random.pick(ports) : "";
  return [isNat ? "nat-to" : "rdr-to", pool, port, ...type].filter((it) => it !== "").join(" ");
}

const NAT_PORTS = ["", "", "", "static-port", "port 1024:2047", "port 2049", "port 746:752"];
const RDR_PORTS = ["", "", "port 8080", "port 8000:8009", "port 150:*", "port 65530:65535"];

const NAT_POOLS = {
  inet: [
    "192.0.2.9",
    "192.0.2.9",
    "(em0)",
    "(em0:0)",
    "{ 192.0.2.9, 192.0.2.10 }",
    "{ 192.0.2.9, 198.51.100.7 } & round-robin sticky-address",
    "192.0.2.64/30 & bitmask",
    "192.0.2.0/24 & bitmask",
    "192.0.2.64/29 & random",
    "192.0.2.64/31 & source-hash",
    "<others> & round-robin",
  ],
  inet6: [
    "2001:db8::9",
    "2001:db8::9",
    "{ 2001:db8::9, 2001:db8::a }",
    "2001:db8::/64 & bitmask",
    "2001:db8::40/126 & random",
    "(em0:0)",
  ],
} as const;

const RDR_POOLS = {
  inet: [
    "10.20.0.9",
    "10.20.0.9",
    "127.0.0.1",
    "{ 10.20.0.9, 10.20.0.64 }",
    "10.20.0.0/24 & bitmask",
    "10.20.0.64/30 & random",
    "10.20.0.64/30 & round-robin sticky-address",
    "10.20.0.128/31 & source-hash",
    "<some> & round-robin",
    // the kernel drops where a least-states pool comes to a network of a table: sets know nothing of it
    "{ 10.20.0.9, 10.20.0.64 } & least-states",
  ],
  inet6: [
    "2001:db8:20::9",
    "2001:db8:20::9",
    "{ 2001:db8:20::9, 2001:db8:20::40 }",
    "2001:db8:20::/64 & bitmask",
    "2001:db8:20::40/126 & round-robin",
  ],
} as const;
