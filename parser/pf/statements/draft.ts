import type { Family } from "../../../model/packet.ts";
import type { BlockAnswer, IdTest, PfQueue, PfRule, QueueCurve } from "../../../model/pf-rule.ts";
import type {
  HostItem,
  IcmpItem,
  IdItem,
  InterfaceItem,
  OsItem,
  PortItem,
  ProtocolItem,
} from "../expansion/list-items.ts";
import type { EntryPacker } from "./packed-entries.ts";
import type { StateOption } from "./state-option.ts";

/** An address pool of one statement, before the families of a combination are known. */
export interface PoolDraft {
  readonly hosts: readonly HostItem[];
  /** -1: none was written; `last` -1: `a:*`. */
  readonly first: number;
  readonly last: number;
  readonly type: "" | "bitmask" | "random" | "source-hash" | "round-robin" | "least-states";
  readonly key: string;
  readonly sticky: boolean;
  readonly staticPort: boolean;
  readonly binat: boolean;
}

/** A port as written: a number or a range; `last` -1: `a:*`. */
export interface PortTerm {
  readonly first: number;
  readonly last: number;
  readonly isRange: boolean;
}

export type DivertDraft =
  | { readonly kind: "divert-to"; readonly hosts: readonly HostItem[]; readonly port: number }
  | { readonly kind: "divert-packet"; readonly port: number }
  | { readonly kind: "divert-reply" };

/** An initialiser of a table as written. */
export type TableDraft =
  | { readonly kind: "file"; readonly name: string; readonly at: number }
  | { readonly kind: "list"; readonly hosts: readonly HostItem[] }
  /** A long run of plain addresses, packed as it was read. */
  | { readonly kind: "packed"; readonly entries: EntryPacker };

/** What the steps of one statement have gathered so far. */
export class Draft {
  /** More was written than action, direction, interfaces, protocols, addresses and ports. */
  hasOptions = true;

  // registers of the production at hand
  not = false;
  words: string[] = [];
  interfaces: InterfaceItem[] = [];
  hosts: HostItem[] = [];
  anyHost = false;
  ports: PortItem[] = [];
  portTerms: PortTerm[] = [];
  ids: IdItem[] = [];
  idTerms: IdTest[] = [];
  idKind: "user" | "group" = "user";
  flagSets: number[] = [];
  tosValue = 0;

  // of a filter rule
  action: PfRule["action"] = "pass";
  answer: BlockAnswer | undefined = undefined;
  direction: PfRule["direction"] = undefined;
  quick = false;
  logs = false;
  logAll = false;
  logMatches = false;
  logUser = false;
  logTo = 0;
  on: InterfaceItem[] = [];
  family: Family | undefined = undefined;
  protocols: ProtocolItem[] = [];
  sources: HostItem[] = [];
  sourcePorts: PortItem[] = [];
  os: OsItem[] = [];
  destinations: HostItem[] = [];
  destinationPorts: PortItem[] = [];
  users: IdItem[] = [];
  groups: IdItem[] = [];
  hasFlags = false;
  flags = 0;
  flagMask = 0;
  hasIcmp = false;
  icmp: IcmpItem[] = [];
  hasTos = false;
  tos = 0;
  prio = -1;
  fragment = false;
  allowOptions = false;
  once = false;
  hasState = false;
  state: PfRule["state"] = "none";
  stateOptions: StateOption[] = [];
  label: string | undefined = undefined;
  tag = "";
  tagged = "";
  taggedNegated = false;
  queue = "";
  lowDelayQueue = "";
  hasQueue = false;
  setPrio = -1;
  setLowDelayPrio = -1;
  setTos = -1;
  setDelay = -1;
  probability = 0;
  rtable = -1;
  divert: DivertDraft | undefined = undefined;
  noDf = false;
  randomId = false;
  minTtl = 0;
  maxMss = 0;
  reassembleTcp = false;
  /** Items of the scrub group at hand: respecified is an error within one. */
  scrubSeen: string[] = [];
  packetRate: PfRule["packetRate"] = undefined;
  receivedOn: { readonly name: string; readonly negated: boolean } | undefined = undefined;
  hasReceivedOn = false;
  nat: PoolDraft | undefined = undefined;
  rdr: PoolDraft | undefined = undefined;
  route: PoolDraft | undefined = undefined;
  routeKind: PfRule["routeKind"] = undefined;
  routeWord: PfRule["routeKind"] = undefined;
  /** Family of `af-to`, and whether there is one. */
  afTo = false;
  afToPools: PoolDraft[] = [];
  afToFamily: Family | undefined = undefined;
  familyBefore: Family | undefined = undefined;

  // of the pool at hand
  poolHosts: HostItem[] = [];
  poolFirst = -1;
  poolLast = -1;
  poolType: PoolDraft["type"] = "";
  poolKey = "";
  sticky = false;
  staticPort = false;

