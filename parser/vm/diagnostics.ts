import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { nearestName } from "../nearest-name.ts";
import type { VmSwitch } from "./syntax.ts";
import type { Token } from "./tokens.ts";

/** What can be wrong with a vm.conf(5): one function a complaint. vmd then starts no VM at all. */

export function unknownWord(word: string, span: Span, allowed: readonly string[]): Diagnostic {
  const near = nearestName(word, allowed);
  const help = near === undefined ? `one of ${allowed.join(", ")}` : `did you mean \`${near}\`?`;
  return error("vm-word", `\`${word}\` is not a word of vm.conf here`, span, help);
}

export function needsValue({ text, span }: Token): Diagnostic {
  return error("vm-value", `\`${text}\` needs a value`, span);
}

export function badNumber(word: string, value: Token, first: number, last: number): Diagnostic {
  const message = `\`${value.text}\` is not a value of \`${word}\``;
  return error("vm-value", message, value.span, `write a number from ${first} to ${last}`);
}

export function needsBlock({ text, span }: Token): Diagnostic {
  return error("vm-block", `\`${text}\` needs a block in braces`, span);
}

export function noInterface({ text, span }: Token): Diagnostic {
  return error("vm-switch", `switch \`${text}\` is missing interface name`, span);
}

export function twice({ text, span }: Token): Diagnostic {
  return error("vm-twice", `vm \`${text}\` is defined twice`, span);
}

export function missingInclude({ text, span }: Token): Diagnostic {
  const message = `included file \`${text}\` is not among the files of the host`;
  return error("vm-include", message, span, "vmd starts nothing without it: put it into the site");
}

export function includeCycle({ text, span }: Token): Diagnostic {
  return error("vm-include", `\`${text}\` includes itself`, span);
}

export function missingSwitch(name: string, span: Span, near: string | undefined): Diagnostic {
  return {
    code: "vm-no-switch",
    severity: "warning",
    message: `no switch \`${name}\`: the tap stays up and unattached`,
    span,
    help: near === undefined ? "write a `switch` block" : `did you mean \`${near}\`?`,
  };
}

/** OB:usr.sbin/vmd/vmd.c:1223-1227. */
export function lateSwitch(
  { name, span: { file, line } }: Pick<VmSwitch, "name" | "span">,
  vm: string,
  span: Span,
): Diagnostic {
  return {
    code: "vm-late-switch",
    severity: "warning",
    message: `\`locked lladdr\` of switch \`${name}\` (${file}:${line}) does not hold for vm \`${vm}\`, which stands before it`,
    span,
    help: "write the switch before the vm, or `locked lladdr` into the interface",
  };
}

export function missingParent(name: string, span: Span): Diagnostic {
  return error("vm-instance", `no vm \`${name}\` to be an instance of`, span);
}

function error(code: string, message: string, span: Span, help?: string): Diagnostic {
  const diagnostic = { code, severity: "error", message, span } as const;
  return help === undefined ? diagnostic : { ...diagnostic, help };
}
