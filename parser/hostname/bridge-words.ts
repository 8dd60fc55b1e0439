import type { Word } from "../config-lines.ts";
import * as complaint from "./diagnostics.ts";
import type { Handler, IfconfigRun } from "./ifconfig-run.ts";
import { driverOf } from "./interface-kind.ts";

const NARROWS = "only narrows what the bridge forwards; not used to prove anything";

/** Words of ifconfig(8) for bridge(4), veb(4) and tpmr(4): members and frame rules. */
export const BRIDGE_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["add", addMember],
  ["addlocal", addMember],
  ["del", dropMember],
  ["addspan", addSpan],
  ["blocknonip", (run, word) => narrowing(run, word, 1)],
  ["protected", (run, word) => narrowing(run, word, 2)],
  ["rule", readRule],
  ["rulefile", readRuleFile],
]);

function addMember(run: IfconfigRun, word: Word): void {
  const { machine, draft } = run;
  const value = run.value(word);
  if (value === undefined) return;
  if (value.shell) {
    run.unread([word, value], { effect: "may add any interface to the bridge", scope: "host" });
    return;
  }
  const member = machine.existing(value);
  if (member === undefined) {
    run.failed = true;
    return;
  }
  const why = refusal(run, member.name, value);
  if (why === undefined) draft.members = [...draft.members, member.name];
  else machine.diagnostics.push(why);
}

/** Only Ethernet-like interfaces, and each in one bridge (OB:if_bridge.c:271-301). */
function refusal(
  { machine, draft }: IfconfigRun,
  name: string,
  { span }: Word,
): ReturnType<typeof complaint.alreadyMember> | undefined {
  const wrong = /^(?:lo|bridge|veb|tpmr|tun|gif|gre|mgre|wg|pppoe|enc|pflog|pfsync|sec)$/;
  if (wrong.test(driverOf(name))) return complaint.notBridgeable(name, span);
  const other = machine.bridgeOf(name);
  if (other === undefined) return undefined;
  return complaint.alreadyMember(name, other === draft.name ? "the same bridge" : other, span);
}

function dropMember(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  run.draft.members = run.draft.members.filter((it) => it !== value.text);
}

function addSpan(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const effect = `sends a copy of every frame of the bridge out of ${value.text}`;
  run.unread([word, value], { effect, scope: "host" });
}

function narrowing(run: IfconfigRun, word: Word, values: number): void {
  const taken = [word, ...Array.from({ length: values }, () => run.value(word))];
  const words = taken.filter((it) => it !== undefined);
  if (!run.failed) run.unread(words, { scope: "nothing", effect: NARROWS });
}

/** A frame rule can only block; but with `tag` it can make rules of pf match. */
function readRule(run: IfconfigRun, word: Word): void {
  const words = [word, ...run.rest()];
  const tags = words.some((it) => it.text === "tag" || it.shell);
  if (!tags) run.unread(words, { scope: "nothing", effect: NARROWS });
  else run.unread(words, { scope: "host", effect: "may tag packets, which pf rules may ask for" });
}

function readRuleFile(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const effect = "may tag packets, which pf rules may ask for";
  run.unread([word, value], { scope: "host", effect });
}
