import { env } from "node:process";
import { expect, test } from "vitest";
import { benchFolder } from "./parser-data.ts";
import { sizedCell } from "./sized-cell.ts";
import { slope } from "./timing.ts";

const SIZES = [100, 200, 400] as const;
const TIMEOUT = 3_600_000;

interface Cell {
  /** Seconds for every pf test of the host. */
  readonly compiling: number;
  /** Seconds for the closure and all pairs. */
  readonly closing: number;
  /** Kilobytes. */
  readonly peak: number;
  readonly pairs: number;
  readonly doubted: number;
}

test("all pairs of tenants of one host, any source", { timeout: TIMEOUT }, () => {
  const data = benchFolder();
  // BENCH_TENANTS names other sizes, with commas between
  const sizes = env.BENCH_TENANTS?.split(",").map(Number) ?? SIZES;
  const head = [
    "tenants",
    "pairs",
    "in doubt",
    "compile s",
    "closure s",
    "ratio",
    "peak MB",
    "slope",
  ];
  console.log(head.join("\t"));
  let before: (Cell & { readonly size: number }) | undefined;
  for (const size of sizes) {
    const cell = sizedCell<Cell>("bench/tenants-cell.ts", size, { BENCH_DATA: data });
    expect(cell.doubted).toBeLessThanOrEqual(cell.pairs);
    const { compiling, closing, pairs, doubted, peak } = cell;
    const grows = before && slope(before.closing, closing, size / before.size);
    const figures = [compiling.toFixed(1), closing.toFixed(1), (closing / compiling).toFixed(1)];
    const rest = [(peak / 1024).toFixed(0), grows?.toFixed(2) ?? ""];
    console.log([size, pairs, doubted, ...figures, ...rest].join("\t"));
    before = { ...cell, size };
  }
});
