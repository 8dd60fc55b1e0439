import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { error } from "./rule-diagnostics.ts";

export * from "./rule-diagnostics.ts";

/**
 * Everything the pf.conf reader can complain about, one function per complaint; those about the
 * parts of a rule are in rule-diagnostics.ts.
 *
 * Where pfctl has words for it the message is pfctl's, so that searching for it finds pf's own
 * documentation; `help` is ours.
 */

/** What the grammar has no place for. */
export function syntaxError(found: string, expected: string, span: Span): Diagnostic {
  const where = found === "" ? "at the end of the line" : `at \`${found}\``;
  const more = expected.startsWith("expected") ? `, ${expected}` : "";
  return error("syntax", `syntax error ${where}${more}`, span);
}

export function undefinedMacro(name: string, span: Span): Diagnostic {
  return error(
    "undefined-macro",
    `macro \`${name}\` not defined`,
    span,
    `define it above this line: ${name} = "…"`,
  );
}

export function numberOutOfRange(text: string, span: Span): Diagnostic {
  return error(
    "number-range",
    `\`${text}\` invalid number: ${text.startsWith("-") ? "too small" : "too large"}`,
    span,
  );
}

export function unfinishedString(span: Span): Diagnostic {
  return error(
    "unfinished-string",
    "reached end of file while parsing quoted string",
    span,
    "close the string with the quote it began with",
  );
}

export function stringTooLong(span: Span): Diagnostic {
  return error("string-too-long", "string too long", span);
}

export function macroName(span: Span): Diagnostic {
  return error("macro-name", "macro name cannot contain whitespace", span);
}

export function macroTooLong(span: Span): Diagnostic {
  return error("macro-too-long", "macro value is too long", span);
}

export function includeMissing(name: string, span: Span): Diagnostic {
  return error(
    "include-missing",
    `failed to include file \`${name}\``,
    span,
    "put the file beside the others of the host",
  );
}

export function includeCycle(name: string, span: Span): Diagnostic {
  return error("include-cycle", `file \`${name}\` includes itself`, span);
}

export function loadMissing(name: string, span: Span): Diagnostic {
  return error(
    "load-missing",
    `cannot open \`${name}\` of \`load anchor\``,
    span,
    "put the file beside the others of the host, or state `assume: anchor:`",
  );
}

export function statementTooLong(span: Span): Diagnostic {
  return error(
    "statement-too-long",
    "statement is too long to read",
    span,
    "put long lists into a table file",
  );
}

export function tooManyErrors(span: Span): Diagnostic {
  return error("too-many-errors", "too many errors, the rest of the file was not read", span);
}

export function tooManyRules(most: number, span: Span): Diagnostic {
  return error(
    "too-many-rules",
    `lists expand to more than ${most} rules`,
    span,
    "use tables instead of lists of addresses",
  );
}

export function unclosedAnchor(span: Span): Diagnostic {
  return error(
    "unclosed-anchor",
    "body of an inline anchor is not closed",
    span,
    "write `}` on a line of its own",
  );
}

export function anchorsTooDeep(span: Span): Diagnostic {
  return error("anchors-too-deep", "anchors too deep", span);
}

export function anchorNameEmpty(span: Span): Diagnostic {
  return error("anchor-name", "anchor name must not be empty", span);
}

export function anchorNameReserved(span: Span): Diagnostic {
  return error(
    "anchor-name",
    "anchor names beginning with `_` are reserved for internal use",
    span,
  );
}

export function anchorNameTooLong(span: Span): Diagnostic {
  return error("anchor-name", "anchor name is longer than 1023", span);
}

export function anchorNeedsName(span: Span): Diagnostic {
  return error(
    "anchor-name",
    "anchors without explicit rules must specify a name",
    span,
    'write `anchor "name"`, or its rules in braces',
  );
}

export function badAnchorName(name: string, span: Span): Diagnostic {
  return error("anchor-name", `bad anchor name \`${name}\``, span);
}

export function inlineAnchorPath(span: Span): Diagnostic {
  return error(
    "anchor-name",
    "anchor paths containing `/` cannot be used for inline anchors",
    span,
  );
}

