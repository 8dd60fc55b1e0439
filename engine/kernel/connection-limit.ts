import type { Machine } from "./machine.ts";
import type { State, StateKey } from "./state.ts";

/**
 * Counts a completed handshake; true: over a limit of its rule, so that the state is killed and the
 * packet dropped (section 21; follows pf_src_connlimit, OpenBSD 7.8).
 */
export function connectionLimit(machine: Machine, state: State): boolean {
  const node = state.extra?.nodes.find(({ use }) => use === "none");
  if (node === undefined || state.extra === undefined) return false;
  node.connections++;
  state.extra.connected = true;
  const { stateOptions } = state.rule.rule;
  const tooMany =
    stateOptions.maxSourceConnections > 0 && node.connections > stateOptions.maxSourceConnections;
  const tooFast = node.rate?.isOverWith(machine.now) === true;
  if (!tooMany && !tooFast) return false;
  if (stateOptions.overload !== "") overload(machine, state, node.source);
  kill(machine, state);
  return true;
}

/** @param source - of the node: who sent the first packet, whatever `nat-to` made of the address */
function overload(machine: Machine, state: State, source: bigint): void {
  const { overload: table, flush } = state.rule.rule.stateOptions;
  const { direction, wire } = state;
  const { family } = wire;
  machine.tables.learn(state.rule.anchor, table, family, source);
  if (flush === "") return;
  for (const other of [...machine.states.all()]) {
    // the same end of the key, in whatever direction the other state was made
    if (other.wire.family !== family || endOf(other.wire, direction) !== source) continue;
    if (flush === "flush global" || other.rule === state.rule) kill(machine, other);
  }
}

/** No packet finds it; until the purge its keys are taken, by a connection that is not finished. */
function kill(machine: Machine, state: State): void {
  state.source.level = 0;
  state.destination.level = 0;
  machine.states.mark(state);
}

/** Of a state made in `direction`, who began it, as seen on the wire. */
function endOf({ address0, address1 }: StateKey, direction: State["direction"]): bigint {
  return direction === "in" ? address0 : address1;
}
