import fc from "fast-check";
import { Cubes } from "../../../engine/sets/cubes.ts";
import type {
  FieldChange,
  LeafChange,
  LeafOperation,
  PacketFunction,
  PacketFunctions,
} from "../../../engine/sets/packet-functions.ts";
import type { Box, Field, PacketSet } from "../../../engine/sets/packet-sets.ts";
import { build, type Expression, FIELD_NAMES } from "./set-expressions.ts";

/** A packet function as it is asked for. */
export type FunctionExpression =
  | { readonly kind: "always"; readonly leaf: number }
  | {
      readonly kind: "choose";
      readonly set: Expression;
      readonly inside: FunctionExpression;
      readonly outside: FunctionExpression;
    }
  | {
      readonly kind: "paint";
      readonly below: FunctionExpression;
      readonly boxes: readonly LeafBox[];
      /** Absent: all, as they stand. */
      readonly order: readonly number[] | undefined;
    }
  | {
      readonly kind: "combine";
      readonly operation: OperationName;
      readonly left: FunctionExpression;
      readonly right: FunctionExpression;
    }
  | { readonly kind: "relabel"; readonly change: ChangeName; readonly of: FunctionExpression }
  | { readonly kind: "before"; readonly change: DrawnChange; readonly of: FunctionExpression }
  | {
      readonly kind: "among";
      readonly of: FunctionExpression;
      readonly fields: readonly Field[];
      readonly values: Expression;
      readonly join: JoinName;
      readonly none: number;
    };

export interface LeafBox {
  readonly leaf: number;
  readonly box: Box;
}

/** A {@link FieldChange} that prints on a line. */
export type DrawnChange =
  | Extract<FieldChange, { kind: "bits" }>
  | {
      readonly kind: "map";
      readonly field: "sourcePort" | "destinationPort";
      readonly base: TableName;
      /** Laid over the base. */
      readonly moves: readonly (readonly [from: number, to: number])[];
    };

/** Leaves of drawn expressions are 0 … 5. */
export const LEAVES = 6;

export type OperationName = "largest" | "smallest" | "firstMade" | "lastMade" | "mixed";

/** Operations on those leaves, closed; some with shortcuts, some without. */
export const OPERATIONS: Readonly<Record<OperationName, LeafOperation>> = {
  largest: {
    apply: (left, right) => Math.max(left, right),
    isLeftFinal: (left) => left === LEAVES - 1,
    isLeftNeutral: (left) => left === 0,
    isRightNeutral: (right) => right === 0,
  },
  smallest: { apply: (left, right) => Math.min(left, right), isLeftFinal: (left) => left === 0 },
  firstMade: {
    apply: (left, right) => (left === 0 ? right : left),
    isLeftFinal: (left) => left !== 0,
    isLeftNeutral: (left) => left === 0,
    isRightNeutral: (right) => right === 0,
  },
  lastMade: {
    apply: (left, right) => (right === 0 ? left : right),
    isRightNeutral: (right) => right === 0,
  },
  mixed: { apply: (left, right) => (left * 2 + right * 3 + 1) % LEAVES },
};

/** Those that are associative, commutative and idempotent. */
export type JoinName = "largest" | "smallest";

export type ChangeName = "turned" | "halved" | "merged";

export const CHANGES: Readonly<Record<ChangeName, LeafChange>> = {
  turned: { apply: (leaf) => LEAVES - 1 - leaf },
  halved: { apply: (leaf) => leaf >> 1 },
  merged: { apply: () => 3 },
};

export type TableName = "same" | "turned" | "folded" | "few" | "scattered";

/** Tables of 65536 ports. */
export const TABLES: Readonly<Record<TableName, Uint16Array>> = {
  same: tableOf((port) => port),
  turned: tableOf((port) => 65_535 - port),
  /** As NAT does: 1024 ports for all. */
  folded: tableOf((port) => 1024 + (port % 1024)),
  few: tableOf((port) => (port < 1031 ? 22 : port < 0x8000 ? port : 443)),
  /**
   * Well-known ports without any order, the others as they are. All ports scattered, twice, is 2^32
   * different packets: no diagram holds that, and pf never writes it.
   */
  scattered: tableOf((port) => (port < 1024 ? (port * 403 + 123) & 0x3ff : port)),
};

const tableOfChange = new WeakMap<DrawnChange, Uint16Array>();

