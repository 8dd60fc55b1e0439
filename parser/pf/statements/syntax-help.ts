import { nearestName } from "../../nearest-name.ts";
import { kindTexts, NEWLINE, NUMBER, STRING } from "../lexical/kinds.ts";
import type { Tokens } from "../lexical/tokens.ts";

const RESERVED: readonly string[] = kindTexts.slice(7);

/** What to write instead of a token that fits nowhere, from what the grammar could have taken. */
export function syntaxHelp(tokens: Tokens, at: number, expected: string): string | undefined {
  const kind = tokens.kind(at);
  const text = tokens.text(at);
  const before = at > 0 ? tokens.text(at - 1) : "";
  if (kind === NEWLINE && before === ",") {
    return "a list ends its lines without a comma: begin the next line with it";
  }
  if (kind === STRING && text.length > 2) {
    const near = nearestName(text, RESERVED);
    if (near !== undefined) return `did you mean \`${near}\`?`;
  }
  if (kind === NUMBER && before !== "") {
    return `a bare number does not fit behind \`${before}\`: quote it if it is a name`;
  }
  const wanted = expectedWords(expected);
  return wanted === "" ? undefined : `expected ${wanted}`;
}

/** The alternatives in chevrotain's message, when they are few. */
function expectedWords(message: string): string {
  const one = /^Expecting token of type --> (.*) <-- but found/s.exec(message)?.[1];
  if (one !== undefined) return one;
  const words = [...message.matchAll(/^ +\d+\. \[(`[^`]+`|[a-z ]+)/gm)].map((it) => it[1] ?? "");
  const unique = [...new Set(words)];
  return unique.length > 0 && unique.length <= 6 ? unique.join(", ") : "";
}
