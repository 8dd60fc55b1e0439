import type { Host } from "../../model/host.ts";
import { rdomainsOf } from "../path/stack.ts";
import type { Wire } from "../path/wiring.ts";
import type { Reading } from "./gates.ts";
import type { Point } from "./graph.ts";
import type { OpenBracket, Plan } from "./plan.ts";

/** Somewhere that a frame on a wire may get to because of an open bracket. */
export interface BracketStep {
  readonly id: string;
  readonly to: Point;
  /** Arrives as any packet, not as itself. */
  readonly havoc: boolean;
}

/**
 * Where frames on a wire may go by open brackets wider than one rule (claims.md 4, 5).
 *
 * A suspected wire carries them to its other end. An unread line of scope host may hand them to
 * every wire and socket of that host, one of scope interface to that interface's stack and wire,
 * one of scope routes to every wire of the routing domain. Nothing in reading `must`.
 */
export function bracketSteps(
  plan: Plan,
  point: Point,
  options: { readonly reading: Reading; readonly closed: ReadonlySet<string> },
): readonly BracketStep[] {
  if (options.reading === "must" || point.kind !== "wire") return [];
  const { wire } = point;
  return plan.brackets
    .filter((bracket) => !options.closed.has(bracket.id))
    .flatMap((bracket) =>
      bracket.kind === "wire"
        ? acrossWires(plan, wire, bracket)
        : throughHosts(plan, wire, bracket),
    );
}

function acrossWires(
  plan: Plan,
  from: Wire,
  bracket: OpenBracket & { readonly kind: "wire" },
): readonly BracketStep[] {
  const wires = bracket.suspicion.ends.map((end) =>
    plan.wiring.wireOf(end.host.name, end.interface.name),
  );
  if (!wires.includes(from)) return [];
  return wires.flatMap((wire): readonly BracketStep[] => {
    if (wire === undefined || wire === from) return [];
    return [{ id: bracket.id, to: { kind: "wire", wire }, havoc: false }];
  });
}

function throughHosts(
  plan: Plan,
  from: Wire,
  bracket: OpenBracket & { readonly kind: "unread" },
): readonly BracketStep[] {
  const { scope } = bracket.unread;
  // rules, tables and addresses are brackets of the pf tests and of the stack
  if (scope.kind !== "host" && scope.kind !== "interface" && scope.kind !== "routes") return [];
  const only = scope.kind === "interface" ? scope.interface : undefined;
  return from.attachments
    .filter(({ host }) => host.name === scope.host)
    .flatMap(({ host }) => reachOf(plan, host, bracket.id, only));
}

function reachOf(
  plan: Plan,
  host: Host,
  id: string,
  only: string | undefined,
): readonly BracketStep[] {
  const reached = host.interfaces.filter((it) => only === undefined || it.name === only);
  const steps = reached.flatMap((it): readonly BracketStep[] => {
    const wire = plan.wiring.wireOf(host.name, it.name);
    const stack: Point = { kind: "stack", host, interface: it };
    const inside: BracketStep = { id, to: stack, havoc: true };
    return wire === undefined
      ? [inside]
      : [inside, { id, to: { kind: "wire", wire }, havoc: true }];
  });
  if (only !== undefined) return steps;
  return [
    ...steps,
    ...rdomainsOf(host).map((rdomain): BracketStep => {
      return { id, to: { kind: "socket", host, rdomain }, havoc: true };
    }),
  ];
}
