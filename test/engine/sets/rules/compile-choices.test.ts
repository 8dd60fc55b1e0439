import { expect, test } from "vitest";
import type { KernelPacket } from "../../../../engine/kernel/packet.ts";
import { bddPacketFunctions } from "../../../../engine/sets/bdd/bdd-packet-functions.ts";
import type { PacketSet } from "../../../../engine/sets/packet-sets.ts";
import { inPrefix, ofProtocol } from "../../../../engine/sets/packets.ts";
import type { Asked } from "../../../../engine/sets/rules/compile.ts";
import type { Fate, RulesetFunction } from "../../../../engine/sets/rules/fate.ts";
import type { SourceRule } from "../../../../engine/sets/rules/situation.ts";
import { parsePrefix } from "../../../../model/address-text.ts";
import type { Unread } from "../../../../model/unread.ts";
import { nameOf, packetFrom } from "../../../support/kernel-host.ts";
import { fieldsOf, only } from "../../../support/packet-fields.ts";
import { type Texts, TwoReadings } from "./compile-host.ts";

const QUERY = "udp 10.10.0.5 40000 198.51.100.9 53";
const sets = bddPacketFunctions();

interface Crossed {
  readonly direction?: "in" | "out";
  readonly on?: string;
  readonly detail?: Asked["detail"];
  readonly closed?: readonly string[];
  /** Rules by name that an unread line stands behind. */
  readonly open?: readonly string[];
  /** Rules by name of which nothing but their criteria is understood. */
  readonly unread?: readonly string[];
  readonly more?: Texts;
  /** The packets are made here. */
  readonly made?: boolean;
}

function compiled(text: string, crossed: Crossed = {}): RulesetFunction {
  const {
    direction = "in",
    on = "vlan10",
    detail = "rules",
    closed = [],
    more: others = [],
  } = crossed;
  const readings = new TwoReadings([["", `${text}\n`], ...others]);
  const rulesets = new Map(
    [...readings.source.rulesets].map(([path, rules]) => [
      path,
      rules.map((live) => bracketed(live, crossed)),
    ]),
  );
  const source = { ...readings.source, rulesets };
  const shot = { direction, interface: on, packet: packetFrom(QUERY) };
  const more = { closed: new Set(closed), source };
  return readings.compiled(sets, shot, detail, more, crossed.made !== true);
}

function bracketed(live: SourceRule, { open = [], unread = [] }: Crossed): SourceRule {
  const name = nameOf(live as Parameters<typeof nameOf>[0]);
  const isUnread = unread.includes(name);
  if (!isUnread && !open.includes(name)) return live;
  const { anchor, number, rule } = live;
  const bracketed = { anchor, number, rule, open: [{ id: name } as Unread] };
  return isUnread ? { ...bracketed, isUnread } : bracketed;
}

/** `pass 1`, `drop -`: the fates of a packet in the order of their text; `?` before open ones. */
function fates(of: RulesetFunction, text: string, fields: Partial<KernelPacket> = {}): string {
  const leaf = sets.at(of.function, fieldsOf({ ...packetFrom(text), ...fields }));
  const told = of.fatesOf(leaf).map(({ verdict, rule, anything }) => {
    if (anything) return "anything";
    return `${verdict} ${rule === undefined ? "-" : nameOf(rule as Parameters<typeof nameOf>[0])}`;
  });
  return `${of.isOpen(leaf) ? "? " : ""}${told.toSorted().join(", ")}`;
}

function fateOf(of: RulesetFunction, text: string, at = 0): Fate {
  const fate = of.fatesOf(sets.at(of.function, fieldsOf(packetFrom(text))))[at];
  if (fate === undefined) throw new RangeError("no such fate");
  return fate;
}

/** What a packet becomes. */
function made(of: RulesetFunction, text: string, at = 0): PacketSet {
  return of.image(only(sets, fieldsOf(packetFrom(text))), fateOf(of, text, at));
}

function from(text: string, field: "source" | "destination" = "source"): PacketSet {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(text);
  return inPrefix(sets, field, prefix);
}

/** Packets like this one, but from another port. */
function fromAnyPort(text: string, first: bigint, last: bigint): PacketSet {
  const like = sets.forget(only(sets, fieldsOf(packetFrom(text))), ["sourcePort"]);
  return sets.and(like, sets.range("sourcePort", first, last));
}

