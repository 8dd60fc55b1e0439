import { execFileSync } from "node:child_process";
import { execPath } from "node:process";
import { expect, test } from "vitest";
import type { KernelPacket } from "../engine/kernel/packet.ts";
import { KernelHost } from "../test/support/kernel-host.ts";
import {
  IN,
  type NarrowRule,
  narrowRules,
  OUT,
  packetOfFlow,
  packetsFor,
  shuffled,
  statefulHost,
  textOf,
} from "./kernel-data.ts";
import { memoryPerState } from "./kernel-memory.ts";
import { interleaved, median, seconds } from "./timing.ts";

const RULES = [10, 100, 1000] as const;
/** Rules that one measurement tests, whatever the length of the ruleset. */
const TESTS = 2_000_000;
const STATES = 1_000_000;
/** Medians of so many rounds, the first of which only warms up. */
const ROUNDS = 5;
const MOST_BYTES = 200;
const TIMEOUT = 600_000;

test("packets through a linear ruleset, as ratios to a bare loop", { timeout: TIMEOUT }, () => {
  for (const count of RULES) {
    const rules = narrowRules(count);
    const packets = packetsFor(rules, Math.round(TESTS / count));
    const { kernel } = new KernelHost(textOf(rules));
    const linear = (): number => {
      return packets.reduce((sum, it) => sum + (kernel.test(it, IN).verdict === "pass" ? 1 : 0), 0);
    };
    const loop = bareLoop(rules, packets);
    expect([linear(), loop()]).toEqual([packets.length, packets.length]);
    const [kernelTime, loopTime] = interleaved([linear, loop], ROUNDS);
    const [own, reference] = [packets.length / kernelTime!, packets.length / loopTime!];
    const each = (kernelTime! / packets.length / count) * 1e9;
    console.log(
      `${count} rules: ${own.toFixed(0)} packets/s, ${each.toFixed(0)} ns a rule; ` +
        `bare loop ${reference.toFixed(0)} packets/s, ${(reference / own).toFixed(1)} times that`,
    );
  }
});

test("states made and looked up, as ratios to a Map", { timeout: TIMEOUT }, () => {
  const order = shuffled(STATES);
  const times = { made: [] as number[], found: [] as number[] };
  const reference = { made: [] as number[], found: [] as number[] };
  for (let round = 0; round < ROUNDS - 2; round++) {
    const map = new Map<string, number>();
    reference.made.push(seconds(() => order.forEach((it) => void map.set(keyOf(it, false), it))));
    reference.found.push(
      seconds(() => order.forEach((it) => void expectHit(map.has(keyOf(it, true))))),
    );
    map.clear();
    const { kernel } = statefulHost();
    times.made.push(
      seconds(() => order.forEach((it) => void kernel.test(packetOfFlow(it, false), IN))),
    );
    expect(kernel.states.count).toBe(STATES);
    // another order than that of their making
    times.found.push(
      seconds(() => {
        for (let it = 0; it < STATES; it++) {
          expectHit(kernel.test(packetOfFlow(it, true), OUT).state === "hit");
        }
      }),
    );
  }
  for (const what of ["made", "found"] as const) {
    const [own, other] = [STATES / median(times[what]), STATES / median(reference[what])];
    console.log(
      `${what}, of ${STATES} states: ${own.toFixed(0)} a second; Map of texts ` +
        `${other.toFixed(0)}, ${(other / own).toFixed(1)} times that`,
    );
  }
});

test("memory of a state, in a process of its own", { timeout: TIMEOUT }, () => {
  const bytes = memoryIn(STATES, "");
  console.log(`a state of ${STATES}: ${bytes.toFixed(0)} bytes (heap and typed arrays after gc)`);
  const more = memoryIn(STATES, "match in on em0 set prio 5\n");
  console.log(`a state that remembers a match rule: ${more.toFixed(0)} bytes`);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});

/** What nothing could be faster than without an index: the same comparisons on numbers in arrays. */
function bareLoop(rules: readonly NarrowRule[], packets: readonly KernelPacket[]): () => number {
  const [sources, destinations] = [
    Uint32Array.from(rules, (it) => it.source),
    Uint32Array.from(rules, (it) => it.destination),
  ];
  const ports = Uint32Array.from(rules, (it) => it.port);
  const asked = packets.map((it) => ({
    source: Number(it.source),
    destination: Number(it.destination),
    port: it.destinationPort,
  }));
  return () => {
    let passed = 0;
    for (const { source, destination, port } of asked) {
      let last = -1;
      for (let index = 0; index < rules.length; index++) {
        const inNetwork = (source & 0xffffff00) >>> 0 === sources[index];
        if (inNetwork && destination === destinations[index] && port === ports[index]) last = index;
      }
      if (last >= 0) passed++;
    }
    return passed;
  };
}

/** A flow as a text that both directions share. */
function keyOf(index: number, isReply: boolean): string {
  const { protocol, source, destination, sourcePort, destinationPort } = packetOfFlow(
    index,
    isReply,
  );
  const [far, near] = isReply ? [destination, source] : [source, destination];
  const [farPort, nearPort] = isReply
    ? [destinationPort, sourcePort]
    : [sourcePort, destinationPort];
  return `${protocol} ${far} ${farPort} ${near} ${nearPort}`;
}

function expectHit(isHit: boolean): void {
  if (!isHit) throw new RangeError("every flow has a state");
}

function memoryIn(count: number, before: string): number {
  const file = new URL("./kernel-memory.ts", import.meta.url).href;
  const call = `${memoryPerState.name}(${count}, ${JSON.stringify(before)})`;
  const code = `import { ${memoryPerState.name} } from "${file}"; console.log(${call});`;
  const flags = ["--expose-gc", "--input-type=module", "-e", code];
  return Number(execFileSync(execPath, flags, { encoding: "utf8" }));
}
