import { type Family, TCP } from "../../../model/packet.ts";
import type { PfAnchorCall, StateOptions } from "../../../model/pf-rule.ts";
import { expandRule } from "../expansion/expand.ts";
import { type HostItem, NO_LISTS, type RuleLists } from "../expansion/list-items.ts";
import type { Draft } from "./draft.ts";
import type { Reading } from "./reading.ts";
import { NO_STATE_OPTIONS, stateOptionsOf } from "./state-handlers.ts";

const LONGEST_MARK = 63;

/** The parts of a rule that all its combinations share (pfctl's `pf_rule` before expand_rule). */
export interface RuleBase {
  readonly draft: Draft;
  readonly state: Draft["state"];
  readonly stateOptions: StateOptions;
  readonly flags: number;
  readonly flagMask: number;
  readonly family: Family | undefined;
  /** `anchor` rules. */
  readonly call: PfAnchorCall | undefined;
  readonly logs: boolean;
  /** An `anchor` rule with `af-to` and no family, which pfctl refuses. */
  readonly wantsFamily: boolean;
}

/** Finishes a filter rule: checks it and adds what it expands to; false if pfctl gives up. */
export function finishRule(reading: Reading): boolean {
  const { draft } = reading;
  if (draft.once && draft.action === "match") {
    return reading.error("'once' only applies to pass/block rules");
  }
  if (!marksFit(reading) || !translationFits(reading) || !flagsFit(reading)) return false;

  const pass = draft.action === "pass";
  const byDefault = pass && !draft.hasState;
  const state = byDefault ? "keep" : draft.state;
  const options = byDefault ? (reading.shared.stateDefaults ?? []) : draft.stateOptions;
  const stateOptions = stateOptionsOf(reading, options, state !== "none");
  if (stateOptions === undefined) return false;

  const defaultFlags = pass && !draft.hasFlags && !draft.fragment && state !== "none";
  const family = commonFamily(draft.destinations, commonFamily(draft.sources, draft.family));
  if (draft.route !== undefined && draft.routeKind !== "dup-to" && draft.direction === undefined) {
    return reading.error("direction must be explicit with rules that specify routing");
  }
  const diverted = divertFamily(reading, family);
  if (diverted === "wrong") return false;
  const base: RuleBase = {
    draft,
    state,
    stateOptions,
    flags: defaultFlags ? 2 : draft.flags,
    flagMask: defaultFlags ? 18 : draft.flagMask,
    family: afToFamily(draft, diverted),
    call: undefined,
    logs: draft.logs,
    wantsFamily: false,
  };
  expandRule(reading, base, listsOf(draft));
  return true;
}

/** Finishes an anchor rule, whose call is known by now. */
export function finishAnchor(reading: Reading, call: PfAnchorCall): boolean {
  const { draft } = reading;
  if (!flagsFit(reading)) return false;
  if (draft.once) return reading.error("'once' only applies to pass/block rules");
  if (!marksFit(reading) || !translationFits(reading)) return false;
  if (draft.state !== "none") return reading.error("cannot specify state handling on anchors");
  if (draft.route !== undefined) {
    return reading.error("cannot specify route handling on anchors");
  }
  const family = commonFamily(draft.destinations, commonFamily(draft.sources, draft.family));
  if (draft.divert?.kind === "divert-packet" && reading.reassemble) draft.reassembleTcp = true;
  draft.divert = undefined;
  draft.nat = undefined;
  draft.rdr = undefined;
  // what is left of `af-to`: it goes to no family, which is that of a rule without one
  const wantsFamily = draft.afTo && family === undefined;
  draft.afTo = false;
  const base: RuleBase = {
    draft,
    state: "none",
    stateOptions: NO_STATE_OPTIONS,
    flags: draft.flags,
    flagMask: draft.flagMask,
    family,
    call,
    logs: false,
    wantsFamily,
  };
  expandRule(reading, base, listsOf(draft));
  return true;
}

