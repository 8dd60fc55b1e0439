import { describe, expect, it } from "vitest";
import { TCP } from "../../../model/packet.ts";
import { type Put, put, told, walked, walkedHost, way } from "../../support/walked.ts";

const A_TO_B = put("a", "10.10.0.5", "10.20.0.5");
/** The open table that nobody has filled. */
const TABLE = "table <t> persist";
const MAYBE = "from <t>";

/** What the first test of a packet comes to, and whether its walk counts. */
function first(rules: readonly string[], it: Put = A_TO_B): string {
  const [walk] = walked(walkedHost([TABLE, ...rules], {}, { mayBeWrong: true }), [it]);
  const [verdict = ""] = told(walk).split(";");
  expect(walk?.uncertain).toBe(told(walk).includes("unknown"));
  return verdict.split(" ")[2] ?? "";
}

describe("a rule that may match", () => {
  it("leaves open what it would change", () => {
    expect(first(["block", `pass ${MAYBE}`])).toBe("unknown");
    expect(first(["pass", `block quick ${MAYBE}`])).toBe("unknown");
    expect(first([`pass quick ${MAYBE}`, "block"])).toBe("unknown");
  });

  it("does not matter if a certain rule overrides it", () => {
    expect(first([`pass ${MAYBE}`, "block"])).toBe("block");
    expect(first(["block quick", `pass ${MAYBE}`])).toBe("block");
  });

  it("does not matter if a certain test of it fails", () => {
    expect(first(["block", `pass out ${MAYBE}`])).toBe("block");
    expect(first(["block", `pass proto udp ${MAYBE} to port 54`])).toBe("block");
    expect(first(["block", `pass ${MAYBE} tagged T`])).toBe("block");
  });

  it("does not matter if it does the same", () => {
    expect(first(["block", `block ${MAYBE}`])).toBe("block");
    expect(first(["pass", `pass ${MAYBE}`])).toBe("pass");
    expect(first(["block", `match ${MAYBE}`])).toBe("block");
  });

  it("matters if it keeps another state, sets a tag, a table or a translation", () => {
    expect(first(["pass", `pass ${MAYBE} no state`])).toBe("unknown");
    expect(first(["pass", `pass ${MAYBE} keep state (if-bound)`])).toBe("unknown");
    expect(first([`match ${MAYBE} tag T`, "pass"])).toBe("unknown");
    expect(first([`match ${MAYBE} rtable 1`, "pass"])).toBe("unknown");
    expect(first([`match in inet ${MAYBE} rdr-to 10.20.0.9`, "pass"])).toBe("unknown");
    expect(first(["pass", `pass ${MAYBE} once`])).toBe("unknown");
    expect(first(["pass", `pass in inet ${MAYBE} route-to 10.20.0.9`])).toBe("unknown");
  });

  it("may be an anchor", () => {
    expect(first(["block", `anchor ${MAYBE} {\npass\n}`])).toBe("unknown");
  });

  it("may be one that did match", () => {
    // no address is in the table now, so all are not in it
    expect(first(["block", "pass from ! <t>"])).toBe("unknown");
    expect(first(["block", "pass quick from ! <t>", "pass"])).toBe("unknown");
    expect(first(["pass", "pass from ! <t>"])).toBe("pass");
  });

  it("ends a walk early, so that what rules behind it do is open as well", () => {
    expect(first([`pass quick ${MAYBE}`, "match tag T", "pass"])).toBe("unknown");
    expect(first([`pass quick ${MAYBE}`, "pass"])).toBe("pass");
  });

  it("leaves no state behind where it matters", () => {
    const answer = put("b", "10.20.0.5", "10.10.0.5", { sourcePort: 53, destinationPort: 5000 });
    const rules = [TABLE, "pass in", `block in quick on vlan10 ${MAYBE}`, "block out"];
    // the first packet may have made a state that lets the second out
    expect(way(rules, [A_TO_B, answer])).toBe("in vlan20 pass @0 made; out vlan10 block @2");
  });
});

