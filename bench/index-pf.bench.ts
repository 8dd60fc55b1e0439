import { expect, test } from "vitest";
import { ASK, Classifier } from "../engine/rules/indexed/classifier.ts";
import { columnsFor, loaded } from "./index-pf-data.ts";
import { benchFolder, bigTable, type Subject, segmented } from "./parser-data.ts";
import { interleaved, seconds } from "./timing.ts";

const PACKETS = 1_000_000;
const ROUNDS = 5;
const TIMEOUT = 1_200_000;

test("packets through pf.conf as users write it", { timeout: TIMEOUT }, () => {
  const folder = benchFolder();
  const subjects = ["segif_100", "segif_1000"].map((it) => segmented(folder, it));
  for (const subject of [...subjects, bigTable(folder)]) tell(subject);
});

function tell(subject: Subject): void {
  const it = loaded(subject);
  const { kernel, surroundings, rules } = it;
  for (const family of ["inet", "inet6"] as const) {
    const columns = columnsFor(it, family, PACKETS);
    const classifier = new Classifier(kernel.rulesets, surroundings, kernel.table.bind(kernel));
    const found = new Int32Array(PACKETS);
    const build = seconds(() => classifier.prepare(family));
    // ranges of tables are read when the first packet asks
    const first = seconds(() => classifier.classify(columns, found));
    const [time = 0] = interleaved([() => classifier.classify(columns, found)], ROUNDS);
    const left = found.filter((decider) => decider === ASK).length;
    expect(left).toBeLessThan(PACKETS);
    console.log(
      `${subject.name} ${family}: ${rules.length} rules, ${(PACKETS / time / 1e6).toFixed(2)} million packets/s, ` +
        `${((left / PACKETS) * 100).toFixed(1)} % left to the kernel; made in ${(build * 1e3).toFixed(0)} ms, ` +
        `${(classifier.bytes / 1e6).toFixed(1)} MB; the first million took ${first.toFixed(2)} s`,
    );
  }
}
