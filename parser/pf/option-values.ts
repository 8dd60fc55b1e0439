import type { IToken } from "chevrotain";
import { TCP_FLAGS } from "../../model/packet.ts";
import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { TOS } from "./names/words.ts";
import { Numeral } from "./tokens.ts";

/** Bits of flag letters; an empty quoted string means all eight. */
export function flagBits(context: Context, token: IToken | undefined): number | undefined {
  if (token === undefined) return 0;
  if (token.image === "") return 255;
  let bits = 0;
  for (const letter of token.image) {
    const bit = TCP_FLAGS.indexOf(letter);
    if (bit < 0) return complain(context, complaint.badFlags(token.image, spanIn(context, token)));
    bits |= 1 << bit;
  }
  return bits;
}

/** A type of service by name, `0x…` or number. */
export function tosValue(context: Context, token: IToken): number | undefined {
  const text = token.image;
  const hex = /^0x[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : undefined;
  const value = token.tokenType === Numeral ? Number(text) : (hex ?? TOS.get(text.toLowerCase()));
  if (value !== undefined && value >= 0 && value <= 255) return value;
  return complain(context, complaint.illegalValue("tos", text, spanIn(context, token)));
}

/** A number within `0 … most`, else the complaint that `wrong` makes. */
export function numberIn(
  context: Context,
  token: IToken,
  most: number,
  wrong: (text: string, span: ReturnType<typeof spanIn>) => ReturnType<typeof complaint.badFlags>,
): number | undefined {
  const value = Number(token.image);
  if (value >= 0 && value <= most) return value;
  return complain(context, wrong(token.image, spanIn(context, token)));
}

const MOST = 4294967295;

/** `0.5`, `50%`, `1`: a share 0 … 1 in steps of 2⁻³², as pf stores it. */
export function probabilityOf(context: Context, token: IToken): number | undefined {
  const span = spanIn(context, token);
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|0x[0-9a-f]+)(%?)$/i.exec(token.image);
  if (match === null) return complain(context, complaint.invalidProbability(token.image, span));
  const share = Number(match[1]) / (match[2] === "%" ? 100 : 1);
  if (share < 0 || share > 1) {
    return complain(context, complaint.invalidProbability(`${share * 100}%`, span));
  }
  return Math.max(1, Math.round(share * MOST)) / MOST;
}

/** As pfctl prints it: six decimals, trailing zeros dropped. */
export function printProbability(probability: number): string {
  const percent = ((probability * MOST * 100) / (MOST + 1)).toFixed(6);
  return `${percent.replace(/\.?0+$/, "")}%`;
}
