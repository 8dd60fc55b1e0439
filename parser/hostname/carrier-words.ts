import type { Word } from "../config-lines.ts";
import type { Handler, IfconfigRun } from "./ifconfig-run.ts";
import { driverOf } from "./interface-kind.ts";
import { TUNNEL_WORDS } from "./tunnel-words.ts";
import { WG_WORDS } from "./wg-words.ts";

/** Words by which an interface that is not modelled says who carries its packets. */
export const CARRIER_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["pppoedev", addCarrier],
  ["add", addCarrier],
  ["parent", addCarrier],
  ["vlandev", addCarrier],
  ...TUNNEL_WORDS,
  ...WG_WORDS,
  ["wgrtable", readTable],
  ["syncdev", readSyncdev],
]);

function addCarrier(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const carrier = value.shell ? undefined : run.machine.existing(value);
  if (carrier !== undefined) run.draft.carriers.push(carrier.name);
}

function readTable(run: IfconfigRun, word: Word): void {
  const table = run.number(word, 0, 255);
  if (table !== undefined) run.draft.tunnelTable = table;
}

/** pfsync(4) takes states from whoever is on that wire. */
function readSyncdev(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined || driverOf(run.draft.name) !== "pfsync") return;
  const effect = "takes over states that other hosts made";
  run.machine.leaveUnread({ scope: "host", words: [word, value], span: word.span, effect });
}