test("the first quick rule wins, else the last rule", () => {
  const quick = "pass in quick proto udp to port 53\nblock in quick proto udp\nblock in";
  expect(fates(compiled(quick), QUERY)).toBe("pass 0");
  expect(fates(compiled(`block in\npass in proto udp\n${quick}`), QUERY)).toBe("pass 2");
  expect(fates(compiled("block in\npass in proto udp\nblock in proto tcp"), QUERY)).toBe("pass 1");
});

test("match rules translate one after the other, the deciding rule last", () => {
  const nat = (to: string): string => `in inet proto udp from any to any nat-to ${to} static-port`;
  const twice = `match ${nat("192.0.2.8")}\nmatch ${nat("192.0.2.9")}\n`;
  const of = compiled(`${twice}pass in from 192.0.2.9`);
  const there = only(sets, fieldsOf(packetFrom("udp 192.0.2.9 40000 198.51.100.9 53")));
  expect(made(of, QUERY)).toBe(there);
  const own = compiled(`${twice}pass ${nat("192.0.2.7")}`);
  const seven = only(sets, fieldsOf(packetFrom("udp 192.0.2.7 40000 198.51.100.9 53")));
  expect(made(own, QUERY)).toBe(seven);
});

test("the tag that was set last counts, for later rules and on the packet", () => {
  const text = "match in tag A\nblock in tag B\npass in tagged B\nblock in tagged A";
  const of = compiled(text);
  expect(fates(of, QUERY)).toBe("pass 2");
  expect([fateOf(of, QUERY).tag, fateOf(of, QUERY).tagged]).toEqual(["B", true]);
  expect(fateOf(compiled("match in tag A\nmatch in tag B\npass in"), QUERY).tag).toBe("B");
});

test("routes are looked up in the table that match rules chose", () => {
  const block = "block in\n";
  const pass = "pass in inet from no-route";
  expect(fates(compiled(`${block}match in rtable 1\n${pass}`), QUERY)).toBe("pass 2");
  expect(fates(compiled(`${block}match in rtable 2\n${pass}`), QUERY)).toBe("pass 2");
  expect(fates(compiled(block + pass), QUERY)).toBe("drop 0");
});

test("a choice of the network leaves both fates, and is not open", () => {
  const of = compiled(
    "block\npass in proto udp probability 50%\npass in proto udp to port 53 once",
  );
  expect(fates(of, QUERY)).toBe("drop 0, pass 1, pass 2");
  expect(fates(of, "udp 10.10.0.5 40000 198.51.100.9 54")).toBe("drop 0, pass 1");
});

test("an uncertain rule leaves both fates, open", () => {
  const of = compiled("block\npass in proto udp\npass in proto tcp", { open: ["1"] });
  expect(fates(of, QUERY)).toBe("? drop 0, pass 1");
  const [drop, pass] = ["drop", "pass"].map((it) => of.fates.find(({ verdict }) => verdict === it));
  const udp = sets.and(ofProtocol(sets, 17), sets.range("options", 0n, 0n));
  if (drop === undefined || pass === undefined) throw new RangeError("no such fate");
  expect(sets.meets(of.must(drop), udp)).toBe(false);
  expect(sets.implies(udp, of.may(drop))).toBe(true);
  expect(fates(compiled("block\npass in proto udp", { open: ["1"], closed: ["1"] }), QUERY)).toBe(
    "pass 1",
  );
});

test("what we do not know is not open where it comes to the same", () => {
  const text = "block\npass in proto udp\nblock quick proto udp to port 53";
  expect(fates(compiled(text, { open: ["1"] }), QUERY)).toBe("drop 2");
  const same = "pass in\npass in proto udp";
  expect(fates(compiled(same, { open: ["1"], detail: "outcomes" }), QUERY)).toBe("pass -");
});

test("an unread rule may do anything, or nothing", () => {
  const text = "block\npass in proto udp to port 53\nblock in quick proto udp to port 54";
  const of = compiled(text, { unread: ["1"] });
  expect(fates(of, QUERY)).toBe("? anything, drop 0");
  expect(fates(of, "udp 10.10.0.5 40000 198.51.100.9 54")).toBe("drop 2");
  expect(fates(compiled(text, { unread: ["1"], closed: ["1"] }), QUERY)).toBe("drop 0");
});