describe("asking what an open rule would do", () => {
  it("does not read the tag for the rules behind it", () => {
    const rules = [
      TABLE,
      "block",
      "pass in on vlan10 tag T no state",
      "pass out on vlan20",
      `block out quick ${MAYBE} ! tagged T`,
      "pass out on vlan10 tagged T no state",
    ];
    const answer = put("b", "10.20.0.5", "10.10.0.5", { sourcePort: 53, destinationPort: 5000 });
    // a state that had stored the tag would give it to the answer
    expect(way(rules, [A_TO_B, answer])).toBe("in vlan20 pass state; out vlan10 block @0");
  });
});

describe("a line that is not understood", () => {
  it("may do anything to what it admits", () => {
    expect(first(["block", "pass in flooh"])).toBe("unknown");
    expect(first(["pass in flooh", "block quick"])).toBe("unknown");
  });

  it("does nothing to what it does not admit, or never sees", () => {
    expect(first(["pass", "pass out on em0 flooh"])).toBe("pass");
    expect(first(["pass quick", "pass in flooh"])).toBe("pass");
  });

  it("may stand in an anchor that is filled at run time", () => {
    expect(first(["block", 'anchor "x"'])).toBe("unknown");
    expect(first(["block", 'anchor "x" out'])).toBe("block");
  });
});

describe("what only the running host knows", () => {
  it("are addresses of an interface that learns them, in no network of another", () => {
    const on = (rule: string, source: string, destination = "198.51.100.1"): string =>
      first(["block", rule], put("d", source, destination));
    expect(on("pass from (em8)", "203.0.113.5")).toBe("unknown");
    expect(on("pass from ! (em8)", "203.0.113.5")).toBe("unknown");
    expect(on("pass from (em8)", "10.10.0.5")).toBe("block");
    expect(on("pass from ! (em8)", "10.10.0.5")).toBe("pass");
    expect(on("pass from (em8)", "2001:db8::5", "2001:db8:10::5")).toBe("block");
    // it learns addresses of IPv4 only
    expect(on("pass from (em8)", "2001:db8:ffff::5", "2001:db8:10::5")).toBe("block");
  });

  it("is an address that packets are translated to", () => {
    expect(first(["pass", "pass in inet rdr-to (em8)"])).toBe("unknown");
    expect(first(["match in inet rdr-to (em8)", "pass"])).toBe("unknown");
    expect(first(["pass", "pass in inet rdr-to (em0)"])).toBe("pass");
    expect(first(["pass", "pass out on em8 inet nat-to (em8)"])).toBe("pass");
  });

  it("are names and accounts", () => {
    expect(first(["block", "pass from nosuchhost.example.net"])).toBe("unknown");
    expect(first(["block", "pass proto udp from any port 5000 to port 53 user 1000"])).toBe(
      "unknown",
    );
    // sockets of forwarded packets are not looked up
    expect(way(["pass in", "block out", "pass out proto udp user 1000"], [A_TO_B])).toContain(
      "out vlan20 block",
    );
  });

  it("is what a system's SYN looks like, and how urgent a packet is", () => {
    const syn = put("a", "10.10.0.5", "10.20.0.5", { protocol: TCP, flags: "S" });
    const ack = put("a", "10.10.0.5", "10.20.0.5", { protocol: TCP, flags: "A" });
    expect(first(["block", 'pass proto tcp from any os "OpenBSD" flags any'], syn)).toBe("unknown");
    expect(first(["pass", 'block proto tcp from any os "OpenBSD"'], ack)).toBe("pass");
    expect(first(["block", "pass prio 5"])).toBe("unknown");
  });

  it("does not matter to packets of a state", () => {
    const rules = [TABLE, "pass no state", "pass out on em0", "block in quick on em0 from <t>"];
    const back = put("internet", "198.51.100.9", "10.10.0.5", {
      sourcePort: 53,
      destinationPort: 5000,
    });
    const puts = [put("a", "10.10.0.5", "198.51.100.9"), back];
    expect(way(rules, puts)).toBe("in em0 pass state; out vlan10 pass @0; at fw:vlan10");
  });
});
