import fc from "fast-check";

/** A network of stations: `inet` and `inet6` without the station. */
export interface Segment {
  readonly inet: string;
  readonly inet6: string;
}

/** An interface whose own stack speaks on a segment. */
export interface Port {
  readonly name: string;
  readonly segment: Segment;
  readonly station: number;
  readonly rdomain: number;
}

/** A host as its files will say it, but for pf.conf. */
export interface HostPlan {
  readonly name: string;
  /** Lines of files below etc, pf.conf left out. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly ports: readonly Port[];
  /** Interfaces without an address that pf may be asked on: members of bridges. */
  readonly members: readonly string[];
  /** Tables besides 0. */
  readonly rdomains: readonly number[];
}

/** Hosts and what joins them. */
export interface SitePlan {
  readonly hosts: readonly HostPlan[];
  /** Segments of tenants. */
  readonly tenants: readonly Segment[];
  /** Names of cables, with their ends. */
  readonly cables: ReadonlyMap<string, readonly string[]>;
  /** Names of zones, with their places. */
  readonly zones: ReadonlyMap<string, readonly string[]>;
}

/** How the machines of a tenant hang on their host. */
const FORMS = ["plain", "vlan", "veb", "veb link1", "guests", "guests link1", "bridge"] as const;

interface TenantChoice {
  readonly form: (typeof FORMS)[number];
  readonly rdomain: number;
  /** Frames that come in on the VLAN get a tag (bridges only). */
  readonly tags: boolean;
  /** A switch has a second wire, which is a zone of its own. */
  readonly second: boolean;
}

interface HostChoice {
  readonly tenants: readonly TenantChoice[];
  readonly forwarding: "both" | "inet" | "none";
  /** A patch between routing domains 0 and 1, if there are both. */
  readonly pair: boolean;
  readonly tunnel: boolean;
}

/** From one host to three in a row: an uplink, cables, tenants on VLANs, switches, bridges, guests. */
export function sitePlan(): fc.Arbitrary<SitePlan> {
  return fc
    .record({
      hosts: fc.oneof(
        { weight: 2, arbitrary: hostChoices(1, 3) },
        { weight: 3, arbitrary: hostChoices(2, 2) },
        { weight: 2, arbitrary: hostChoices(3, 1) },
      ),
      joined: once(3),
    })
    .map(({ hosts, joined }) => planFrom(hosts, joined));
}

function hostChoices(count: number, tenants: number): fc.Arbitrary<readonly HostChoice[]> {
  const choice = fc.record({
    tenants: fc.array(tenantChoice(), { minLength: 1, maxLength: tenants }),
    forwarding: fc.oneof(
      { weight: 12, arbitrary: fc.constant("both" as const) },
      { weight: 1, arbitrary: fc.constantFrom("inet" as const, "none" as const) },
    ),
    pair: fc.boolean(),
    tunnel: once(6),
  });
  return fc.array(choice, { minLength: count, maxLength: count });
}

function tenantChoice(): fc.Arbitrary<TenantChoice> {
  return fc.record({
    form: fc.constantFrom(...FORMS),
    rdomain: fc.constantFrom(0, 0, 0, 1),
    tags: once(3),
    second: once(2),
  });
}

function planFrom(choices: readonly HostChoice[], joined: boolean): SitePlan {
  const site = new SiteDraft();
  const hosts = choices.map((choice, at) => new HostDraft(site, choice, at, choices.length));
  const firsts = choices.map((_, at) => choices.slice(0, at).flatMap((it) => it.tenants).length);
  for (const [at, host] of hosts.entries()) {
    host.links();
    host.tenants((firsts[at] ?? 0) + 1);
    host.tunnel();
  }
  for (const [at, host] of hosts.entries()) host.routes(hosts.slice(at + 1));
  site.trunks(joined);
  return {
    hosts: hosts.map((it) => it.plan()),
    tenants: site.tenants,
    cables: site.cables,
    zones: site.zones,
  };
}

class SiteDraft {
  readonly tenants: Segment[] = [];
  readonly cables = new Map<string, readonly string[]>();
  readonly zones = new Map<string, readonly string[]>();
  /** Parents of VLANs. */
  readonly parents: string[] = [];

  /** One switch for the VLANs of all hosts, or one for each host. */
  trunks(joined: boolean): void {
    if (this.parents.length === 0) return;
    this.zones.set("trunks", this.parents);
    if (joined && this.parents.length > 1) this.cables.set("switch", this.parents);
  }
}

class HostDraft {
  readonly #site: SiteDraft;
  readonly #choice: HostChoice;
  readonly #at: number;
  readonly #count: number;
  readonly #files = new Map<string, string[]>();
  readonly #members: string[] = [];
  #vlans = 0;
  readonly ports: Port[] = [];