/** What expressions are drawn from. */
export interface FunctionParts {
  readonly sets: fc.Arbitrary<Expression>;
  readonly boxes: fc.Arbitrary<Box>;
  readonly changes: fc.Arbitrary<DrawnChange>;
  /** Adds `among`, which a single packet cannot decide. */
  readonly among: boolean;
}

export function functionExpression(parts: FunctionParts): fc.Arbitrary<FunctionExpression> {
  const { tree } = fc.letrec<{ tree: FunctionExpression }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("always" as const), leaf: leaf() }) },
      { weight: 3, arbitrary: painted(parts, tie("tree")) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("choose" as const),
          set: parts.sets,
          inside: tie("tree"),
          outside: tie("tree"),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("combine" as const),
          operation: fc.constantFrom(...(Object.keys(OPERATIONS) as OperationName[])),
          left: tie("tree"),
          right: tie("tree"),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("relabel" as const),
          change: fc.constantFrom(...(Object.keys(CHANGES) as ChangeName[])),
          of: tie("tree"),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("before" as const),
          change: parts.changes,
          of: tie("tree"),
        }),
      },
      ...(parts.among ? [{ weight: 2, arbitrary: among(parts, tie("tree")) }] : []),
    ),
  }));
  return tree;
}

/** Boxes over a function, often several of the same, so that they overlap. */
export function painted(
  { boxes }: FunctionParts,
  below: fc.Arbitrary<FunctionExpression>,
): fc.Arbitrary<FunctionExpression> {
  const drawn = fc.array(fc.record({ leaf: leaf(), box: boxes }), { minLength: 1, maxLength: 6 });
  return drawn.chain((some) =>
    fc.record({
      kind: fc.constant("paint" as const),
      below,
      boxes: fc.constant(some),
      order: fc.option(fc.array(fc.nat(some.length - 1), { maxLength: 6 }), { nil: undefined }),
    }),
  );
}

export function leaf(): fc.Arbitrary<number> {
  return fc.nat(LEAVES - 1);
}

/** Works an expression out; `within` as in {@link build}. */
export function buildFunction(
  sets: PacketFunctions,
  tree: FunctionExpression,
  within: PacketSet,
): PacketFunction {
  const part = (some: FunctionExpression): PacketFunction => buildFunction(sets, some, within);
  switch (tree.kind) {
    case "always":
      return sets.always(tree.leaf);
    case "choose":
      return sets.choose(build(sets, tree.set, within), part(tree.inside), part(tree.outside));
    case "paint": {
      const order = tree.order === undefined ? undefined : Int32Array.from(tree.order);
      return sets.paint(part(tree.below), cubesOf(tree.boxes), order);
    }
    case "combine":
      return sets.combine(OPERATIONS[tree.operation], part(tree.left), part(tree.right));
    case "relabel":
      return sets.relabel(CHANGES[tree.change], part(tree.of));
    case "before":
      return sets.before(part(tree.of), changeOf(tree.change));
    case "among": {
      const values = build(sets, tree.values, within);
      // an empty set of values is no question
      const some = values === sets.empty ? within : values;
      return sets.among(part(tree.of), tree.fields, some, OPERATIONS[tree.join], tree.none);
    }
  }
}

export function cubesOf(boxes: readonly LeafBox[]): Cubes {
  const cubes = new Cubes();
  for (const { leaf: is, box } of boxes) {
    const index = cubes.add(is);
    for (const field of FIELD_NAMES) {
      const range = box[field];
      if (range !== undefined) cubes.range(index, field, range[0], range[1]);
    }
  }
  return cubes;
}

export function changeOf(change: DrawnChange): FieldChange {
  if (change.kind === "bits") return change;
  let table = tableOfChange.get(change);
  if (table === undefined) {
    table = TABLES[change.base].slice();
    for (const [from, to] of change.moves) table[from] = to;
    tableOfChange.set(change, table);
  }
  return { kind: "map", field: change.field, table };
}

function among(
  { sets }: FunctionParts,
  of: fc.Arbitrary<FunctionExpression>,
): fc.Arbitrary<FunctionExpression> {
  return fc.record({
    kind: fc.constant("among" as const),
    of,
    fields: fc.subarray([...FIELD_NAMES], { minLength: 1, maxLength: 4 }),
    values: sets,
    join: fc.constantFrom("largest", "smallest"),
    none: leaf(),
  });
}

function tableOf(to: (port: number) => number): Uint16Array {
  return Uint16Array.from({ length: 65_536 }, (_, port) => to(port));
}
