import { describe, expect, it } from "vitest";
import { columnsFor, loaded } from "../../../../bench/index-pf-data.ts";
import { textSubject } from "../../../../bench/parser-data.ts";
import { plainRules } from "../../../../bench/plain-rules.ts";
import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import { liveRule } from "../../../../engine/kernel/rulesets.ts";
import { ASK, Classifier } from "../../../../engine/rules/indexed/classifier.ts";
import {
  addPacket,
  type PacketColumns,
  packetColumns,
} from "../../../../engine/rules/indexed/packet-columns.ts";
import { prefixOf } from "../../../../model/address-text.ts";
import { addressBits, type Family } from "../../../../model/packet.ts";
import { surroundingsOf } from "../../../conformance/kernel-surroundings.ts";
import { BorderPackets } from "../../../fuzz/border-packets.ts";
import { Random } from "../../../fuzz/random.ts";
import { drawnTexts } from "../../../fuzz/ruleset-text.ts";
import { RDOMAINS } from "../../../fuzz/ruleset-trial.ts";
import { TENANTS } from "../../../support/kernel-host.ts";
import { kernelsOf, nameOf, type TwoKernels } from "./two-kernels.ts";

const SEED = 20_261_127;
const RULESETS = 60;
const EDITS = 40;
const SURROUNDINGS = surroundingsOf(TENANTS);

const TABLES = [
  "table <some> persist { 10.10.0.0/28, !10.10.0.4/30, 2001:db8:10::/120 }",
  "block",
  "pass to ! <some>",
  "block in quick from <some> to <some>",
  "pass from <some>",
  "",
].join("\n");

/** Packets from each of 256 addresses to some of them. */
function neighbours(random: Random, family: Family, base: bigint): PacketColumns {
  const columns = packetColumns(family, 256);
  columns.count = 256;
  columns.interfaces.push("em0");
  const last = columns.sources.length - 1;
  for (const words of [columns.sources, columns.destinations]) {
    for (const [word, column] of words.entries()) {
      column.fill(Number((base >> BigInt(32 * (last - word))) & 0xffff_ffffn));
    }
  }
  for (let at = 0; at < 256; at++) {
    columns.sources[last]![at]! += at;
    columns.destinations[last]![at]! += random.below(256);
  }
  return columns;
}

/** What a ruleset is now, and a classifier that was told of every change of it. */
class Edited {
  readonly kernels: TwoKernels;
  readonly classifier: Classifier;
  readonly #random: Random;
  readonly #rules: Map<string, LiveRule[]>;
  readonly #pool: readonly LiveRule[];
  readonly #columns: readonly PacketColumns[];
  readonly #table: TwoKernels["table"];

