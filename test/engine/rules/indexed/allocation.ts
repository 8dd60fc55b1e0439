import { generator } from "../../../../bench/generator.ts";
import { columnsOf, quickRules } from "../../../../bench/index-data.ts";
import { Classifier } from "../../../../engine/rules/indexed/classifier.ts";

const PACKETS = 1_000_000;
const RULES = 2000;
const ROUNDS = 5;

/** Bytes of heap that a million packets more take, garbage included: the median of some rounds. */
export function heapPerMillion(): number {
  const below = generator(7);
  const column = (most: number): Uint32Array => {
    return Uint32Array.from({ length: PACKETS }, () => below(most));
  };
  const network = (): Uint32Array => {
    return Uint32Array.from({ length: RULES }, () => (0x0a00_0000 + below(4096) * 256) >>> 0);
  };
  const of = (value: number): Uint32Array => new Uint32Array(RULES).fill(value);
  const rules = quickRules(
    {
      n: RULES,
      act: of(1),
      sip: network(),
      sl: of(24),
      dip: network(),
      dl: of(24),
      sp0: of(0),
      sp1: of(65_535),
      dp0: of(0),
      dp1: of(65_535),
      pr: of(6),
      pm: of(255),
    },
    "inet",
  );
  const address = (): Uint32Array => column(4096 * 256).map((it) => 0x0a00_0000 + it);
  const packets = {
    n: PACKETS,
    sip: address(),
    dip: address(),
    sp: column(65_536),
    dp: column(65_536),
    pr: column(7),
  };
  const surroundings = {
    interfaces: [],
    routes: [],
    rtables: new Map(),
    sockets: [],
    forwarding: true,
  };
  const classifier = new Classifier(new Map([["", rules]]), surroundings, () => undefined);
  const columns = columnsOf(packets, "inet");
  const found = new Int32Array(PACKETS);
  for (let round = 0; round < 3; round++) classifier.classify(columns, found);
  const grown = Array.from({ length: ROUNDS }, () => {
    // what a call leaves behind, and the measuring itself, are in both
    return (
      grownBy(() => classifier.classify(columns, found), 2) -
      grownBy(() => classifier.classify(columns, found), 1)
    );
  });
  return grown.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}

function grownBy(run: () => void, times: number): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let time = 0; time < times; time++) run();
  return process.memoryUsage().heapUsed - before;
}
