import { describe, expect, test } from "vitest";
import { REASON } from "../../../engine/kernel/outcome.ts";
import type { State } from "../../../engine/kernel/state.ts";
import { endOf } from "../../../engine/kernel/tcp-packets.ts";
import { openingPeers, type Tracked, trackOther } from "../../../engine/kernel/track.ts";
import { established, extra, type Fields, Flow, opened, segment, sent } from "./flow.ts";

/** The recorded cases whose names stand in front, and the edges of every window, by hand. */

const DROP = { result: "drop", reason: REASON.badState };
const PASS = { result: "pass", reason: 0, generated: [], completed: false };

describe("openingPeers", () => {
  test("promises the client one octet behind its SYN", () => {
    const { source, destination } = openingPeers(segment(true, { fl: "S", sequence: 100 }));
    expect(source).toEqual({ level: 2, low: 100, high: 102, window: 65535, scale: -1, shift: 0 });
    expect(destination).toEqual({ level: 0, low: 0, high: 1, window: 1, scale: -1, shift: 0 });
  });

  test.each([
    [
      { fl: "S", window: 1000, windowScale: 4 },
      { window: 63, scale: 4, high: 2 },
    ],
    [
      { fl: "S", window: 1000, windowScale: 0 },
      { window: 1000, scale: 0, high: 2 },
    ],
    [
      { fl: "S", window: 0, windowScale: 15 },
      { window: 1, scale: 14, high: 2 },
    ],
    [
      { fl: "A", window: 1000, windowScale: 4, payload: 5 },
      { window: 1000, scale: -1, high: 6 },
    ],
    [
      { fl: "FA", window: 0, payload: 5 },
      { window: 1, scale: -1, high: 7 },
    ],
    [{ fl: "A", sequence: 0xffffffff }, { high: 0 }],
  ])("of %j is %j", (fields, source) => {
    expect(openingPeers(segment(true, fields)).source).toMatchObject(source);
  });
});

test("endOf counts data, SYN and FIN", () => {
  expect(endOf(segment(true, { fl: "SF", payload: 3 }))).toBe(5);
  expect(endOf(segment(true, { fl: "A" }))).toBe(0);
});

describe("the typical life", () => {
  test("goes through the levels of section 30", () => {
    const flow = opened();
    const steps: string[] = [flow.levels];
    const note = (tracked: Tracked): void => {
      expect(tracked.result).toBe("pass");
      steps.push(`${flow.levels}${tracked.completed ? " completed" : ""}`);
    };
    note(flow.server({ fl: "SA", sequence: 500, acknowledgment: 101 }));
    note(flow.client({ fl: "A", sequence: 101, acknowledgment: 501 }));
    note(flow.client({ fl: "FA", sequence: 101, acknowledgment: 501 }));
    note(flow.server({ fl: "A", sequence: 501, acknowledgment: 102 }));
    note(flow.server({ fl: "FA", sequence: 501, acknowledgment: 102 }));
    note(flow.client({ fl: "A", sequence: 102, acknowledgment: 502 }));
    expect(steps).toEqual([
      "2/0 tcp.first",
      "4/2 tcp.opening",
      "4/4 tcp.established completed",
      "7/4 tcp.closing",
      "9/4 tcp.closing",
      "9/7 tcp.finwait",
      "9/9 tcp.closed",
    ]);
  });

  test("ends at once with an RST", () => {
    const flow = established();
    expect(flow.client({ fl: "R", sequence: 101 }, 9)).toMatchObject(PASS);
    expect([flow.levels, flow.state.touched]).toEqual(["10/10 tcp.closed", 9]);
  });

  test("T5, T6: SYN|ACK and a second SYN both make the timer that of opening", () => {
    const answered = opened({ sequence: 1 });
    answered.server({ fl: "SA", sequence: 1, acknowledgment: 2 }, 119);
    expect([answered.levels, answered.state.touched]).toEqual(["4/2 tcp.opening", 119]);
    const repeated = opened({ sequence: 1 });
    expect(repeated.client({ fl: "S", sequence: 1 }, 1)).toMatchObject(PASS);
    expect([repeated.levels, repeated.state.touched]).toEqual(["2/0 tcp.opening", 1]);
  });
});

