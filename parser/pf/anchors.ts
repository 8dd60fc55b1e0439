import type { IToken } from "chevrotain";
import type { AnchorCall, Rule } from "../../model/rule.ts";
import type { Span } from "../../model/source.ts";
import { type Context, complain, ruleUnread, spanIn, unreadOf } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { addRule } from "./rule-writer.ts";

/** A call of an anchor and the words behind `anchor` when it is printed. */
export type NamedCall = AnchorCall & { readonly name: string };

/** The anchor that a reference without braces calls; undefined if its name is not allowed. */
export function referencedAnchor(
  context: Context,
  token: IToken | undefined,
): NamedCall | undefined {
  const span = spanIn(context, token);
  if (token === undefined) return complain(context, complaint.anchorNeedsName(span));
  const name = token.image;
  if (!checkName(context, name, span)) return undefined;
  if (name.endsWith("/")) return complain(context, complaint.badAnchorName(name, span));
  const wildcard = name === "*" || name.endsWith("/*");
  const path = resolvePath(context.anchor, wildcard ? name.slice(0, -1) : name);
  return { path, wildcard, name: ` "${name}"` };
}

/** The anchor of a brace body; one without a name gets the hidden name `_n`. */
export function inlineAnchor(
  context: Context,
  token: IToken | undefined,
  brace: number,
): NamedCall | undefined {
  const span = spanIn(context, token);
  const name = token?.image;
  if (name !== undefined && !checkName(context, name, span)) return undefined;
  if (name?.includes("/")) return complain(context, complaint.inlineAnchorPath(span));
  const path = joinPath(context.anchor, name ?? `_${brace}`);
  if (name !== undefined && (context.anchors.get(path)?.length ?? 0) > 0) {
    return complain(context, complaint.inlineAnchorTwice(name, span));
  }
  return { path, wildcard: false, inline: true, name: name === undefined ? "" : ` "${name}"` };
}

function checkName(context: Context, name: string, span: Span): boolean {
  if (name === "") complain(context, complaint.anchorNameEmpty(span));
  else if (name.startsWith("_") || name.includes("/_")) {
    complain(context, complaint.anchorNameReserved(span));
  } else if (name.length > 1023 || name.slice(name.lastIndexOf("/")).length > 63)
    complain(context, complaint.anchorNameTooLong(span));
  else return true;
  return false;
}

/** A path as seen from inside the anchor `from`: `/a` is absolute, `..` goes up. */
export function resolvePath(from: string, name: string): string {
  const parts = name.startsWith("/") ? [] : from.split("/");
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts.filter((it) => it !== "").join("/");
}

function joinPath(from: string, name: string): string {
  return from === "" ? name : `${from}/${name}`;
}

/**
 * Makes an anchor whose rules come at run time one unread rule that may do anything.
 *
 * A wildcard's key is `path/*`: one child that stands for all that may come.
 */
export function openAnchor(context: Context, { path, wildcard, name }: NamedCall): void {
  const key = wildcard ? joinPath(path, "*") : path;
  if ((context.anchors.get(key)?.length ?? 0) > 0) return;
  const { host } = context.environment;
  const reference = name.trim().replaceAll('"', "");
  const settle = `assume: { anchor: { "${host}:${reference}": FILE } }`;
  const scope = { kind: "rule", host, anchor: key } as const;
  const effect = "holds rules that come at run time";
  const unread = unreadOf(context, scope, effect, settle);
  context.unread.push(unread);
  const anchor = context.anchor;
  context.anchor = key;
  addRule(context, { ...openRule(context), anchor: key, uncertain: [unread] });
  context.anchor = anchor;
}

/** An unread rule for the present statement, with what was understood of it. */
export function addUnreadRule(
  context: Context,
  effect: string,
  criteria: Partial<Rule> = {},
): void {
  const uncertain = [ruleUnread(context, effect)];
  addRule(context, { ...openRule(context), ...criteria, uncertain });
}

function openRule(context: Context): Rule {
  const any = { address: { kind: "any" }, negated: false } as const;
  const words = context.statement.slice(0, 60).map((it) => it.image);
  return {
    action: "unread",
    number: context.anchors.get(context.anchor)?.length ?? 0,
    anchor: context.anchor,
    quick: true,
    log: false,
    source: any,
    destination: any,
    fragment: false,
    allowOptions: true,
    once: false,
    state: "keep",
    binding: "floating",
    sloppy: false,
    answer: "drop",
    uncertain: [],
    text: words.join(" "),
    span: spanIn(context),
  };
}
