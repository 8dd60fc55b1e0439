import type { PfAnchorCall, PfRule } from "../../../model/pf-rule.ts";
import type { Written } from "../expansion/list-items.ts";
import * as S from "../grammar/steps.ts";
import { Draft } from "./draft.ts";
import type { Handler, Handlers } from "./handlers.ts";
import type { Body, Reading } from "./reading.ts";
import { finishAnchor, finishRule } from "./rule-statement.ts";

const LONGEST_PATH = 1023;
const LONGEST_NAME = 63;
const DEEPEST = 64;
const SLASHED = "anchor paths containing '/' cannot be used for inline anchors.";

const anchorName: Handler = (reading, at) => {
  const name = reading.tokens.text(at);
  if (name === "") return reading.error("anchor name must not be empty", at);
  if (reading.nesting.pathLength(reading.root) + 1 + name.length > LONGEST_PATH) {
    return reading.error(`anchor name is longer than ${LONGEST_PATH}`, at);
  }
  if (name.startsWith("_") || name.includes("/_")) {
    return reading.error("anchor names beginning with '_' are reserved for internal use", at);
  }
  reading.draft.anchorName = name;
  return true;
};

/** An anchor rule without a body: it calls what lies elsewhere. */
const reference: Handler = (reading, at) => {
  const name = reading.draft.anchorName;
  if (reading.nesting.isWaiting) return leftOver(reading, name ?? "");
  if (name === undefined) {
    return reading.error("anchors without explicit rules must specify a name", at);
  }
  const slash = name.lastIndexOf("/");
  const last = slash < 0 ? name : name.slice(slash);
  if (last === "/") return reading.error(`anchorrule: bad anchor name ${name}`, at);
  if (last.length > LONGEST_NAME) reading.exit("anchorrule: strlcpy");
  return madeAnchor(reading, callOf(reading.anchor, name));
};

/** A reference that pfctl takes for the rule of a body whose own rule was given up. */
function leftOver(reading: Reading, name: string): boolean {
  if (name.includes("/")) return reading.error(SLASHED);
  const rules = reading.rulesets.get(join(reading.anchor, name)) ?? [];
  if (name !== "" && rules.length > 0) {
    return reading.error(`inline anchor '${name}' already exists`);
  }
  return madeAnchor(reading, callOf(reading.anchor, name));
}

function madeAnchor(reading: Reading, call: PfAnchorCall): boolean {
  const made = finishAnchor(reading, call);
  if (made) reading.nesting.made();
  return made;
}

/** Where a reference leads: absolute with a leading slash, else below the anchor it stands in. */
export function callOf(anchor: string, name: string): PfAnchorCall {
  const wildcard = name === "*" || name.endsWith("/*");
  const plain = wildcard ? name.replace(/\/?\*$/, "") : name;
  const parts = name.startsWith("/") ? [] : anchor.split("/").filter((it) => it !== "");
  for (const part of plain.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "") parts.push(part);
  }
  return { name, path: parts.join("/"), wildcard, inline: false };
}

/** `{`: what follows goes to an anchor of its own until the brace is closed. */
const openBody: Handler = (reading) => {
  if (reading.nesting.depth >= DEEPEST - 1) reading.exit("pfa_anchor: anchors too deep");
  const { draft, origin, anchor } = reading;
  // the rule is made when its body ends, and its tokens are gone by then
  for (const list of writtenLists(draft)) for (const it of list) reading.spanOf(it);
  reading.draft = new Draft();
  const brace = ++reading.braces;
  const path = join(anchor, draft.anchorName ?? `_${brace}`);
  const before = reading.rulesets.get(path);
  const rules: PfRule[] = [];
  const body: Body = { draft, origin, brace, outer: anchor, rules };
  reading.bodies.push(body);
  reading.nesting.enter(brace);
  reading.anchor = path;
  // a body of the same name may have been read before: it is looked at when this one closes
  if (before !== undefined) reading.earlier.set(body, before);
  reading.rulesets.set(path, rules);
  return true;
};

function writtenLists(draft: Draft): readonly (readonly Written[])[] {
  const { on, protocols, icmp, sources, destinations, sourcePorts, destinationPorts } = draft;
  const { os, users, groups } = draft;
  return [
    ...[on, protocols, icmp, sources, destinations],
    ...[sourcePorts, destinationPorts, os, users, groups],
  ];
}

function join(anchor: string, name: string): string {
  return anchor === "" ? name : `${anchor}/${name}`;
}

/** `}`: the anchor rule itself is made only now. */
const closeBody: Handler = (reading, at) => {
  const body = reading.bodies.pop();
  if (body === undefined) return false;
  const path = reading.anchor;
  reading.nesting.leave();
  reading.anchor = body.outer;
  reading.draft = body.draft;
  reading.origin = body.origin;
  const name = body.draft.anchorName;
  if (name?.includes("/") === true) {
    return reading.error(SLASHED);
  }
  if ((name ?? "").length > LONGEST_NAME) {
    reading.exit("anchorrule: unable to create ruleset: No such device or address");
  }
  const before = reading.earlier.get(body);
  reading.earlier.delete(body);
  if (before !== undefined && before.length > 0 && name !== undefined) {
    reading.rulesets.set(path, before);
    return reading.error(`inline anchor '${name}' already exists`, at);
  }
  return madeAnchor(reading, inlineCall(reading, body, path));
};

/** An empty named body inside another one shows the internal path that pfctl gave it. */
function inlineCall(reading: Reading, body: Body, path: string): PfAnchorCall {
  const name = body.draft.anchorName ?? "";
  const outer = reading.bodies.at(-1);
  const internal = outer !== undefined && name !== "" && body.rules.length === 0;
  const shown = internal ? `_${outer.brace}/${name}` : name;
  return { name: shown, path, wildcard: false, inline: true };
}

const load: Handler = (reading, at) => {
  const { draft, origin } = reading;
  const file = draft.words.splice(0).join(" ");
  if (draft.anchorName === undefined) return reading.error("anchor name is missing", at);
  reading.loads.push({ anchor: join(reading.root, draft.anchorName), file, origin });
  return true;
};

export const anchorHandlers: Handlers = [
  [
    S.ANCHOR,
    ({ draft }) => {
      draft.action = "anchor";
      return true;
    },
  ],
  [S.RULE, (reading) => finishRule(reading)],
  [S.ANCHOR_NAME, anchorName],
  [S.ANCHOR_RULE, reference],
  [S.BODY_OPEN, openBody],
  [S.BODY_CLOSE, closeBody],
  [S.LOAD, load],
];