describe("a SYN within a connection", () => {
  test("S6: is challenged on behalf of the other end", () => {
    const flow = established();
    const tracked = flow.client({ fl: "S", sequence: 9000 }, 5);
    expect(tracked).toMatchObject({ result: "drop", reason: 0, completed: false });
    expect(tracked.generated.map(sent)).toEqual([
      { to: "client", fl: "A", sequence: 501, acknowledgment: 100, window: 0, mss: -1, tag: "" },
    ]);
    expect(flow.state.touched).toBe(1);
  });

  test("S6: goes to the rules once both ends are finished", () => {
    const flow = established();
    flow.client({ fl: "FA", sequence: 101, acknowledgment: 501 });
    flow.server({ fl: "FA", sequence: 501, acknowledgment: 102 });
    expect(flow.client({ fl: "S", sequence: 9000 }).result).toBe("drop");
    flow.client({ fl: "A", sequence: 102, acknowledgment: 502 });
    expect(flow.client({ fl: "S", sequence: 9000 })).toMatchObject({ ...PASS, result: "rules" });
    expect(flow.server({ fl: "S", sequence: 9000 }).result).toBe("rules");
  });
});

/** Modulo 2^32. */
function sequence(value: number): number {
  return value >>> 0;
}

function result(tracked: Tracked): string {
  return tracked.result;
}

describe("the windows of an established connection", () => {
  // The client's low mark is 100, it may send up to 1101; the server's low mark is 501.
  test.each<[string, Fields, string]>([
    ["S8: an empty segment may be anywhere", { fl: "A", sequence: 50_000_000 }, "pass"],
    ["S8: data may not", { fl: "PA", sequence: 50_000_000, payload: 5 }, "drop"],
    ["data up to what was allowed", { fl: "PA", sequence: 1100, payload: 1 }, "pass"],
    ["an octet more", { fl: "PA", sequence: 1101, payload: 1 }, "drop"],
    ["a FIN behind what was allowed", { fl: "FPA", sequence: 1100, payload: 1 }, "pass"],
    ["data one window back", { fl: "PA", sequence: sequence(-900), payload: 1 }, "pass"],
    ["an octet before", { fl: "PA", sequence: sequence(-901), payload: 1 }, "drop"],
    ["S8: an ACK far ahead", { fl: "A", acknowledgment: 90_000_000 }, "drop"],
    ["an ACK a window ahead", { fl: "A", acknowledgment: 501 + 67_035 }, "pass"],
    ["an ACK one further", { fl: "A", acknowledgment: 501 + 67_036 }, "drop"],
    ["an ACK a window back", { fl: "A", acknowledgment: sequence(501 - 67_035) }, "pass"],
    ["an ACK one further back", { fl: "A", acknowledgment: sequence(501 - 67_036) }, "drop"],
    ["S8: an RST far off", { fl: "R", sequence: 60_000_000 }, "drop"],
    ["an RST at the low mark", { fl: "R", sequence: 100 }, "pass"],
    ["an RST one ahead", { fl: "R", sequence: 101 }, "pass"],
    ["an RST two ahead", { fl: "R", sequence: 102 }, "drop"],
    ["an RST one behind", { fl: "R", sequence: 99 }, "pass"],
    ["an RST two behind", { fl: "R", sequence: 98 }, "drop"],
    ["a recent RST that acknowledges exactly", { fl: "RA", sequence: sequence(-900) }, "pass"],
    ["an older one", { fl: "RA", sequence: sequence(-901) }, "drop"],
    ["one that is ahead", { fl: "RA", sequence: 102 }, "drop"],
    ["one that acknowledges less", { fl: "RA", sequence: 98, acknowledgment: 500 }, "drop"],
    ["one that acknowledges nothing", { fl: "RA", sequence: 98, acknowledgment: 0 }, "pass"],
  ])("%s", (_, fields, expected) => {
    const tracked = established().client({ acknowledgment: 501, ...fields });
    expect(tracked).toMatchObject(expected === "pass" ? PASS : { ...DROP, generated: [] });
  });

  test("are scaled once both SYNs have the option", () => {
    const flow = opened({ window: 1000, windowScale: 4 });
    const answer = { sequence: 500, acknowledgment: 101, window: 1000 };
    flow.server({ fl: "SA", ...answer, windowScale: 4 });
    expect(flow.state.destination).toMatchObject({ window: 63, scale: 4, high: 501 + 63 * 16 });
    expect(flow.state.source.high).toBe(101 + 63 * 16);
    flow.server({ fl: "A", ...answer, sequence: 501 });
    const data = { fl: "PA", acknowledgment: 501, window: 1000, payload: 11 };
    expect(result(flow.client({ ...data, sequence: 16_091 }))).toBe("drop");
    expect(result(flow.client({ ...data, sequence: 16_090 }))).toBe("pass");
  });

  test("are not scaled if the second SYN lacks the option", () => {
    const flow = opened({ window: 1000, windowScale: 4 });
    flow.server({ fl: "SA", sequence: 500, acknowledgment: 101, window: 1000 });
    expect(flow.state.source).toMatchObject({ window: 63 * 16, scale: -1, high: 1101 });
    expect(flow.state.destination).toMatchObject({ window: 1000, scale: -1, high: 501 + 63 * 16 });
  });

  test("a multiplied window has at most 16 bits", () => {
    const flow = opened({ window: 65_535, windowScale: 4 });
    flow.server({ fl: "SA", sequence: 500, acknowledgment: 101 });
    expect(flow.state.source.window).toBe(65_535);
  });
});

