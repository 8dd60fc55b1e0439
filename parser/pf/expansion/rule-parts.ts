import type { Family } from "../../../model/packet.ts";
import type {
  Divert,
  LogTo,
  PacketSettings,
  PfAddress,
  PfEndpoint,
  Scrub,
} from "../../../model/pf-rule.ts";
import type { Span } from "../../../model/source.ts";
import type { Draft } from "../statements/draft.ts";
import type { HostItem, PortItem } from "./list-items.ts";

/** Nothing of the rule was a list. */
export const NO_ELEMENTS: readonly Span[] = [];

/** What any address and any port make; shared by most rules. */
const ANY_ENDPOINT: PfEndpoint = { address: { kind: "any" }, negated: false, port: undefined };

export function isDynamic(host: HostItem | undefined): boolean {
  return host?.address.kind === "dynamic";
}

/** Characters of a name that stand where pf keeps an address; those behind are in its mask. */
const NAME_IN_ADDRESS = 16;
/** Characters in front of what is the mask of IPv6 only. */
const NAME_IN_INET = 20;

/** Whether the mask is 0; pfctl asks that of addresses that have none as well. */
export function hasNoMask(address: PfAddress): boolean {
  switch (address.kind) {
    case "prefix":
      return address.prefix.length === 0;
    case "dynamic":
      return address.length === 0;
    case "table":
      return address.name.length <= NAME_IN_ADDRESS;
    case "route":
      return address.label.length <= NAME_IN_ADDRESS;
    case "range":
      return address.range.last === 0n;
    case "unknown":
      return false;
    default:
      return true;
  }
}

/** The mask that check_netmask complains about for IPv4; undefined: none. */
export function wrongMask({ address, wideMask }: HostItem): number | undefined {
  if (wideMask !== 0) return wideMask;
  // long route labels reach into the mask; no ASCII character begins with a 1
  return address.kind === "route" && address.label.length > NAME_IN_INET ? 0 : undefined;
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
