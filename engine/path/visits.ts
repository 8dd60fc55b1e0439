import type { Interface } from "../../model/host.ts";
import type { KernelPacket } from "../kernel/packet.ts";
import type { Maker } from "./delivery.ts";
import type { Carried, Frame } from "./frame.ts";

/** A frame that an interface has received while one emission was played. */
interface Visit {
  readonly frame: Frame;
  /** How many states had been made before. */
  readonly made: number;
}

/** How often the same frame is followed from the same interface. */
const MOST_VISITS = 2;

/**
 * Which frames interfaces have received while one emission was played, so that what goes round or is
 * flooded over and over is not followed for ever.
 *
 * A frame that comes for the third time, with no more hops left than before and no state made
 * in between, can only repeat what has been noted: the first time has brought the states that it
 * finds into the shape that they have the second time and ever after.
 */
export class Visits {
  readonly #visits = new Map<Interface, Visit[]>();
  #made = 0;

  /** A state was made: what follows may differ from what was. */
  stateMade(): void {
    this.#made++;
  }

  /** Notes that `on` receives a frame; true: it need not be followed. */
  isKnown(on: Interface, frame: Frame): boolean {
    const visits = this.#visits.get(on);
    if (visits === undefined) {
      this.#visits.set(on, [{ frame, made: this.#made }]);
      return false;
    }
    let alike = 0;
    for (const visit of visits) {
      if (visit.made === this.#made && covers(visit.frame, frame)) alike++;
    }
    if (alike >= MOST_VISITS) return true;
    visits.push({ frame, made: this.#made });
    return false;
  }
}

/** Whether all that can become of `now` became of `before`. */
function covers(before: Frame, now: Frame): boolean {
  return (
    before.hops <= now.hops &&
    before.packet.ttl >= now.packet.ttl &&
    before.quotedCode === now.quotedCode &&
    before.forged === now.forged &&
    before.asked === now.asked &&
    before.generated === now.generated &&
    before.completes === now.completes &&
    before.isAnswer === now.isAnswer &&
    isSamePacket(before.packet, now.packet) &&
    areSameMakers(before.creators, now.creators) &&
    isSameLoad(before.carries, now.carries)
  );
}

function isSameLoad(a: Carried | undefined, b: Carried | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.vnetid === b.vnetid && a.host === b.host && isSamePacket(a.packet, b.packet);
}

/** Whether both lists say the same of who made a state last, whomever one leaves out. */
function areSameMakers(a: readonly Maker[], b: readonly Maker[]): boolean {
  if (a === b) return true;
  const [one, other] = [lastTimes(a), lastTimes(b)];
  return one.length === other.length && one.every((it, at) => it === other[at]);
}

function lastTimes(makers: readonly Maker[]): readonly string[] {
  const names = makers.map(({ emission, zone }) => `${emission} ${zone}`);
  return names.filter((name, at) => names.lastIndexOf(name) === at);
}

/** Whether two packets differ in nothing but the hop limit. */
function isSamePacket(a: KernelPacket, b: KernelPacket): boolean {
  return a === b || isAlike({ ...a, ttl: 0 }, { ...b, ttl: 0 });
}

function isAlike(a: unknown, b: unknown): boolean {
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isAlike(a[key], b[key]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
