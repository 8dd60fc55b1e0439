import { describe, expect, it } from "vitest";
import { nodeComplaint } from "../../cli/node-version.ts";

describe("nodeComplaint", () => {
  it.each(["22.18.0", "22.19.1", "24.0.0"])("takes %s where 22.18 is asked for", (running) => {
    expect(nodeComplaint(running, ">=22.18")).toBeUndefined();
  });

  it.each(["22.17.9", "20.20.2"])("names %s and what is asked for", (running) => {
    expect(nodeComplaint(running, ">=22.18")).toBe(
      `pfproof needs Node 22.18 or later, and this is ${running}\n`,
    );
  });
});
