import fc from "fast-check";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Network } from "../../model/network.ts";
import type { HostFile } from "../../parser/host/input.ts";
import { readHost } from "../../parser/host/read.ts";
import { parseSite } from "../../parser/site/parse.ts";
import { type SitePlan, sitePlan } from "./network-hosts.ts";
import { hostRules } from "./network-rules.ts";

/** The files of a site by their paths from its root: `h1/etc/pf.conf`, …, `site.yaml`. */
export type DrawnSite = ReadonlyMap<string, string>;

/**
 * The files of one to three OpenBSD hosts in a row and their site.yaml: routing domains, VLANs on
 * common switches, bridges and vebs that ask pf or do not, guests, pairs, tunnels, static routes; and
 * rules that name what the network has, so that some packets get somewhere.
 */
export function drawnSite(): fc.Arbitrary<DrawnSite> {
  return sitePlan().chain((plan) =>
    fc
      .record({
        rules: fc.tuple(...plan.hosts.map((host) => hostRules(host, plan))),
        conduits: fc.array(fc.tuple(zoneOf(plan), zoneOf(plan)), { maxLength: 4 }),
      })
      .map(({ rules, conduits }) => filesOf(plan, rules, conduits)),
  );
}

function zoneOf(plan: SitePlan): fc.Arbitrary<string> {
  return fc.constantFrom(...plan.zones.keys());
}

function filesOf(
  plan: SitePlan,
  rules: readonly string[],
  conduits: readonly (readonly [from: string, to: string])[],
): DrawnSite {
  const files = new Map<string, string>();
  for (const [at, { name, files: own }] of plan.hosts.entries()) {
    for (const [file, lines] of own) files.set(`${name}/etc/${file}`, `${lines.join("\n")}\n`);
    files.set(`${name}/etc/pf.conf`, rules[at] ?? "");
  }
  files.set("site.yaml", siteYaml(plan, conduits));
  return files;
}

function siteYaml(
  plan: SitePlan,
  conduits: readonly (readonly [from: string, to: string])[],
): string {
  const listed = ([name, ends]: readonly [string, readonly string[]]): string =>
    `  ${name}: [${ends.map((it) => JSON.stringify(it)).join(", ")}]`;
  const wires = plan.cables.size === 0 ? [] : ["wires:", ...[...plan.cables].map(listed)];
  const zones = [...plan.zones].map(
    ([name, at]) => `  ${name}: { at: [${at.map((it) => JSON.stringify(it)).join(", ")}] }`,
  );
  const pairs = conduits.filter(([from, to]) => from !== to);
  const allowed = pairs.map(([from, to]) => `  - { from: ${from}, to: ${to}, services: any }`);
  const parts = ["pfproof: 1", ...wires, "zones:", ...zones];
  if (allowed.length > 0) parts.push("conduits:", ...new Set(allowed));
  return `${parts.join("\n")}\n`;
}

/** The network that the readers make of a drawn site; throws if they complain of an error. */
export function networkOfSite(files: DrawnSite): Network {
  const names = new Set([...files.keys()].filter((it) => it.includes("/")).map(hostIn));
  const readings = [...names].map((name) =>
    readHost({ name, at: name, files: hostFiles(files, name) }),
  );
  const hosts = readings.map((it) => it.host);
  const text = files.get("site.yaml") ?? "";
  const site = parseSite({ file: "site.yaml", text, hosts });
  const wrong = [...readings.flatMap((it) => it.diagnostics), ...site.diagnostics].find(isError);
  if (wrong !== undefined) throw new SiteError(wrong, files);
  return { hosts: site.hosts, ...site.additions };
}

function hostIn(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

function hostFiles(files: DrawnSite, name: string): readonly HostFile[] {
  return [...files]
    .filter(([path]) => path.startsWith(`${name}/`))
    .map(([path, text]) => ({ path: path.slice(name.length), file: path, text }));
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** A drawn site that the readers refuse, which is a mistake of whoever draws. */
class SiteError extends Error {
  constructor({ span, message }: Diagnostic, files: DrawnSite) {
    super(`${span.file}:${span.line}: ${message}\n${siteText(files)}`);
  }
}

/** All files of a drawn site, one behind the other. */
export function siteText(files: DrawnSite): string {
  return [...files].map(([path, text]) => `== ${path}\n${text}`).join("");
}
