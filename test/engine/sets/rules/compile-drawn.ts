import fc from "fast-check";
import { type DrawnRule, type DrawnRuleset, drawnRuleset } from "../../../support/kernel-drawn.ts";
import type { Texts } from "./compile-host.ts";

/** Texts, and the rules in them that packets are aimed at. */
export interface DrawnTexts {
  readonly texts: Texts;
  readonly ruleset: DrawnRuleset;
  readonly [fc.toStringMethod]: () => string;
}

type Token = "rule" | "close" | `open ${string}` | `wild ${string}`;

/** Words of a call before and behind `quick`. */
const CRITERIA = [
  ["", ""],
  ["", ""],
  [" in", ""],
  ["", " inet"],
  ["", " proto udp"],
  ["", " on em0"],
  ["", " to 10.20.0.0/24"],
  ["", " tagged T1"],
] as const;

const TABLE =
  "table <some> { 10.10.0.0/24, !10.10.0.64/26, 2001:db8:10::/64, !2001:db8:10::40/122 }";

/** Rules of {@link drawnRuleset} in anchors inside anchors, some of them `quick` or called by `/*`. */
export function drawnTexts(): fc.Arbitrary<DrawnTexts> {
  const actions = ["translate", "tag", "rtable", "quick", "quick"] as const;
  const call = fc
    .tuple(fc.boolean(), fc.constantFrom(...CRITERIA), fc.constantFrom("", "", " tag T1"))
    .map(([quick, [before, behind], tag]) => {
      return `${before}${quick ? " quick" : ""}${behind}${tag}`;
    });
  const token: fc.Arbitrary<Token> = fc.oneof(
    { weight: 5, arbitrary: fc.constant<Token>("rule") },
    { weight: 2, arbitrary: call.map((it): Token => `open ${it}`) },
    { weight: 2, arbitrary: fc.constant<Token>("close") },
    { weight: 1, arbitrary: call.map((it): Token => `wild ${it}`) },
  );
  return fc
    .record({
      ruleset: drawnRuleset({ actions }),
      tokens: fc.array(token, { minLength: 8, maxLength: 24, size: "max" }),
    })
    .map(({ ruleset, tokens }) => assembled(ruleset, tokens));
}

function assembled(ruleset: DrawnRuleset, tokens: readonly Token[]): DrawnTexts {
  const rest = [...ruleset.rules.values()];
  const take = (): string => {
    const rule: DrawnRule | undefined = rest.shift();
    return rule?.text ?? "match set prio 4";
  };
  const lines = [TABLE, "block"];
  const others: (readonly [string, string])[] = [];
  let depth = 0;
  let count = 0;
  for (const token of tokens) {
    if (token === "rule") {
      if (rest.length > 0) lines.push(take());
    } else if (token === "close") {
      if (depth > 0) {
        depth--;
        lines.push("}");
      }
    } else if (token.startsWith("open")) {
      depth++;
      count++;
      lines.push(`anchor "a${count}"${token.slice(5)} {`, take());
    } else {
      count++;
      lines.push(`anchor "/w${count}/*"${token.slice(5)}`);
      for (const name of ["b", "a", "c/d"]) {
        others.push([`w${count}/${name}`, `${[TABLE, take(), take()].join("\n")}\n`]);
      }
    }
  }
  while (depth-- > 0) lines.push("}");
  lines.push(...rest.map(({ text }) => text), "");
  const texts: Texts = [["", lines.join("\n")], ...others];
  const told = texts.map(([name, text]) => `# ${name}\n${text}`).join("\n");
  return { texts, ruleset, [fc.toStringMethod]: () => `\n${told}` };
}
