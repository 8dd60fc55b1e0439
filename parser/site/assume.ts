import { parseAddress, parsePrefix } from "../../model/address-text.ts";
import type { Host, Interface, InterfaceAddress } from "../../model/host.ts";
import type { Assumption, Pending } from "../../model/network.ts";
import { addressBits } from "../../model/packet.ts";
import type { OpenRule, OpenTable, PfConf } from "../../model/pf-conf.ts";
import type { PackedEntries, PfConfiguration, PfTable } from "../../model/pf-rule.ts";
import type { Span } from "../../model/source.ts";
import type { Unread } from "../../model/unread.ts";
import { EntryPacker } from "../pf/statements/packed-entries.ts";
import { learnedAddress, withAddresses } from "./assume-address.ts";
import * as complaint from "./diagnostics.ts";
import type { YamlDocument } from "./document.ts";
import { isOver } from "./expiry.ts";
import type { SiteNames } from "./references.ts";
import { type AssumedLine, itemsOf, type SiteFile, type Some } from "./site-file.ts";

/** Hosts as they are once what their files leave open is settled by `assume:`. */
export interface Assumed {
  readonly hosts: readonly Host[];
  /** What was settled, in the order of site.yaml. */
  readonly assumptions: readonly Assumption[];
  /** Entries that are accepted and settle nothing yet. */
  readonly pending: readonly Pending[];
}

/**
 * Settles brackets of `hosts` by the entries of `assume:` (claims.md 4): a line that changes nothing, an
 * anchor that stays empty, what a table holds besides what the files say.
 *
 * Nothing is taken for settled that an entry does not name; one that names no open line is complained about.
 */
export function assumedHosts(site: SiteFile, document: YamlDocument, names: SiteNames): Assumed {
  const settling = new Settling(document, names);
  const { line = {}, anchor = {}, table = {} } = site.assume ?? {};
  for (const [key, entry] of Object.entries(line)) settling.line(key, entry);
  for (const [key, what] of Object.entries(anchor)) settling.anchor(key, what);
  for (const [key, addresses] of Object.entries(table)) settling.table(key, addresses);
  for (const [key, some] of Object.entries(site.assume?.address ?? {})) settling.address(key, some);
  settling.later("routes", site.assume?.routes);
  return settling.done();
}

class Settling {
  readonly #hosts: Host[];
  readonly #document: YamlDocument;
  readonly #names: SiteNames;
  readonly #diagnostics: SiteNames["diagnostics"];
  readonly #assumptions: Assumption[] = [];
  readonly #pending: Pending[] = [];

  constructor(document: YamlDocument, names: SiteNames) {
    this.#hosts = [...names.hosts];
    this.#document = document;
    this.#names = names;
    this.#diagnostics = names.diagnostics;
  }

