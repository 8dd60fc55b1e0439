import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { nearestName } from "../nearest-name.ts";

/** What can be wrong with a site.yaml: one function a complaint. */

export function yaml(message: string, span: Span): Diagnostic {
  const [line = "not YAML"] = message.split("\n");
  const clause = line.replace(/\.$/, "");
  return error("site-yaml", clause.charAt(0).toLowerCase() + clause.slice(1), span);
}

/** @param help - what to write instead */
export function badYaml(message: string, span: Span, help: string): Diagnostic {
  return error("site-yaml", message, span, help);
}

export function twice(key: string, span: Span): Diagnostic {
  return error("site-twice", `\`${key}\` is written twice`, span);
}

export function unknownKey(key: string, span: Span, allowed: readonly string[]): Diagnostic {
  const colon = key.indexOf(":");
  const isGlued = colon > 0 && allowed.includes(key.slice(0, colon));
  const help = isGlued ? "write a blank behind the `:`" : oneOf(key, allowed);
  return error("site-key", `\`${key}\` is not a key here`, span, help);
}

export function missingKey(key: string, span: Span): Diagnostic {
  return error("site-value", `\`${key}\` is missing here`, span);
}

/** `a { at: fw }` and `a:{ at: fw }` are texts, not entries. */
export function missingColon(name: string, span: Span): Diagnostic {
  const message = `a \`:\` with a blank behind it is missing behind \`${name}\``;
  return error("site-value", message, span, `write \`${name}: \``);
}

export function wrongValue(message: string, span: Span): Diagnostic {
  const text = message.replace(/^Invalid input: /, "");
  return error("site-value", text.charAt(0).toLowerCase() + text.slice(1), span);
}

export function badReference(text: string, span: Span): Diagnostic {
  const help =
    "write `fw1`, `fw1:vlan10`, `fw1:group/dmz`, `fw1:vm/web` or `10.0.0.0/8@fw1:vlan10`";
  return error("place-syntax", `\`${text}\` is not a reference to a place`, span, help);
}

export function badAddresses(text: string, span: Span): Diagnostic {
  const help = "write `10.20.0.5`, `10.20.0.0/24` or `10.20.0.5-10.20.0.9`";
  return error("place-addresses", `\`${text}\` is no address or network`, span, help);
}

/** @param what - `host`, `interface of fw1`, `group of fw1`, … */
export function unknownName(
  what: string,
  name: string,
  span: Span,
  names: readonly string[],
): Diagnostic {
  return error("place-unknown", `no ${what} is called \`${name}\``, span, oneOf(name, names));
}

/** An entry of `assume:` that names nothing: once it was open, perhaps. */
export function nothingOpen(
  what: string,
  key: string,
  span: Span,
  open: readonly string[],
): Diagnostic {
  const message = `no ${what} is called \`${key}\`: nothing is settled`;
  return { ...error("assume-unused", message, span, oneOf(key, open)), severity: "warning" };
}

export function unknownEffect(effect: string, span: Span): Diagnostic {
  const help = "write `effect: none` if the line changes nothing that packets meet";
  return error("assume-effect", `\`${effect}\` is not an effect that is known`, span, help);
}

export function notLearned(text: string, key: string, span: Span): Diagnostic {
  const help = "write it as `203.0.113.5/24`, of a family that the interface learns";
  return error("assume-address", `\`${text}\` is no address that \`${key}\` learns`, span, help);
}

/** @param what - `the assumption`, `the conduit`, `waiver W1` */
export function expired(what: string, date: string, span: Span): Diagnostic {
  const message = `${what} has expired on ${date}: it counts no longer`;
  return { ...error("site-expired", message, span), severity: "warning" };
}

export function ruleIsRead(id: string, span: Span): Diagnostic {
  const message = `the rule at ${id} is read, and only one of its tests is open`;
  const help = "leave it out here; to say that the rule never matches, take it out of the pf.conf";
  return error("assume-rule", message, span, help);
}

export function notModelled(what: string, span: Span): Diagnostic {
  return error("place-unread", `${what} are not read yet`, span);
}

export function emptyZone(name: string, span: Span): Diagnostic {
  return error("zone-empty", `zone \`${name}\` has no place`, span);
}

/** Only interfaces whose other side is the host's own bridge: nobody is plugged in there. */
export function noWire(text: string, span: Span): Diagnostic {
  const help = "name the members of the bridge, or the host for its own addresses";
  return error("zone-no-wire", `no wire is behind \`${text}\``, span, help);
}

export function reservedZone(name: string, span: Span): Diagnostic {
  const help = "it is the zone of what no other zone holds";
  return error("zone-reserved", `a zone cannot be called \`${name}\``, span, help);
}

export function patternless(name: string, span: Span): Diagnostic {
  const help = "write `*` where the names differ: `fw1:group/tenant-*`";
  return error("zone-pattern", `zone \`${name}\` needs a \`*\` in each of its places`, span, help);
}

export function unknownZone(name: string, span: Span, zones: readonly string[]): Diagnostic {
  return error("zone-unknown", `no zone is called \`${name}\``, span, oneOf(name, zones));
}

export function sameZone(name: string, span: Span): Diagnostic {
  const message = `a conduit from \`${name}\` to itself allows nothing new`;
  return { code: "conduit-self", severity: "warning", message, span };
}

export function unknownService(text: string, span: Span, names: readonly string[]): Diagnostic {
  const near = nearestName(text, names);
  const forms =
    "write `any`, `tcp/443`, `udp/53`, `tcp/80-90`, `icmp/echoreq` or a name of `services`";
  const help = near === undefined ? forms : `did you mean \`${near}\`?`;
  return error("service-unknown", `\`${text}\` is not a service`, span, help);
}

export function serviceCycle(name: string, span: Span): Diagnostic {
  return error("service-cycle", `service \`${name}\` contains itself`, span);
}

export function notAnInterface(text: string, span: Span): Diagnostic {
  const help = "write `fw1:em0`";
  return error("wire-end", `\`${text}\` is not an interface of a host`, span, help);
}

export function nameTaken(name: string, span: Span): Diagnostic {
  return error("name-taken", `two things of the site are called \`${name}\``, span);
}

function oneOf(name: string, names: readonly string[]): string | undefined {
  const near = nearestName(name, names);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  if (names.length === 0) return undefined;
  const shown = names.slice(0, 8).map((it) => `\`${it}\``);
  return `known: ${shown.join(", ")}${names.length > 8 ? ", …" : ""}`;
}

function error(code: string, message: string, span: Span, help?: string): Diagnostic {
  const diagnostic = { code, severity: "error", message, span } as const;
  return help === undefined ? diagnostic : { ...diagnostic, help };
}

/** A key that JavaScript keeps for itself: it would get lost, and a zone with it. */
export function reservedName(name: string, span: Span): Diagnostic {
  return {
    code: "reserved-name",
    severity: "error",
    message: `\`${name}\` cannot be used as a name`,
    span,
    help: "choose another name",
  };
}