  constructor(random: Random) {
    this.#random = random;
    this.kernels = kernelsOf(drawnTexts(random), TENANTS);
    const others = kernelsOf(drawnTexts(random), TENANTS);
    this.#pool = [...this.kernels.rules, ...others.rules];
    this.#rules = new Map([...this.kernels.linear.rulesets].map(([path, its]) => [path, [...its]]));
    this.#table = this.kernels.table.bind(this.kernels);
    this.classifier = new Classifier(this.kernels.linear.rulesets, SURROUNDINGS, this.#table);
    this.#columns = [this.#packets(this.kernels), this.#packets(others)].flat();
  }

  #packets(kernels: TwoKernels): readonly PacketColumns[] {
    const { rules, reassembles } = kernels;
    const meaning = { surroundings: SURROUNDINGS, table: kernels.table.bind(kernels) };
    const packets = new BorderPackets(this.#random, rules, meaning, RDOMAINS, reassembles);
    const columns = [packetColumns("inet", 400), packetColumns("inet6", 400)];
    for (let place = 0; place < 10; place++) {
      const spot = packets.spot();
      for (const packet of packets.packets(spot, 40)) {
        kernels.forgetStates();
        kernels.both(packet, spot);
        const { tested } = kernels;
        const of = columns.find(({ family }) => family === tested?.packet.family);
        if (tested !== undefined && of !== undefined) addPacket(of, tested);
      }
    }
    return columns;
  }

  /** Changes a rule, a ruleset or a table. */
  edit(): void {
    const random = this.#random;
    const paths = [...this.#rules.keys()];
    const path = random.once(12) ? `a${1 + random.below(4)}/new` : random.pick(paths);
    const rules = this.#rules.get(path) ?? [];
    if (random.once(4)) this.#editTable();
    else if (rules.length > 0 && !random.once(3)) {
      const number = random.below(rules.length);
      const live = this.#drawn(path, number);
      rules[number] = live;
      this.classifier.replaceRule(path, number, live);
    } else {
      const made = Array.from({ length: random.below(8) }, (_, at) => this.#drawn(path, at));
      const kept = random.once(2) ? rules : [];
      this.#rules.set(path, [...kept, ...made]);
      this.classifier.replaceRules(path, [...kept, ...made]);
    }
  }

  /** A rule that calls no anchor, but for the main ruleset: none may call itself. */
  #drawn(path: string, number: number): LiveRule {
    const fit = this.#pool.filter(({ rule }) => path === "" || rule.anchor === undefined);
    return liveRule(this.#random.pick(fit).rule, path, number, 0);
  }

  #editTable(): void {
    const random = this.#random;
    const family: Family = random.pick(["inet", "inet6"]);
    const base = family === "inet" ? 0x0a0a_0000n : 0x2001_0db8_0010n << 80n;
    const length = addressBits(family) - random.below(random.once(4) ? 20 : 4);
    const prefix = prefixOf({ family, value: base + BigInt(random.below(256)) }, length);
    const table = this.#table("", "some");
    const isNegated = random.once(3);
    const isAdded = table?.entries.add(prefix, isNegated) === true;
    const isGone = !isAdded && table?.entries.remove(prefix, random.once(2)) === true;
    // the classifier must see it without being told, too
    if ((isAdded || isGone) && !random.once(3)) this.classifier.tableChanged("", "some", prefix);
  }

  /** What two classifiers say, the one that saw the edits and one that is made now. */
  said(): readonly (readonly [edited: string, anew: string])[] {
    const anew = new Classifier(this.#rules, SURROUNDINGS, this.#table);
    return this.#columns.flatMap((columns) => both(this.classifier, anew, columns));
  }
}

function both(
  edited: Classifier,
  anew: Classifier,
  columns: PacketColumns,
): readonly (readonly [edited: string, anew: string])[] {
  const said = [edited, anew].map((it) => {
    const found = new Int32Array(columns.count);
    it.classify(columns, found);
    return Array.from(found, (decider) => (decider === ASK ? "ask" : nameOf(it.rule(decider))));
  });
  return (said[0] ?? []).map((it, at) => [it, said[1]?.[at] ?? ""]);
}

describe("a classifier after edits", () => {
  it("says what one made anew says, after any rules, anchors and entries of tables", () => {
    let [decided, settled] = [0, 0];
    for (let number = 0; number < RULESETS; number++) {
      const edited = new Edited(new Random(SEED, number));
      for (let edit = 0; edit < EDITS; edit++) {
        edited.edit();
        if (edit % 4 !== 3) continue;
        const { isMaking } = edited.classifier;
        const said = edited.said();
        // it may leave more to the kernel while its forests are being made anew
        const wrong = said.find(([one, other]) => one !== other && !(isMaking && one === "ask"));
        expect({ number, edit, wrong }).toEqual({ number, edit, wrong: undefined });
        settled += isMaking ? 0 : 1;
        decided += said.filter(([one]) => one !== "ask").length;
      }
    }
    expect(decided).toBeGreaterThan(50_000);
    expect(settled).toBeGreaterThan(RULESETS * 8);
  });

  it("sees entries of tables come and go, whether it is told or not", () => {
    const kernels = kernelsOf([["", TABLES]], TENANTS);
    const table = kernels.table.bind(kernels);
    const { rulesets } = kernels.linear;
    const classifier = new Classifier(rulesets, SURROUNDINGS, table);
    const random = new Random(SEED, 2);
    const entries = table("", "some")?.entries;
    let seen = 0;
    let before = "";
    for (let edit = 0; edit < 1500; edit++) {
      const family: Family = random.pick(["inet", "inet6"]);
      const base = family === "inet" ? 0x0a0a_0000n : 0x2001_0db8_0010n << 80n;
      const length = addressBits(family) - random.below(random.once(8) ? 10 : 5);
      const entry = prefixOf({ family, value: base + BigInt(random.below(256)) }, length);
      const isChanged = random.once(2)
        ? entries?.add(entry, random.once(3))
        : entries?.remove(entry, random.once(3));
      if (isChanged === true && edit % 50 < 40) classifier.tableChanged("", "some", entry);
      const columns = neighbours(random, family, base);
      const anew = new Classifier(rulesets, SURROUNDINGS, table);
      const said = both(classifier, anew, columns);
      const wrong = said.find(([one, other]) => one !== other);
      expect({ edit, wrong }).toEqual({ edit, wrong: undefined });
      const now = said.map(([one]) => one).join(" ");
      if (now !== before) seen++;
      before = now;
    }
    expect(seen).toBeGreaterThan(500);
  });

  it("says it while its forests are being made anew", { timeout: 60_000 }, () => {
    const { kernel, surroundings, rules } = loaded(textSubject("plain", plainRules(6000)));
    const random = new Random(SEED, 1);
    const now = [...rules];
    const table = kernel.table.bind(kernel);
    const classifier = new Classifier(new Map([["", now]]), surroundings, table);
    const columns = columnsFor({ kernel, surroundings, rules }, "inet", 4000);
    let making = 0;
    for (let edit = 0; edit < 3000; edit++) {
      const number = random.below(now.length);
      const live = liveRule(random.pick(rules).rule, "", number, 0);
      now[number] = live;
      classifier.replaceRule("", number, live);
      if (edit % 300 !== 299 && !classifier.isMaking) continue;
      if (classifier.isMaking) making++;
      const anew = new Classifier(new Map([["", now]]), surroundings, table);
      const wrong = both(classifier, anew, columns).find(([one, other]) => one !== other);
      expect({ edit, wrong }).toEqual({ edit, wrong: undefined });
    }
    expect(making).toBeGreaterThan(1);
  });
});
