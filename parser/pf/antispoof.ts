import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { commonFamily, type ListedInterface } from "./expand.ts";
import { type FilterOptions, rtableNumber } from "./filter-options.ts";
import { ANY_HOST, dynamicTest, type ResolvedHost } from "./hosts.ts";
import { addressesOf, type InterfaceExpression, membersOf } from "./interface-addresses.ts";
import type { RuleStatement } from "./rule-statement.ts";
import { logText } from "./rule-statement.ts";
import { writeRules } from "./rule-writer.ts";
import { NO_STATE_OPTIONS } from "./state-options.ts";
import type { AntispoofSyntax, RuleSyntax } from "./syntax.ts";

type AntispoofInterface = AntispoofSyntax["interfaces"][number];

/**
 * Writes the block rules of `antispoof`: per interface, packets from its networks that arrive
 * elsewhere, then packets from its own addresses that arrive anywhere.
 */
export function writeAntispoof(context: Context, syntax: AntispoofSyntax): void {
  const options = optionsOf(context, syntax);
  const log = logText(context, syntax.log);
  for (const it of syntax.interfaces) {
    const name = it.token.image;
    if (it.kind === "any") continue;
    const networks = hostsOf(context, it, "network").filter(({ scope }) => scope === undefined);
    const statement = { context, syntax, options, log };
    if (it.kind === "name") {
      writePart(statement, networks, { kind: "name", name, negated: true });
    } else writePart(statement, networks, undefined);
    const loopback = context.environment.interfaces.some(
      (known) => known.name === name && known.kind === "loopback",
    );
    if (!loopback) writePart(statement, hostsOf(context, it, "address"), undefined);
  }
}

interface Part {
  readonly context: Context;
  readonly syntax: AntispoofSyntax;
  readonly options: FilterOptions;
  readonly log: string | undefined;
}

function writePart(
  { context, syntax, options, log }: Part,
  sources: readonly ResolvedHost[],
  on: ListedInterface | undefined,
): void {
  if (sources.length === 0) return;
  const none = [undefined];
  const rule: RuleSyntax = {
    kind: "rule",
    action: "block",
    direction: "in",
    log: syntax.log,
    quick: syntax.quick,
    on: [],
    family: syntax.family,
    protocols: [],
    source: { hosts: [], ports: [] },
    os: [],
    destination: { hosts: [], ports: [] },
    options: [],
  };
  const statement: RuleStatement = {
    syntax: rule,
    options,
    state: NO_STATE_OPTIONS,
    family: syntax.family ?? commonFamily(sources),
    lists: {
      interfaces: [on],
      protocols: none,
      icmp: none,
      sources,
      destinations: [ANY_HOST],
      sourcePorts: none,
      destinationPorts: none,
      os: none,
      users: none,
      groups: none,
    },
    log,
    answer: { answer: "drop", text: () => " drop" },
    nat: undefined,
    rdr: undefined,
    route: undefined,
    afTo: [],
    calls: undefined,
  };
  writeRules(context, statement);
}

/** Static addresses, or `(if)`; a name without a digit at its end covers every unit of its driver. */
function hostsOf(
  context: Context,
  it: AntispoofInterface,
  part: "address" | "network",
): readonly ResolvedHost[] {
  const name = it.kind === "rdomain" ? "self" : it.token.image;
  const expression: InterfaceExpression = { name, part, first: false };
  if (it.dynamic) return [{ test: dynamicTest(expression), negated: false }];
  const exact = membersOf(context.environment, name);
  const members = exact.length > 0 ? exact : unitsOf(context, name);
  const found = addressesOf(members, expression).map(
    ({ prefix, scope }): ResolvedHost => ({
      test: { kind: "prefix", prefix },
      negated: false,
      family: prefix.family,
      ...(scope === undefined ? {} : { scope }),
    }),
  );
  const automatic = members.some((member) => member.automatic.length > 0);
  return automatic ? [...found, { ...ANY_HOST, unknown: name }] : found;
}

function unitsOf(context: Context, name: string): Context["environment"]["interfaces"] {
  if (/\d$/.test(name)) return [];
  return context.environment.interfaces.filter(
    (it) => it.name.startsWith(name) && /^\d/.test(it.name.slice(name.length)),
  );
}

function optionsOf(context: Context, { options }: AntispoofSyntax): FilterOptions {
  const gathered: FilterOptions = {
    users: [],
    groups: [],
    icmp: [],
    fragment: false,
    allowOptions: false,
    once: false,
    settings: {},
    scrub: {},
  };
  for (const { kind, value } of options) {
    if (kind === "label") {
      if (gathered.label !== undefined) {
        complain(context, complaint.redefined("label", spanIn(context, value)));
      }
      gathered.label = value.image;
    } else {
      const rtable = rtableNumber(context, value);
      if (rtable !== undefined) gathered.rtable = rtable;
    }
  }
  return gathered;
}
