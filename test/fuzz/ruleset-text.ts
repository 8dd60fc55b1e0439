import type { Family } from "../../model/packet.ts";
import type { Texts } from "../engine/sets/rules/compile-host.ts";
import type { Random } from "./random.ts";
import { actionsText } from "./ruleset-actions.ts";

/** Interfaces, groups and their negations, as rules name them. */
const ON = ["em0", "vlan10", "vlan20", "vlan31", "tenant", "! tenant", "egress", "any", "! vlan10"];
const TAGS = ["T1", "T2"];

/** The parts of a rule that its options depend on. */
export interface Head {
  readonly action: "pass" | "block" | "match";
  readonly direction: "in" | "out" | "";
  readonly family: Family;
  /** Empty: any. */
  readonly protocol: "tcp" | "udp" | "icmp" | "gre" | "";
  /** The rule is only about fragments. */
  readonly fragments: boolean;
}

/** Texts of a pf.conf and its anchors, drawn: every kind of rule beside every other. */
export function drawnTexts(random: Random): Texts {
  return new Drawing(random).texts();
}

class Drawing {
  readonly #random: Random;
  readonly #others: (readonly [string, string])[] = [];
  #anchors = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  texts(): Texts {
    const random = this.#random;
    const rules = random.once(12) ? 40 + random.below(80) : 4 + random.below(26);
    const lines = [...this.#settings(), ...this.#tables()];
    if (!random.once(4)) lines.push(random.pick(["block", "block", "block return", "pass"]));
    if (random.once(10)) lines.push("antispoof quick for { vlan10, em0 } inet");
    lines.push(...this.#rules(rules, 0), "");
    return [["", lines.join("\n")], ...this.#others];
  }

  #settings(): readonly string[] {
    const random = this.#random;
    return [
      ...(random.once(3) ? [] : ["set reassemble no"]),
      ...(random.once(5) ? ["set block-policy return"] : []),
      ...(random.once(8) ? ["set state-policy if-bound"] : []),
      ...(random.once(12) ? ["set skip on lo0"] : []),
    ];
  }

  #tables(): readonly string[] {
    return ["some", "others"].map((name) => `table <${name}> persist { ${this.#entries()} }`);
  }