  // of other statements
  anchorName: string | undefined = undefined;
  antispoof: { readonly item: InterfaceItem; readonly isDynamic: boolean }[] = [];
  tableName = "";
  tableOptions: string[] = [];
  tableContents: TableDraft[] = [];
  /** Contents in front of the list that is read. */
  tableListStart = 0;
  bandwidths: number[] = [];
  curve: QueueCurve | undefined = undefined;
  queueName = "";
  queueParts: Partial<{ -readonly [K in keyof PfQueue]: PfQueue[K] }> = {};
  queueCurves: { bandwidth?: QueueCurve; min?: QueueCurve; max?: QueueCurve } = {};
  yes: boolean | undefined = undefined;
  syncookiesMode = "";
  syncookies: { start?: number; end?: number } = {};

  /** Forgets everything; lists that were handed on are left to those who have them. */
  reset(): void {
    if (this.hasOptions) this.#resetOptions();
    this.hasOptions = false;
    this.not = false;
    this.anyHost = false;
    this.action = "pass";
    this.answer = undefined;
    this.direction = undefined;
    this.quick = false;
    this.logs = false;
    this.logAll = false;
    this.logMatches = false;
    this.logUser = false;
    this.logTo = 0;
    this.family = undefined;
    if (this.words.length > 0) this.words = [];
    if (this.interfaces.length > 0) this.interfaces = [];
    if (this.hosts.length > 0) this.hosts = [];
    if (this.ports.length > 0) this.ports = [];
    if (this.portTerms.length > 0) this.portTerms = [];
    if (this.on.length > 0) this.on = [];
    if (this.protocols.length > 0) this.protocols = [];
    if (this.sources.length > 0) this.sources = [];
    if (this.sourcePorts.length > 0) this.sourcePorts = [];
    if (this.destinations.length > 0) this.destinations = [];
    if (this.destinationPorts.length > 0) this.destinationPorts = [];
  }

  #resetOptions(): void {
    if (this.queueName !== "") {
      this.queueParts = {};
      this.queueCurves = {};
    }
    if (this.syncookiesMode !== "") this.syncookies = {};
    this.idKind = "user";
    this.tosValue = 0;
    this.hasFlags = false;
    this.flags = 0;
    this.flagMask = 0;
    this.hasIcmp = false;
    this.hasTos = false;
    this.tos = 0;
    this.prio = -1;
    this.fragment = false;
    this.allowOptions = false;
    this.once = false;
    this.hasState = false;
    this.state = "none";
    this.label = undefined;
    this.tag = "";
    this.tagged = "";
    this.taggedNegated = false;
    this.queue = "";
    this.lowDelayQueue = "";
    this.hasQueue = false;
    this.setPrio = -1;
    this.setLowDelayPrio = -1;
    this.setTos = -1;
    this.setDelay = -1;
    this.probability = 0;
    this.rtable = -1;
    this.divert = undefined;
    this.noDf = false;
    this.randomId = false;
    this.minTtl = 0;
    this.maxMss = 0;
    this.reassembleTcp = false;
    this.packetRate = undefined;
    this.receivedOn = undefined;
    this.hasReceivedOn = false;
    this.nat = undefined;
    this.rdr = undefined;
    this.route = undefined;
    this.routeKind = undefined;
    this.routeWord = undefined;
    this.afTo = false;
    this.afToFamily = undefined;
    this.familyBefore = undefined;
    this.poolFirst = -1;
    this.poolLast = -1;
    this.poolType = "";
    this.poolKey = "";
    this.sticky = false;
    this.staticPort = false;
    this.anchorName = undefined;
    this.tableName = "";
    this.tableListStart = 0;
    this.curve = undefined;
    this.queueName = "";
    this.yes = undefined;
    this.syncookiesMode = "";
    this.#resetOptionLists();
  }

  #resetOptionLists(): void {
    if (this.ids.length > 0) this.ids = [];
    if (this.idTerms.length > 0) this.idTerms = [];
    if (this.flagSets.length > 0) this.flagSets = [];
    if (this.os.length > 0) this.os = [];
    if (this.users.length > 0) this.users = [];
    if (this.groups.length > 0) this.groups = [];
    if (this.icmp.length > 0) this.icmp = [];
    if (this.stateOptions.length > 0) this.stateOptions = [];
    if (this.scrubSeen.length > 0) this.scrubSeen = [];
    if (this.afToPools.length > 0) this.afToPools = [];
    if (this.poolHosts.length > 0) this.poolHosts = [];
    if (this.antispoof.length > 0) this.antispoof = [];
    if (this.tableOptions.length > 0) this.tableOptions = [];
    if (this.tableContents.length > 0) this.tableContents = [];
    if (this.bandwidths.length > 0) this.bandwidths = [];
  }
}
