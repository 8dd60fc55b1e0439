import { describe, expect, test } from "vitest";
import { beginModulation, InitialSequences } from "../../../engine/kernel/modulation.ts";
import { type Generated, REASON } from "../../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../../engine/kernel/packet.ts";
import { beginScrub, scrub } from "../../../engine/kernel/reassemble-tcp.ts";
import { adoptCookie, SyncookieKeys } from "../../../engine/kernel/syncookie.ts";
import { beginSynproxy, synproxyReset } from "../../../engine/kernel/synproxy.ts";
import { established, extra, type Fields, type Flow, opened, segment, sent } from "./flow.ts";

/** What changes sequence numbers and timestamps, by hand; S, X, Y, D as in section 31. */

const [S, X, Y, D] = [100, 5000, 8000, 500];
const DROP = { result: "drop", reason: REASON.synproxy, generated: [] };

/** After the client's SYN was answered. */
function proxied(fields: Partial<Fields> = {}): { flow: Flow; answer: Generated } {
  const flow = opened(fields, "pass proto tcp synproxy state", { extra: extra() });
  flow.draws.push(X, Y);
  const syn = segment(true, { fl: "S", sequence: S, ...fields });
  return { flow, answer: beginSynproxy(flow.state, syn, 1460, () => flow.random()) };
}

function numbers(packet: KernelPacket): [number | undefined, number | undefined] {
  return [packet.tcp?.sequence, packet.tcp?.acknowledgment];
}

describe("Y1: the SYN proxy", () => {
  test.each<[Partial<Fields>, number]>([
    [{}, 64],
    [{ mss: 10 }, 64],
    [{ windowScale: 3 }, 512],
    [{ timestamp: 1 }, 512],
    [{ mss: 1200 }, 1200],
    [{ mss: 9000 }, 1460],
  ])("answers %j with MSS %i", (fields, mss) => {
    const { answer, flow } = proxied(fields);
    expect(sent(answer)).toEqual({
      to: "client",
      fl: "SA",
      sequence: X,
      acknowledgment: S + 1,
      window: 0,
      mss,
      tag: "",
    });
    expect(flow.levels).toBe("11/0 tcp.first");
    expect(flow.client({ fl: "S", sequence: S }).generated).toEqual([answer]);
  });

  test("sends TOS lowdelay, DF and TTL 64, in the domain of the packet", () => {
    const { answer } = proxied();
    if (answer.kind !== "send") throw new Error("nothing was sent");
    expect(answer.packet).toMatchObject({ tos: 16, dontFragment: true, ttl: 64, rtable: 0 });
  });

  test.each<[string, Fields]>([
    ["another SYN", { fl: "S", sequence: S + 1 }],
    ["a wrong ACK", { fl: "A", sequence: S + 1, acknowledgment: X + 2 }],
    ["an ACK elsewhere", { fl: "A", sequence: S + 2, acknowledgment: X + 1 }],
    ["a FIN", { fl: "FA", sequence: S + 1, acknowledgment: X + 1 }],
    ["an RST", { fl: "R", sequence: S + 1 }],
  ])("drops %s of the client", (_, fields) => {
    const { flow } = proxied();
    expect(flow.client(fields)).toMatchObject(DROP);
    expect(flow.levels).toBe("11/0 tcp.first");
  });

  test("takes what the server sends before the client has answered", () => {
    const { flow } = proxied();
    expect(flow.server({ fl: "SA" })).toMatchObject({ ...DROP, result: "gone" });
  });

  test("connects both handshakes and shifts the numbers of what follows", () => {
    const { flow } = proxied({ mss: 1200, windowScale: 3 });
    const ack: Fields = { fl: "A", sequence: S + 1, acknowledgment: X + 1, window: 3000 };
    const opening = flow.client(ack);
    expect(opening).toMatchObject({ result: "gone", reason: REASON.synproxy, completed: true });
    expect(opening.generated.map(sent)).toEqual([
      { to: "server", fl: "S", sequence: Y, acknowledgment: 0, window: 0, mss: 1200, tag: "dmz" },
    ]);
    expect(flow.client({ ...ack, fl: "PA", payload: 9 })).toEqual({ ...opening, completed: false });
    expect(flow.levels).toBe("12/0 tcp.first");
    expect(sent(synproxyReset(flow.state))).toMatchObject({
      to: "client",
      fl: "RA",
      sequence: X,
      acknowledgment: S + 1,
    });

    const answer: Fields = { fl: "SA", sequence: D, acknowledgment: Y + 1, window: 4000 };
    expect(flow.server({ ...answer, acknowledgment: Y })).toMatchObject(DROP);
    const joined = flow.server(answer);
    expect(joined).toMatchObject({ result: "gone", reason: REASON.synproxy, completed: false });
    expect(joined.generated.map(sent)).toEqual([
      {
        to: "server",
        fl: "A",
        sequence: Y + 1,
        acknowledgment: D + 1,
        window: 3000,
        mss: -1,
        tag: "dmz",
      },
      {
        to: "client",
        fl: "A",
        sequence: X + 1,
        acknowledgment: S + 1,
        window: 4000,
        mss: -1,
        tag: "",
      },
    ]);
    expect([flow.levels, flow.state.touched]).toEqual(["4/4 tcp.first", 0]);
    expect(flow.state.source.scale).toBe(-1);
    expect(synproxyReset(flow.state)).toBeUndefined();

    const request = segment(true, { ...ack, fl: "PA", payload: 10 });
    expect(flow.track(request).result).toBe("pass");
    expect(numbers(request)).toEqual([Y + 1, D + 1]);
    const reply = segment(false, { fl: "PA", sequence: D + 1, acknowledgment: Y + 11, payload: 7 });
    expect(flow.track(reply).result).toBe("pass");
    expect(numbers(reply)).toEqual([X + 1, S + 11]);
    expect(flow.levels).toBe("4/4 tcp.established");
  });
});

