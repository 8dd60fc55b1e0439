import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

/** Which layers a layer may import, besides itself. This table is the architecture. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  parser: ["model"],
  site: ["model", "parser"],
  engine: ["model"],
  report: ["model"],
  scenarios: ["model", "parser", "site", "engine"],
  cli: ["model", "parser", "site", "engine", "report"],
  "index.ts": ["model", "parser", "site", "engine", "report"],
};

/** The only files that may import a package: each dependency has one door. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  chevrotain: ["parser/pf/grammar/"],
  "ip-num": ["model/address-text.ts"],
  "@dagrejs/graphlib": ["engine/path/wiring.ts"],
  chalk: ["report/"],
  yaml: ["parser/site/"],
  zod: ["parser/site/"],
  "fast-check": ["scenarios/arbitraries/", "test/"],
  "node:fs": ["site/", "cli/", "test/", "bench/"],
  "node:process": ["cli/", "test/", "bench/"],
  "node:worker_threads": ["cli/", "test/"],
  "node:child_process": ["test/", "bench/"],
};

interface Import {
  readonly file: string;
  /** As written. */
  readonly specifier: string;
}

describe("the layers", () => {
  it.each(Object.entries(LAYERS))("%s imports only layers below it", (layer, allowed) => {
    const files = filesOf(layer);
    expect(files, "a layer without files guards nothing").not.toEqual([]);
    const wrong = files
      .flatMap(importsOf)
      .filter(({ specifier }) => specifier.startsWith("."))
      .map((it) => ({ ...it, target: layerOf(it) }))
      .filter(({ target }) => target !== layer && !allowed.includes(target));
    expect(wrong).toEqual([]);
  });
});

describe("the doors", () => {
  const imports = [...Object.keys(LAYERS), "bench", "test"].flatMap(filesOf).flatMap(importsOf);

  it.each(Object.entries(DOORS))("%s is imported only in its place", (name, doors) => {
    const users = imports.filter(({ specifier }) => packageOf(specifier) === name);
    expect(users.filter(({ file }) => !doors.some((door) => file.startsWith(door)))).toEqual([]);
  });

  it("stand in the table for every dependency", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const missing = Object.keys(manifest.dependencies).filter((name) => DOORS[name] === undefined);
    expect(missing).toEqual([]);
  });
});

function filesOf(layer: string): readonly string[] {
  return globSync(layer.endsWith(".ts") ? layer : `${layer}/**/*.ts`);
}

/** Every import of a file: static, for types, for side effects, re-exported and dynamic. */
function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*(["'])([^"']+)\1/g)].map((match) => {
    return { file, specifier: match[2]! };
  });
}

/** The layer that a relative import reaches, or the file itself if it lies at the top. */
function layerOf({ file, specifier }: Import): string {
  return join(dirname(file), specifier).split("/")[0]!;
}

/** `node:fs/promises` is `node:fs`, `@a/b/c` is `@a/b`. */
function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
