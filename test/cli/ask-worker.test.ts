import { describe, expect, it } from "vitest";
import { askWorker, type Watcher } from "../../cli/ask-worker.ts";
import { EngineStopped } from "../../cli/io.ts";
import type { CheckOptions } from "../../cli/question.ts";
import type { Network } from "../../model/network.ts";
import { NETWORK } from "../support/io.ts";

const OPTIONS: CheckOptions = { attack: 10, seed: 1, budget: 1_000_000 };

function watcher(more: Partial<Watcher> = {}): Watcher {
  return { show: () => undefined, end: () => undefined, onStop: () => () => undefined, ...more };
}

describe("the engine's thread", () => {
  it("answers a check", async () => {
    const ask = askWorker(watcher());
    const answer = await ask({ kind: "check", network: NETWORK, options: OPTIONS });
    expect(answer.zones.slice(0, 2)).toEqual(["a", "b"]);
    expect(answer.pairs.length).toBeGreaterThan(0);
    expect(answer.stopped).toBeUndefined();
  });

  it("answers what a site consists of", async () => {
    const survey = await askWorker(watcher())({ kind: "show", network: NETWORK });
    expect(survey.wires.map((wire) => wire.name)).toContain("internet");
  });

  it("answers with what is known when it is stopped", async () => {
    const ask = askWorker(
      watcher({
        onStop: (stop) => {
          stop();
          return () => undefined;
        },
      }),
    );
    const answer = await ask({ kind: "check", network: NETWORK, options: OPTIONS });
    expect(answer.stopped).toBe("cancelled");
    expect(answer.pairs.filter((pair) => pair.verdict === "proved")).toEqual([]);
  });

  it("gives no answer when it is stopped twice", async () => {
    let taken = false;
    const ask = askWorker(
      watcher({
        onStop: (stop) => {
          stop();
          stop();
          return () => {
            taken = true;
          };
        },
      }),
    );
    const question = { kind: "check", network: NETWORK, options: OPTIONS } as const;
    await expect(ask(question)).rejects.toThrow(EngineStopped);
    expect(taken).toBe(true);
  });

  it("says why when it dies", async () => {
    const network = { ...NETWORK, zones: null } as unknown as Network;
    let ended = 0;
    const ask = askWorker(
      watcher({
        end: () => {
          ended++;
        },
      }),
    );
    await expect(ask({ kind: "show", network })).rejects.toThrow(/TypeError/);
    expect(ended).toBe(1);
  });
});
