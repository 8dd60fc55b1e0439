import { z } from "zod";
import type { SiteFile } from "./site-file.ts";

/*
 * Every key of design.md is here from the first version, read or not: files never break later.
 * SiteFile is the same in types; the compiler holds the two together at `site`.
 */

/** One or several of something: `x` and `[x]` are the same. */
const some = <Item extends z.ZodType>(item: Item): z.ZodUnion<[Item, z.ZodArray<Item>]> =>
  z.union([item, z.array(item)]);

const reference = z.string().min(1);
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "expected a date like 2027-06-30");
const family = z.enum(["inet", "inet6"]);
const levels = z.union([z.int().min(0).max(4), z.record(z.string(), z.int().min(0).max(4))]);

const hostEntry = z.strictObject({ os: z.string().optional() });

const cloud = z.strictObject({
  attach: some(reference),
  networks: z.union([z.literal("rest"), z.array(z.string())]).optional(),
});

const device = z.strictObject({
  at: reference,
  address: some(z.string()).optional(),
  vtep: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

const person = z.strictObject({
  ldif: z.string().optional(),
  group: z.string().optional(),
  via: some(reference).optional(),
});

const zone = z.strictObject({
  at: some(reference),
  "sl-t": levels.optional(),
  purdue: z.number().min(0).max(5).optional(),
  reason: z.string().optional(),
});

const conduit = z.strictObject({
  from: some(z.string()),
  to: some(z.string()),
  services: some(z.string()),
  via: some(reference).optional(),
  required: z.union([z.boolean(), z.array(family)]).optional(),
  pivot: z.boolean().optional(),
  expires: date.optional(),
  id: z.string().optional(),
  reason: z.string().optional(),
});

const assumedLine = z.strictObject({
  effect: z.string(),
  reason: z.string().optional(),
  by: z.string().optional(),
  expires: date.optional(),
});

const assumedRoutes = z.strictObject({
  daemon: z.string().optional(),
  only: some(z.string()).optional(),
  interfaces: some(z.string()).optional(),
});

const assume = z.strictObject({
  address: z.record(z.string(), some(z.string())).optional(),
  table: z.record(z.string(), some(z.string())).optional(),
  anchor: z.record(z.string(), z.string()).optional(),
  routes: z.record(z.string(), assumedRoutes).optional(),
  line: z.record(z.string(), assumedLine).optional(),
});

const waiver = z.strictObject({
  id: z.string(),
  from: some(z.string()),
  to: some(z.string()),
  services: some(z.string()).optional(),
  reason: z.string().optional(),
  by: z.string().optional(),
  expires: date.optional(),
});

const site: z.ZodType<SiteFile> = z.strictObject({
  pfproof: z.literal(1),
  hosts: z.record(z.string(), hostEntry).optional(),
  carp: z.array(z.array(z.string())).optional(),
  wires: z.record(z.string(), z.array(reference)).optional(),
  apart: z.array(z.array(reference)).optional(),
  clouds: z.record(z.string(), cloud).optional(),
  devices: z.record(z.string(), device).optional(),
  services: z.record(z.string(), some(z.string())).optional(),
  people: z.record(z.string(), person).optional(),
  zones: z.record(z.string(), zone).optional(),
  conduits: z.array(conduit).optional(),
  adversary: z.enum(["assigned", "spoof", "layer2", "states"]).optional(),
  assume: assume.optional(),
  waivers: z.array(waiver).optional(),
});

/** Something that does not fit the schema. */
export interface SchemaIssue {
  readonly code: string;
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** `unrecognized_keys` only. */
  readonly keys: readonly string[];
}

/** Checks a value read from YAML against the schema. */
export function checkSite(
  value: unknown,
): { readonly site: SiteFile } | { readonly issues: readonly SchemaIssue[] } {
  const result = site.safeParse(value);
  if (result.success) return { site: result.data };
  return { issues: result.error.issues.flatMap((issue) => issueFrom(issue)) };
}

/** The deepest complaints of a union are the ones that help. */
function issueFrom(issue: z.core.$ZodIssue): readonly SchemaIssue[] {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const deep = issue.errors
      .map((branch) => branch.flatMap((it) => issueFrom({ ...it, path: [...path, ...it.path] })))
      .filter((branch) => branch.some((it) => it.path.length > path.length));
    const [first] = deep;
    if (first !== undefined) return first;
    const [branch] = issue.errors;
    const [plain] = branch ?? [];
    if (plain !== undefined && plain.path.length === 0)
      return issueFrom({ ...plain, path: issue.path });
  }
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
  return [{ code: issue.code, path, message: issue.message, keys }];
}

/** The schema for editors, as JSON Schema (2020-12). */
export function siteJsonSchema(): unknown {
  return { title: "pfproof site.yaml", ...z.toJSONSchema(site, { io: "input" }) };
}
