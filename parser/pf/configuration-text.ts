import { printAddress } from "../../model/address-text.ts";
import type {
  PackedEntries,
  PfConfiguration,
  PfQueue,
  PfRule,
  PfTable,
  QueueCurve,
} from "../../model/pf-rule.ts";
import { addressText, type RuleStyle, ruleText } from "./rule-text.ts";

/** `numbers` is the form of `-vv`: `@0` in front of every rule, in place of the indentation. */
export interface TextOptions {
  readonly numbers: boolean;
}

/**
 * The lines that `pfctl -nv` (or `-nvv`) prints for `configuration`, in its order: what it prints
 * while it reads, then queues and rules if it would load them (follows pfctl_rules and
 * pfctl_load_ruleset, OpenBSD 7.8).
 *
 * The count of fingerprints that `-vv` begins with is not among them.
 */
export function* configurationText(
  configuration: PfConfiguration,
  options: TextOptions,
): Iterable<string> {
  for (const item of configuration.printed) {
    yield typeof item === "string" ? item : tableText(item);
  }
  if (!configuration.accepted) return;
  for (const queue of configuration.queues) yield queueText(queue);
  yield* rulesText(configuration, options);
}

/** Prints a table statement; entries of files are not shown, and empty braces only if alone. */
export function tableText(table: PfTable): string {
  const chunks = [`table <${table.name}>`];
  if (table.constant) chunks.push(" const");
  if (table.persist) chunks.push(" persist");
  if (table.counters) chunks.push(" counters");
  const contents = table.contents.filter((it) => it.kind !== "list" || it.entries.count > 0);
  if (contents.length === 0 && table.contents.length > 0) chunks.push(" { }");
  for (const content of contents) {
    if (content.kind === "file") {
      chunks.push(` file "${content.name}"`);
      continue;
    }
    chunks.push(" {");
    if (content.kind === "list") pushEntries(content.entries, chunks);
    else for (const it of content.addresses) chunks.push(` ${addressText(it, undefined)}`);
    chunks.push(" }");
  }
  return chunks.join("");
}

/** `queue NAME [ parent P | on IF ] …`; a child never shows its interface. */
export function queueText(queue: PfQueue): string {
  const { bandwidth, min, max } = queue;
  let text = `queue ${queue.name}`;
  if (queue.parent !== "") text += ` parent ${queue.parent}`;
  else if (queue.interface !== "") text += ` on ${queue.interface}`;
  if (queue.flows > 0) {
    text += ` flows ${queue.flows}`;
    if (queue.quantum > 0) text += ` quantum ${queue.quantum}`;
  }
  if (bandwidth !== undefined && (bandwidth.rate > 0 || bandwidth.burst > 0)) {
    text += curveText(" bandwidth ", bandwidth);
    text += curveText(", min ", min);
    text += curveText(", max ", max);
  }
  if (queue.isDefault) text += " default";
  if (queue.limit > 0) text += ` qlimit ${queue.limit}`;
  return text;
}

/** A rate of 0 is not shown, nor the word in front of it, but the burst is. */
function curveText(before: string, curve: QueueCurve | undefined): string {
  if (curve === undefined) return "";
  const { rate, burst, milliseconds } = curve;
  const text = rate > 0 ? before + rateText(rate) : "";
  if (milliseconds === 0) return text;
  return `${text} burst ${burst > 0 ? rateText(burst) : ""} for ${milliseconds}ms`;
}

/** pf reads past its units after G, and so prints the byte that ends them. */
const UNITS = " KMG\0";

function rateText(rate: number): string {
  let amount = rate;
  let unit = 0;
  while (unit < 4 && amount >= 1000 && amount % 1000 === 0) {
    amount /= 1000;
    unit++;
  }
  return `${BigInt(amount)}${UNITS.charAt(unit)}`;
}

const INET6 = 1;
const NEGATED = 2;

function pushEntries(entries: PackedEntries, chunks: string[]): void {
  const { count, offsets, words, lengths, marks } = entries;
  for (let at = 0; at < count; at++) {
    const mark = marks[at] ?? 0;
    const length = lengths[at] ?? 0;
    const inet6 = (mark & INET6) !== 0;
    const blank = (mark & NEGATED) !== 0 ? " !" : " ";
    if (length === 0) {
      chunks.push(blank, "any");
      continue;
    }
    const offset = offsets[at] ?? 0;
    const text = inet6 ? groupsText(words, offset) : quadText(words[offset] ?? 0);
    const mask = length < (inet6 ? 128 : 32) ? `/${length}` : "";
    chunks.push(`${blank}${text}${mask}`);
  }
}

function quadText(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function groupsText(words: Uint32Array, offset: number): string {
  let value = 0n;
  for (let at = offset; at < offset + 4; at++) value = (value << 32n) | BigInt(words[at] ?? 0);
  return printAddress({ family: "inet6", value });
}

function rulesText(configuration: PfConfiguration, { numbers }: TextOptions): Iterable<string> {
  const style: RuleStyle = { runtime: numbers };
  const printed = new Set<string>();
  return rulesetText(configuration.anchor, "");

  function* rulesetText(path: string, indent: string): Iterable<string> {
    const ruleset = configuration.rulesets.get(path);
    for (const table of ruleset?.tables ?? []) yield tableText(table);
    for (const rule of ruleset?.rules ?? []) {
      const line = `${numbers ? `@${rule.number} ` : indent}${ruleText(rule, style)}`;
      const body = bodyOf(rule);
      if (body === undefined) {
        yield line;
        continue;
      }
      printed.add(body);
      yield `${line} {`;
      yield* rulesetText(body, `${indent}  `);
      yield `${indent}}`;
    }
  }

  /** The path of the rules to show below `rule`: the first call of them that is inline. */
  function bodyOf({ anchor }: PfRule): string | undefined {
    if (anchor?.inline !== true || printed.has(anchor.path)) return undefined;
    const rules = configuration.rulesets.get(anchor.path)?.rules ?? [];
    return rules.length > 0 ? anchor.path : undefined;
  }
}
