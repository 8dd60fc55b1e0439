import type { Host, Interface } from "../../../model/host.ts";
import { Legs } from "../../path/legs.ts";
import type { Leg } from "../../path/points.ts";
import type { Attachment, Wire, Wiring } from "../../path/wiring.ts";

/** Where a frame is to get to without being routed: a stack, or somebody on a wire. */
export type Target =
  | { readonly kind: "stack"; readonly host: Host; readonly interface: Interface }
  | { readonly kind: "wire"; readonly wire: Wire };

/** Wires that bridges join: which stacks and wires a frame can get to, and by which legs. */
export class Segments {
  readonly #wiring: Wiring;
  readonly legs: Legs = new Legs();

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
  }

  /** The wire that a leg ends on; none if it ends in a stack or a tunnel. */
  wireBehind({ host, exit }: Leg): Wire | undefined {
    return exit.kind === "wire" ? this.#wiring.wireOf(host.name, exit.interface.name) : undefined;
  }

  /** Whether a frame that takes the leg can get to the target, through bridges only. */
  leads(leg: Leg, target: Target, seen: ReadonlySet<Wire> = new Set()): boolean {
    const { host, exit } = leg;
    if (exit.kind === "stack") {
      return target.kind === "stack" && target.host === host && target.interface === exit.interface;
    }
    const wire = this.wireBehind(leg);
    if (wire === undefined) return false;
    return this.#wireLeads(wire, { host, interface: exit.interface }, target, seen);
  }

  /** The legs by which a frame on a wire gets to the target; its sender does not receive it. */
  legsTo(wire: Wire, sender: Attachment | undefined, target: Target): readonly Leg[] {
    return this.#receivers(wire, sender).filter((leg) => this.leads(leg, target, new Set([wire])));
  }

  /** Every stack that takes frames from the segment of a wire. */
  stacksOn(wire: Wire): readonly Attachment[] {
    const found = new Map<string, Attachment>();
    const seen = new Set<Wire>();
    const visit = (at: Wire): void => {
      if (seen.has(at)) return;
      seen.add(at);
      for (const leg of this.#receivers(at, undefined)) {
        const { host, exit } = leg;
        const next = this.wireBehind(leg);
        if (next !== undefined) visit(next);
        else if (exit.kind === "stack") {
          found.set(`${host.name} ${exit.interface.name}`, { host, interface: exit.interface });
        }
      }
    };
    visit(wire);
    return [...found.values()];
  }

  #receivers(wire: Wire, sender: Attachment | undefined): readonly Leg[] {
    return wire.attachments
      .filter((end) => end.host !== sender?.host || end.interface !== sender.interface)
      .flatMap((end) => this.legs.from("in", end.host, end.interface));
  }

  #wireLeads(wire: Wire, sender: Attachment, target: Target, seen: ReadonlySet<Wire>): boolean {
    if (target.kind === "wire" && target.wire === wire) return true;
    if (seen.has(wire)) return false;
    const next = new Set([...seen, wire]);
    return this.#receivers(wire, sender).some((leg) => this.leads(leg, target, next));
  }
}
