import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { diagnosticLines } from "../../report/diagnostics.ts";
import { linesOf, paintFor } from "../../report/paint.ts";

const PORT: Diagnostic = {
  code: "port-needs-transport",
  severity: "error",
  message: "port only applies to tcp/udp",
  span: { file: "pf.conf", line: 3, column: 13, length: 7 },
  help: "add `proto tcp` or `proto udp` before the port",
};

function render(diagnostic: Diagnostic, text: string): string {
  return linesOf(diagnosticLines([diagnostic], new Map([["pf.conf", text]]), paintFor(0)));
}

describe("a diagnostic", () => {
  it("is a box with the text underlined", () => {
    expect(render(PORT, "block\n\npass to any port 22\n")).toBe(
      `error: port only applies to tcp/udp
  ┌─ pf.conf:3:13
3 │ pass to any port 22
  │             ^^^^^^^
  = help: add \`proto tcp\` or \`proto udp\` before the port
`,
    );
  });

  it("shows only its place if the text is not at hand", () => {
    const lines = linesOf(diagnosticLines([PORT], new Map(), paintFor(0)));
    expect(lines.split("\n")[1]).toBe("  ┌─ pf.conf:3:13");
    expect(lines).not.toContain("│");
  });

  it("cuts a long line around its span", () => {
    const long = `${"x".repeat(500)} here ${"y".repeat(500)}`;
    const span = { file: "pf.conf", line: 1, column: 502, length: 4 };
    const [, , source = "", under = ""] = render({ ...PORT, span }, long).split("\n");
    expect(source.length).toBeLessThan(180);
    expect(source.slice(under.indexOf("^"), under.lastIndexOf("^") + 1)).toBe("here");
  });

  it("survives a span outside the text", () => {
    const span = { file: "pf.conf", line: 1, column: 99, length: 5 };
    expect(render({ ...PORT, span }, "block")).toContain("│      ^");
    expect(render({ ...PORT, span: { ...span, line: 99 } }, "block")).toContain("pf.conf:99:99");
  });
});
