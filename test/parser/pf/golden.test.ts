import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { runsOf, tablesOf } from "../../../model/pf-conf.ts";
import { configurationText } from "../../../parser/pf/configuration-text.ts";
import { parsePf } from "../../../parser/pf/parse.ts";
import { readPf } from "../../../parser/pf/read.ts";
import { FIREWALL, include } from "./surroundings.ts";

const HERE = `${import.meta.dirname}/golden`;

describe("parsePf", () => {
  it.each(globSync("*.conf", { cwd: HERE }).toSorted())(
    "expands %s as pfctl does",
    async (name) => {
      const path = `${HERE}/${name}`;
      const text = readFileSync(path, "utf8");
      const { conf, diagnostics, unread } = parsePf(
        { file: basename(path), text, include },
        FIREWALL,
      );
      expect(diagnostics).toEqual([]);
      const tables = runsOf(conf)
        .flatMap(tablesOf)
        .map(({ name, anchor, contents }) => {
          const sizes = contents.map((of) => ("entries" in of ? of.entries.count : 0));
          const count = sizes.reduce((all, size) => all + size, 0);
          return `# table ${anchor}<${name}>: ${count} entries\n`;
        });
      const lines = unread.map((it) => `# ${it.id} ${it.scope.kind}: ${it.effect}\n`);
      const { main, loaded } = readPf(
        { file: basename(path), text, include, optimize: "none", live: true },
        FIREWALL,
      );
      const printed = [main, ...loaded].flatMap((it) => {
        return [...configurationText(it, { numbers: false })].map((line) => `${line}\n`);
      });
      const whole = [...printed, ...tables, ...lines].join("");
      await expect(whole).toMatchFileSnapshot(path.replace(/conf$/, "ok"));
    },
  );

  it.each(globSync(`${HERE}/../rejected/*.conf`).toSorted())("complains about %s", async (path) => {
    const text = readFileSync(path, "utf8");
    const { diagnostics } = parsePf({ file: basename(path), text, include }, FIREWALL);
    const lines = diagnostics.map(({ span, code, message, help }) => {
      const words = text.split("\n")[span.line - 1]?.slice(span.column - 1);
      const under = words?.slice(0, span.length) ?? "";
      const more = help === undefined ? "" : `\n    help: ${help}`;
      return `${span.line}:${span.column} ${code} [${under}] ${message}${more}\n`;
    });
    await expect(lines.join("")).toMatchFileSnapshot(path.replace(/conf$/, "diagnostics"));
  });
});
