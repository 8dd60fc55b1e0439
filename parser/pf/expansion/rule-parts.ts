import type { Family } from "../../../model/packet.ts";
import type { Divert, LogTo, PacketSettings, PfEndpoint, Scrub } from "../../../model/pf-rule.ts";
import type { Span } from "../../../model/source.ts";
import type { Draft } from "../statements/draft.ts";
import type { HostItem, PortItem } from "./list-items.ts";
import type { CollapsedPool } from "./pools.ts";

/** Nothing of the rule was a list. */
export const NO_ELEMENTS: readonly Span[] = [];

/** What any address and any port make; shared by most rules. */
const ANY_ENDPOINT: PfEndpoint = { address: { kind: "any" }, negated: false, port: undefined };

export function isDynamic(host: HostItem | undefined): boolean {
  return host?.address.kind === "dynamic";
}

export function hasNoMask({ address }: HostItem): boolean {
  return address.kind === "any" || (address.kind === "prefix" && address.prefix.length === 0);
}

/** pfctl looks at the mask of an address that is none: that of a table, or of no address at all. */
export function hasNoTarget({ address }: CollapsedPool): boolean {
  if (address.kind === "table" || address.kind === "any") return true;
  return address.kind === "prefix" && address.prefix.length === 0;
}

export function endpointOf(
  host: HostItem,
  port: PortItem | undefined,
  family: Family | undefined,
): PfEndpoint {
  let { address } = host;
  if (address.kind === "any" && port?.port === undefined && !host.negated) return ANY_ENDPOINT;
  if (address.kind === "dynamic" && family === "inet" && address.length > 32) {
    address = { ...address, length: 32 };
  }
  return { address, negated: host.negated, port: port?.port };
}

export function logOf(draft: Draft): LogTo {
  return {
    all: draft.logAll,
    matches: draft.logMatches,
    user: draft.logUser,
    to: draft.logTo,
  };
}

export function settingsOf(draft: Draft): PacketSettings | undefined {
  const { setPrio, setLowDelayPrio, queue, lowDelayQueue, setTos, setDelay } = draft;
  if (setPrio < 0 && queue === "" && setTos < 0 && setDelay < 0) return undefined;
  return {
    prio: setPrio,
    lowDelayPrio: setLowDelayPrio,
    queue,
    lowDelayQueue,
    tos: setTos,
    delay: setDelay,
  };
}

export function scrubOf(draft: Draft): Scrub | undefined {
  const { noDf, randomId, minTtl, maxMss, reassembleTcp } = draft;
  if (!noDf && !randomId && minTtl === 0 && maxMss === 0 && !reassembleTcp) return undefined;
  return { noDf, randomId, minTtl, reassembleTcp, maxMss };
}

export function divertOf({ divert }: Draft): Divert | undefined {
  if (divert?.kind !== "divert-to") return divert;
  const address = divert.hosts[0]?.address;
  if (address?.kind !== "prefix") return undefined;
  return { kind: "divert-to", address: address.prefix, port: divert.port };
}
