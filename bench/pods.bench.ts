import { expect, test } from "vitest";
import { sizedCell } from "./sized-cell.ts";
import { slope } from "./timing.ts";

/** Ten pods are 50 hosts, 1,000 VLAN interfaces and 200 VLANs. */
const SIZES = [10, 20, 40] as const;
const TIMEOUT = 3_600_000;

interface Cell {
  readonly seconds: number;
  /** Kilobytes. */
  readonly peak: number;
  readonly pairs: number;
  readonly proved: number;
}

test("all pairs of sites of many hosts, and how time grows with them", { timeout: TIMEOUT }, () => {
  console.log(
    ["hosts", "zones' pairs", "proved", "s", "peak MB", "slope of time", "of memory"].join("\t"),
  );
  let before: Cell | undefined;
  for (const size of SIZES) {
    const cell = sizedCell<Cell>("bench/pods-cell.ts", size);
    expect(cell.proved).toBeGreaterThan(cell.pairs / 2);
    const slopes =
      before === undefined
        ? ["", ""]
        : [
            slope(before.seconds, cell.seconds, 2).toFixed(2),
            slope(before.peak, cell.peak, 2).toFixed(2),
          ];
    const peak = (cell.peak / 1024).toFixed(0);
    console.log(
      [size * 5, cell.pairs, cell.proved, cell.seconds.toFixed(1), peak, ...slopes].join("\t"),
    );
    before = cell;
  }
});
