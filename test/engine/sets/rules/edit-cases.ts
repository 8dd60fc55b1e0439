import { EntrySet } from "../../../../engine/kernel/entry-set.ts";
import type { Source } from "../../../../engine/sets/rules/situation.ts";
import { parsePrefix } from "../../../../model/address-text.ts";
import { CHUNK, type Diffs, many } from "./source-diff.ts";

export interface EditCase {
  readonly title: string;
  readonly rulesets: Diffs;
  /** After the first edit, and before its undoing. */
  readonly next?: (source: Source) => Source;
}

/** A table as another source has it. */
function tableBecomes(source: Source, prefix: string): Source {
  const entries = new EntrySet();
  const parsed = parsePrefix(prefix);
  if (parsed !== undefined) entries.add(parsed, false);
  return {
    ...source,
    table: (_, name) => (name === "some" ? { entries, open: false } : undefined),
  };
}

/** Edits by which rules that stay mean something else, or stand elsewhere. */
export const EDIT_CASES: readonly EditCase[] = [
  {
    title: "a pass rule becomes a match rule that translates",
    rulesets: {
      "": [
        " block",
        "-pass in proto tcp",
        "+match in proto tcp rdr-to 10.10.0.5",
        " pass to 10.10.0.5",
      ],
    },
  },
  {
    title: "a pass rule becomes a call, whose rules change after it",
    rulesets: {
      "": [" block", "-pass in proto tcp", '+anchor "some" in', " pass in proto udp"],
      some: [" pass in proto tcp to port 22", " pass in proto tcp to port 23"],
    },
    next: (source) => {
      const rules = source.rulesets.get("some") ?? [];
      return { ...source, rulesets: new Map(source.rulesets).set("some", rules.slice(1)) };
    },
  },
  {
    title: "a pass rule sets a tag that some rule tests",
    rulesets: {
      "": [" block", "-pass in proto tcp", "+pass in proto tcp tag T1", "…", " block tagged T1"],
    },
  },
  {
    title: "the first rule that tests tags comes",
    rulesets: {
      "": [" block", " match in proto tcp tag T1", "…", "-pass in", "+pass in tagged T1", "…"],
    },
  },
  {
    title: "the first rule that tests tags comes in addition",
    rulesets: { "": [" block", " match in proto tcp tag T1", "…", "+pass in tagged T1", "…"] },
  },
  {
    title: "the first rule that looks routes up comes",
    rulesets: {
      "": [
        " block",
        " match in proto tcp rtable 1",
        "…",
        "-pass in inet",
        "+pass in inet from route uplink",
        "…",
      ],
    },
  },
  {
    title: "the first rule that looks routes up comes in addition",
    rulesets: {
      "": [" block", " match in proto tcp rtable 1", "…", "+pass in inet from no-route", "…"],
    },
  },
  {
    title: "a rule asks whether routes go back",
    rulesets: {
      "": [" pass", "…", "-block in inet", "+block in inet from urpf-failed", "…"],
    },
  },
  {
    title: "the first rule that tests users comes",
    rulesets: {
      "": [" block", "-pass inet proto tcp", "+pass inet proto tcp user root", "…"],
    },
  },
  {
    title: "the first rule that tests groups comes in addition, behind a translation",
    rulesets: {
      "": [
        " block",
        " match in inet proto tcp to port 80 rdr-to 192.0.2.1 port 22",
        "…",
        "+pass inet proto tcp group wheel",
        "…",
      ],
    },
  },
  {
    title: "a translation comes before a rule that tests users",
    rulesets: {
      "": [
        " block",
        "+match in inet proto tcp to port 22 rdr-to 10.10.0.5 port 80",
        "…",
        " pass inet proto tcp user 0",
        "…",
      ],
    },
  },
  {
    title: "the first rule that tests a priority comes",
    rulesets: { "": [" block", "-pass in proto tcp", "+pass in proto tcp prio 4", "…"] },
  },
  {
    title: "the first rule that tests a priority comes in addition",
    rulesets: { "": [" block", "…", "+pass in proto tcp prio 3", "…"] },
  },
  {
    title: "the first rule that asks for a system comes",
    rulesets: {
      "": [" block", "-pass in proto tcp", "+pass in proto tcp from any os Linux", "…"],
    },
  },
  {
    title: "the first rule that asks for a system comes in addition",
    rulesets: { "": [" block", "…", "+pass in proto tcp from any os OpenBSD", "…"] },
  },
  {
    title: "a rule asks a table, which holds something else after it",
    rulesets: { "": [" block", "…", "-pass in inet", "+pass in inet from <some>", "…"] },
    next: (source) => tableBecomes(source, "10.20.0.0/24"),
  },
  {
    title: "a rule asks a table, which is open after it",
    rulesets: { "": [" block", "…", " pass in inet from <some>", "+pass in inet6", "…"] },
    next: (source) => ({
      ...source,
      table: (anchor, name) => {
        const table = source.table(anchor, name);
        return table && { ...table, open: true };
      },
    }),
  },
  {
    title: "a rule is redirected to a table, which holds something else after it",
    rulesets: {
      "": [" block", "…", "-pass in inet", "+pass in inet rdr-to <some> round-robin", "…"],
    },
    next: (source) => tableBecomes(source, "10.20.0.0/24"),
  },
  {
    title: "a rule translates to a table, which holds something else after it",
    rulesets: {
      "": [" block", "…", "-pass out inet", "+pass out inet nat-to <some> round-robin", "…"],
    },
    next: (source) => tableBecomes(source, "10.20.0.0/24"),
  },
  {
    title: "a rule asks a table for destinations, which holds something else after it",
    rulesets: { "": [" block", "…", "-pass in inet", "+pass in inet to <some>", "…"] },
    next: (source) => tableBecomes(source, "10.20.0.0/24"),
  },
  {
    title: "a rule names another interface",
    rulesets: { "": [" block", "…", "-pass in on em0", "+pass in on vlan10", "…"] },
  },
  {
    title: "a rule of an interface becomes another one of it",
    rulesets: {
      "": [" block", "…", "-pass in on em0 proto tcp", "+pass in on em0 proto icmp", "…"],
    },
  },
  {
    title: "a rule means all other interfaces",
    rulesets: { "": [" block", "…", "-pass in on em0", "+pass in on ! em0", "…"] },
  },
  {
    title: "a rule means no interface any more",
    rulesets: { "": [" block", "…", "-pass in on em0", "+pass in", "…"] },
  },
  {
    title: "a rule names another interface that packets came in on",
    rulesets: {
      "": [" block", "…", "-pass out received-on em0", "+pass out received-on vlan10", "…"],
    },
  },
  {
    title: "a rule means all other interfaces that packets came in on",
    rulesets: {
      "": [" block", "…", "-pass out received-on em0", "+pass out ! received-on em0", "…"],
    },
  },
  {
    title: "a rule of an interface comes",
    rulesets: { "": [" block", "…", "+pass in on em0", "…"] },
  },
  {
    title: "a rule of an interface that packets came in on comes",
    rulesets: { "": [" block", "…", "+pass out received-on em0", "…"] },
  },
  {
    title: "a rule of an interface that packets came in on goes",
    rulesets: { "": [" block", "…", "-pass out received-on em0", "…"] },
  },
  {
    title: "a rule of an interface goes, and one of none comes with another",
    rulesets: {
      "": [" block", "…", "-pass in on em0 inet", "+pass in inet6", "+pass in inet proto tcp", "…"],
    },
  },
  {
    title: "a rule comes before one that names an interface",
    rulesets: {
      "": ["+block in proto tcp", "…", " pass on em0", "…", " block proto tcp to port 80"],
    },
  },
  {
    title: "a rule comes before one that names an interface that packets came in on",
    rulesets: { "": ["+block out proto tcp", "…", " pass out received-on em0", "…"] },
  },
  {
    title: "a rule comes before one that translates",
    rulesets: {
      "": ["+block in proto tcp", "…", " match in inet rdr-to 10.10.0.5", " pass to 10.10.0.5"],
    },
  },
  {
    title: "a rule goes before one that tags",
    rulesets: {
      "": [
        "-block in quick inet6",
        "…",
        " match in proto tcp tag T1",
        "…",
        " block in",
        " pass tagged T1",
      ],
    },
  },
  {
    title: "a rule comes before one that asks a table, which holds something else after it",
    rulesets: { "": ["+block in proto tcp", "…", " pass inet from <some>", "…"] },
    next: (source) => tableBecomes(source, "10.20.0.0/24"),
  },
  {
    title: "a rule comes before a call, whose rules change after it",
    rulesets: {
      "": ["+block in proto tcp", "…", ' anchor "some" in', "…"],
      some: [" pass in proto tcp to port 22", " pass in proto tcp to port 23"],
    },
    next: (source) => {
      const rules = source.rulesets.get("some") ?? [];
      return { ...source, rulesets: new Map(source.rulesets).set("some", rules.slice(1)) };
    },
  },
  {
    title: "a rule comes before one that asks whether routes go back",
    rulesets: { "": [" pass", "+block in proto udp", "…", " block in inet from urpf-failed", "…"] },
  },
  {
    title: "rules inside an anchor change while rules before its call come",
    rulesets: {
      "": ["+block in proto tcp", "+block in proto udp", "…", ' anchor "some" in', "…"],
      some: ["-pass in proto tcp to port 22", " pass in proto tcp to port 23"],
    },
  },
  {
    title: "rules inside an anchor change while rules before its call go",
    rulesets: {
      "": ["-block in proto tcp", "-block in proto udp", "…", ' anchor "some" in', "…"],
      some: ["+pass in proto tcp to port 22", " pass in proto tcp to port 23"],
    },
  },
  {
    title: "rules change inside an anchor in an anchor",
    rulesets: {
      "": [" block", "…", ' anchor "some" in', "…"],
      some: ["…", ' anchor "other" in', "…"],
      "some/other": ["-pass in proto tcp to port 22", " pass in proto tcp to port 23"],
    },
  },
  {
    title: "a ruleset begins to translate inside a call",
    rulesets: {
      "": [" block", "…", ' anchor "some" in', "…", " pass in to 10.10.0.5"],
      some: ["+match in inet proto tcp rdr-to 10.10.0.5", " pass in proto tcp to port 23"],
    },
  },
  {
    title: "a call is made quick",
    rulesets: {
      "": [" block", "-anchor some in", "+anchor some in quick", "…", " block in proto tcp"],
      some: [" pass in proto tcp to port 23"],
    },
  },
  {
    title: "another ruleset is called quickly",
    rulesets: {
      "": [
        " block",
        "-anchor some in quick",
        "+anchor other in quick",
        "…",
        " anchor some in",
        " anchor other in",
        " block in proto tcp to port 24",
      ],
      some: [" pass in proto tcp to port 23"],
      other: [" pass in proto tcp to port 24"],
    },
  },
  {
    title: "a ruleset comes below a wildcard as another changes",
    rulesets: {
      "": [" block", "…", ' anchor "w/*" in', "…", "-pass in proto igmp", "+pass in proto icmp"],
      "w/a": ["+pass in proto tcp"],
    },
  },
  {
    title: "a ruleset goes below a wildcard as rules come before the call",
    rulesets: {
      "": [
        ...many("+", "block in", 2 * CHUNK),
        "…",
        ' anchor "w/*" in',
        "…",
        " pass in proto icmp",
      ],
      "w/a": ["-pass in proto igmp"],
      "w/b": [" pass in proto icmp"],
    },
  },
  {
    title: "a ruleset goes below a wildcard as rules go before the call",
    rulesets: {
      "": [
        ...many("-", "block in", 2 * CHUNK),
        "…",
        ' anchor "w/*" in',
        "…",
        " pass in proto icmp",
      ],
      "w/a": ["-pass in proto igmp"],
      "w/b": [" pass in proto icmp"],
    },
  },
  {
    title: "a ruleset takes the place of another below a wildcard",
    rulesets: {
      "": [" block", "…", ' anchor "w/*" in', " pass in proto udp"],
      "w/a": ["+pass in proto tcp"],
      "w/b": ["-pass in proto icmp"],
    },
  },
  {
    title: "the surroundings are others",
    rulesets: { "": [" block", " pass on em0 inet6", "…", " pass in inet from no-route", "…"] },
    next: (source) => ({ ...source, surroundings: { ...source.surroundings, routes: [] } }),
  },
  {
    title: "a routing table is of another domain",
    rulesets: { "": [" block", "…", " pass in inet6 proto icmp6 rtable 2", "…"] },
    next: (source) => {
      const rtables = new Map(source.surroundings.rtables).set(2, 1);
      return { ...source, surroundings: { ...source.surroundings, rtables } };
    },
  },
  {
    title: "others than the declared sockets may be open",
    rulesets: { "": [" block", "…", " pass inet proto tcp user 0", "…"] },
    next: (source) => ({ ...source, knowsSockets: false }),
  },
  {
    title: "more rules come than are arguments of one call",
    rulesets: { "": [" pass", ...many("+", "block in", 2500), ...many(" ", "block out", 700)] },
  },
];
