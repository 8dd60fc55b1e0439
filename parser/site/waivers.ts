import type { Waiver, Zone } from "../../model/network.ts";
import { namedServices, pairsOf, servicesOf } from "./conduits.ts";
import type { YamlDocument } from "./document.ts";
import { isOver } from "./expiry.ts";
import type { SiteNames } from "./references.ts";
import type { SiteFile, WaiverEntry } from "./site-file.ts";

/** Reads `waivers:`; without services whatever gets there is known. One that has expired is left out. */
export function readWaivers(
  site: SiteFile,
  document: YamlDocument,
  zones: readonly Zone[],
  names: SiteNames,
): readonly Waiver[] {
  const named = namedServices(site);
  return (site.waivers ?? []).flatMap((entry, index): readonly Waiver[] => {
    const path = ["waivers", index];
    const { id, services = "any", expires } = entry;
    if (isOver(expires, `waiver ${id}`, [...path, "expires"], document, names)) return [];
    const known = servicesOf(services, [...path, "services"], document, named, names);
    const span = document.at(path);
    return pairsOf(entry, path, document, zones, names).map(([from, to]): Waiver => {
      return { id, from, to, services: known, ...saidOf(entry), span };
    });
  });
}

function saidOf({ reason, by, expires }: WaiverEntry): Pick<Waiver, "reason" | "by" | "expires"> {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(by === undefined ? {} : { by }),
    ...(expires === undefined ? {} : { expires }),
  };
}
