import type { IToken } from "chevrotain";
import type { Family } from "../../model/packet.ts";
import type { Rule } from "../../model/rule.ts";
import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { icmpCode, icmpCodeName } from "./names/icmp.ts";
import { numberIn } from "./option-values.ts";
import type { BlockSyntax, RuleSyntax } from "./syntax.ts";
import { cNumber } from "./tests.ts";
import { Numeral } from "./tokens.ts";

const UNREACH = 3;
const UNREACH6 = 1;
const PORT_UNREACH = "port-unr";

/** What a blocked sender is told, and how pfctl prints it behind `block`. */
export interface BlockAnswer {
  readonly answer: Rule["answer"];
  readonly text: (family: Family | undefined) => string;
}

/** The answer of a `block` rule; the block policy is that of the lines before it. */
export function blockText(context: Context, { action, block }: RuleSyntax): BlockAnswer {
  if (action !== "block") return { answer: "drop", text: () => "" };
  const how = block?.how ?? context.blockPolicy;
  switch (how) {
    case "drop":
    case "return":
      return { answer: how, text: () => ` ${how}` };
    case "return-rst": {
      const ttl =
        block?.ttl === undefined
          ? 0
          : numberIn(context, block.ttl, 255, (text, at) =>
              complaint.illegalValue("ttl", text, at),
            );
      return { answer: how, text: () => ` return-rst${ttl ? `(ttl ${ttl})` : ""}` };
    }
    case "return-icmp":
    case "return-icmp6":
      return { answer: "return-icmp", text: icmpAnswer(context, how, block) };
  }
}

/** The codes of both families; one code alone leaves pfctl's own default in the other's place. */
function icmpAnswer(
  context: Context,
  how: "return-icmp" | "return-icmp6",
  block: BlockSyntax | undefined,
): BlockAnswer["text"] {
  const [first, second] = block?.codes ?? [];
  const own = how === "return-icmp" ? first : undefined;
  const other = how === "return-icmp" ? second : first;
  const code = own === undefined ? PORT_UNREACH : codeText(context, "inet", UNREACH, own);
  const missing = own === undefined ? PORT_UNREACH : "3";
  const code6 = other === undefined ? missing : codeText(context, "inet6", UNREACH6, other);
  return (family) => {
    if (family === "inet") return ` return-icmp(${code})`;
    if (family === "inet6") return ` return-icmp6(${code6})`;
    return ` return-icmp(${code}, ${code6})`;
  };
}

function codeText(context: Context, family: Family, type: number, token: IToken): string {
  const span = spanIn(context, token);
  const number = token.tokenType === Numeral ? Number(token.image) : cNumber(token.image);
  const code = number ?? icmpCode(family, type, token.image);
  if (code === undefined) {
    complain(context, complaint.unknownName("icmp code", token.image, span));
    return "";
  }
  if (code < 0 || code > 255) complain(context, complaint.invalidIcmpCode(token.image, span));
  return icmpCodeName(family, type, code);
}