test("pool addresses that a later rule tells apart are fates of their own", () => {
  const nat = "match out on em0 inet nat-to { 192.0.2.9, 192.0.2.10 } static-port";
  const of = compiled(`${nat}\npass out\nblock out from 192.0.2.10`, {
    direction: "out",
    on: "em0",
  });
  expect(fates(of, QUERY)).toBe("drop 2, pass 1");
  const pass = of
    .fatesOf(sets.at(of.function, fieldsOf(packetFrom(QUERY))))
    .findIndex((it) => it.verdict === "pass");
  expect(sets.implies(made(of, QUERY, pass), from("192.0.2.9"))).toBe(true);
  const whole = compiled(`${nat}\npass out`, { direction: "out", on: "em0" });
  expect(fates(whole, QUERY)).toBe("pass 1");
  const left = sets.or(from("192.0.2.9"), from("192.0.2.10"));
  expect(sets.implies(made(whole, QUERY), left)).toBe(true);
  expect(sets.count(made(whole, QUERY))).toBe(2n);
});

test("nat-to gives the ports that pf gives", () => {
  const out = { direction: "out", on: "em0" } as const;
  const of = compiled("pass out inet nat-to 192.0.2.9", out);
  const like = "udp 192.0.2.9 40000 198.51.100.9 53";
  expect(made(of, QUERY)).toBe(fromAnyPort(like, 50001n, 65535n));
  // 623 is none that the system gives away
  const few = compiled("pass out inet proto udp nat-to 192.0.2.9 port 622:624", out);
  const ports = [622n, 624n].map((it) => fromAnyPort(like, it, it));
  expect(made(few, QUERY)).toBe(ports.reduce((all, some) => sets.or(all, some)));
  const echo = made(of, "icmp 10.10.0.5 7 198.51.100.9 0");
  expect(echo).toBe(fromAnyPort("icmp 192.0.2.9 7 198.51.100.9 0", 1n, 65535n));
});

test("rdr-to maps ranges of ports", () => {
  const of = compiled("pass in proto udp to port 50:59 rdr-to 10.20.0.9 port 150:159");
  const there = "udp 10.10.0.5 40000 10.20.0.9 153";
  expect(made(of, QUERY)).toBe(only(sets, fieldsOf(packetFrom(there))));
  const back = of.preimage(only(sets, fieldsOf(packetFrom(there))), fateOf(of, QUERY));
  expect(sets.has(back, fieldsOf(packetFrom(QUERY)))).toBe(true);
  expect(sets.has(back, fieldsOf(packetFrom("udp 10.10.0.5 40000 198.51.100.9 54")))).toBe(false);
});

test("what passes without a state is not translated", () => {
  const match = "match in inet proto udp rdr-to 10.20.0.9";
  const of = compiled(`${match}\npass in to 10.20.0.9 no state\nblock in to ! 10.20.0.9`);
  expect(fates(of, QUERY)).toBe("pass 1");
  expect(made(of, QUERY)).toBe(only(sets, fieldsOf(packetFrom(QUERY))));
  const fragment = { fragment: { offset: 0, more: true, id: 1 } };
  const kept = compiled("pass in inet rdr-to 10.20.0.9");
  const leaf = sets.at(kept.function, fieldsOf({ ...packetFrom(QUERY), ...fragment }));
  expect(kept.fatesOf(leaf)[0]?.translation.writes).toEqual([]);
});

test("a match rule without an address of the family drops", () => {
  const table = "table <inside> { 10.20.0.9 }";
  const of = compiled(`${table}\npass in\nmatch in rdr-to <inside>`);
  expect(fates(of, QUERY)).toBe("pass 0");
  expect(fates(of, "udp 2001:db8:10::5 40000 2001:db8:fe::9 53")).toBe("drop 0");
});

test("anchors in a circle drop", () => {
  const more: Texts = [["a", 'pass in\nanchor "/a"\n']];
  expect(fates(compiled('block\nanchor "/a"', { more }), QUERY)).toBe("drop a#0");
  const two: Texts = [["a", 'anchor "/a" quick\n']];
  expect(
    fates(compiled('block\npass quick proto udp to port 53\nanchor "/a"', { more: two }), QUERY),
  ).toBe("pass 1");
});

