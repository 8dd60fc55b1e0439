import fc from "fast-check";
import type { Family } from "../../model/packet.ts";
import type { HostPlan, Port, Segment, SitePlan } from "./network-hosts.ts";
import { SETTINGS, sometimes } from "./ruleset.ts";

/** What rules of one host can name. */
interface Vocabulary {
  /** Where the host's own stack speaks. */
  readonly ports: readonly Port[];
  /** Every interface that pf may be asked on, and groups. */
  readonly names: readonly string[];
  /** As written behind `from` and `to`; of one family, or of both. */
  readonly ends: Readonly<Record<Family | "both", readonly string[]>>;
  readonly tables: readonly number[];
  readonly plan: SitePlan;
}

/**
 * A pf.conf for a host of a site: broad rules behind a block, or before narrow blocks, which name the
 * host's interfaces, the networks of its site and stations there.
 *
 * Shrinks towards few, short rules.
 */
export function hostRules(host: HostPlan, plan: SitePlan): fc.Arbitrary<string> {
  const words = vocabularyOf(host, plan);
  return fc
    .record({
      settings: fc.subarray([...SETTINGS]),
      skip: sometimes(
        12,
        fc.constantFrom(...words.names).map((name) => `set skip on ${name}`),
      ),
      base: fc.constantFrom("block", "block", "block", "block in", "block out", ""),
      spoof: sometimes(
        4,
        fc.constantFrom(...words.ports).map(({ name }) => `antispoof quick for ${name}`),
      ),
      rules: fc.array(ruleOrAnchor(words), { minLength: 2, maxLength: 10 }),
    })
    .map(({ settings, skip, base, spoof, rules }) => {
      const lines = [...settings, skip, "set skip on lo", ...tablesOf(plan), base, spoof, ...rules];
      return `${named(lines.filter((it) => it !== "")).join("\n")}\n`;
    });
}

function vocabularyOf({ ports, members, rdomains }: HostPlan, plan: SitePlan): Vocabulary {
  const own = ports.flatMap(({ name }) => [`(${name})`, `(${name}:network)`]);
  const segments = [...plan.tenants, ...ports.map((it) => it.segment)];
  return {
    ports,
    names: [...ports.map((it) => it.name), ...members, "egress"],
    ends: {
      inet: [
        ...segments.flatMap(({ inet }) => [`${inet}.0/24`, `${inet}.5`]),
        ...ports.map(({ segment, station }) => `${segment.inet}.${station}`),
        ...["198.51.100.9", "! 10.0.0.0/8", "10.0.0.0/8"],
      ],
      inet6: [
        ...segments.flatMap(({ inet6 }) => [`${inet6}::/64`, `${inet6}::5`]),
        ...ports.map(({ segment, station }) => `${segment.inet6}::${station}`),
        ...["2001:db8:ffff::9", "! 2001:db8::/32"],
      ],
      both: [...own, "<tenants>", "! <tenants>", "<some>", "self"],
    },
    tables: [0, ...rdomains],
    plan,
  };
}

function tablesOf({ tenants }: SitePlan): readonly string[] {
  const nets = tenants.flatMap(({ inet, inet6 }) => [`${inet}.0/24`, `${inet6}::/64`]);
  const [first] = tenants;
  const but = first === undefined ? [] : [`!${first.inet}.5`, `!${first.inet6}::5`];
  return [
    `table <tenants> { ${nets.join(" ")} }`,
    `table <some> { ${[...nets.slice(0, 2), ...but].join(" ")} }`,
  ];
}

/** Anchors are numbered in order, so that no two have one name. */
function named(lines: readonly string[]): readonly string[] {
  let number = 0;
  return lines.map((line) => line.replaceAll('anchor "', () => `anchor "a${number++}`));
}

function ruleOrAnchor(words: Vocabulary): fc.Arbitrary<string> {
  return fc.oneof({ weight: 9, arbitrary: rule(words) }, { weight: 1, arbitrary: anchor(words) });
}

