import { globSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const DATA = "../shared/data";

/** Every pf.conf of the recorded data by a name; a character is a byte. */
export function writtenFiles(): ReadonlyMap<string, string> {
  const files = [
    ...globSync(`${DATA}/pfctl/regress/data/*.in`),
    ...globSync(`${DATA}/corpus/**/*pf.conf*`, { withFileTypes: true })
      .filter((it) => it.isFile())
      .map((it) => `${it.parentPath}/${it.name}`),
  ];
  const texts = new Map(files.map((file) => [file, readFileSync(file, "latin1")]));
  for (const input of caseInputs()) texts.set(JSON.stringify(input), input);
  return texts;
}

/** What was given to pfctl in the recorded cases. */
function caseInputs(): readonly string[] {
  const [file] = globSync(`${DATA}/pfctl/cases/cases.jsonl.gz`);
  if (file === undefined) return [];
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as { readonly input: string }).input);
}