describe("loose acceptance", () => {
  // Nothing is known of the server; the client's low mark is 100, it may send up to 102.
  test.each([
    [102 + 67_035 - 1, "pass"],
    [102 + 67_035, "drop"],
    [sequence(100 - 67_035), "pass"],
    [sequence(100 - 67_036), "drop"],
  ])("of a SYN at %i: %s", (at, expected) => {
    const flow = opened();
    const tracked = flow.client({ fl: "S", sequence: at }, 7);
    expect(tracked).toMatchObject(expected === "pass" ? PASS : { ...DROP, generated: [] });
    expect([flow.levels, flow.state.touched]).toEqual(["2/0 tcp.first", 0]);
  });

  test("leaves the timer as it is, yet FIN and RST count", () => {
    const flow = opened();
    flow.client({ fl: "FA", sequence: 5000, acknowledgment: 1, payload: 1 }, 7);
    expect([flow.levels, flow.state.touched]).toEqual(["7/0 tcp.first", 0]);
    flow.client({ fl: "R", sequence: 9000 }, 8);
    expect([flow.levels, flow.state.touched]).toEqual(["10/10 tcp.first", 0]);
    expect(flow.state.source.low).toBe(5002);
  });

  test("is not needed for an ACK to an end that is not known", () => {
    const flow = opened();
    const ack: Fields = { fl: "A", sequence: 101, acknowledgment: 900_000_000 };
    expect(flow.client(ack)).toMatchObject(PASS);
    expect(flow.levels).toBe("2/0 tcp.opening");
    expect(flow.state.destination.high).toBe(65_535);
  });

  test("is not needed for the first packet of an end, wherever it begins", () => {
    const flow = opened({ window: 1000 });
    expect(flow.server({ fl: "SA", sequence: 0x9000_0000, acknowledgment: 101 })).toMatchObject(
      PASS,
    );
    expect(flow.state.destination).toMatchObject({ low: 0x9000_0001, high: 0x9000_0001 + 1000 });
  });

  test("holds for finished ends, too", () => {
    const flow = established();
    const data: Fields = { fl: "PA", sequence: 1101, acknowledgment: 501, payload: 1 };
    expect(result(flow.client(data))).toBe("drop");
    flow.server({ fl: "R", sequence: 501, window: 0 });
    expect(result(flow.client(data, 9))).toBe("pass");
    expect([flow.levels, flow.state.touched]).toEqual(["10/10 tcp.closed", 1]);
  });
});

