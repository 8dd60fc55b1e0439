import { parsePrefix } from "../../model/address-text.ts";
import type { PfAddress, PfEndpoint, PfRule } from "../../model/pf-rule.ts";

/** `pass` with the fields of `change`; without any, it prints `pass all no state`. */
export function rule(change: Partial<PfRule> = {}): PfRule {
  return { ...PASS, ...change };
}

/** `10.0.0.0/8`, `<name>`, `any`; without port. */
export function end(text: string): PfEndpoint {
  return { address: addressOf(text), negated: false, port: undefined };
}

function addressOf(text: string): PfAddress {
  if (text === "any") return { kind: "any" };
  if (text.startsWith("<")) return { kind: "table", name: text.slice(1, -1) };
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(text);
  return { kind: "prefix", prefix };
}

/** A rule that tests nothing. */
export const PASS: PfRule = {
  action: "pass",
  number: 0,
  answer: undefined,
  direction: undefined,
  quick: false,
  log: undefined,
  interface: "",
  interfaceNegated: false,
  rdomain: -1,
  family: undefined,
  protocol: 0,
  source: end("any"),
  destination: end("any"),
  os: "",
  receivedOn: undefined,
  user: undefined,
  group: undefined,
  flags: 0,
  flagMask: 0,
  icmpType: -1,
  icmpCode: -1,
  tos: 0,
  prio: -1,
  packetRate: undefined,
  set: undefined,
  state: "none",
  stateOptions: {
    max: 0,
    noSync: false,
    sourceTrack: "",
    maxSourceStates: 0,
    maxSourceConnections: 0,
    sourceRate: undefined,
    maxSourceNodes: 0,
    overload: "",
    flush: "",
    ifBound: false,
    sloppy: false,
    pflow: false,
    timeouts: [],
  },
  probability: 0,
  fragment: false,
  allowOptions: false,
  once: false,
  scrub: undefined,
  label: "",
  tag: "",
  tagged: "",
  taggedNegated: false,
  rtable: -1,
  divert: undefined,
  nat: undefined,
  rdr: undefined,
  route: undefined,
  routeKind: undefined,
  afTo: undefined,
  anchor: undefined,
  origin: { span: { file: "pf.conf", line: 1, column: 1, length: 1 }, macros: [], includes: [] },
  elements: [],
};
