import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { nearestName } from "../nearest-name.ts";

/** What can be wrong with a relayd.conf(5): one function a complaint. relayd then does not start. */

export function unknownWord(word: string, span: Span, allowed: readonly string[]): Diagnostic {
  const near = nearestName(word, allowed);
  const help = near === undefined ? `one of ${allowed.join(", ")}` : `did you mean \`${near}\`?`;
  return error("relayd-word", `\`${word}\` is not a word of relayd.conf here`, span, help);
}

export function needsValue(word: string, span: Span): Diagnostic {
  return error("relayd-value", `\`${word}\` needs a value`, span);
}

export function needsTable(word: string, span: Span): Diagnostic {
  return error("relayd-table", `\`${word}\` needs a table`, span, "write its name as `<web>`");
}

export function needsBlock(word: string, span: Span): Diagnostic {
  return error("relayd-block", `\`${word}\` needs a block in braces`, span);
}

export function noTable(name: string, span: Span, names: Iterable<string>): Diagnostic {
  const near = nearestName(name, names);
  const help = near === undefined ? "write a `table` before it" : `did you mean \`<${near}>\`?`;
  return error("relayd-no-table", `no table \`<${name}>\``, span, help);
}

export function twice(what: string, name: string, span: Span, first: Span): Diagnostic {
  const message = `${what} \`${name}\` is defined twice, first in ${first.file}:${first.line}`;
  return error("relayd-twice", message, span);
}

export function missingPart(what: string, name: string, part: string, span: Span): Diagnostic {
  return error("relayd-missing", `${what} \`${name}\` has no ${part}`, span);
}

export function badName(name: string, span: Span): Diagnostic {
  const help = "use letters, digits, dots, dashes and underscores, at most 31 of them";
  return error(
    "relayd-name",
    `\`${name}\` cannot be the name of an anchor and a table`,
    span,
    help,
  );
}

export function missingInclude(name: string, span: Span): Diagnostic {
  const message = `included file \`${name}\` is not among the files of the host`;
  return error("relayd-include", message, span, "relayd does not start without it");
}

export function includeCycle(name: string, span: Span): Diagnostic {
  return error("relayd-include", `\`${name}\` includes itself`, span);
}

function error(code: string, message: string, span: Span, help?: string): Diagnostic {
  const diagnostic = { code, severity: "error", message, span } as const;
  return help === undefined ? diagnostic : { ...diagnostic, help };
}
