import type { Diagnostic } from "../../model/diagnostic.ts";
import { nearestName } from "../nearest-name.ts";
import * as complaint from "./diagnostics.ts";
import type { YamlDocument } from "./document.ts";
import { keysAt } from "./known-keys.ts";
import type { SchemaIssue } from "./schema.ts";

type Path = SchemaIssue["path"];

/** `a { at`, `a:{ at`: the key of what was meant as an entry `a`. */
const ENTRY = /^([\w.*-]+)(?:\s*|:)[{[]/;

/** What does not fit the schema; a key that is missing since it is misspelt is told of once. */
export function schemaComplaints(
  issues: readonly SchemaIssue[],
  document: YamlDocument,
): readonly Diagnostic[] {
  const misspelt = new Set(
    issues.flatMap(({ path, keys }) => {
      const allowed = keysAt(path);
      return keys.map((key) => keyAt([...path, meantKey(key, allowed)]));
    }),
  );
  return issues.flatMap((issue): readonly Diagnostic[] => {
    const { path, keys, message } = issue;
    if (keys.length > 0) {
      const allowed = keysAt(path);
      return keys.map((key) => complaint.unknownKey(key, document.atKey([...path, key]), allowed));
    }
    const span = document.at(path);
    if (!has(document.value, path)) {
      if (misspelt.has(keyAt(path))) return [];
      return [complaint.missingKey(String(path.at(-1)), span)];
    }
    const glued = path.map((step) => ENTRY.exec(String(step))?.[1]).find((it) => it !== undefined);
    return [
      glued === undefined
        ? complaint.wrongValue(message, span)
        : complaint.missingColon(glued, document.atKey(path)),
    ];
  });
}

function keyAt(path: Path): string {
  return JSON.stringify(path);
}

/** The key that one of `allowed` was meant to be, its own name if none is near. */
function meantKey(key: string, allowed: readonly string[]): string {
  const [name = key] = key.split(":", 1);
  return nearestName(name, allowed) ?? key;
}

function has(root: unknown, path: Path): boolean {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return false;
    value = Reflect.get(value, step);
  }
  return true;
}
