import { parseAddress } from "../../model/address-text.ts";
import type { ArpMatch, BridgeRule } from "../../model/host.ts";
import type { Word } from "../config-lines.ts";
import { macOf } from "./mac.ts";

/** A rule and the member that it is for, or what is wrong with it. */
export type BridgeRuleReading =
  | { readonly rule: BridgeRule; readonly on: Word }
  | { readonly wrong: string; readonly at: Word };

/**
 * Reads the words after `rule` of a bridge(4) or veb(4), as bridge_rule of ifconfig does:
 * `block|pass [in|out] on IF [src MAC] [dst MAC] [tag NAME] [arp|rarp [request|reply] [sha …] …]`.
 */
export function bridgeRule(word: Word, words: readonly Word[]): BridgeRuleReading {
  const reader = new RuleReader(word, words);
  const action = reader.oneOf("block", "pass");
  if (action === undefined) return reader.wrong("a rule begins with `block` or `pass`");
  const direction = reader.oneOf("in", "out");
  if (reader.oneOf("on") === undefined) return reader.wrong("`on IF` is missing");
  const on = reader.take();
  if (on === undefined) return reader.wrong("`on` needs an interface");
  const rest = reader.rest();
  if (typeof rest === "string") return reader.wrong(rest);
  const base = { action, span: word.span } as const;
  return { rule: { ...base, ...(direction === undefined ? {} : { direction }), ...rest }, on };
}

type RuleRest = Pick<BridgeRule, "source" | "destination" | "tag" | "arp">;

class RuleReader {
  readonly #words: readonly Word[];
  readonly #first: Word;
  #at = 0;

  constructor(first: Word, words: readonly Word[]) {
    this.#first = first;
    this.#words = words;
  }

  take(): Word | undefined {
    return this.#words[this.#at++];
  }

  oneOf<Text extends string>(...texts: readonly Text[]): Text | undefined {
    const found = texts.find((text) => text === this.#words[this.#at]?.text);
    if (found !== undefined) this.#at++;
    return found;
  }

  wrong(wrong: string): BridgeRuleReading {
    return { wrong, at: this.#words[this.#at] ?? this.#words.at(-1) ?? this.#first };
  }

  /** The matches after the interface, or what is wrong with them. */
  rest(): RuleRest | string {
    const found: { source?: string; destination?: string; tag?: string; arp?: ArpMatch } = {};
    while (this.#at < this.#words.length) {
      const key = this.oneOf("src", "dst", "tag", "arp", "rarp");
      if (key === undefined) return "this is no word of a rule";
      if (key === "arp" || key === "rarp") {
        const arp = this.#arp(key);
        if (typeof arp === "string") return arp;
        found.arp = arp;
        continue;
      }
      const value = this.take()?.text;
      if (value === undefined) return `\`${key}\` needs a value`;
      if (key === "tag") found.tag = value;
      else {
        const mac = macOf(value);
        if (mac === undefined) return `\`${value}\` is not a MAC address`;
        found[key === "src" ? "source" : "destination"] = mac;
      }
    }
    return found;
  }

  #arp(protocol: "arp" | "rarp"): ArpMatch | string {
    const operation = this.oneOf("request", "reply");
    const found: { -readonly [Key in keyof ArpMatch]: ArpMatch[Key] } =
      operation === undefined ? { protocol } : { protocol, operation };
    for (
      let key = this.oneOf("sha", "spa", "tha", "tpa");
      key !== undefined;
      key = this.oneOf("sha", "spa", "tha", "tpa")
    ) {
      const value = this.take()?.text ?? "";
      if (key === "sha" || key === "tha") {
        const mac = macOf(value);
        if (mac === undefined) return `\`${value}\` is not a MAC address`;
        found[key === "sha" ? "senderMac" : "targetMac"] = mac;
      } else {
        const address = parseAddress(value);
        if (address?.family !== "inet") return `\`${value}\` is not an IPv4 address`;
        found[key === "spa" ? "sender" : "target"] = address.value;
      }
    }
    return found;
  }
}
