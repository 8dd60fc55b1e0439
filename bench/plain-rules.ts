import { generator } from "./generator.ts";
/** A pf.conf of `count` rules, each a line that makes one rule: the same text for the same count. */
export function plainRules(count: number): string {
  const below = generator(20_261_124);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const number = (length: number): string => String(below(length));
  const lines = Array.from({ length: count }, () => {
    const protocol = pick(PROTOCOLS);
    const source = `10.${number(256)}.${number(256)}.0/24`;
    const destination = below(8) === 0 ? "any" : `10.${number(256)}.${number(256)}.${number(256)}`;
    const port = protocol === "icmp" ? "" : ` port ${pick(PORTS)}`;
    const quick = below(2) === 0 ? " quick" : "";
    const head = `${pick(ACTIONS)} ${pick(["in", "out"])}${quick} on ${pick(NAMES)}${number(40)}`;
    return `${head} inet proto ${protocol} from ${source} to ${destination}${port}\n`;
  });
  return lines.join("");
}

const ACTIONS = ["pass", "pass", "pass", "block"];
const NAMES = ["em", "vlan", "ix"];
const PROTOCOLS = ["tcp", "tcp", "tcp", "udp", "icmp"];
const PORTS = ["443", "80", "22", "53", "https", "8080", "1024:65535", "5432", "> 1023", "!= 25"];
