import type { Cut, Wire } from "../path/wiring.ts";
import type { Plan } from "./plan.ts";

/** A place of a zone on a wire. */
export interface Landing {
  readonly zone: number;
  readonly cut: Cut;
}

/** Places of all zones, by their wires. */
export function landingsOf({ zones }: Plan): ReadonlyMap<Wire, readonly Landing[]> {
  const landings = new Map<Wire, Landing[]>();
  for (const { index: zone, places } of zones) {
    for (const place of places) {
      if (place.kind !== "wire") continue;
      const { wire, cut } = place;
      const on = landings.get(wire);
      if (on === undefined) landings.set(wire, [{ zone, cut }]);
      else on.push({ zone, cut });
    }
  }
  return landings;
}