  constructor(site: SiteDraft, choice: HostChoice, at: number, count: number) {
    this.#site = site;
    this.#choice = choice;
    this.#at = at;
    this.#count = count;
    const { forwarding } = choice;
    if (forwarding !== "none") this.#write("sysctl.conf", "net.inet.ip.forwarding=1");
    if (forwarding === "both") this.#write("sysctl.conf", "net.inet6.ip6.forwarding=1");
  }

  get name(): string {
    return `h${this.#at + 1}`;
  }

  /** The uplink or the cable to the host before, and the cable to the host behind. */
  links(): void {
    if (this.#at === 0) {
      this.#speaks("em0", UPLINK, 1, 0);
      this.#write("mygate", "192.0.2.254", "2001:db8:f::fe");
      this.#site.zones.set("internet", [`${this.name}:em0`]);
    } else {
      this.#speaks("em0", transit(this.#at), 2, 0);
      this.#write("mygate", `${transit(this.#at).inet}.1`, `${transit(this.#at).inet6}::1`);
    }
    if (this.#at + 1 === this.#count) return;
    this.#speaks("em1", transit(this.#at + 1), 1, 0);
    const next = `h${this.#at + 2}:em0`;
    this.#site.cables.set(`cable${this.#at + 1}`, [`${this.name}:em1`, next]);
    this.#site.zones.set(`link${this.#at + 1}`, [`cable${this.#at + 1}`]);
  }

  tenants(first: number): void {
    for (const [index, choice] of this.#choice.tenants.entries()) {
      const segment = tenantSegment(first + index);
      this.#site.tenants.push(segment);
      this.#tenant(choice, first + index, segment);
    }
    if (this.#rdomains().length > 0 && this.#choice.pair) this.#patch();
  }

  #tenant(choice: TenantChoice, number: number, segment: Segment): void {
    const { form, rdomain } = choice;
    const wire = form === "plain" ? spare(number) : `vlan${number}0`;
    if (form === "bridge") this.#bridge(choice, number, segment);
    else if (form !== "plain" && form !== "vlan") this.#switch(choice, number, segment);
    else {
      if (form === "vlan") this.#vlan(wire);
      this.#speaks(wire, segment, 1, rdomain);
      this.#site.zones.set(`t${number}`, [`${this.name}:${wire}`]);
    }
  }

  /** bridge(4) over the VLAN, which has the addresses, and a wire. */
  #bridge({ rdomain, tags, second }: TenantChoice, number: number, segment: Segment): void {
    const vlan = `vlan${number}0`;
    this.#vlan(vlan);
    this.#speaks(vlan, segment, 1, rdomain);
    this.#write(`hostname.${spare(number)}`, ...domain(rdomain), "up");
    const rules = tags ? [`rule pass in on ${vlan} tag T1`] : [];
    const adds = [`add ${vlan}`, `add ${spare(number)}`];
    this.#write(`hostname.bridge${number}`, ...adds, ...rules, "up");
    this.#members.push(vlan, spare(number));
    this.#placed(`t${number}`, second, vlan, spare(number));
  }

