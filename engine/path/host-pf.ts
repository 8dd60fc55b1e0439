import type { Host } from "../../model/host.ts";
import type { OpenRule } from "../../model/pf-conf.ts";
import type { Unread } from "../../model/unread.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { LiveRule } from "../kernel/live-rule.ts";
import type { KernelRoute, Surroundings } from "../kernel/surroundings.ts";
import type { Source, SourceRule, SourceTable } from "../sets/rules/situation.ts";
import { rdomainOf } from "./stack.ts";

/** Tables that OpenBSD has room for. */
const RTABLES = 256;

/** pf of one host as both engines ask it: what it stands in, its rules, and what is open of them. */
export class HostPf {
  readonly surroundings: Surroundings;
  readonly #host: Host;
  readonly #openRules: ReadonlyMap<string, OpenRule>;
  readonly #openTables: ReadonlyMap<string, Unread>;
  #loaded: Kernel | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.surroundings = surroundingsOf(host);
    const { openRules = [], openTables = [] } = host.pfConf ?? {};
    this.#openRules = new Map(openRules.map((it) => [ruleKey(it), it]));
    this.#openTables = new Map(openTables.map((it) => [tableKey(it.anchor, it.name), it.unread]));
  }

  /** False: pf is off, everything passes. */
  get isOn(): boolean {
    return this.#host.pfConf !== undefined;
  }

  /** A running pf with these rules and without states. */
  kernel(random: (below: number) => number): Kernel {
    const kernel = new Kernel(this.surroundings, random);
    const { pfConf } = this.#host;
    if (pfConf !== undefined) kernel.load(pfConf);
    return kernel;
  }

  /** What is not known of a rule; undefined: nothing. */
  openRule(rule: Pick<LiveRule, "anchor" | "number">): OpenRule | undefined {
    return this.#openRules.get(ruleKey(rule));
  }

  /** Why the table that a rule of `anchor` means may hold other addresses; undefined: it may not. */
  openTable(anchor: string, name: string): Unread | undefined {
    const table = this.#kernel().table(anchor, name);
    return this.#openTables.get(tableKey(table?.anchor ?? "", name));
  }

  /**
   * The rules as sets are compiled from them.
   *
   * @param closed - ids of unread lines that are taken as written
   */
  source(closed: ReadonlySet<string>): Source {
    const kernel = this.#kernel();
    const rulesets = [...kernel.rulesets].map(([path, rules]) => {
      return [path, rules.map((it) => this.#sourceRule(it))] as const;
    });
    return {
      surroundings: this.surroundings,
      knowsSockets: false,
      rulesets: new Map(rulesets),
      table: (anchor, name) => this.#table(kernel, anchor, name, closed),
    };
  }

  #sourceRule(live: LiveRule): SourceRule {
    const open = this.openRule(live);
    if (open === undefined) return live;
    const { rule, anchor, number } = live;
    const known = { rule, anchor, number, open: open.unread };
    return open.what === "anything" ? { ...known, isUnread: true } : known;
  }

  #table(
    kernel: Kernel,
    anchor: string,
    name: string,
    closed: ReadonlySet<string>,
  ): SourceTable | undefined {
    const table = kernel.table(anchor, name);
    if (table === undefined) return undefined;
    const unread = this.#openTables.get(tableKey(table.anchor, name));
    return { entries: table.entries, open: unread !== undefined && !closed.has(unread.id) };
  }

  #kernel(): Kernel {
    this.#loaded ??= this.kernel(() => 0);
    return this.#loaded;
  }
}

function surroundingsOf(host: Host): Surroundings {
  const { interfaces, forwarding } = host;
  const rtables = new Map<number, number>();
  for (let id = 0; id < RTABLES; id++) rtables.set(id, rdomainOf(host, id));
  return {
    interfaces,
    routes: routesOf(host),
    rtables,
    sockets: [],
    forwarding: forwarding.inet || forwarding.inet6,
  };
}

/** What pf sees of the routing tables; a blackhole is a route, too. */
function routesOf({ routes }: Host): readonly KernelRoute[] {
  return routes.map(({ rtable, prefix, interface: on, gateway }) => ({
    rtable,
    prefix,
    interface: on ?? "lo0",
    gateway: gateway === undefined ? undefined : { family: prefix.family, value: gateway },
  }));
}

function ruleKey({ anchor, number }: Pick<OpenRule, "anchor" | "number">): string {
  return `${number} ${anchor}`;
}

function tableKey(anchor: string, name: string): string {
  return `${anchor}\0${name}`;
}