function startedKeys(random: (below: number) => number): SyncookieKeys {
  const keys = new SyncookieKeys(random);
  keys.renew(0);
  return keys;
}

describe("SYN cookies", () => {
  const syn = (fields: Partial<Fields> = {}): KernelPacket =>
    segment(true, { fl: "S", sequence: S, ...fields });

  /** The client's ACK to the answer. */
  function ackTo(answer: Generated): KernelPacket {
    const { sequence } = sent(answer);
    return segment(true, { fl: "A", sequence: S + 1, acknowledgment: Number(sequence) + 1 });
  }

  test.each<[Partial<Fields>, number, number, number]>([
    [{}, 512, 216, 0],
    [{ mss: 500, windowScale: 3 }, 512, 216, 8],
    [{ mss: 1200, windowScale: 14 }, 1200, 1200, 8],
    [{ mss: 9000, windowScale: 0 }, 9000, 1460, 8],
  ])("of %j offer MSS %i and carry %i and scale %i", (fields, offered, mss, window) => {
    const keys = startedKeys(() => 0xabcdef);
    const answer = keys.answer(syn(fields), 2);
    expect(sent(answer)).toMatchObject({ fl: "SA", acknowledgment: S + 1, mss: offered });
    const again = keys.recognise(ackTo(answer), 2);
    expect(again?.tcp).toMatchObject({ flags: 2, sequence: S, mss, window, windowScale: -1 });
    expect(again?.rtable).toBe(2);
  });

  test("are good once, for their own flow, and for one more life of the secret", () => {
    const secrets = [11, 22, 33, 44, 55];
    const keys = startedKeys(() => secrets.shift() ?? 0);
    const answer = keys.answer(syn(), 0);
    const ack = ackTo(answer);
    expect(keys.recognise({ ...ack, sourcePort: 1001 }, 0)).toBeUndefined();
    expect(keys.recognise({ ...ack, source: 1n }, 0)).toBeUndefined();
    expect(keys.isDue(14)).toBe(false);
    expect(keys.isDue(15)).toBe(true);
    keys.renew(15);
    expect(keys.recognise(ack, 0)).toBeDefined();
    expect(keys.recognise(ack, 0)).toBeUndefined();
    const late = ackTo(keys.answer(syn(), 0));
    keys.renew(30);
    keys.renew(45);
    expect(keys.recognise(late, 0)).toBeUndefined();
  });

  test("open the connection to the server with the cookie as sequence number", () => {
    const keys = startedKeys(() => 0xabcdef);
    const ack = ackTo(keys.answer(syn(), 0));
    const flow = opened();
    adoptCookie(flow.state, ack);
    const { result, generated } = flow.track(ack);
    expect([result, flow.levels]).toEqual(["gone", "12/0 tcp.first"]);
    const sequence = (ack.tcp?.acknowledgment ?? 0) - 1;
    expect(sent(generated[0])).toMatchObject({ to: "server", fl: "S", sequence, mss: -1 });
  });
});