  #entries(): string {
    const random = this.#random;
    const count = 1 + random.below(random.once(6) ? 60 : 6);
    const entries = Array.from({ length: count }, () => {
      const family = random.once(3) ? "inet6" : "inet";
      return `${random.once(3) ? "!" : ""}${this.#network(family)}`;
    });
    return [...new Map(entries.map((it) => [it.replace("!", ""), it])).values()].join(", ");
  }

  #rules(count: number, depth: number): readonly string[] {
    const random = this.#random;
    const lines: string[] = [];
    for (let left = count; left > 0; left--) {
      if (depth < 3 && random.once(7)) {
        const inside = 1 + random.below(5);
        lines.push(...this.#anchor(inside, depth));
        left -= inside;
      } else lines.push(this.#rule());
    }
    return lines;
  }

  #anchor(inside: number, depth: number): readonly string[] {
    const random = this.#random;
    const name = `a${++this.#anchors}`;
    const criteria = this.#call();
    switch (random.below(6)) {
      case 0:
        return [`anchor${criteria} {`, ...this.#rules(inside, depth + 1), "}"];
      case 1:
      case 2: {
        for (const below of ["b", "a", "a/c"].slice(0, 1 + random.below(3))) {
          this.#load(`${name}/${below}`, 1 + random.below(inside), depth);
        }
        return [`anchor "/${name}/*"${criteria}`];
      }
      case 3: {
        this.#load(name, inside, depth);
        const calls = random.once(2) ? [criteria] : [criteria, this.#call()];
        return calls.flatMap((it) => [`anchor "/${name}"${it}`, this.#rule()]);
      }
      default:
        return [`anchor "${name}"${criteria} {`, ...this.#rules(inside, depth + 1), "}"];
    }
  }

  #load(path: string, count: number, depth: number): void {
    const tables = this.#random.once(3) ? this.#tables().slice(0, 1) : [];
    const text = [...tables, ...this.#rules(count, depth + 2), ""].join("\n");
    this.#others.push([path, text]);
  }

  /** What an anchor rule asks, if anything. */
  #call(): string {
    const random = this.#random;
    const direction = random.once(4) ? random.pick([" in", " out"]) : "";
    const quick = random.once(3) ? " quick" : "";
    const on = random.once(5) ? ` on ${random.pick(ON)}` : "";
    const family = random.pick<Family>(["inet", "inet", "inet6"]);
    const rest = random.pick([
      "",
      "",
      "",
      ` ${family}`,
      " proto udp",
      " proto tcp",
      ` ${family} from ${this.#address(family, "from")}`,
      ` ${family} to ${this.#address(family, "to")}`,
      " proto tcp to port 1:1023",
      " tagged T1",
      " ! tagged T2",
    ]);
    return `${direction}${quick}${on}${rest}${random.once(5) ? ` tag ${random.pick(TAGS)}` : ""}`;
  }

  #rule(): string {
    const random = this.#random;
    if (random.once(40)) return random.pick(PAIRS);
    const head: Head = {
      action: random.pick(["pass", "pass", "pass", "block", "block", "match"]),
      direction: random.pick(["in", "in", "out", "out", ""]),
      family: random.once(3) ? "inet6" : "inet",
      protocol: random.pick(["tcp", "tcp", "udp", "udp", "icmp", "gre", "", ""]),
      fragments: random.once(14),
    };
    const { action, direction, family, protocol, fragments } = head;
    const isPorted = (protocol === "tcp" || protocol === "udp") && !fragments;
    const words = [
      action,
      action === "block" ? random.pick(["", "", "return", "drop", "return-icmp", "return"]) : "",
      direction,
      random.once(8) ? random.pick(["log", "log (all)", "log (matches)"]) : "",
      random.once(4) ? "quick" : "",
      random.once(3) ? `on ${random.pick(ON)}` : random.once(8) ? this.#domain() : "",
      family,
      protocol === ""
        ? ""
        : `proto ${protocol === "icmp" && family === "inet6" ? "icmp6" : protocol}`,
      this.#ends(family, isPorted),
      this.#criteria(head, isPorted),
      actionsText(random, head),
    ];
    return words.filter((it) => it !== "").join(" ");
  }

  #domain(): string {
    return `on rdomain ${this.#random.below(2)}`;
  }

  #ends(family: Family, ported: boolean): string {
    const random = this.#random;
    const from = random.once(2) ? this.#address(family, "from") : "";
    const to = random.once(2) ? this.#address(family, "to") : "";
    const fromPort = ported && random.once(4) ? ` port ${this.#port()}` : "";
    const toPort = ported && !random.once(3) ? ` port ${this.#port()}` : "";
    const source = from + fromPort === "" ? "" : `from ${from || "any"}${fromPort}`;
    const target = to + toPort === "" ? "" : ` to ${to || "any"}${toPort}`;
    return (source + target).trim();
  }

  #address(family: Family, end: "from" | "to"): string {
    const random = this.#random;
    const negated = random.once(6) ? "! " : "";
    switch (random.below(14)) {
      case 0:
        return `${negated}<some>`;
      case 1:
        return `${negated}<others>`;
      case 2:
        return negated + random.pick(["(em0)", "(vlan10:network)", "(vlan20)", "(tenant:network)"]);
      case 3:
        return random.pick(["no-route", end === "from" ? "urpf-failed" : "any", "(self)"]);
      case 4:
        return this.#range(family);
      case 5:
        return `{ ${this.#network(family)}, ${this.#network(family)} }`;
      default:
        return negated + this.#network(family);
    }
  }

  #range(family: Family): string {
    const base = this.#random.pick(BASES[family]);
    const first = this.#value();
    const last = Math.min(255, first + 1 + this.#random.below(90));
    return first < last ? `${base(first)} - ${base(last)}` : base(first);
  }

  #network(family: Family): string {
    const random = this.#random;
    const lengths =
      family === "inet"
        ? [16, 22, 24, 24, 25, 26, 27, 28, 30, 31, 32, 32]
        : [32, 48, 64, 64, 112, 120, 121, 122, 124, 127, 128, 128];
    return `${random.pick(BASES[family])(this.#value())}/${random.pick(lengths)}`;
  }

  /** Low bits of an address: networks lie within each other. */
  #value(): number {
    const random = this.#random;
    return random.once(3) ? random.pick([0, 5, 64, 128, 255]) : random.below(256);
  }

  #port(): string {
    const random = this.#random;
    const port = (): number => random.pick([22, 53, 80, 443, 1023, 1024, 8080, 49_152, 65_535]);
    const near = (): number => Math.max(1, Math.min(65_535, port() + random.below(3) - 1));
    const [a, b] = [near(), near()].toSorted((one, other) => one - other);
    switch (random.below(10)) {
      case 0:
        return `${a}:${b}`;
      case 1:
        return `{ ${a}, ${b} }`;
      case 2:
        return a === b ? `${a}` : `${a} >< ${b}`;
      case 3:
        return a === b ? `!= ${a}` : `${a} <> ${b}`;
      case 4:
        return random.pick([`< ${b}`, `<= ${b}`, `> ${a}`, `>= ${a}`, `!= ${a}`]);
      default:
        return `${a}`;
    }
  }

  #criteria(head: Head, ported: boolean): string {
    const random = this.#random;
    const sometimes = (times: number, make: () => string): readonly string[] => {
      return random.once(times) ? [make()] : [];
    };
    const not = (): string => (random.once(3) ? "! " : "");
    return [
      ...this.#transport(head, ported),
      ...sometimes(14, () => `tos ${random.pick(["16", "0x48", "lowdelay", "0xfc"])}`),
      ...sometimes(6, () => `${not()}tagged ${random.pick(TAGS)}`),
      ...sometimes(head.direction === "out" ? 12 : 1e9, () => {
        return `${not()}received-on ${random.pick(["vlan10", "tenant"])}`;
      }),
      ...sometimes(24, () => `prio ${random.pick([3, 5])}`),
      ...sometimes(head.action === "pass" ? 6 : 1e9, () => "allow-opts"),
      ...sometimes(40, () => `probability ${random.pick([10, 50, 90])}%`),
      ...sometimes(head.action === "pass" ? 80 : 1e9, () => "once"),
    ].join(" ");
  }

  #transport({ family, protocol, fragments }: Head, ported: boolean): readonly string[] {
    const random = this.#random;
    if (fragments) return ["fragment"];
    const words: string[] = [];
    if (ported && random.once(14)) words.push(`user ${random.pick(["53", "= 0", ">= 10"])}`);
    if (protocol === "tcp" && random.once(3)) {
      words.push(`flags ${random.pick(["S/SA", "A/SA", "any", "S/SFRA", "SA/SA", "R/R"])}`);
    }
    if (protocol === "icmp" && random.once(2)) {
      const types = family === "inet" ? INET_TYPES : INET6_TYPES;
      words.push(`${family === "inet" ? "icmp-type" : "icmp6-type"} ${random.pick(types)}`);
    }
    return words;
  }
}

