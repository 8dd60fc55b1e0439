import type { PfQueue } from "../../../model/pf-rule.ts";
import { Exit, type Reading } from "./reading.ts";

interface Node {
  queue: PfQueue;
  /** By name, in the order of definition. */
  readonly children: Map<string, Node>;
}

type ByParent = ReadonlyMap<string, readonly PfQueue[]>;

const MOST_MATCHES = 10_000;

/**
 * Builds the queue trees and ends pfctl where they make no sense (follows pfctl_find_childqs and
 * pfctl_load_queues, OpenBSD 7.8).
 *
 * @returns the queues as they are printed: depth first, children in the order of definition
 */
export function queueTrees(reading: Reading): readonly PfQueue[] {
  const defined = reading.shared.definedQueues;
  const below = byParent(defined);
  const matches = new Map<PfQueue, number>();
  const printed: PfQueue[] = [];
  const inner = new Set<string>();
  for (const queue of defined) {
    if (queue.parent !== "") continue;
    const root: Node = { queue, children: new Map() };
    grow(reading, root, below, matches);
    checkRoot(reading, root);
    for (const it of tree(root)) printed.push(it);
    if (root.children.size > 0) inner.add(queue.name);
  }
  if (inner.size > 0) checkAssignments(reading, inner);
  for (const queue of defined) {
    if (queue.parent === "") continue;
    if (!matches.has(queue)) {
      reading.exit(`queue ${queue.name}: parent ${queue.parent} not found`);
    }
    if ((queue.bandwidth?.rate ?? 0) === 0 && (queue.bandwidth?.burst ?? 0) === 0) {
      reading.exit(`queue ${queue.name}: no bandwidth was specified`);
    }
  }
  return printed;
}

function byParent(defined: readonly PfQueue[]): ByParent {
  const below = new Map<string, PfQueue[]>();
  for (const queue of defined) {
    const known = below.get(queue.parent);
    if (queue.parent === "") continue;
    if (known === undefined) below.set(queue.parent, [queue]);
    else known.push(queue);
  }
  return below;
}

/** Hangs every definition below the queue that it names as its parent; trees may be very deep. */
function grow(reading: Reading, root: Node, below: ByParent, matches: Map<PfQueue, number>): void {
  const enter = (node: Node): { node: Node; rest: Iterator<Node> } => {
    const { name, interface: on } = node.queue;
    for (const queue of below.get(name) ?? []) {
      // a parent that names no interface has none yet, whatever its own parent's is
      if (queue.interface !== "" && queue.interface !== on) continue;
      const count = (matches.get(queue) ?? 0) + 1;
      matches.set(queue, count);
      if (count > MOST_MATCHES) {
        reading.exit("pfctl_find_childqs: excessive matches, loop?");
      }
      place(reading, node, queue);
    }
    return { node, rest: node.children.values() };
  };
  const open = [enter(root)];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const child = top.rest.next();
    if (child.done !== true) {
      open.push(enter(child.value));
      continue;
    }
    open.pop();
    checkLeaf(reading, top.node);
  }
}

function checkLeaf(reading: Reading, { queue, children }: Node): void {
  if (children.size === 0) return;
  if (queue.isDefault) reading.exit(`default queue ${queue.name} is not a leaf queue`);
  if (queue.flows !== 0) reading.exit(`flow queue ${queue.name} is not a leaf queue`);
}

function place(reading: Reading, node: Node, queue: PfQueue): void {
  const known = node.children.get(queue.name);
  if (known === undefined) {
    node.children.set(queue.name, { queue, children: new Map() });
    return;
  }
  if (known.queue.interface !== "" && queue.interface !== "") {
    reading.exit(`queue ${queue.name} on ${queue.interface} respecified`);
  }
  if (known.queue.interface === "" && queue.interface === "") {
    reading.exit(`queue ${queue.name} respecified`);
  }
  // the definition for this very interface wins
  if (known.queue.interface === "") known.queue = queue;
}

const MOST_RULESETS = 100_000;

/**
 * Ends pfctl if a rule names a queue whose namesake is a root with children: of all inner queues
 * pfctl knows only the roots as such (follows pfctl_check_qassignments, OpenBSD 7.8).
 */
function checkAssignments(reading: Reading, inner: ReadonlySet<string>): void {
  let wrong = false;
  let rulesets = 0;
  const check = (path: string): void => {
    if (rulesets++ >= MOST_RULESETS) reading.limit(`more than ${MOST_RULESETS} anchors`);
    for (const { anchor, set } of reading.rulesets.get(path) ?? []) {
      if (anchor?.inline === true) check(anchor.path);
      const name = [set?.queue, set?.lowDelayQueue].find((it) => inner.has(it ?? ""));
      if (name === undefined) continue;
      reading.printed.push(`queue ${name}: ${LEAVES_ONLY}`);
      wrong = true;
    }
  };
  check(reading.root);
  if (!wrong) return;
  reading.silentError(LEAVES_ONLY);
  throw new Exit(LEAVES_ONLY);
}

const LEAVES_ONLY = "packets must be assigned to leaf queues only";

function checkRoot(reading: Reading, root: Node): void {
  const { queue, children } = root;
  const { name } = queue;
  if (queue.bandwidth === undefined) {
    if (children.size > 0) {
      reading.exit(`root queue ${name} doesn't support hierarchy`);
    }
    if (queue.flows === 0) reading.exit(`no bandwidth was specified for root queue ${name}`);
    return;
  }
  if (![...tree(root)].some((it) => it.isDefault)) reading.exit("no default queue specified");
}

/** Depth first, children in the order of definition. */
function* tree(root: Node): Iterable<PfQueue> {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node.queue;
    for (const child of [...node.children.values()].reverse()) open.push(child);
  }
}
