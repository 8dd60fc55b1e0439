import { spawnSync } from "node:child_process";
import { env, execPath } from "node:process";
import { expect, test } from "vitest";

/** Folder of the generated rule sets (`node ../shared/data/bench/gen.mjs FOLDER`). */
const DATA = env.BENCH_DATA;
const REFERENCE = "../shared/prototypes/bdd.mjs";
/** A cell that takes longer is not finished. */
const CAP = 60_000;
const KINDS = ["seg", "segp", "acl", "rand", "wild"] as const;
const SIZES = ["1k", "10k", "100k"] as const;
const TIMEOUT = 3_600_000;

/** Seconds of other libraries over those of the same insertion into a plain BDD (spec/engines.md 2a). */
const BUDDY: Readonly<Record<string, string>> = { seg_10k: "1.6", seg_100k: "3.8" };
const CUDD: Readonly<Record<string, string>> = { seg_10k: "1.1", seg_100k: "4.6" };

interface Cell {
  readonly seconds: number;
  readonly nodes: number;
  /** Kilobytes. */
  readonly peak: number;
  readonly right: string;
}

test.skipIf(DATA === undefined)(
  "permit predicates, as ratios to a plain BDD made by the same insertion",
  { timeout: TIMEOUT },
  () => {
    console.log(
      ["set", "s", "nodes", "peak MB", "BDD s", "nodes", "peak MB", "time", "memory"].join("\t"),
    );
    const base = own("seg_1k");
    const baseBdd = reference("seg_1k");
    for (const kind of KINDS) {
      for (const size of SIZES) {
        const name = `${kind}_${size}`;
        const cell = own(name);
        expect(cell?.right).not.toBe("WRONG");
        console.log(lineOf(name, cell, reference(name), base, baseBdd));
      }
    }
  },
);

test.skipIf(DATA === undefined)("known answers by the plain BDD", { timeout: TIMEOUT }, () => {
  for (const name of ["seg_1k", "seg_10k", "rand_1k", "wild_1k", "acl_1k"]) {
    expect([name, own(name, "bdd")?.right]).toEqual([name, "exact"]);
  }
});

function lineOf(
  name: string,
  cell: Cell | undefined,
  bdd: Cell | undefined,
  base: Cell | undefined,
  baseBdd: Cell | undefined,
): string {
  const both = cell !== undefined && bdd !== undefined;
  const grown = (it: Cell, before: Cell | undefined): number => it.peak - (before?.peak ?? 0);
  const ratios = both
    ? [
        `${(bdd.seconds / cell.seconds).toFixed(1)}×`,
        `${(grown(bdd, baseBdd) / Math.max(1024, grown(cell, base))).toFixed(1)}×`,
      ]
    : ["", ""];
  const others = [BUDDY[name], CUDD[name]].map((it) => it ?? "-");
  return [name, ...columns(cell), ...columns(bdd), ...ratios, cell?.right ?? "", ...others].join(
    "\t",
  );
}

function columns(cell: Cell | undefined): readonly string[] {
  if (cell === undefined) return ["not finished", "", ""];
  return [cell.seconds.toFixed(3), String(cell.nodes), (cell.peak / 1024).toFixed(0)];
}

function own(name: string, implementation = "intervals"): Cell | undefined {
  const ran = run(["bench/packet-sets-cell.ts", name, implementation]);
  return ran === undefined ? undefined : JSON.parse(ran);
}

/** The sketch prints its time and nodes; its peak is asked for at its exit. */
function reference(name: string): Cell | undefined {
  const peak = `process.on("exit", () => console.log("peak=" + process.resourceUsage().maxRSS))`;
  const ran = run([
    "--import",
    `data:text/javascript,${encodeURIComponent(peak)}`,
    REFERENCE,
    `${DATA}/${name}.rules`,
    "ins",
  ]);
  const [time, nodes, most] = ["time", "nodes", "peak"].map((it) => {
    return Number(new RegExp(`\\b${it}=([0-9.]+)`).exec(ran ?? "")?.[1]);
  });
  if (time === undefined || Number.isNaN(time)) return undefined;
  return { seconds: time, nodes: nodes ?? 0, peak: most ?? 0, right: "" };
}

function run(parameters: readonly string[]): string | undefined {
  const ran = spawnSync(execPath, parameters, { encoding: "utf8", timeout: CAP });
  return ran.status === 0 ? ran.stdout : undefined;
}