describe("modulate state", () => {
  test("shifts both ends and translates acknowledgments back", () => {
    const sequences = new InitialSequences(() => 12_345);
    const flow = opened();
    const syn = segment(true, { fl: "S", sequence: S });
    beginModulation(flow.state.source, syn, 0, sequences);
    const first = syn.tcp?.sequence ?? 0;
    expect(first).toBe((S + flow.state.source.shift) >>> 0);
    expect(first).not.toBe(S);

    flow.draws.push(6999);
    const answer = segment(false, { fl: "SA", sequence: D, acknowledgment: first + 1 });
    expect(flow.track(answer).result).toBe("pass");
    expect(numbers(answer)).toEqual([D + 7000, S + 1]);
    const ack = segment(true, { fl: "A", sequence: S + 1, acknowledgment: D + 7001 });
    expect(flow.track(ack).result).toBe("pass");
    expect(numbers(ack)).toEqual([first + 1, D + 1]);
    expect(flow.levels).toBe("4/4 tcp.established");
    // The challenge speaks the numbers of the end it stands for.
    expect(sent(flow.server({ fl: "S" }).generated[0])).toMatchObject({ sequence: S });
  });

  test("gives a flow its own numbers, 4096 further each time", () => {
    const sequences = new InitialSequences(() => 12_345);
    const syn = segment(true, { fl: "S" });
    const first = sequences.next(syn, 0);
    expect(sequences.next(syn, 0)).toBe((first + 4096) >>> 0);
    expect(sequences.next(syn, 1)).not.toBe((first + 8192) >>> 0);
  });

  test("leaves all but a pure SYN alone", () => {
    const flow = opened();
    const packet = segment(true, { fl: "A", sequence: S });
    beginModulation(flow.state.source, packet, 0, new InitialSequences(() => 1));
    expect([flow.state.source.shift, packet.tcp?.sequence]).toEqual([0, S]);
  });

  test("does not shift the first packet after a mismatch, as pf does not", () => {
    const flow = opened();
    flow.state.source.shift = 1000;
    flow.state.destination.shift = 7000;
    const answer = segment(false, { fl: "SA", sequence: D, acknowledgment: S + 1 });
    expect(flow.track(answer).result).toBe("pass");
    expect(numbers(answer)).toEqual([D, S + 1]);
  });

  test("resets with a translated number", () => {
    const flow = opened();
    flow.state.source.shift = 1000;
    flow.draws.push(6999);
    const { generated } = flow.server({ fl: "SA", sequence: D, acknowledgment: 9_001_000 });
    expect(sent(generated[0])).toMatchObject({ fl: "R", sequence: 9_000_000 });
  });
});

