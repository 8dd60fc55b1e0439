import { describe, expect, test } from "vitest";
import { DEFAULT_TIMEOUTS, timeoutOf } from "../../../engine/kernel/timeouts.ts";
import { liveRule } from "./live-rule.ts";

describe("timeoutOf", () => {
  const PASS = liveRule("pass");
  const globals = new Map([...DEFAULT_TIMEOUTS, ["adaptive.start", 6], ["adaptive.end", 16]]);

  test.each([
    [6, 60], // not above the start
    [7, 54], // 60 * 9 / 10
    [15, 6],
    [16, 0],
    [20, 0],
  ])("of %i states between 6 and 16: %i of 60 seconds", (states, seconds) => {
    expect(timeoutOf({ rule: PASS, timeout: "udp.first" }, globals, states)).toBe(seconds);
  });

  test("divides as integers do", () => {
    const thirds = new Map([...globals, ["adaptive.start", 1], ["adaptive.end", 4]]);
    expect(timeoutOf({ rule: PASS, timeout: "icmp.first" }, thirds, 2)).toBe(13);
  });

  test("an end of 0 turns scaling off", () => {
    const off = new Map([...globals, ["adaptive.start", 0], ["adaptive.end", 0]]);
    expect(timeoutOf({ rule: PASS, timeout: "udp.first" }, off, 1e6)).toBe(60);
  });

  test("a start that is not below the end turns scaling off", () => {
    const off = new Map([...globals, ["adaptive.start", 3], ["adaptive.end", 3]]);
    expect(timeoutOf({ rule: PASS, timeout: "udp.first" }, off, 5)).toBe(60);
  });

  test("a rule's own value comes before the global one and is scaled like it", () => {
    const rule = liveRule("pass keep state (udp.first 50)");
    expect(timeoutOf({ rule, timeout: "udp.first" }, globals, 6)).toBe(50);
    expect(timeoutOf({ rule, timeout: "udp.first" }, globals, 15)).toBe(5);
  });

  test("`max 20` scales from 12 to 24 states of the rule", () => {
    const rule = liveRule("pass keep state (max 20)");
    rule.states = 12;
    expect(timeoutOf({ rule, timeout: "udp.first" }, globals, 1000)).toBe(60);
    rule.states = 20;
    expect(timeoutOf({ rule, timeout: "udp.first" }, globals, 1000)).toBe(20);
  });

  test("`max 9` leaves the global values", () => {
    const rule = liveRule("pass keep state (max 9)");
    expect(timeoutOf({ rule, timeout: "udp.first" }, globals, 11)).toBe(30);
  });

  test("values of the rule's own come before those of `max`", () => {
    const rule = liveRule("pass keep state (max 20, adaptive.start 1, adaptive.end 3)");
    rule.states = 2;
    expect(timeoutOf({ rule, timeout: "udp.first" }, globals, 1000)).toBe(30);
    rule.states = 3;
    expect(timeoutOf({ rule, timeout: "udp.first" }, globals, 0)).toBe(0);
  });
});