describe("S9: a mismatch within the handshake", () => {
  test("resets its sender and forgets it", () => {
    const flow = opened();
    const tracked = flow.server({ fl: "SA", sequence: 500, acknowledgment: 9_999_999 });
    expect(tracked).toMatchObject(DROP);
    expect(tracked.generated.map(sent)).toEqual([
      {
        to: "server",
        fl: "R",
        sequence: 9_999_999,
        acknowledgment: 0,
        window: 0,
        mss: -1,
        tag: "",
      },
    ]);
    expect(flow.state.destination).toMatchObject({ level: 2, low: 0, high: 1, window: 1 });
    expect(flow.levels).toBe("2/2 tcp.first");
    expect(result(flow.server({ fl: "SA", sequence: 700, acknowledgment: 101 }))).toBe("pass");
    expect(flow.levels).toBe("4/2 tcp.opening");
  });

  test("is not answered if it is an RST", () => {
    const flow = opened();
    const tracked = flow.server({ fl: "RA", sequence: 500, acknowledgment: 9_999_999 });
    expect(tracked).toMatchObject({ ...DROP, generated: [] });
    expect(flow.state.destination.low).toBe(0);
  });

  test("is a plain drop when an end is further", () => {
    const flow = opened();
    flow.server({ fl: "SA", sequence: 500, acknowledgment: 101 });
    const tracked = flow.server({ fl: "SA", sequence: 500, acknowledgment: 9_999_999 });
    expect(tracked).toMatchObject({ ...DROP, generated: [] });
    expect(flow.state.destination.low).toBe(501);
  });
});

describe("sloppy states", () => {
  const RULE = "pass proto tcp keep state (sloppy)";

  test("SL2: check no numbers, yet challenge a SYN", () => {
    const flow = opened({}, RULE);
    const data: Fields = { fl: "PA", sequence: 99_999_999, acknowledgment: 5000, payload: 10 };
    expect(flow.client(data)).toMatchObject({ result: "pass", completed: true });
    expect(flow.levels).toBe("4/4 tcp.established");
    expect(result(flow.server({ fl: "PA", sequence: 123, acknowledgment: 77 }))).toBe("pass");
    const { result: verdict, generated } = flow.client({ fl: "S", sequence: 5 });
    expect(verdict).toBe("drop");
    expect(sent(generated[0])).toMatchObject({ fl: "A", sequence: 0, acknowledgment: 100 });
  });

  test("close by the packets of one end alone", () => {
    const flow = opened({}, RULE);
    flow.client({ fl: "A" });
    flow.client({ fl: "FA" });
    expect(flow.levels).toBe("7/7 tcp.finwait");
    flow.client({ fl: "A" });
    expect(flow.levels).toBe("7/9 tcp.finwait");
    flow.client({ fl: "R" });
    expect(flow.levels).toBe("10/10 tcp.closed");
  });

  test("go the usual way if both ends are seen", () => {
    const flow = opened({}, RULE);
    flow.server({ fl: "SA" });
    expect(flow.levels).toBe("4/2 tcp.opening");
    expect(flow.client({ fl: "A" }, 4).completed).toBe(true);
    expect([flow.levels, flow.state.touched]).toEqual(["4/4 tcp.established", 4]);
    expect(flow.client({ fl: "A" }).completed).toBe(false);
  });

  test("of af-to count every packet as the source's, for all of them come in", () => {
    const flow = opened({}, RULE, { extra: { ...extra(), afTo: true } });
    flow.server({ fl: "SA" });
    expect(flow.levels).toBe("4/4 tcp.established");
  });
});

describe("trackOther", () => {
  function udp(protocol: number): State {
    const { state } = new Flow(segment(true, { fl: "S" }));
    Object.assign(state.source, { level: 1 });
    return { ...state, wire: { ...state.wire, protocol }, timeout: "udp.first" };
  }

  test.each([
    ["T1: first", "r", "2/1 udp.single"],
    ["T1: two replies", "rr", "2/1 udp.single"],
    ["T2: a third packet from the client", "rc", "2/2 udp.multiple"],
    ["the client alone", "cc", "1/0 udp.single"],
  ])("%s", (_, packets, expected) => {
    const state = udp(17);
    for (const [index, packet] of [...packets].entries()) {
      trackOther(state, packet === "c", index + 1);
    }
    expect(`${state.source.level}/${state.destination.level} ${state.timeout}`).toBe(expected);
    expect(state.touched).toBe(packets.length);
  });

  test("other protocols have their own timers", () => {
    const state = udp(47);
    trackOther(state, false, 1);
    expect(state.timeout).toBe("other.single");
    trackOther(state, true, 2);
    expect(state.timeout).toBe("other.multiple");
  });
});
