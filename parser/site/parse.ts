import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Host } from "../../model/host.ts";
import type { Cable, Cloud, Device, Network } from "../../model/network.ts";
import { assumedHosts } from "./assume.ts";
import { readConduits } from "./conduits.ts";
import * as complaint from "./diagnostics.ts";
import { readYaml, type YamlDocument } from "./document.ts";
import { pendingKeys } from "./pending.ts";
import { parseAddresses } from "./place.ts";
import { matchInterfaces, matchPlaces, type SiteNames } from "./references.ts";
import { checkSite } from "./schema.ts";
import { schemaComplaints } from "./schema-complaints.ts";
import { itemsOf, type SiteFile } from "./site-file.ts";
import { readWaivers } from "./waivers.ts";
import { readZones } from "./zones.ts";

/** What site.yaml adds to the hosts. */
export type SiteAdditions = Omit<Network, "hosts">;

export interface SiteYamlReading {
  /** Empty if the text does not fit the schema. */
  readonly additions: SiteAdditions;
  /** The hosts, with what `assume:` settles. */
  readonly hosts: readonly Host[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads site.yaml about `hosts`. Never throws. */
export function parseSite(input: {
  readonly file: string;
  readonly text: string;
  readonly hosts: readonly Host[];
  /** `2027-01-31`: what has expired before counts no longer; absent: nothing has. */
  readonly today?: string;
}): SiteYamlReading {
  const document = readYaml(input.file, input.text);
  if (document.diagnostics.length > 0) {
    return { additions: NO_ADDITIONS, hosts: input.hosts, diagnostics: document.diagnostics };
  }
  const checked = checkSite(document.value ?? {});
  if ("issues" in checked) {
    const diagnostics = schemaComplaints(checked.issues, document);
    return { additions: NO_ADDITIONS, hosts: input.hosts, diagnostics };
  }
  const { site } = checked;
  const named = new Set(
    [site.wires, site.clouds, site.devices].flatMap((entries) => Object.keys(entries ?? {})),
  );
  const { today = "" } = input;
  const names: SiteNames = {
    hosts: input.hosts,
    named,
    today,
    placeless: new Set(),
    diagnostics: [],
  };
  checkHosts(site, document, names);
  const assumed = assumedHosts(site, document, names);
  const zones = readZones(site, document, names);
  const { conduits, pending } = readConduits(site, document, zones, names);
  return {
    additions: {
      cables: cablesOf(site, document, names),
      clouds: cloudsOf(site, document, names),
      devices: devicesOf(site, document, names),
      apart: apartOf(site, document, names),
      zones,
      conduits,
      adversary: site.adversary ?? "spoof",
      assumptions: assumed.assumptions,
      waivers: readWaivers(site, document, zones, names),
      pending: [...pendingKeys(site, document), ...assumed.pending, ...pending],
    },
    hosts: assumed.hosts,
    diagnostics: names.diagnostics,
  };
}

/** What there is without a site.yaml. */
export const NO_ADDITIONS: SiteAdditions = {
  cables: [],
  clouds: [],
  devices: [],
  apart: [],
  zones: [],
  conduits: [],
  adversary: "spoof",
  assumptions: [],
  waivers: [],
  pending: [],
};

function checkHosts(site: SiteFile, document: YamlDocument, names: SiteNames): void {
  const known = names.hosts.map((it) => it.name);
  for (const name of Object.keys(site.hosts ?? {})) {
    if (known.includes(name)) continue;
    const span = document.atKey(["hosts", name]);
    names.diagnostics.push(complaint.unknownName("directory of a host", name, span, known));
  }
  const taken = new Set(known);
  for (const key of ["wires", "clouds", "devices"] as const) {
    for (const name of Object.keys(site[key] ?? {})) {
      if (taken.has(name)) {
        names.diagnostics.push(complaint.nameTaken(name, document.atKey([key, name])));
      }
      taken.add(name);
    }
  }
}

function cablesOf(site: SiteFile, document: YamlDocument, names: SiteNames): readonly Cable[] {
  return Object.entries(site.wires ?? {}).map(([name, ends]) => ({
    name,
    ends: ends.flatMap((end, at) => matchInterfaces(end, document.at(["wires", name, at]), names)),
  }));
}

function cloudsOf(site: SiteFile, document: YamlDocument, names: SiteNames): readonly Cloud[] {
  return Object.entries(site.clouds ?? {}).map(([name, { attach }]) => ({
    name,
    ends: itemsOf(attach, ["clouds", name, "attach"]).flatMap(({ item, path }) =>
      matchInterfaces(item, document.at(path), names),
    ),
  }));
}

function devicesOf(site: SiteFile, document: YamlDocument, names: SiteNames): readonly Device[] {
  return Object.entries(site.devices ?? {}).flatMap(([name, entry]) => {
    const path = ["devices", name];
    const places = matchPlaces(entry.at, document.at([...path, "at"]), names);
    const addresses = itemsOf(entry.address, [...path, "address"]).flatMap(({ item, path: at }) => {
      const range = parseAddresses(item);
      if (range === undefined) {
        names.diagnostics.push(complaint.badAddresses(item, document.at(at)));
      }
      return range ?? [];
    });
    return places.slice(0, 1).map(({ place }) => ({ name, at: place, addresses }));
  });
}

function apartOf(site: SiteFile, document: YamlDocument, names: SiteNames): SiteAdditions["apart"] {
  return (site.apart ?? []).map((group, index) =>
    group.flatMap((end, at) => matchInterfaces(end, document.at(["apart", index, at]), names)),
  );
}
