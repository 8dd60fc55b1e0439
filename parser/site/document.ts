import {
  type Alias,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import * as complaint from "./diagnostics.ts";
import { yamlComplaint } from "./yaml-complaint.ts";

type Path = readonly (string | number)[];

/** A YAML text as a value, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** Where the value at `path` stands, or the deepest part of the path that there is. */
  readonly at: (path: Path) => Span;
  /** Where the key at the end of `path` stands. */
  readonly atKey: (path: Path) => Span;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads YAML 1.2; never throws. Text that is no YAML has diagnostics and no value. */
export function readYaml(file: string, text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    // for each error the library would look through the text from its beginning
    prettyErrors: false,
    logLevel: "error",
  });
  const last = Math.max(0, text.trimEnd().length - 1);
  const spanOf = (from: number, end: number): Span => {
    const start = Math.min(from, last);
    const { line, col } = lines.linePos(start);
    const row = text.slice(start, end).split("\n", 1)[0] ?? "";
    const length = Math.max(1, row.trimEnd().length);
    return { file, line: Math.max(1, line), column: Math.max(1, col), length };
  };
  const nodeSpan = (node: unknown): Span => {
    const range = rangeOf(node) ?? [0, 1];
    return spanOf(range[0], range[1]);
  };
  // one that is not about a key of its own makes others that follow from it
  const first = document.errors.find((error) => error.code !== "DUPLICATE_KEY");
  const diagnostics = document.errors
    .filter((error) => error === first || error.code === "DUPLICATE_KEY")
    .map((error) => yamlComplaint(error, text, spanOf));
  visit(document, {
    Pair: (_, pair) => {
      if (isScalar(pair.key) && pair.key.value === "__proto__") {
        diagnostics.push(complaint.reservedName("__proto__", nodeSpan(pair.key)));
      }
    },
  });
  const root: unknown = document.contents;
  // keys that are mappings themselves make this slow: not done where nothing comes of it
  const { value, problem } =
    diagnostics.length > 0 ? {} : jsValue(() => document.toJS({ maxAliasCount: 100 }));
  if (problem !== undefined) {
    const [start, end] = brokenAlias(document)?.range ?? [0, 1];
    diagnostics.push(complaint.yaml(problem, spanOf(start, end)));
  }
  return {
    value: diagnostics.length > 0 ? undefined : value,
    at: (path) => nodeSpan(find(root, path, false)),
    atKey: (path) => nodeSpan(find(root, path, true)),
    diagnostics,
  };
}

/** The one place where the library throws: aliases that go round or multiply without end. */
function jsValue(read: () => unknown): { readonly value?: unknown; readonly problem?: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The first `*name` without a `&name` before it. */
function brokenAlias(document: Document): Alias | undefined {
  let found: Alias | undefined;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}

function rangeOf(node: unknown): Node["range"] {
  const isNode = isMap(node) || isSeq(node) || isScalar(node);
  return isNode ? node.range : undefined;
}

/** Goes down `path` as far as the document has it; with `key`, ends at the last key. */
function find(root: unknown, path: Path, key: boolean): unknown {
  let node = root;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((it) => isScalar(it.key) && String(it.key.value) === `${step}`);
      if (pair === undefined) return node;
      const last = depth === path.length - 1;
      // an entry without a value has only its key to point at
      node = (last && key) || rangeOf(pair.value) === undefined ? pair.key : pair.value;
    } else if (isSeq(node) && typeof step === "number" && step < node.items.length) {
      node = node.items[step];
    } else return node;
  }
  return node;
}