/** Lines that become two rules, one in each direction. */
const PAIRS = [
  "match on em0 inet from 10.10.0.64/28 to any binat-to 192.0.2.64/28",
  "pass on vlan10 inet proto tcp from 10.10.0.5 to 10.20.0.0/24 binat-to 192.0.2.5",
  "match on em0 inet6 from 2001:db8:10::/64 to any binat-to 2001:db8::/64",
];

const INET_TYPES = ["echoreq", "echorep", "unreach", "unreach code 3", "timereq", "13", "3 code 0"];
const INET6_TYPES = [
  "echoreq",
  "echorep",
  "unreach",
  "neighbrsol",
  "neighbradv",
  "134",
  "1 code 4",
];

type Base = (low: number) => string;

const BASES: Readonly<Record<Family, readonly Base[]>> = {
  inet: [
    (low) => `10.10.0.${low}`,
    (low) => `10.10.0.${low}`,
    (low) => `10.20.0.${low}`,
    (low) => `192.0.2.${low}`,
    (low) => `198.51.100.${low}`,
  ],
  inet6: [
    (low) => `2001:db8:10::${low.toString(16)}`,
    (low) => `2001:db8:10::${low.toString(16)}`,
    (low) => `2001:db8:20::${low.toString(16)}`,
    (low) => `2001:db8::${low.toString(16)}`,
    (low) => `2001:db8:fe::${low.toString(16)}`,
  ],
};
