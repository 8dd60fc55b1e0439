import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundariesOf } from "../../../engine/claims/boundaries.ts";
import { checkHeaders } from "../../../engine/kernel/headers.ts";
import { kernelPacketOf, packetOf } from "../../../engine/path/kernel-packet.ts";
import { TCP } from "../../../model/packet.ts";
import { packetNear } from "../../../scenarios/arbitraries/packet.ts";
import { packet } from "../../support/packet.ts";
import { walkedHost } from "../../support/walked.ts";

describe("the packet that a kernel sees", () => {
  it("has every field of the one that was sent", () => {
    const near = boundariesOf([walkedHost(["pass inet proto icmp icmp-type echoreq"])]);
    fc.assert(
      fc.property(packetNear(near), (it) => {
        const { protocol, ...back } = packetOf(kernelPacketOf(it, 0), 0);
        const { protocol: sent, ...rest } = it;
        expect(back).toEqual(rest);
        // what follows a later fragment of IPv6 nobody sees
        const hidden = it.family === "inet6" && it.fragment === "later";
        expect(protocol).toBe(hidden ? 44 : sent);
        const { isFragment, hasOptions } = checkHeaders(kernelPacketOf(it, 0));
        expect([isFragment, hasOptions]).toEqual([it.fragment !== "no", it.options]);
      }),
    );
  });

  it("keeps what an error quotes", () => {
    const { source, destination } = packet("10.0.0.1", "10.0.0.2");
    const quoted = { protocol: TCP, source, destination, sourcePort: 1, destinationPort: 2 };
    const error = packet("10.0.0.2", "10.0.0.1", {
      protocol: 1,
      icmpType: 3,
      quoted: { ...quoted, icmpType: 0, icmpCode: 7, icmpId: 0 },
    });
    expect(packetOf(kernelPacketOf(error, 0), 7)).toEqual(error);
  });

  it("has the sequence numbers that everybody begins with", () => {
    const numbers = (flags: string): readonly unknown[] => {
      const { tcp } = kernelPacketOf(packet("10.0.0.1", "10.0.0.2", { protocol: TCP, flags }), 0);
      return [tcp?.sequence, tcp?.acknowledgment];
    };
    expect(["S", "SA", "A", "RA"].map(numbers)).toEqual([
      [1000, 0],
      [1000, 1001],
      [1001, 1001],
      [1001, 1001],
    ]);
  });
});