function anchor(words: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({
      direction: fc.constantFrom("", " in", " out"),
      on: sometimes(2, on(words)),
      body: fc.array(rule(words), { minLength: 1, maxLength: 3 }),
    })
    .map(({ direction, on: where, body }) =>
      [`anchor ""${direction}${where} {`, ...body.map((it) => `  ${it}`), "}"].join("\n"),
    );
}

function rule(words: Vocabulary): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: wayIn(words) },
    { weight: 3, arbitrary: wayOut(words) },
    { weight: 2, arbitrary: narrow(words) },
    { weight: 2, arbitrary: narrowed(words) },
    { weight: 2, arbitrary: translation(words) },
    { weight: 1, arbitrary: routed(words) },
    { weight: 1, arbitrary: marked(words) },
  );
}

/** From a wire to somewhere. */
function wayIn(words: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({ on: on(words), ends: ends(words), does: does(words) })
    .map((it) => `pass in${it.on}${it.ends}${it.does}`);
}

/** Out of a wire, by what came in where. */
function wayOut(words: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({
      on: sometimes(3, fc.constant("")).chain((all) => (all === "" ? on(words) : fc.constant(""))),
      ends: sometimes(2, ends(words)),
      by: sometimes(
        2,
        fc.oneof(
          fc.constantFrom(" tagged T1", " ! tagged T2", " tagged T2"),
          fc.constantFrom(...words.names).map((name) => ` received-on ${name}`),
          fc.constantFrom(...words.ports).map(({ name }) => ` ! received-on ${name}`),
        ),
      ),
      does: does(words),
    })
    .map((it) => `pass out${it.on}${it.ends}${it.by}${it.does}`);
}

/** A service. */
function narrow(words: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({
      direction: fc.constantFrom("", " in", " out"),
      on: sometimes(2, on(words)),
      service: service(words),
      does: does(words),
    })
    .map((it) => `pass${it.direction}${it.on}${it.service}${it.does}`);
}

/** What is taken away again. */
function narrowed(words: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({
      direction: fc.constantFrom("", " in", " out"),
      quick: sometimes(2, fc.constant(" quick")),
      on: sometimes(2, on(words)),
      what: fc.oneof(service(words), ends(words)),
    })
    .map((it) => `block${it.direction}${it.quick}${it.on}${it.what}`);
}

function service(words: Vocabulary): fc.Arbitrary<string> {
  return family().chain((af) =>
    fc
      .record({
        proto: fc.constantFrom("tcp", "udp", "icmp"),
        from: sometimes(2, end(words, af)),
        to: end(words, af),
        port: sometimes(2, fc.constantFrom(" port 53", " port 443", " port > 1023")),
        flags: sometimes(3, fc.constantFrom(" flags any", " flags S/SA")),
      })
      .map(({ proto, from, to, port, flags }) => {
        const icmp = proto === "icmp";
        const name = icmp && af === "inet6" ? "icmp6" : proto;
        const source = from === "" ? "" : ` from ${from}`;
        const tcp = proto === "tcp" ? flags : "";
        return ` ${af} proto ${name}${source} to ${to}${icmp ? "" : port}${tcp}`;
      }),
  );
}

/** Addresses of one family, or of both. */
function ends(words: Vocabulary): fc.Arbitrary<string> {
  const both = fc.constantFrom<Family | "both">("inet", "inet6", "both");
  return both.chain((af) =>
    fc
      .record({ from: sometimes(2, end(words, af)), to: sometimes(2, end(words, af)) })
      .map(({ from, to }) => {
        const source = from === "" ? "" : ` from ${from}`;
        const destination = to === "" ? "" : ` to ${to}`;
        return `${af === "both" ? "" : ` ${af}`}${source}${destination}`;
      }),
  );
}

