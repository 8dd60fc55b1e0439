import type { Neighbours, Piece } from "./pieces.ts";
import { isApart, isFree } from "./spacing.ts";
import { TextBuilder } from "./text-builder.ts";
import { Written } from "./written-tokens.ts";

/**
 * The canonical text of a statement that stands `depth` anchors deep, without the newline at its
 * end; nothing if a backslash joins two lines in the middle of what may be one token.
 */
export function statementLayout(pieces: Iterable<Neighbours>, depth: number): string | undefined {
  const text = new TextBuilder();
  /** How far the lines are indented in which the open lists and parentheses began. */
  const open: number[] = [];
  let indent = depth;
  for (const at of pieces) {
    const { left, piece } = at;
    if (isTorn(left, piece)) return undefined;
    const closes = isMark(piece, "}") || isMark(piece, ")");
    if (left !== undefined && breaks(piece)) {
      const outer = open.at(-1);
      indent = outer === undefined ? depth + 1 : outer + (closes ? 0 : 1);
    }
    text.add(before(at, indent));
    text.add(textOf(piece));
    if (isMark(piece, "{") || isMark(piece, "(")) open.push(indent);
    if (closes) open.pop();
  }
  return text.text();
}

/** Whether a line begins with it, at least as it is written. */
function breaks({ newlines, joined }: Piece): boolean {
  return newlines > 0 || joined;
}

/** Whether a backslash at the end of a line stands where there must be no blank. */
function isTorn(left: Piece | undefined, piece: Piece): boolean {
  if (left === undefined || !piece.joined || piece.apart || piece.newlines > 0) return false;
  return !isFree(left, piece);
}

function isMark(piece: Piece | undefined, mark: string): boolean {
  return piece?.kind === Written.operator && piece.text === mark;
}

function textOf({ kind, text }: Piece): string {
  return kind === Written.comment ? commentText(text) : text;
}

/** What stands between a piece and the one before it. */
function before(at: Neighbours, indent: number): string {
  const { left, piece } = at;
  if (left === undefined) return tabs(indent);
  if (piece.newlines > 0) {
    const keepsEmpty = piece.newlines > 1 && !isMark(left, "{") && !isMark(piece, "}");
    return `${keepsEmpty ? "\n\n" : "\n"}${tabs(indent)}`;
  }
  if (piece.joined) return ` \\\n${tabs(indent)}`;
  if (piece.kind !== Written.comment) return isApart(at) ? " " : "";
  if (piece.tabs > 0) return "\t".repeat(piece.tabs);
  return piece.apart || isFree(left, piece) ? " " : "";
}

/** A comment without what cannot be seen at its end. */
export function commentText(comment: string): string {
  let end = comment.length;
  while (end > 0) {
    if (comment[end - 1] === " " || comment[end - 1] === "\t") end--;
    else if (comment[end - 1] === "\n") end -= 2;
    else break;
  }
  // a backslash would join the next line if it became the last character
  return comment[end - 1] === "\\" ? comment : comment.slice(0, end);
}

/** How far lines are indented at most: hostile files would grow without end. */
const DEEPEST = 16;

export function tabs(count: number): string {
  return "\t".repeat(Math.min(count, DEEPEST));
}
