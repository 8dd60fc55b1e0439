import { expandRule } from "../expansion/expand.ts";
import { addressesOf } from "../expansion/interface-addresses.ts";
import {
  ANY_HOST,
  ANY_INTERFACE,
  type HostItem,
  type InterfaceItem,
  NO_LISTS,
} from "../expansion/list-items.ts";
import * as S from "../grammar/steps.ts";
import { Draft } from "./draft.ts";
import type { Handler, Handlers } from "./handlers.ts";
import { rtableOf } from "./option-handlers.ts";
import type { Reading } from "./reading.ts";
import type { RuleBase } from "./rule-statement.ts";
import { NO_STATE_OPTIONS } from "./state-handlers.ts";

function element(isDynamic: boolean): Handler {
  return ({ draft }) => {
    const item = draft.interfaces.pop();
    if (item !== undefined) draft.antispoof.push({ item, isDynamic });
    return true;
  };
}

const label: Handler = (reading, at) => {
  const { draft, tokens } = reading;
  if (draft.label !== undefined) return reading.error("label cannot be redefined", at);
  draft.label = tokens.text(at);
  return true;
};

const rtable: Handler = (reading, at) => {
  const id = rtableOf(reading, at);
  if (id === undefined) return false;
  reading.draft.rtable = id;
  return true;
};

const LONGEST_LABEL = 63;

const end: Handler = (reading, at) => {
  const { draft } = reading;
  if ((draft.label ?? "").length > LONGEST_LABEL) {
    return reading.error(`rule label too long (max ${LONGEST_LABEL} chars)`, at);
  }
  for (const { item, isDynamic } of draft.antispoof) {
    const on = item.rdomain >= 0 ? ANY_INTERFACE : { ...item, negated: true };
    guard(reading, on, hostsOf(reading, item, isDynamic, true));
    const loopback = reading.shared.hosts.interface(item.name)?.kind === "loopback";
    if (!loopback) guard(reading, ANY_INTERFACE, hostsOf(reading, item, isDynamic, false));
  }
  return true;
};

/** The addresses, or the networks, that an interface has; none of them is an error. */
function hostsOf(
  reading: Reading,
  { name, at, to }: InterfaceItem,
  isDynamic: boolean,
  network: boolean,
): readonly HostItem[] {
  const part = network ? "network" : "address";
  if (isDynamic) {
    const address = { kind: "dynamic", name, part, first: false, length: 128 } as const;
    return [{ ...ANY_HOST, address, at, to }];
  }
  const { hosts } = reading.shared;
  hosts.interfacesLoaded = true;
  const members = name === "" ? hosts.members("self") : hosts.looseMembers(name);
  if (members.some((it) => it.automatic.length > 0)) {
    const text = network ? `${name}:network` : name;
    return [{ ...ANY_HOST, address: { kind: "unknown", text }, at, to }];
  }
  return addressesOf(members, { name, part, first: false }).map(({ prefix, scope }) => ({
    ...ANY_HOST,
    address: { kind: "prefix", prefix },
    family: prefix.family,
    scope: scope ?? "",
    at,
    to,
  }));
}

/** `block drop in [log] [quick] on … from sources to any` */
function guard(reading: Reading, on: InterfaceItem, sources: readonly HostItem[]): void {
  if (sources.length === 0) return;
  const from = reading.draft;
  const draft = new Draft();
  draft.action = "block";
  draft.answer = { kind: "drop" };
  draft.direction = "in";
  draft.quick = from.quick;
  draft.logs = from.logs;
  draft.logAll = from.logAll;
  draft.logMatches = from.logMatches;
  draft.logUser = from.logUser;
  draft.logTo = from.logTo;
  draft.label = from.label;
  draft.rtable = from.rtable;
  const base: RuleBase = {
    draft,
    state: "none",
    stateOptions: NO_STATE_OPTIONS,
    flags: 0,
    flagMask: 0,
    family: from.family,
    call: undefined,
    logs: from.logs,
    wantsFamily: false,
  };
  expandRule(reading, base, { ...NO_LISTS, interfaces: [on], sources });
}

export const antispoofHandlers: Handlers = [
  [S.ANTISPOOF, () => true],
  [S.AS_NAME, element(false)],
  [S.AS_DYNAMIC, element(true)],
  [S.AS_LABEL, label],
  [S.AS_RTABLE, rtable],
  [S.ANTISPOOF_END, end],
];
