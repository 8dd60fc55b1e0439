import { configLines } from "../config-lines.ts";

/** What a person wrote about an interface in its hostname.if(5) file. */
export interface Remark {
  /** One line. */
  readonly text: string;
  /** A word or two of it that can name the wire: a `description`, the start of `# lan: …`. */
  readonly label?: string;
}

/**
 * The `description` of an interface, else the first comment of its file, if it is one that says
 * something: lines before it may only be blank or comments without letters.
 */
export function interfaceRemark(file: string, text: string): Remark | undefined {
  const description = descriptionIn(file, text);
  const comment = firstComment(text);
  if (description === undefined) return comment;
  return { text: description, label: description };
}

function descriptionIn(file: string, text: string): string | undefined {
  for (const { words } of configLines(file, text)) {
    const at = words.findIndex((word) => /^descr(?:iption)?$/.test(word.text));
    const value = at < 0 || words[0]?.text.startsWith("!") ? undefined : words[at + 1];
    if (value !== undefined && !value.shell && /\p{L}/u.test(value.text)) return value.text.trim();
  }
  return undefined;
}

/** A marker of version control or of an editor, a setting that was commented out, a reminder. */
const NO_REMARK =
  /^(?:\$|-\*-|vim?:|ex:|inet6?\b|dhcp\b|up\b|down\b|group\b|rdomain\b|!|https?:|todo\b|fixme\b|xxx\b|note\b|see\b)/i;

function firstComment(text: string): Remark | undefined {
  for (const line of text.split("\n")) {
    const [, comment] = /^\s*#+\s*(.*?)\s*$/.exec(line) ?? [];
    if (comment === undefined && line.trim() !== "") return undefined;
    if (comment === undefined || !/\p{L}{2}/u.test(comment)) continue;
    if (NO_REMARK.test(comment)) return undefined;
    const label = labelOf(comment);
    return label === undefined ? { text: comment } : { text: comment, label };
  }
  return undefined;
}

/** `lan` of `lan: the office` and of `lan`, but nothing of a sentence. */
function labelOf(comment: string): string | undefined {
  return /^([a-z][\w-]*(?: [\w-]+)?)(?:[:;].*)?$/i.exec(comment)?.[1];
}