function marksFit(reading: Reading): boolean {
  const { draft } = reading;
  if (draft.tag.length > LONGEST_MARK || draft.tagged.length > LONGEST_MARK) {
    return reading.error(`tag too long, max ${LONGEST_MARK} chars`);
  }
  if ((draft.label ?? "").length > LONGEST_MARK) {
    return reading.error(`rule label too long (max ${LONGEST_MARK} chars)`);
  }
  return true;
}

function translationFits(reading: Reading): boolean {
  const { draft } = reading;
  if (draft.afTo) {
    if (draft.direction !== "in") {
      return reading.error("af-to can only be used with direction in");
    }
    if (draft.route !== undefined) {
      return reading.error("af-to cannot be used together with route-to, reply-to, dup-to");
    }
  }
  const { flags, flagMask } = draft;
  if ((flags & flagMask) !== flags) return reading.error("flags always false");
  return true;
}

function flagsFit(reading: Reading): boolean {
  const { draft } = reading;
  const flags = draft.flags !== 0 || draft.flagMask !== 0;
  if (!flags && draft.os.length === 0) return true;
  if (draft.protocols.length === 0 || draft.protocols.some((it) => it.protocol === TCP))
    return true;
  if (flags) reading.error("flags only apply to tcp");
  if (draft.os.length > 0) {
    const verb = draft.action === "anchor" ? "applies" : "apply";
    reading.error(`OS fingerprinting only ${verb} to tcp`);
  }
  return false;
}

/** `family`, or the one that all hosts share. */
function commonFamily(hosts: readonly HostItem[], family: Family | undefined): Family | undefined {
  if (family !== undefined) return family;
  const [first] = hosts;
  if (first?.family === undefined) return undefined;
  for (const it of hosts) if (it.family !== first.family) return undefined;
  return first.family;
}

/** Without a family, a rule with `af-to` is of the other one. */
function afToFamily(draft: Draft, family: Family | undefined): Family | undefined {
  if (!draft.afTo || family !== undefined) return family;
  return draft.afToFamily === "inet" ? "inet6" : "inet";
}

/** Checks divert options and chooses the address; gives the family of the rule. */
function divertFamily(reading: Reading, family: Family | undefined): Family | undefined | "wrong" {
  const { draft } = reading;
  switch (draft.divert?.kind) {
    case undefined:
      return family;
    case "divert-to": {
      if (draft.direction === "out") {
        reading.error("divert-to used with outgoing rule");
        return "wrong";
      }
      const { hosts, port } = draft.divert;
      const chosen = family === undefined ? hosts[0] : hosts.find((it) => it.family === family);
      if (chosen === undefined) {
        reading.error("divert-to address family mismatch");
        return "wrong";
      }
      draft.divert = { kind: "divert-to", hosts: [chosen], port };
      return family ?? chosen.family;
    }
    case "divert-reply":
      if (draft.direction === "in") {
        reading.error("divert-reply used with incoming rule");
        return "wrong";
      }
      return family;
    case "divert-packet":
      if (reading.reassemble) draft.reassembleTcp = true;
      return family;
  }
}

/** The lists of a draft; one that was not written holds one element without a test. */
function listsOf(draft: Draft): RuleLists {
  return {
    interfaces: draft.on.length > 0 ? draft.on : NO_LISTS.interfaces,
    protocols: draft.protocols.length > 0 ? draft.protocols : NO_LISTS.protocols,
    icmp: draft.icmp.length > 0 ? draft.icmp : NO_LISTS.icmp,
    sources: draft.sources.length > 0 ? draft.sources : NO_LISTS.sources,
    destinations: draft.destinations.length > 0 ? draft.destinations : NO_LISTS.destinations,
    sourcePorts: draft.sourcePorts.length > 0 ? draft.sourcePorts : NO_LISTS.sourcePorts,
    destinationPorts:
      draft.destinationPorts.length > 0 ? draft.destinationPorts : NO_LISTS.sourcePorts,
    os: draft.os.length > 0 ? draft.os : NO_LISTS.os,
    users: draft.users.length > 0 ? draft.users : NO_LISTS.users,
    groups: draft.groups.length > 0 ? draft.groups : NO_LISTS.groups,
  };
}