export function inlineAnchorTwice(name: string, span: Span): Diagnostic {
  return error("anchor-twice", `inline anchor \`${name}\` already exists`, span);
}

export function tableNameTooLong(name: string, span: Span): Diagnostic {
  return error("table-name", `table name \`${name}\` too long`, span, "at most 31 characters");
}

export function tableNameLength(span: Span): Diagnostic {
  return error("table-name", "table name too long, max 31 chars", span);
}

export function badTableOption(word: string, span: Span): Diagnostic {
  return error(
    "table-option",
    `invalid table option \`${word}\``,
    span,
    "write `const`, `persist` or `counters`",
  );
}

export function notInTables(what: string, span: Span): Diagnostic {
  return error(
    "table-entry",
    `${what} not permitted inside tables`,
    span,
    "write the addresses, or a list of hosts in the rule",
  );
}

export function tableInTable(span: Span): Diagnostic {
  return error("table-entry", "tables cannot contain tables", span);
}

export function badTableFile(name: string, span: Span): Diagnostic {
  return error("table-file", `file \`${name}\` contains bad data`, span);
}

export function unknownHost(text: string, span: Span): Diagnostic {
  return error(
    "unknown-host",
    `no IP address found for \`${text}\``,
    span,
    "write an address, an interface of this host, or a name that its hosts(5) knows",
  );
}

export function badNetmask(mask: string, span: Span): Diagnostic {
  return error(
    "netmask",
    `netmask is invalid: \`/${mask}\``,
    span,
    "write a number of bits, as in `10.0.0.0/8`",
  );
}

export function netmaskTooLong(length: number, span: Span): Diagnostic {
  return error("netmask", `netmask \`${length}\` invalid for IPv4 address`, span);
}

export function badRange(span: Span): Diagnostic {
  return error(
    "address-range",
    "invalid address range",
    span,
    "write two addresses of one family, as in `10.0.0.1 - 10.0.0.9`",
  );
}

export function badInterfaceName(name: string, span: Span): Diagnostic {
  return error("interface-name", `invalid interface name \`${name}\``, span);
}

export function interfaceNameTooLong(name: string, span: Span): Diagnostic {
  return error(
    "interface-name",
    `interface name too long: \`${name}\``,
    span,
    "at most 15 characters",
  );
}

export function badModifier(name: string, span: Span): Diagnostic {
  return error(
    "interface-modifier",
    `interface \`${name}\` has bad modifier`,
    span,
    "write `:network`, `:broadcast`, `:peer` or `:0`",
  );
}

export function badModifierPair(span: Span): Diagnostic {
  return error("interface-modifier", "illegal combination of interface modifiers", span);
}

export function bitNumberTooBig(span: Span): Diagnostic {
  return error("netmask", "bit number too big", span);
}

export function routeLabelTooLong(span: Span): Diagnostic {
  return error("too-long", "route label too long, max 31 chars", span);
}

export function rdomainRange(id: string, span: Span): Diagnostic {
  return error("rdomain", `rdomain ${id} outside range`, span, "0 to 255");
}

export function unknownName(kind: string, name: string, span: Span): Diagnostic {
  return error("unknown-name", `unknown ${kind} \`${name}\``, span);
}

export function illegalValue(kind: string, text: string, span: Span): Diagnostic {
  return error("illegal-value", `illegal ${kind} value \`${text}\``, span);
}

export function yesOrNo(text: string, span: Span): Diagnostic {
  return error("set-value", `invalid value \`${text}\`, expected \`yes\` or \`no\``, span);
}

export function defaultsTwice(span: Span): Diagnostic {
  return error("set-value", "cannot redefine state-defaults", span);
}

export function skipNegated(span: Span): Diagnostic {
  return error("set-skip", "skip on ! <interface> is not supported", span);
}

export function skipRdomain(span: Span): Diagnostic {
  return error("set-skip", "skip on rdomain <num> is not supported", span);
}

export function notANumber(text: string, span: Span): Diagnostic {
  return error("set-value", `\`${text}\` is not a number`, span);
}

export function hostidZero(span: Span): Diagnostic {
  return error("set-value", "hostid must be non-zero", span);
}

export function includeMany(span: Span): Diagnostic {
  return error("include-many", "too many files are included", span);
}
