import type { Neighbours, Piece } from "./pieces.ts";
import { endsNumber, isPair, isWordPart } from "./written-characters.ts";
import { Written } from "./written-tokens.ts";

type Glyph = Pick<Piece, "kind" | "text">;

/**
 * Whether pf reads the same two tokens with and without blanks between them, whatever the values
 * of macros (values that hold quotes, comments or backslashes aside).
 */
export function isFree(left: Glyph, right: Glyph): boolean {
  const next = right.text.charCodeAt(0);
  switch (left.kind) {
    case Written.string:
      return true;
    case Written.operator:
      if (left.text === "-") return false;
      return left.text.length > 1 || !isPair(left.text.charCodeAt(0), next);
    case Written.word:
      // digits alone become a number when a blank follows
      return !isWordPart(next) && !/^\d+$/.test(left.text);
    case Written.number:
      return endsNumber(next);
    case Written.macro:
    case Written.tail:
      // a value may end in digits, or in the first half of an operator
      return endsNumber(next) && right.text !== "=";
    default:
      return false;
  }
}

/** Whether a blank belongs before a piece of a line; as written where that is not free. */
export function isApart(at: Neighbours): boolean {
  const { left, piece } = at;
  if (left === undefined) return false;
  const wanted = wants(at, left, piece);
  return wanted !== undefined && isFree(left, piece) ? wanted : piece.apart;
}

/** What the style says; nothing where the author decides. */
function wants({ beforeLeft, right }: Neighbours, left: Piece, piece: Piece): boolean | undefined {
  const [before, after] = [markOf(left), markOf(piece)];
  if (after === "," || before === "(" || after === ")") return false;
  if (before === "," || before === "{" || after === "}") return true;
  if (before === "/") return false;
  if (after === "/") return left.text === "flags";
  if (before === "!" || before === "-" || after === "-") return undefined;
  if (isTable(left, piece, right) || isTable(beforeLeft, left, piece)) return false;
  if (after === "(" && left.kind === Written.word && left.text.startsWith("return")) {
    return undefined;
  }
  // `80><90` keeps its left side, since `80` would become a number
  const glued = beforeLeft !== undefined && !isFree(beforeLeft, left) && !left.apart;
  return (before === "><" || before === "<>") && glued ? undefined : true;
}

function markOf(piece: Piece | undefined): string {
  return piece?.kind === Written.operator ? piece.text : "";
}

/** Whether three pieces are `<NAME>`. */
function isTable(open: Piece | undefined, name: Piece, close: Piece | undefined): boolean {
  if (markOf(open) !== "<" || markOf(close) !== ">") return false;
  return name.kind === Written.word || name.kind === Written.string || name.kind === Written.macro;
}
