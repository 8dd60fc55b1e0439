import { compareBytes, type SiteEntry } from "./site-tree.ts";

/** A directory that holds the files of one host. */
export interface HostDirectory {
  /** From the root of the site; empty for the root itself. */
  readonly directory: string;
  readonly files: readonly HostEntry[];
}

/** A file and where it lies on its host. */
export interface HostEntry {
  readonly path: string;
  readonly entry: SiteEntry;
}

/**
 * Finds the hosts of a site: a directory is one if it has a pf.conf or a hostname.IF in `etc`, in
 * `src/etc` or in itself.
 *
 * Beside a site.yaml only the root, its directories and those of `hosts/` are looked at; without one,
 * every directory. Guests (`fw1/vms/web`) are part of their host.
 */
export function hostDirectories(
  entries: readonly SiteEntry[],
  options: { readonly anywhere: boolean },
): readonly HostDirectory[] {
  const places = new Map<string, EtcPlace>();
  for (const { path } of entries) {
    const place = etcPlaceOf(path);
    if (place === undefined) continue;
    const known = places.get(place.directory);
    if (known === undefined || place.rank < known.rank) places.set(place.directory, place);
  }
  const kept = [...places.values()].filter(
    (place) => isCandidate(place, options.anywhere) && !isInside(place, places),
  );
  const files = filesByHost(entries, new Map(kept.map((place) => [place.directory, place])));
  return kept
    .toSorted((a, b) => compareBytes(a.directory, b.directory))
    .map(({ directory }) => ({ directory, files: files.get(directory) ?? [] }));
}

interface EtcPlace {
  readonly directory: string;
  /** 0 `etc`, 1 `src/etc`, 2 the directory itself. */
  readonly rank: 0 | 1 | 2;
}

/** The host that a file speaks for, if its name is that of one. */
function etcPlaceOf(path: string): EtcPlace | undefined {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  if (name !== "pf.conf" && !/^hostname\.[\w:]+$/.test(name)) return undefined;
  if (parts.at(-1) !== "etc") return { directory: parts.join("/"), rank: 2 };
  const above = parts.slice(0, -1);
  return above.at(-1) === "src"
    ? { directory: above.slice(0, -1).join("/"), rank: 1 }
    : { directory: above.join("/"), rank: 0 };
}

function isCandidate({ directory }: EtcPlace, anywhere: boolean): boolean {
  if (/(?:^|\/)(?:vms|jails)\/[^/]+$/.test(directory)) return false;
  return anywhere || /^(?:(?:hosts\/)?[^/]+)?$/.test(directory);
}

/** Whether it lies in the etc of another host: an example file, a backup. */
function isInside({ directory }: EtcPlace, places: ReadonlyMap<string, EtcPlace>): boolean {
  return [...places.values()].some(
    (other) => other.rank < 2 && isBelow(directory, etcOf(other)) && other.directory !== directory,
  );
}

function etcOf({ directory, rank }: EtcPlace): string {
  return below(directory, ["etc", "src/etc", ""][rank] ?? "");
}

function below(directory: string, rest: string): string {
  if (directory === "" || rest === "") return directory + rest;
  return `${directory}/${rest}`;
}

function isBelow(path: string, directory: string): boolean {
  return directory === "" || path === directory || path.startsWith(`${directory}/`);
}

/** Gives each file to the host directory nearest above it; site.yaml and variants belong to none. */
function filesByHost(
  entries: readonly SiteEntry[],
  places: ReadonlyMap<string, EtcPlace>,
): ReadonlyMap<string, readonly HostEntry[]> {
  const files = new Map<string, HostEntry[]>();
  for (const entry of entries) {
    if (/^(?:site\.ya?ml$|variants\/)/.test(entry.path)) continue;
    const place = nearestAbove(entry.path, places);
    if (place === undefined) continue;
    const { directory, rank } = place;
    const rest = directory === "" ? entry.path : entry.path.slice(directory.length + 1);
    const file = { path: pathOnHost(rest, rank), entry };
    const known = files.get(directory);
    if (known === undefined) files.set(directory, [file]);
    else known.push(file);
  }
  return files;
}

function nearestAbove(path: string, places: ReadonlyMap<string, EtcPlace>): EtcPlace | undefined {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    const found = places.get(path.slice(0, end));
    if (found !== undefined) return found;
  }
  return places.get("");
}

function pathOnHost(rest: string, rank: 0 | 1 | 2): string {
  if (rank === 0) return `/${rest}`;
  if (rank === 1) return rest.startsWith("src/") ? rest.slice(3) : rest;
  return /^(?:etc|var|usr|root|home)\//.test(rest) ? `/${rest}` : `/etc/${rest}`;
}
