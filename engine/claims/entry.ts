import { arrivals } from "../path/points.ts";
import type { Attachment } from "../path/wiring.ts";
import { type Point, senderName } from "./graph.ts";

/** The point after `point` that tells where a frame entered a host: none that it was on a wire before. */
export function along(point: Point, next: Point | undefined): Point | undefined {
  return point.kind === "wire" && point.sender === undefined ? next : point;
}

/** The interface that an emitted frame enters, or leaves from. */
export function entry(point: Point, next: Point | undefined): Attachment | undefined {
  if (point.kind === "send") return { host: point.host, interface: point.interface };
  if (point.kind !== "wire") return undefined;
  const { attachments } = point.wire;
  if (next?.kind === "leg") return { host: next.leg.host, interface: next.leg.from };
  if (next?.kind === "wire") {
    // switched without a test, which leaves no point between the wires
    return attachments.find((end) => switchesTo(end, next.sender)) ?? attachments[0];
  }
  const host = next?.kind === "stack" ? next.host : undefined;
  const own = attachments.filter((end) => host === undefined || end.host === host);
  const exact = own.find((end) => next?.kind === "stack" && end.interface === next.interface);
  return exact ?? own[0] ?? attachments[0];
}

/** Whether what comes in at an end of a wire leaves its host by `sender` without a pf test. */
function switchesTo({ host, interface: it }: Attachment, sender: string | undefined): boolean {
  return arrivals(host, it).some(({ tests, exit }) => {
    const leaves = exit.kind === "wire" && senderName(host, exit.interface) === sender;
    return leaves && tests.length === 0;
  });
}
