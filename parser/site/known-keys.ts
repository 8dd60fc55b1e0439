import { siteJsonSchema } from "./schema.ts";

/** Made when the first key is wrong, and then for all: it takes a millisecond. */
let schema: unknown;

/** The keys that the schema has at `path`, for saying which one was meant. */
export function keysAt(path: readonly (string | number)[]): readonly string[] {
  schema ??= siteJsonSchema();
  let schemas: readonly unknown[] = alternatives(schema);
  for (const step of path) schemas = schemas.flatMap((it) => below(it, step)).flatMap(alternatives);
  return [...new Set(schemas.flatMap((it) => Object.keys(record(record(it).properties))))];
}

function below(schema: unknown, step: string | number): readonly unknown[] {
  const { properties, additionalProperties, items } = record(schema);
  if (typeof step === "number") return items === undefined ? [] : [items];
  const own = record(properties)[step];
  return own === undefined ? [additionalProperties] : [own];
}

function alternatives(schema: unknown): readonly unknown[] {
  const { anyOf } = record(schema);
  return Array.isArray(anyOf) ? anyOf.flatMap(alternatives) : [schema];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
