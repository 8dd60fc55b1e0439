import { writeFileSync } from "node:fs";
import { siteJsonSchema } from "../../parser/site/schema.ts";

// `npm run schema`: site.schema.json is for editors, and a test holds it to the schema of the reader
writeFileSync("site.schema.json", `${JSON.stringify(siteJsonSchema(), null, 2)}\n`);
