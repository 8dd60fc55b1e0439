/** What site.yaml says once the schema has checked it; design.md, "A site", tells what keys mean. */
export interface SiteFile {
  readonly pfproof: 1;
  readonly hosts?: Named<{ readonly os?: string | undefined }>;
  readonly carp?: readonly (readonly string[])[] | undefined;
  readonly wires?: Named<readonly string[]>;
  readonly apart?: readonly (readonly string[])[] | undefined;
  readonly clouds?: Named<CloudEntry>;
  readonly devices?: Named<DeviceEntry>;
  readonly services?: Named<Some<string>>;
  readonly people?: Named<PersonEntry>;
  readonly zones?: Named<ZoneEntry>;
  readonly conduits?: readonly ConduitEntry[] | undefined;
  readonly adversary?: "assigned" | "spoof" | "layer2" | "states" | undefined;
  readonly assume?: AssumeEntries | undefined;
  readonly waivers?: readonly WaiverEntry[] | undefined;
}

/** `x` and `[x]` are the same. */
export type Some<Item> = Item | readonly Item[];

type Named<Entry> = Readonly<Record<string, Entry>> | undefined;

export interface CloudEntry {
  readonly attach: Some<string>;
  readonly networks?: "rest" | readonly string[] | undefined;
}

export interface DeviceEntry {
  readonly at: string;
  readonly address?: Some<string> | undefined;
  readonly vtep?: Named<string | number>;
}

export interface PersonEntry {
  readonly ldif?: string | undefined;
  readonly group?: string | undefined;
  readonly via?: Some<string> | undefined;
}

export interface ZoneEntry {
  readonly at: Some<string>;
  readonly "sl-t"?: number | Readonly<Record<string, number>> | undefined;
  readonly purdue?: number | undefined;
  readonly reason?: string | undefined;
}

export interface ConduitEntry {
  readonly from: Some<string>;
  readonly to: Some<string>;
  readonly services: Some<string>;
  readonly via?: Some<string> | undefined;
  readonly required?: boolean | readonly ("inet" | "inet6")[] | undefined;
  readonly pivot?: boolean | undefined;
  readonly expires?: string | undefined;
  readonly id?: string | undefined;
  readonly reason?: string | undefined;
}

export interface AssumeEntries {
  readonly address?: Named<Some<string>>;
  readonly table?: Named<Some<string>>;
  readonly anchor?: Named<string>;
  readonly routes?: Named<object>;
  readonly line?: Named<AssumedLine>;
}

/** A line that is not understood, and what its author says of it. */
export interface AssumedLine {
  readonly effect: string;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
  /** The last day on which it counts. */
  readonly expires?: string | undefined;
}

export interface WaiverEntry {
  readonly id: string;
  readonly from: Some<string>;
  readonly to: Some<string>;
  readonly services?: Some<string> | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
  readonly expires?: string | undefined;
}

/** The items of `x` or `[x, y]` with their paths below `path`. */
export function itemsOf<Item extends string | number>(
  some: Some<Item> | undefined,
  path: readonly (string | number)[],
): readonly { readonly item: Item; readonly path: readonly (string | number)[] }[] {
  if (some === undefined) return [];
  if (typeof some === "string" || typeof some === "number") return [{ item: some, path }];
  return some.map((item, at) => ({ item, path: [...path, at] }));
}
