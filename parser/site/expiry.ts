import * as complaint from "./diagnostics.ts";
import type { YamlDocument } from "./document.ts";
import type { SiteNames } from "./references.ts";

/**
 * Whether the last day of an entry is over, which is said then.
 *
 * @param expires - a date as `2027-01-31`
 * @param what - the entry: `the conduit`
 */
export function isOver(
  expires: string | undefined,
  what: string,
  path: readonly (string | number)[],
  document: YamlDocument,
  { today, diagnostics }: SiteNames,
): boolean {
  if (expires === undefined || expires >= today) return false;
  diagnostics.push(complaint.expired(what, expires, document.at(path)));
  return true;
}