function end({ ends: known }: Vocabulary, af: Family | "both"): fc.Arbitrary<string> {
  if (af === "both") return fc.constantFrom(...known.both);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...known[af]) },
    { weight: 1, arbitrary: fc.constantFrom(...known.both) },
  );
}

function does({ tables }: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({
      state: sometimes(3, fc.constantFrom(...STATES)),
      tag: sometimes(4, fc.constantFrom(" tag T1", " tag T2")),
      table: sometimes(
        6,
        fc.constantFrom(...tables).map((it) => ` rtable ${it}`),
      ),
    })
    .map(({ state, tag, table }) => `${state}${tag}${table}`);
}

const STATES = [" no state", " keep state (if-bound)", " keep state (floating)"];

/** nat-to where it goes out, rdr-to where it comes in, to what the network has. */
function translation(words: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({
      af: family(),
      port: fc.constantFrom(...words.ports),
      target: fc.constantFrom(...words.plan.tenants),
      nat: fc.boolean(),
      match: fc.boolean(),
      which: fc.nat(5),
      from: fc.nat(1000),
      tag: sometimes(3, fc.constantFrom(" tag T1", " tagged T1")),
    })
    .map((it) => {
      const { af, port, match, tag } = it;
      const action = match ? "match" : "pass";
      const at = address(port.segment, port.station, af);
      const tested = words.ends[af][it.from % words.ends[af].length] ?? "any";
      if (it.nat) {
        const to = [`(${port.name})`, at, `${at} static-port`, `${at} port 5000:5001`, at, at];
        return `${action} out on ${port.name} ${af} from ${tested}${tag} nat-to ${to[it.which]}`;
      }
      const station = address(it.target, 5, af);
      const target = [
        station,
        `${station} port 53`,
        station,
        station,
        station,
        `${station} port 53`,
      ];
      const toPort = it.which % 2 === 1 ? " proto { tcp udp }" : "";
      const service_ = it.which % 2 === 1 ? " port 443" : "";
      return `${action} in on ${port.name} ${af}${toPort} to ${at}${service_}${tag} rdr-to ${target[it.which]}`;
    });
}

/** Sent elsewhere than the table says. */
function routed(words: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({
      af: family(),
      port: fc.constantFrom(...words.ports),
      to: fc.constantFrom(...words.ports),
      kind: fc.constantFrom("route-to", "reply-to", "dup-to"),
      direction: fc.constantFrom("in", "in", "out"),
      station: fc.constantFrom(5, 254),
      from: fc.nat(1000),
    })
    .map((it) => {
      const { af, port, to, kind, station } = it;
      const tested = words.ends[af][it.from % words.ends[af].length] ?? "any";
      const hop = address(to.segment, station, af);
      return `pass ${it.direction} on ${port.name} ${af} from ${tested} ${kind} ${hop}`;
    });
}

function marked(words: Vocabulary): fc.Arbitrary<string> {
  return fc
    .record({
      direction: fc.constantFrom(" in", " out", ""),
      on: on(words),
      ends: sometimes(2, ends(words)),
      does: fc.oneof(
        fc.constantFrom(" tag T1", " tag T2", " set tos 16"),
        fc.constantFrom(...words.tables).map((it) => ` rtable ${it}`),
      ),
    })
    .map((it) => `match${it.direction}${it.on}${it.ends}${it.does}`);
}

function on({ names }: Vocabulary): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...names).map((name) => ` on ${name}`) },
    { weight: 1, arbitrary: fc.constantFrom(...names).map((name) => ` on ! ${name}`) },
    { weight: 1, arbitrary: fc.constantFrom(" on rdomain 0", " on vlan", " on em") },
  );
}

function family(): fc.Arbitrary<Family> {
  return fc.constantFrom<Family>("inet", "inet", "inet6");
}

function address({ inet, inet6 }: Segment, station: number, af: Family): string {
  return af === "inet" ? `${inet}.${station}` : `${inet6}::${station}`;
}