describe("reassemble tcp", () => {
  const [CLIENT_SHIFT, SERVER_SHIFT] = [10, 20];
  const data = { fl: "PA", sequence: 101, acknowledgment: 501, payload: 1 };
  /** The server's 5000, as the client knows it. */
  const echo = { timestampEcho: 5000 + SERVER_SHIFT };

  /** The client's clock stands at 1001 at second 2, the server's at 5000. */
  function stamped(): Flow {
    const flow = opened({ window: 1000 }, "pass proto tcp", { extra: extra(true) });
    flow.draws.push(CLIENT_SHIFT, SERVER_SHIFT);
    const syn = segment(true, { fl: "S", sequence: S, timestamp: 1000, timestampEcho: 0 });
    beginScrub(flow.state, syn, true, 0, () => flow.random());
    expect(scrub(flow.state, syn, true, 0, 30)).toBe(0);
    expect(syn.tcp).toMatchObject({ timestamp: 1000 + CLIENT_SHIFT, timestampEcho: 0 });
    const stamps = { timestamp: 5000, timestampEcho: 1000 + CLIENT_SHIFT };
    const answer = segment(false, { fl: "SA", sequence: D, acknowledgment: S + 1, ...stamps });
    expect(flow.track(answer, 1).result).toBe("pass");
    expect(answer.tcp).toMatchObject({ timestamp: 5000 + SERVER_SHIFT, timestampEcho: 1000 });
    flow.client({ fl: "A", sequence: 101, acknowledgment: 501, timestamp: 1001, ...echo }, 2);
    expect(flow.levels).toBe("4/4 tcp.established");
    return flow;
  }

  test.each<[string, Partial<Fields>, number, string]>([
    ["as old as the last echoed", { timestamp: 1000 }, 2, "pass"],
    ["older", { timestamp: 999 }, 2, "drop"],
    ["as fast as a clock may be", { timestamp: 1001 + 30 * 1100 }, 2, "pass"],
    ["faster", { timestamp: 1002 + 30 * 1100 }, 2, "drop"],
    ["as fast, three seconds later", { timestamp: 1001 + 33 * 1100 }, 5, "pass"],
    ["faster, three seconds later", { timestamp: 1002 + 33 * 1100 }, 5, "drop"],
    ["that echoes what was never sent", { timestamp: 1001, timestampEcho: 5021 }, 2, "drop"],
    ["that echoes what was before", { timestamp: 1001, timestampEcho: 5019 }, 2, "drop"],
    ["that echoes nothing", { timestamp: 1001, timestampEcho: 0 }, 2, "pass"],
  ])("checks a timestamp %s", (_, fields, now, expected) => {
    const reason = expected === "drop" ? REASON.badTimestamp : 0;
    const tracked = stamped().client({ ...data, ...echo, ...fields }, now);
    expect(tracked).toMatchObject({ result: expected, reason });
  });

  test("stops checking after 24 idle days", () => {
    const flow = stamped();
    const days = 24 * 86_400;
    expect(flow.client({ ...data, ...echo, timestamp: 1 }, 3 + days).result).toBe("pass");
  });

  test("wants timestamps on data once there were some, but for an RST", () => {
    const flow = stamped();
    expect(flow.client({ ...data, ...echo, timestamp: 1001 }, 2).result).toBe("pass");
    const bare: Fields = { ...data, sequence: 102 };
    expect(flow.client(bare, 2)).toMatchObject({ result: "drop", reason: REASON.badTimestamp });
    expect(flow.client({ ...bare, payload: 0 }, 2).result).toBe("pass");
    expect(flow.client({ ...bare, fl: "RPA" }, 2).result).toBe("pass");
  });

  test("takes data without timestamps from an end whose first had none", () => {
    const flow = stamped();
    expect(flow.client(data, 2).result).toBe("pass");
    expect(flow.client({ ...data, sequence: 102 }, 2).result).toBe("pass");
  });

  test("never lets the TTL of an end sink", () => {
    const flow = stamped();
    const [low, high] = [30, 90].map((ttl) => segment(true, { ...data, payload: 0, ttl }));
    if (low === undefined || high === undefined) throw new Error("two packets");
    flow.track(low);
    flow.track(high);
    expect([low.ttl, high.ttl]).toEqual([64, 90]);
    const reply = segment(false, { fl: "A", acknowledgment: 101, sequence: 501, ttl: 30 });
    flow.track(reply);
    expect(reply.ttl).toBe(64);
  });

  test("is not asked for by other states", () => {
    expect(established().client({ ...data, timestamp: 1 }).result).toBe("pass");
  });
});
