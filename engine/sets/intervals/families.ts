import { DIGITS, digitsOf } from "../digits.ts";
import type { Field, LabelField } from "../packet-sets.ts";
import { familyNode, zeroDiagram } from "./build.ts";
import { type Diagrams, OUT } from "./diagrams.ts";
import { childAt } from "./digit-node.ts";
import { forgetBits, writeBits } from "./project.ts";
import { type Selections, unusedDigits } from "./selections.ts";

/** What crossing from one family to the other is made of; `OUT` is neutral to `join`. */
export interface Joining {
  /** Tells the memo of one joining from that of another. */
  readonly name: string;
  join(a: number, b: number): number;
  /** `of` for members of the set, `OUT` for others. */
  within(set: number, of: number): number;
}

function familiesOf({ nodes }: Diagrams, of: number): readonly [inet: number, inet6: number] {
  const isSplit = of >= 0 && nodes.level[of] === digitsOf("family").first;
  return isSplit ? [childAt(nodes, of, 0), childAt(nodes, of, 1)] : [of, of];
}

/**
 * Lets the family take either value, after the other `forgotten` fields are gone.
 *
 * An inet packet becomes an inet6 one whose other 96 address bits are 0, and only such a one becomes
 * an inet packet; bits of a forgotten address are as one likes.
 */
export function forgetFamily(
  diagrams: Diagrams,
  selections: Selections,
  rest: number,
  forgotten: readonly (Field | LabelField)[],
  joining: Joining,
): number {
  const [inet, inet6] = familiesOf(diagrams, rest);
  const kept = (["source", "destination"] as const).filter((it) => !forgotten.includes(it));
  const masks = unusedDigits(kept);
  const zeros = new Uint8Array(DIGITS);
  const fromInet6 = writeBits(diagrams, inet6, selections.of("write", masks, zeros), zeros);
  const fromInet = joining.within(zeroDiagram(diagrams.nodes, masks), inet);
  return familyNode(diagrams.nodes, joining.join(inet, fromInet6), joining.join(inet6, fromInet));
}

/** Image of a write to the family: inet keeps 32 bits of the addresses, those of inet6 end in zeros. */
export function writeFamily(
  diagrams: Diagrams,
  selections: Selections,
  set: number,
  family: bigint,
  joining: Joining,
): number {
  const { nodes } = diagrams;
  const [inet, inet6] = familiesOf(diagrams, set);
  const masks = unusedDigits(["source", "destination"]);
  if (family === 0n) {
    const selection = selections.of(joining.name, masks);
    const fromInet6 = forgetBits(diagrams, inet6, selection, joining.join);
    return familyNode(nodes, joining.join(inet, fromInet6), OUT);
  }
  const fromInet = joining.within(zeroDiagram(nodes, masks), inet);
  return familyNode(nodes, OUT, joining.join(inet6, fromInet));
}
