import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import { LayerTree } from "../../../engine/sets/layer-tree.ts";
import { SETS_NAMES } from "../../../engine/sets/packet-sets.ts";
import { cornerBox } from "./corner-packets.ts";
import { cubesOf, type LeafBox, leaf } from "./function-expressions.ts";

const leafBox = fc.record({ leaf: leaf(), box: cornerBox() });
const change = fc.oneof(
  fc.record({ kind: fc.constant("leaf" as const), at: fc.nat(99), leaf: leaf() }),
  fc.record({ kind: fc.constant("remove" as const), at: fc.nat(99) }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(99), made: leafBox }),
);

/** The boxes after a change, and the same change made to a tree of them. */
function changed(boxes: readonly LeafBox[], tree: LayerTree, by: Change): readonly LeafBox[] {
  const at = by.at % (boxes.length + 1);
  switch (by.kind) {
    case "insert":
      tree.insert(at, cubesOf([by.made]), 0);
      return boxes.toSpliced(at, 0, by.made);
    case "remove":
      if (at === boxes.length) return boxes;
      tree.remove(at);
      return boxes.toSpliced(at, 1);
    case "leaf": {
      const old = boxes[at];
      if (old === undefined) return boxes;
      tree.setLeaf(at, by.leaf);
      return boxes.with(at, { ...old, leaf: by.leaf });
    }
  }
}

type Change = typeof change extends fc.Arbitrary<infer It> ? It : never;

describe.each(SETS_NAMES)("a tree of layers of %s", (name) => {
  it("is after any changes what painting anew makes", () => {
    fc.assert(
      fc.property(
        fc.array(leafBox, { maxLength: 60 }),
        fc.array(change, { maxLength: 12 }),
        leaf(),
        (drawn, changes, under) => {
          const sets = packetFunctions(name, {});
          const below = sets.always(under);
          const tree = new LayerTree(sets, below, cubesOf(drawn));
          let boxes: readonly LeafBox[] = drawn;
          expect(tree.result).toBe(sets.paint(below, cubesOf(boxes)));
          for (const by of changes) {
            boxes = changed(boxes, tree, by);
            expect(tree.result).toBe(sets.paint(below, cubesOf(boxes)));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes boxes in an order of its own", () => {
    const sets = packetFunctions(name, {});
    const cubes = cubesOf(fc.sample(leafBox, { numRuns: 40, seed: 3 }));
    const order = Int32Array.from({ length: 40 }, (_, at) => 39 - at);
    const tree = new LayerTree(sets, sets.always(0), cubes, order);
    expect(tree.result).toBe(sets.paint(sets.always(0), cubes, order));
  });
});
