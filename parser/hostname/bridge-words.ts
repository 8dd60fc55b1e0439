import { type BridgePort, PLAIN_PORT } from "../../model/host.ts";
import type { Word } from "../config-lines.ts";
import { bridgeRule } from "./bridge-rules.ts";
import * as complaint from "./diagnostics.ts";
import type { Handler, IfconfigRun } from "./ifconfig-run.ts";
import { driverOf } from "./interface-kind.ts";
import { macOf } from "./mac.ts";
import type { InterfaceDraft } from "./machine.ts";

/** Words of ifconfig(8) for bridge(4) and veb(4): members and frame rules. */
export const BRIDGE_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["add", addMember],
  ["addlocal", addMember],
  ["del", dropMember],
  ["addspan", addSpan],
  ["delspan", dropSpan],
  ["blocknonip", port(() => ({ blockNonIp: true }))],
  ["-blocknonip", port(() => ({ blockNonIp: false }))],
  ["discover", port(() => ({ discover: true }))],
  ["-discover", port(() => ({ discover: false }))],
  ["learn", port(() => ({ learn: true }))],
  ["-learn", port(() => ({ learn: false }))],
  ["protected", port(protect)],
  ["-protected", port(() => ({ protectedDomains: [] }))],
  ["static", port(fix)],
  ["deladdr", forget],
  ["rule", addRule],
  ["flushrule", port(() => ({ rules: [] }))],
  ["rulefile", readRuleFile],
]);

/** Words of ifconfig(8) for tpmr(4). */
export const TPMR_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["add", addMember],
  ["del", dropMember],
]);

/** Makes an interface a member of a bridge, without options. */
export function plugIn(bridge: InterfaceDraft, name: string): void {
  bridge.members = [...bridge.members, name];
  if (bridge.kind !== "tpmr") bridge.ports.set(name, { ...PLAIN_PORT, name });
}

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
  if (why === undefined) plugIn(draft, member.name);
  else machine.diagnostics.push(why);
}

/** Only Ethernet-like interfaces, and each in one bridge (OB:if_bridge.c:271-301). */
function refusal(
  { machine, draft }: IfconfigRun,
  name: string,
  { span }: Word,
): ReturnType<typeof complaint.alreadyMember> | undefined {
  const wrong =
    /^(?:lo|bridge|veb|tpmr|tun|gif|gre|mgre|wg|pppoe|enc|pflog|pfsync|sec|rport|carp|umb)$/;
  if (wrong.test(driverOf(name))) return complaint.notBridgeable(name, span);
  const other = machine.bridgeOf(name);
  if (other === undefined) {
    const isFull = draft.kind === "tpmr" && draft.members.length >= 2;
    return isFull ? complaint.tpmrFull(draft.name, span) : undefined;
  }
  return complaint.alreadyMember(name, other === draft.name ? "the same bridge" : other, span);
}

function dropMember(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  run.draft.members = run.draft.members.filter((it) => it !== value.text);
  run.draft.ports.delete(value.text);
}

function addSpan(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  if (!value.shell) run.draft.spans = [...run.draft.spans, value.text];
  const effect = `sends a copy of every frame of the bridge out of ${value.text}`;
  run.unread([word, value], { effect, scope: "host" });
}

function dropSpan(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  run.draft.spans = run.draft.spans.filter((it) => it !== value.text);
}

/** Changes of a member's options; undefined: ifconfig gave up. */
type Change = (run: IfconfigRun, word: Word, now: BridgePort) => Partial<BridgePort> | undefined;

/** A word whose first value is a member. */
function port(change: Change): Handler {
  return (run, word) => {
    const name = run.value(word);
    if (name === undefined) return;
    const now = portOf(run, word, name);
    const changed = now === undefined ? undefined : change(run, word, now);
    if (now !== undefined && changed !== undefined) {
      run.draft.ports.set(now.name, { ...now, ...changed });
    }
  };
}

/** A word about an interface that is no member fails, and the port stays open (L91). */
function portOf(run: IfconfigRun, word: Word, name: Word): BridgePort | undefined {
  const now = run.draft.ports.get(name.text);
  if (now === undefined) {
    run.fail(complaint.notAMember(word.text, name.text, run.draft.name, name.span));
  }
  return now;
}

/** `protected IF 1,3`: 1 … 31 (OB:sbin/ifconfig/brconfig.c, bridge_protect). */
function protect(run: IfconfigRun, word: Word): Partial<BridgePort> | undefined {
  const value = run.value(word);
  if (value === undefined) return undefined;
  const domains = value.text.split(",").map((it) => (/^\d{1,2}$/.test(it) ? Number(it) : 0));
  if (domains.every((it) => it >= 1 && it <= 31)) {
    return { protectedDomains: [...new Set(domains)].toSorted((a, b) => a - b) };
  }
  const range = "numbers from 1 to 31 with commas between them";
  run.fail(complaint.badValue(word.text, value.text, range, value.span));
  return undefined;
}

function fix(run: IfconfigRun, word: Word, now: BridgePort): Partial<BridgePort> | undefined {
  const value = run.value(word);
  if (value === undefined) return undefined;
  const mac = macOf(value.text);
  if (mac !== undefined) return { statics: [...now.statics, mac] };
  run.fail(complaint.badMac(value.text, value.span));
  return undefined;
}

function forget(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  const mac = macOf(value?.text ?? "");
  for (const [name, it] of run.draft.ports) {
    run.draft.ports.set(name, { ...it, statics: it.statics.filter((own) => own !== mac) });
  }
}

/** A rule with `tag` can make rules of pf match. */
function addRule(run: IfconfigRun, word: Word): void {
  const words = run.rest();
  if (words.some((it) => it.shell)) {
    const effect = "may tag packets, which pf rules may ask for";
    run.unread([word, ...words], { scope: "host", effect });
    return;
  }
  const read = bridgeRule(word, words);
  if ("wrong" in read) {
    run.fail(complaint.badBridgeRule(read.wrong, read.at.span));
    return;
  }
  const now = portOf(run, word, read.on);
  if (now === undefined) return;
  run.draft.ports.set(now.name, { ...now, rules: [...now.rules, read.rule] });
  if (read.rule.tag === undefined) return;
  const effect = "may tag packets, which pf rules may ask for";
  run.unread([word, ...words], { scope: "host", effect });
}

function readRuleFile(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const effect = "may tag packets, which pf rules may ask for";
  run.unread([word, value], { scope: "host", effect });
}