  /** veb(4) with a vport that has the addresses; the rest of it is a VLAN and a wire, or guests. */
  #switch(choice: TenantChoice, number: number, segment: Segment): void {
    const { form, rdomain, tags, second } = choice;
    const isGuests = form.startsWith("guests");
    const [one, other] = isGuests
      ? [`tap${number}0`, `tap${number}1`]
      : [`vlan${number}0`, spare(number)];
    const wires = second ? [one, other] : [one];
    const vport = `vport${number}0`;
    this.#speaks(vport, segment, 1, rdomain, "up");
    if (isGuests) this.#guests(number, wires);
    else this.#vlan(one);
    if (second && !isGuests) this.#write(`hostname.${other}`, "up");
    const adds = [...(isGuests ? [] : wires), vport].map((it) => `add ${it}`);
    const rules = tags && !isGuests ? [`rule pass in on ${one} tag T1`] : [];
    const asked = form.endsWith("link1") ? ["link1"] : [];
    this.#write(`hostname.veb${number}0`, ...domain(rdomain), ...adds, ...rules, ...asked, "up");
    this.#members.push(...wires);
    this.#placed(`t${number}`, second, one, other);
  }

  #placed(zone: string, second: boolean, one: string, other: string): void {
    this.#site.zones.set(zone, [`${this.name}:${one}`]);
    if (second) this.#site.zones.set(`${zone}b`, [`${this.name}:${other}`]);
  }

  #vlan(name: string): void {
    if (!this.#files.has("hostname.em3")) {
      this.#write("hostname.em3", "up");
      this.#site.parents.push(`${this.name}:em3`);
    }
    // the first VLAN of each host has the same tag: on a common switch they are one wire
    this.#vlans++;
    this.#write(`hostname.${name}`, `vnetid ${this.#vlans} parent em3`, "up");
  }

  #guests(number: number, taps: readonly string[]): void {
    this.#write("vm.conf", `switch "t${number}" {`, `\tinterface veb${number}0`, "}");
    for (const tap of taps) {
      const guest = [`vm "g${tap}" {`, "\tmemory 1G", `\tdisk "/var/vmm/${tap}.qcow2"`];
      const on = [`\tinterface ${tap} {`, `\t\tswitch "t${number}"`, "\t}", "}"];
      this.#write("vm.conf", ...guest, ...on);
    }
  }

  /** pair(4) between the routing domains, each the other's way out. */
  #patch(): void {
    const segment = { inet: `10.8${this.#at}.0`, inet6: `2001:db8:8${this.#at}` };
    this.#speaks("pair0", segment, 1, 0);
    this.#speaks("pair1", segment, 2, 1);
    this.#write("hostname.pair1", "patch pair0");
    this.#route("pair1", 1, "default", "default", segment, 1);
    for (const port of this.ports.filter((it) => it.rdomain === 1 && it.name !== "pair1")) {
      this.#route("pair1", 0, `${port.segment.inet}.0/24`, net6(port.segment), segment, 2);
    }
  }

  /** A tunnel to somebody on the uplink, or to the host behind; stations behind it are a zone. */
  tunnel(): void {
    if (!this.#choice.tunnel) return;
    const number = this.#at + 1;
    const to = this.#at === 0 ? "192.0.2.77" : `${transit(this.#at).inet}.1`;
    const from = this.#at === 0 ? "192.0.2.1" : `${transit(this.#at).inet}.2`;
    const segment = { inet: `10.7${number}.0`, inet6: `2001:db8:7${number}` };
    const name = `vxlan${number}`;
    this.#write(`hostname.${name}`, `tunnel ${from} ${to}`, `vnetid ${number}`);
    this.#speaks(name, segment, 1, 0, "up");
    this.#site.zones.set(`far${number}`, [`${this.name}:${name}`]);
  }

  /** Static routes to the tenants of the hosts behind. */
  routes(behind: readonly HostDraft[]): void {
    const cable = transit(this.#at + 1);
    for (const port of behind.flatMap((it) => it.ports)) {
      if (!port.segment.inet.startsWith("10.") || port.segment.inet.startsWith("10.9")) continue;
      if (port.name.startsWith("pair")) continue;
      this.#route("em1", 0, `${port.segment.inet}.0/24`, net6(port.segment), cable, 2);
    }
  }

  plan(): HostPlan {
    const { name, ports } = this;
    return {
      ...{ name, ports, files: this.#files, members: [...new Set(this.#members)] },
      rdomains: this.#rdomains(),
    };
  }

  #rdomains(): readonly number[] {
    return [...new Set(this.ports.map((it) => it.rdomain))].filter((it) => it !== 0);
  }

  #speaks(
    name: string,
    segment: Segment,
    station: number,
    rdomain: number,
    ...more: string[]
  ): void {
    const lines = [
      `inet ${segment.inet}.${station} 255.255.255.0`,
      `inet6 ${segment.inet6}::${station} 64`,
    ];
    // changing the routing domain removes addresses, so it comes first
    this.#write(`hostname.${name}`, ...domain(rdomain), ...lines, ...more);
    this.ports.push({ name, segment, station, rdomain });
  }

  #route(on: string, table: number, inet: string, inet6: string, via: Segment, to: number): void {
    this.#write(`hostname.${on}`, `!route -n -T ${table} add ${inet} ${via.inet}.${to}`);
    this.#write(`hostname.${on}`, `!route -n -T ${table} add -inet6 ${inet6} ${via.inet6}::${to}`);
  }

  #write(file: string, ...lines: string[]): void {
    this.#files.set(file, [...(this.#files.get(file) ?? []), ...lines]);
  }
}

const UPLINK: Segment = { inet: "192.0.2", inet6: "2001:db8:f" };

/** Between host `before` and the one behind it. */
function transit(before: number): Segment {
  return { inet: `10.9${before}.0`, inet6: `2001:db8:9${before}` };
}

function tenantSegment(number: number): Segment {
  return { inet: `10.${number}.0`, inet6: `2001:db8:${number}` };
}

/** A wire of tenant `number`. */
function spare(number: number): string {
  return `em${number + 3}`;
}

function net6({ inet6 }: Segment): string {
  return `${inet6}::/64`;
}

function domain(rdomain: number): readonly string[] {
  return rdomain === 0 ? [] : [`rdomain ${rdomain}`];
}

/** True once in `times`; shrinks to false. */
function once(times: number): fc.Arbitrary<boolean> {
  return fc.nat(times - 1).map((it) => it === times - 1);
}
