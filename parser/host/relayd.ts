import { parseAddress } from "../../model/address-text.ts";
import type { Environment } from "../../model/environment.ts";
import type { Relay, RelayEnd } from "../../model/host.ts";
import type { PfConfiguration, PfRule } from "../../model/pf-rule.ts";
import { LikeRule } from "../pf/expansion/like-rule.ts";
import { servicePort } from "../pf/names/services.ts";
import { readPf } from "../pf/read.ts";
import type { Listener, Named, Redirect, RelayBlock, RelaydReading } from "../relayd/syntax.ts";
import type { AnchorFill } from "./daemon-anchors.ts";

/** What relayd(8) is run in. */
export interface RelaydSetting {
  readonly environment: Environment;
  /** Addresses of a name by hosts(5), as written. */
  readonly resolve: (name: string) => readonly string[] | undefined;
  /** `relayd_rtable`. */
  readonly rtable: number;
}

/**
 * The anchors that relayd fills: `relayd/NAME` with the rules of sync_ruleset (OB:usr.sbin/relayd/
 * pfe_filter.c:332-501), while a host of the table is up. Undefined if that cannot be said.
 */
export function redirectAnchors(
  { redirects, complete }: RelaydReading,
  setting: RelaydSetting,
): readonly AnchorFill[] | undefined {
  if (!complete) return undefined;
  const fills: AnchorFill[] = [];
  for (const redirect of redirects) {
    if (redirect.disabled) continue;
    const anchor = `relayd/${redirect.name}`;
    const configuration = configurationOf(redirect, anchor, setting);
    if (configuration === undefined) return undefined;
    const open = `is there only while relayd finds a host of redirect ${redirect.name} up`;
    fills.push({ anchor, configuration, open });
  }
  return fills;
}

function configurationOf(
  redirect: Redirect,
  anchor: string,
  { environment, resolve, rtable }: RelaydSetting,
): PfConfiguration | undefined {
  const text = redirectRules(redirect, environment);
  if (text === undefined) return undefined;
  const input = { file: redirect.span.file, text, anchor, optimize: "none", live: true } as const;
  const { main, accepted, unread } = readPf({ ...input, resolve }, environment);
  if (!accepted || unread.length > 0) return undefined;
  const { span } = redirect;
  const rulesets = [...main.rulesets].map(([path, made]) => {
    const rules = made.rules.map((it): PfRule => {
      const rule = it instanceof LikeRule ? it.spelledOut() : it;
      return { ...rule, rdomain: rtable, origin: { span, macros: [], includes: [] } };
    });
    return [path, { ...made, rules }] as const;
  });
  const tables = main.tables.map((it) => ({ ...it, span }));
  return { ...main, printed: [], rulesets: new Map(rulesets), tables };
}

/** The rules as a pf.conf of the anchor; undefined for words that cannot stand in one. */
function redirectRules(redirect: Redirect, environment: Environment): string | undefined {
  const { name, listeners, targets, tag } = redirect;
  const hosts = [...new Set(targets.flatMap((it) => it.hosts.map(({ text }) => text)))];
  const [first] = targets;
  const words = [
    ...hosts,
    ...listeners.flatMap((it) => [it.address.text, it.protocol, it.port, it.interface ?? "x"]),
    first?.port ?? "1",
    tag ?? "x",
  ];
  if (!words.every((word) => /^[\w.:%-]+$/.test(word))) return undefined;
  const rules = listeners.map((it) => redirectRule(redirect, it, environment));
  return [`table <${name}> persist { ${hosts.join(" ")} }`, ...rules, ""].join("\n");
}

/** The rule for one virtual address, as sync_ruleset makes it. */
function redirectRule(redirect: Redirect, it: Listener, environment: Environment): string {
  const { routes, tag, matches } = redirect;
  const flags = routes ? "flags any" : "flags S/SA";
  const state = routes ? "keep state (sloppy)" : "keep state";
  return [
    matches ? "match in" : "pass in quick",
    it.interface === undefined ? "" : `on ${it.interface}`,
    `proto ${it.protocol} from any to ${placeOf(it, environment)} port ${it.port}`,
    it.protocol === "tcp" ? flags : "",
    matches ? "" : state,
    tag === undefined ? "" : `tag ${tag}`,
    poolOf(redirect, it),
  ].join(" ");
}

/** The port of the table; without one that of the listener, unless that is a range. */
function poolOf({ name, targets, routes, mode, sticky }: Redirect, it: Listener): string {
  const [first] = targets;
  const port = first?.port ?? (it.port.includes(":") ? undefined : it.port);
  const rest = `${mode}${sticky ? " sticky-address" : ""}`;
  if (routes) return `route-to <${name}> ${rest}`;
  return `rdr-to <${name}> ${port === undefined ? "" : `port ${port}`} ${rest}`;
}

/** An interface or a group stands for its addresses when relayd starts. */
function placeOf({ address: { text } }: Listener, { interfaces }: Environment): string {
  const isInterface = interfaces.some((it) => it.name === text || it.groups.includes(text));
  return isInterface ? `(${text})` : text;
}

/** The relays as data: their connections end at the host and go on from it. */
export function relaysOf(
  { relays }: RelaydReading,
  { environment, resolve, rtable }: RelaydSetting,
): readonly Relay[] {
  const endsOf = (named: Named, port: string | undefined): readonly RelayEnd[] => {
    const ports = port === undefined ? undefined : portsOf(port);
    const base = ports === undefined ? {} : { ports };
    const found = addressesOf(named, environment, resolve);
    return found.length === 0 ? [base] : found.map((address) => ({ ...base, address }));
  };
  return relays
    .filter((it) => !it.disabled)
    .map(({ name, listeners, targets, anyDestination, transparent, span }: RelayBlock): Relay => {
      const listening = listeners.flatMap((it) => endsOf(it.address, it.port));
      const [port] = listeners.map((it) => it.port);
      const backends = targets.flatMap((target) =>
        target.hosts.flatMap((host) => endsOf(host, target.port ?? port)),
      );
      return { name, listeners: listening, backends, anyDestination, transparent, rtable, span };
    });
}

function addressesOf(
  { text }: Named,
  { interfaces }: Environment,
  resolve: RelaydSetting["resolve"],
): readonly NonNullable<RelayEnd["address"]>[] {
  const literal = parseAddress(text);
  if (literal !== undefined) return [literal];
  const own = interfaces.filter((it) => it.name === text || it.groups.includes(text));
  if (own.some((it) => it.automatic.length > 0)) return [];
  if (own.length > 0) {
    return own.flatMap((it) => it.addresses.map(({ family, value }) => ({ family, value })));
  }
  return (resolve(text) ?? []).flatMap((address) => parseAddress(address) ?? []);
}

/** `80`, `80:90`, `http`; undefined: a name that is not known, so any port. */
function portsOf(text: string): readonly [number, number] | undefined {
  const [first = "", last = first] = text.split(":", 2);
  const [from, to] = [first, last].map((it) =>
    /^\d{1,5}$/.test(it) ? Number(it) : servicePort(it),
  );
  return from === undefined || to === undefined ? undefined : [from, to];
}