  done(): Assumed {
    return { hosts: this.#hosts, assumptions: this.#assumptions, pending: this.#pending };
  }

  line(id: string, { effect, ...said }: AssumedLine): void {
    const path = ["assume", "line", id];
    if (effect !== "none") {
      this.#diagnostics.push(
        complaint.unknownEffect(effect, this.#document.at([...path, "effect"])),
      );
      return;
    }
    const { expires } = said;
    if (isOver(expires, "the assumption", [...path, "expires"], this.#document, this.#names))
      return;
    const known = this.#hosts.flatMap(unreadOf);
    const unread = known.find((it) => it.id === id);
    if (unread === undefined) {
      const ids = known.filter((it) => it.scope.kind !== "nothing").map((it) => it.id);
      this.#unused("line that is not understood", id, path, ids);
      return;
    }
    const isOf = (it: Unread): boolean => it.id === id;
    if (this.#hosts.some(({ pfConf }) => pfConf?.openRules.some((it) => isRead(it, isOf)))) {
      this.#diagnostics.push(complaint.ruleIsRead(id, this.#document.atKey(path)));
      return;
    }
    this.#each((host) => withoutUnread(host, isOf));
    this.#assume(path, `${id}: \`${unread.words}\` changes nothing`, said);
  }

  /** `empty` is all that is read yet; a file of rules is pending. */
  anchor(key: string, what: string): void {
    const path = ["assume", "anchor", key];
    const [host, name] = this.#hostOf(key, path);
    if (host === undefined || name === undefined) return;
    if (what !== "empty") {
      const reason = "a file for an anchor is not read yet: the anchor stays open";
      this.#later(`assume: anchor ${key}`, path, reason);
      return;
    }
    const open = (host.pfConf?.openRules ?? []).filter((it) => it.anchor === name);
    if (open.length === 0) {
      const names = host.pfConf?.openRules.map((it) => `${host.name}:${it.anchor}`) ?? [];
      this.#unused("anchor that is filled at run time", key, path, names);
      return;
    }
    const gone = new Set(open.flatMap((it) => it.unread));
    this.#each((it) => (it === host ? withoutUnread(it, (unread) => gone.has(unread)) : it));
    this.#assume(path, `anchor ${name} of ${host.name} stays empty`);
  }

  /** Addresses that a table holds besides those of its files; `any` leaves it open. */
  table(key: string, addresses: Some<string>): void {
    const path = ["assume", "table", key];
    const [host, quoted] = this.#hostOf(key, path);
    if (host === undefined || quoted === undefined) return;
    const name = /^<(.+)>$/.exec(quoted)?.[1];
    const open = (host.pfConf?.openTables ?? []).filter((it) => it.name === name);
    if (open.length === 0) {
      const names = host.pfConf?.openTables.map((it) => `${host.name}:<${it.name}>`) ?? [];
      this.#unused("table that is filled at run time", key, path, names);
      return;
    }
    const items = itemsOf(addresses, path);
    if (items.some(({ item }) => item === "any")) return;
    const packer = new EntryPacker();
    for (const { item, path: at } of items) {
      if (!pack(item, packer)) {
        this.#diagnostics.push(complaint.badAddresses(item, this.#document.at(at)));
        return;
      }
    }
    const span = this.#document.atKey(path);
    this.#each((it) => (it === host ? withEntries(it, open, packer.done(), span) : it));
    const more =
      items.length === 0 ? "nothing besides its file" : items.map((it) => it.item).join(", ");
    this.#assume(path, `table <${name}> of ${host.name} holds ${more}`);
  }

  /** Addresses that an interface learns; a network alone does not say which, and leaves it open. */
  address(key: string, some: Some<string>): void {
    const path = ["assume", "address", key];
    const [host, name] = this.#hostOf(key, path);
    if (host === undefined || name === undefined) return;
    const learning = host.interfaces.filter((it) => it.automatic.length > 0);
    const it = learning.find((other) => other.name === name);
    if (it === undefined) {
      const names = learning.map((other) => `${host.name}:${other.name}`);
      this.#unused("interface that learns its address", key, path, names);
      return;
    }
    const addresses: InterfaceAddress[] = [];
    for (const { item, path: at } of itemsOf(some, path)) {
      const read = learnedAddress(item);
      if (read === "network") {
        const reason = "a network does not say which address: write it as `203.0.113.5/24`";
        this.#later(`assume: address ${key}`, path, reason);
        return;
      }
      if (read === undefined || !it.automatic.includes(read.family)) {
        this.#diagnostics.push(complaint.notLearned(item, key, this.#document.at(at)));
        return;
      }
      addresses.push(read);
    }
    if (addresses.length === 0) return;
    this.#each((other) => (other === host ? withAddresses(other, name, addresses) : other));
    const listed = itemsOf(some, path).map(({ item }) => item);
    this.#assume(path, `${name} of ${host.name} has the address ${listed.join(", ")}`);
  }

  later(kind: "routes", entries: object | undefined): void {
    if (entries === undefined) return;
    const reason = "this kind of assumption is not read yet: the brackets stay open";
    this.#later(`assume: ${kind}`, ["assume", kind], reason);
  }

  /** Assumptions only make verdicts milder: leaving one out is never wrong. */
  #later(key: string, path: readonly string[], reason: string): void {
    this.#pending.push({ key, span: this.#document.atKey(path), pairs: [], reason });
  }

  #each(change: (host: Host) => Host): void {
    for (const [at, host] of this.#hosts.entries()) this.#hosts[at] = change(host);
  }

  #assume(path: readonly string[], text: string, said: Omit<AssumedLine, "effect"> = {}): void {
    const { reason, by, expires } = said;
    this.#assumptions.push({
      text,
      span: this.#document.atKey(path),
      ...(reason === undefined ? {} : { reason }),
      ...(by === undefined ? {} : { by }),
      ...(expires === undefined ? {} : { expires }),
    });
  }

  /** Splits `HOST:WHAT`. */
  #hostOf(
    key: string,
    path: readonly string[],
  ): readonly [host: Host, what: string] | readonly [undefined] {
    const [, name = key, what = ""] = /^([^:]+):(.+)$/.exec(key) ?? [];
    const host = this.#hosts.find((it) => it.name === name);
    if (host !== undefined) return [host, what];
    const names = this.#hosts.map((it) => it.name);
    const span = this.#document.atKey(path);
    this.#diagnostics.push(complaint.unknownName("host", name, span, names));
    return [undefined];
  }

  #unused(what: string, key: string, path: readonly string[], open: readonly string[]): void {
    const span = this.#document.atKey(path);
    this.#diagnostics.push(complaint.nothingOpen(what, key, span, [...new Set(open)]));
  }
}

