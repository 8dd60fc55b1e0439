import { writeFileSync } from "node:fs";
import { siteJsonSchema } from "../../parser/site/schema.ts";
import { pfRulesSchema } from "../../report/pf-rules-schema.ts";

// `npm run schema`: site.schema.json is for editors, pf-rules.schema.json for programs that read
// `print --json`; tests hold both to the code
for (const [file, schema] of [
  ["site.schema.json", siteJsonSchema()],
  ["pf-rules.schema.json", pfRulesSchema],
] as const) {
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
}
