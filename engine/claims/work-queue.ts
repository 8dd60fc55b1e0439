import type { Gathered, OwnedStates, Point } from "./graph.ts";

/** What waits to go on in a closure: packets at a point, or new keys of states. */
export type Work = Gathered | OwnedStates;

/**
 * Work in the order in which most of it goes on together: what is on its way through a host before
 * what leaves it, first come first served among equals. The fixpoint does not depend on it.
 */
export class WorkQueue {
  readonly #waiting: Work[][] = STAGES.map(() => []);

  push(work: Work): void {
    const stage = STAGES.indexOf("births" in work ? "states" : stageOf(work.point));
    this.#waiting[stage]?.push(work);
  }

  /** Takes all that comes next; nothing: the queue is empty. */
  take(): readonly Work[] {
    const stage = this.#waiting.findIndex(({ length }) => length > 0);
    return this.#waiting[stage]?.splice(0) ?? [];
  }
}

const STAGES = [
  "leg",
  "stack",
  "lookup",
  "passed in",
  "states",
  "forward",
  "send",
  "passed out",
  "sent",
  "socket",
  "wire",
  "delivered",
] as const;

function stageOf(point: Point): (typeof STAGES)[number] {
  if (point.kind !== "passed") return point.kind;
  return point.before.kind === "send" ? "passed out" : "passed in";
}
