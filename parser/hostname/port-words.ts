import type { Word } from "../config-lines.ts";
import * as complaint from "./diagnostics.ts";
import type { Handler, IfconfigRun } from "./ifconfig-run.ts";
import { driverOf } from "./interface-kind.ts";
import type { InterfaceDraft } from "./machine.ts";

/** Words of ifconfig(8) for trunk(4) and aggr(4). */
export const TRUNK_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["trunkport", addPort],
  ["-trunkport", dropPort],
]);

/** Words of ifconfig(8) for carp(4). */
export const CARP_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["vhid", setVhid],
  ["carpdev", setCarrier],
]);

/** Words of ifconfig(8) for pair(4). */
export const PAIR_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["patch", (run, word) => join(run, word, "pair")],
  ["-patch", ({ draft, machine }) => part(draft, machine.interface(draft.peer ?? ""))],
]);

/** Words of ifconfig(8) for rport(4). */
export const RPORT_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["parent", (run, word) => join(run, word, "rport")],
  ["-parent", ({ draft, machine }) => part(draft, machine.interface(draft.peer ?? ""))],
]);

function addPort(run: IfconfigRun, word: Word): void {
  const { machine, draft } = run;
  const value = run.value(word);
  if (value === undefined) return;
  if (value.shell) {
    run.unread([word, value], { effect: "may take any interface as a port", scope: "host" });
    return;
  }
  const port = machine.existing(value);
  if (port === undefined) {
    run.failed = true;
    return;
  }
  const other = machine.bridgeOf(port.name);
  if (other !== undefined) {
    const of = other === draft.name ? `\`${other}\` already` : `\`${other}\``;
    run.fail(complaint.alreadyPort(port.name, of, value.span));
    return;
  }
  draft.members = [...draft.members, port.name];
}

function dropPort(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  run.draft.members = run.draft.members.filter((it) => it !== value.text);
}

function setVhid(run: IfconfigRun, word: Word): void {
  const id = run.number(word, 1, 255);
  if (id === undefined) return;
  run.draft.vhid = id;
  run.draft.said.set("vhid", word.span);
}

function setCarrier(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const parent = value.shell ? undefined : run.machine.existing(value);
  if (value.shell) run.unread([word, value], { effect: "may lie on any other interface" });
  else if (parent === undefined) run.failed = true;
  else run.draft.parent = parent.name;
}

/** Both ends learn of each other; an end that has one already is busy (OB:if_pair.c, if_rport.c). */
function join(run: IfconfigRun, word: Word, driver: "pair" | "rport"): void {
  const { draft, machine } = run;
  const value = run.value(word);
  if (value === undefined) return;
  if (value.shell) {
    run.unread([word, value], { effect: "may lead into any routing domain", scope: "host" });
    return;
  }
  const other = machine.existing(value);
  if (other === undefined) run.failed = true;
  else if (driverOf(other.name) !== driver || other === draft) {
    run.fail(complaint.notAnEnd(value.text, driver, value.span));
  } else if (other.peer !== undefined && other.peer !== draft.name) {
    run.fail(complaint.endBusy(other.name, other.peer, value.span));
  } else {
    part(draft, machine.interface(draft.peer ?? ""));
    draft.peer = other.name;
    other.peer = draft.name;
  }
}

function part(draft: InterfaceDraft, other: InterfaceDraft | undefined): void {
  draft.peer = undefined;
  if (other !== undefined) other.peer = undefined;
}