test("set tos changes the packet, but not the bits of ECN", () => {
  const of = compiled("match in set tos 0x10\npass in");
  const leaf = sets.at(of.function, fieldsOf({ ...packetFrom(QUERY), tos: 0x2b }));
  const [fate] = of.fatesOf(leaf);
  if (fate === undefined) throw new RangeError("no such fate");
  const before = only(sets, fieldsOf({ ...packetFrom(QUERY), tos: 0x2b }));
  const after = only(sets, fieldsOf({ ...packetFrom(QUERY), tos: 0x13 }));
  expect(of.image(before, fate)).toBe(after);
  expect(sets.implies(before, of.preimage(after, fate))).toBe(true);
});

test("users are those of the packet as it came", () => {
  const text =
    "block\nmatch out inet proto udp nat-to 192.0.2.9\npass out inet proto udp from 192.0.2.9 user 53";
  const of = compiled(text, { direction: "out", on: "em0", made: true });
  expect(fates(of, "udp 192.0.2.1 53 198.51.100.9 53")).toBe("pass 2");
  expect(fates(of, "udp 192.0.2.1 54 198.51.100.9 53")).toBe("drop 0");
});

test("af-to leads into the other family, unless no port changes", () => {
  const of = compiled("pass in inet6 to 64:ff9b::/96 af-to inet from 192.0.2.9");
  const query = "udp 2001:db8:10::5 40000 64:ff9b::c633:6409 53";
  const image = made(of, query);
  const there = fromAnyPort("udp 192.0.2.9 40000 198.51.100.9 53", 50001n, 65535n);
  expect(image).toBe(sets.or(there, only(sets, fieldsOf(packetFrom(query)))));
  const back = of.preimage(there, fateOf(of, query));
  expect(sets.has(back, fieldsOf(packetFrom(query)))).toBe(true);
  expect(
    sets.has(back, fieldsOf(packetFrom("udp 2001:db8:10::5 40000 64:ff9b::c633:640a 53"))),
  ).toBe(false);
});

test("what changes its family has no options any more", () => {
  const of = compiled(
    "pass in inet6 to 64:ff9b::/96 allow-opts af-to inet from 192.0.2.9 port 2000",
  );
  const query = packetFrom("udp 2001:db8:10::5 40000 64:ff9b::c633:6409 53");
  const fields = fieldsOf({ ...query, options: "other" });
  const [fate] = of.fatesOf(sets.at(of.function, fields));
  if (fate === undefined) throw new RangeError("no such fate");
  const there = only(sets, fieldsOf(packetFrom("udp 192.0.2.9 2000 198.51.100.9 53")));
  expect(of.image(only(sets, fields), fate)).toBe(sets.or(only(sets, fields), there));
  expect(sets.has(of.preimage(there, fate), fields)).toBe(true);
});

test("an echo of the other family loses its id in another routing domain", () => {
  const falseEcho = packetFrom("icmp 10.10.0.5 0 198.51.100.9 0", { type: 128, id: 7 });
  const became = (id: number, of: RulesetFunction): boolean => {
    const [fate] = of.fatesOf(sets.at(of.function, fieldsOf(falseEcho)));
    if (fate === undefined || falseEcho.icmp === undefined) throw new RangeError("no such fate");
    const left = fieldsOf({ ...falseEcho, icmp: { ...falseEcho.icmp, id } });
    return sets.has(of.image(only(sets, fieldsOf(falseEcho)), fate), left);
  };
  expect(became(0, compiled("pass in inet rtable 1"))).toBe(true);
  // table 2 is one of the same domain
  expect(became(0, compiled("pass in inet rtable 2"))).toBe(false);
  expect(became(7, compiled("pass in inet rtable 2"))).toBe(true);
});

test("af-to lets an echo of the other family pass as it came, whatever was written before", () => {
  const of = compiled("match in inet rdr-to 10.20.0.9\npass in inet af-to inet6 from 2001:db8::9");
  const falseEcho = packetFrom("icmp 10.10.0.5 0 198.51.100.9 0", { type: 128, id: 7 });
  const fields = fieldsOf(falseEcho);
  const [fate] = of.fatesOf(sets.at(of.function, fields));
  if (fate === undefined) throw new RangeError("no such fate");
  expect(of.image(only(sets, fields), fate)).toBe(only(sets, fields));
  expect(sets.has(of.preimage(only(sets, fields), fate), fields)).toBe(true);
});
