import { describe, expect, it } from "vitest";
import { terminalWatcher } from "../../cli/terminal.ts";

function watched(isTerminal: boolean, seconds: readonly number[]): string {
  let written = "";
  let now = 0;
  const watcher = terminalWatcher({
    isTerminal,
    write: (text) => {
      written += text;
    },
    now: () => now,
    onInterrupt: () => () => undefined,
  });
  for (const second of seconds) {
    now = second * 1000;
    watcher.show("closing", second, 10);
  }
  watcher.end();
  return written;
}

describe("progress", () => {
  it("is shown after a second, and wiped at the end", () => {
    const text = watched(true, [0.5, 2]);
    expect(text).toMatch(/^\rclosing 2 of 10/);
    expect(text).not.toContain("0.5");
    expect(text.endsWith("\r\x1b[K")).toBe(true);
  });

  it("is not shown for a quick answer, or where there is no terminal", () => {
    expect(watched(true, [0.2, 0.9])).toBe("");
    expect(watched(false, [2, 3])).toBe("");
  });
});
