import { shrunk } from "./shrink.ts";

type Fails = (text: string) => boolean;

/** A smaller ruleset that still does what `fails` asks: lines go, anchors around rules, tokens. */
export function shrunkRuleset(text: string, fails: Fails): string {
  return withoutAnchors(shrunk(withoutAnchors(text, fails), fails), fails);
}

/** Takes out anchors in braces, with the rules in them or without. */
function withoutAnchors(text: string, fails: Fails): string {
  let lines = text.split("\n");
  for (let at = 0; at < lines.length; ) {
    const shorter = withoutAnchor(lines, at, fails);
    if (shorter === undefined) at++;
    else lines = shorter;
  }
  return lines.join("\n");
}

function withoutAnchor(lines: readonly string[], at: number, fails: Fails): string[] | undefined {
  if (!/^\s*anchor.*\{\s*$/.test(lines[at] ?? "")) return undefined;
  const end = closingBrace(lines, at);
  if (end < 0) return undefined;
  const outside = lines.toSpliced(at, end - at + 1);
  if (fails(outside.join("\n"))) return outside;
  const inside = lines.toSpliced(end, 1).toSpliced(at, 1);
  return fails(inside.join("\n")) ? inside : undefined;
}

function closingBrace(lines: readonly string[], from: number): number {
  let depth = 0;
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (/\{\s*$/.test(line)) depth++;
    else if (line.trim() === "}" && --depth === 0) return at;
  }
  return -1;
}
