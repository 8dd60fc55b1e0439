import type { Handler } from "./handlers.ts";

const MOST_UNSIGNED = 4294967295;

/** `probability`: what strtod(3) reads, or that and `%`; stored as a share of 2^32 - 1. */
export const probability: Handler = (reading, at) => {
  const { tokens, draft } = reading;
  const text = tokens.text(at);
  const match = FLOAT.exec(text);
  if (match === null) return reading.error(`invalid probability: ${text}`, at);
  const value = floatValue(match[1] ?? "") * (match[2] === "%" ? 0.01 : 1);
  const share = Math.floor(value * MOST_UNSIGNED + 0.5);
  if (share < 0 || share > MOST_UNSIGNED) {
    return reading.error(`invalid probability: ${generalText(value * 100)}%`, at);
  }
  // `nan` is what pfctl takes for next to nothing
  draft.probability = Math.max(1, share || 0);
  return true;
};

/** Nothing is a number as well: strtod(3) makes 0 of it. */
export const FLOAT: RegExp =
  /^[\t\n\v\f\r ]*(|[+-]?(?:0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan))(%?)$/i;

/** The value of what strtod(3) reads. */
export function floatValue(text: string): number {
  const hex = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i.exec(text);
  if (hex !== null) {
    const [, sign, whole = "", part = "", power = "0"] = hex;
    const digits = Number.parseInt(`0${whole}${part}`, 16) / 16 ** part.length;
    return (sign === "-" ? -1 : 1) * digits * 2 ** Number(power);
  }
  if (/inf/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Infinity;
  return Number(text);
}

/** As C prints `%g`. */
function generalText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(6)))));
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)));
  const [digits = "", power = "0"] = value.toExponential(5).split("e");
  const sign = power.startsWith("-") ? "-" : "+";
  const plain = digits.replace(/\.?0+$/, "");
  return `${plain}e${sign}${power.replace(/^[+-]/, "").padStart(2, "0")}`;
}
