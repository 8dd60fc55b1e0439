/**
 * Text of files and command lines is foreign: it may hold escape sequences, bidirectional overrides
 * or characters without width. Everything that reaches a terminal goes through this file.
 */

/** Controls, format characters (bidi, zero width, tags), separators, lone surrogates, private use. */
const HOSTILE: RegExp = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u115f\u1160\u3164\uffa0]/gu;

const TAB = "    ";

/**
 * Makes every character that could act on a terminal, or hide, readable as `\u{…}`.
 *
 * Tabs become four spaces. The result has no line breaks.
 */
export function visible(text: string): string {
  return text.replace(HOSTILE, (character) =>
    character === "\t" ? TAB : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Escapes the same characters in JSON text, where they can only stand inside strings. */
export function visibleJson(json: string): string {
  return json.replace(HOSTILE, (character) => (character === "\n" ? "\n" : utf16Escape(character)));
}

function utf16Escape(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/** Columns that visible text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!/\p{M}/u.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** East Asian wide characters and emoji, by block. */
const WIDE: RegExp =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
