import type { Pending } from "../../model/network.ts";
import type { YamlDocument } from "./document.ts";
import type { SiteFile } from "./site-file.ts";

/**
 * The keys of site.yaml that are accepted and not used yet, conduits and `assume` aside.
 *
 * Without `pairs` a key could change any verdict.
 */
export function pendingKeys(site: SiteFile, document: YamlDocument): readonly Pending[] {
  return [
    ...hostsPending(site, document),
    ...(site.carp === undefined || site.carp.length === 0 ? [] : [carpPending(document)]),
    ...vtepPending(site, document),
  ];
}

function hostsPending(site: SiteFile, document: YamlDocument): readonly Pending[] {
  return Object.entries(site.hosts ?? {}).flatMap(([name, { os }]): readonly Pending[] => {
    if (os === undefined || /^openbsd(?: 7\.8)?$/i.test(os)) return [];
    const span = document.at(["hosts", name, "os"]);
    return [{ key: "os", span, reason: `${os} is not known: every host is taken for OpenBSD 7.8` }];
  });
}

function carpPending(document: YamlDocument): Pending {
  const reason = "groups of carp hosts are not modelled yet";
  return { key: "carp", span: document.atKey(["carp"]), reason };
}

function vtepPending(site: SiteFile, document: YamlDocument): readonly Pending[] {
  return Object.entries(site.devices ?? {}).flatMap(([name, { vtep }]): readonly Pending[] => {
    if (vtep === undefined) return [];
    const span = document.atKey(["devices", name, "vtep"]);
    return [{ key: "vtep", span, reason: "tunnels of devices are not modelled yet" }];
  });
}