/** A rule that was read, but for one test: to drop it would be more than to settle the test. */
function isRead({ what, unread }: OpenRule, isOf: (unread: Unread) => boolean): boolean {
  return what === "match" && unread.some(isOf);
}

function unreadOf({ unread, interfaces, pfConf }: Host): readonly Unread[] {
  return [...unread, ...interfaces.flatMap((it) => it.unread), ...(pfConf?.unread ?? [])];
}

function withoutUnread(host: Host, isGone: (unread: Unread) => boolean): Host {
  const { pfConf } = host;
  return {
    ...host,
    interfaces: host.interfaces.map((it) => plainInterface(it, isGone)),
    unread: host.unread.filter((it) => !isGone(it)),
    pfConf: pfConf && {
      ...pfConf,
      openRules: pfConf.openRules.filter((it) => !it.unread.some(isGone)),
      openTables: pfConf.openTables.filter((it) => !isGone(it.unread)),
      unread: pfConf.unread.filter((it) => !isGone(it)),
    },
  };
}

function plainInterface(it: Interface, isGone: (unread: Unread) => boolean): Interface {
  if (!it.unread.some(isGone)) return it;
  const learns = it.unread.some((one) => isGone(one) && one.scope.kind === "address");
  const unread = it.unread.filter((one) => !isGone(one));
  return { ...it, unread, automatic: learns ? [] : it.automatic };
}

function withEntries(
  host: Host,
  open: readonly OpenTable[],
  entries: PackedEntries,
  span: Span,
): Host {
  const gone = new Set(open.map((it) => it.unread));
  const settled = withoutUnread(host, (it) => gone.has(it));
  const { pfConf } = settled;
  if (pfConf === undefined || entries.count === 0) return settled;
  return { ...settled, pfConf: open.reduce((conf, it) => filled(conf, it, entries, span), pfConf) };
}

/** Adds entries to a table; one that only rules speak of is declared. */
function filled(
  conf: PfConf,
  { anchor, name }: OpenTable,
  entries: PackedEntries,
  span: Span,
): PfConf {
  let found = false;
  const inTable = (it: PfTable): PfTable => {
    if (it.name !== name || it.anchor !== anchor) return it;
    found = true;
    return { ...it, contents: [...it.contents, { kind: "list", entries }] };
  };
  const inRun = (run: PfConfiguration): PfConfiguration => {
    const rulesets = [...run.rulesets].map(
      ([path, made]) => [path, { ...made, tables: made.tables.map(inTable) }] as const,
    );
    return { ...run, tables: run.tables.map(inTable), rulesets: new Map(rulesets) };
  };
  const whole = { ...conf, main: inRun(conf.main), loaded: conf.loaded.map(inRun) };
  if (found) return whole;
  const contents = [{ kind: "list", entries } as const];
  const declared = {
    name,
    anchor,
    constant: false,
    persist: true,
    counters: false,
    contents,
    span,
  };
  return { ...whole, main: { ...whole.main, tables: [...whole.main.tables, declared] } };
}

/** `10.0.0.1`, `10.0.0.0/8`, and either with `!` in front. */
function pack(text: string, into: EntryPacker): boolean {
  const [, not = "", rest = ""] = /^(!?)\s*(.*)$/.exec(text) ?? [];
  const address = parseAddress(rest);
  const prefix =
    address === undefined ? parsePrefix(rest) : { ...address, length: addressBits(address.family) };
  if (prefix === undefined) return false;
  if (prefix.family === "inet") into.addInet(Number(prefix.value), prefix.length, not !== "");
  else into.addInet6(prefix.value, prefix.length, not !== "");
  return true;
}
