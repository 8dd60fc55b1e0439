import { parseAddress } from "../../model/address-text.ts";
import type { InterfaceAddress } from "../../model/host.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { Word } from "../config-lines.ts";
import * as complaint from "./diagnostics.ts";
import type { Handler, IfconfigRun } from "./ifconfig-run.ts";
import { driverOf } from "./interface-kind.ts";
import type { InterfaceDraft } from "./machine.ts";

/** Words of ifconfig(8) about addresses. */
export const ADDRESS_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["inet", (run) => startFamily(run, "inet")],
  ["inet6", (run) => startFamily(run, "inet6")],
  ["-inet", (run) => dropFamily(run.draft, "inet")],
  ["-inet6", (run) => dropFamily(run.draft, "inet6")],
  ["autoconf", setAutomatic],
  ["-autoconf", ({ draft, setting }) => unsetAutomatic(draft, setting.family)],
  ["eui64", setLinkLocal],
  ["rtsol", (run, word) => gone(run, word, "write `inet6 autoconf`")],
  ["giftunnel", (run, word) => gone(run, word, "write `tunnel SOURCE DESTINATION`")],
  [
    "alias",
    ({ setting }) => {
      setting.alias = true;
    },
  ],
  [
    "-alias",
    ({ setting }) => {
      setting.remove = true;
    },
  ],
  [
    "delete",
    ({ setting }) => {
      setting.remove = true;
    },
  ],
  ["netmask", readMask],
  ["prefixlen", readPrefixLength],
  ["broadcast", readBroadcast],
]);

function startFamily(run: IfconfigRun, family: Family): void {
  run.setting.family = family;
}

/** `-inet` also ends DHCP, as the kernel removes IFXF_AUTOCONF4 with the addresses. */
function dropFamily(draft: InterfaceDraft, family: Family): void {
  draft.addresses = draft.addresses.filter((it) => it.family !== family);
  unsetAutomatic(draft, family);
}

function setAutomatic({ draft, setting }: IfconfigRun, { span }: Word): void {
  learn(draft, setting.family);
  draft.said.set(setting.family, span);
}

function gone(run: IfconfigRun, { text, span }: Word, instead: string): void {
  run.fail(complaint.goneWord(text, instead, span));
}

function learn(draft: InterfaceDraft, family: Family): void {
  addAutomatic(draft, family);
  draft.learns = [...new Set([...draft.learns, family])];
}

/** A link-local address from the MAC: no file says which. */
function setLinkLocal({ draft, setting }: IfconfigRun): void {
  setting.family = "inet6";
  addAutomatic(draft, "inet6");
}

function addAutomatic(draft: InterfaceDraft, family: Family): void {
  draft.automatic = [...new Set([...draft.automatic, family])];
  draft.up = true;
}

function unsetAutomatic(draft: InterfaceDraft, family: Family): void {
  draft.automatic = draft.automatic.filter((it) => it !== family);
  draft.learns = draft.learns.filter((it) => it !== family);
}

function readMask(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const length = maskLength(value.text);
  if (length !== undefined) run.setting.length = length;
  else if (value.shell) run.unread([word, value]);
  else run.fail(misplaced(value, "netmask", "a netmask"));
}

function readBroadcast(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const address = parseAddress(value.text);
  if (address?.family === "inet") run.setting.broadcast = address.value;
  else if (value.shell) run.unread([word, value]);
  else run.fail(misplaced(value, "broadcast address", "a broadcast address"));
}

function misplaced(
  value: Word,
  slot: string,
  what: string,
): ReturnType<typeof complaint.badAddress> {
  return /^-?[a-z]+\d?$/i.test(value.text)
    ? complaint.shiftedWords(value.text, slot, value.span)
    : complaint.badAddress(value.text, what, value.span);
}

function readPrefixLength(run: IfconfigRun, word: Word): void {
  const { family } = run.setting;
  const value = run.peek();
  if (value !== undefined && /^-?[a-z]+\d?$/i.test(value.text)) {
    run.take();
    run.fail(complaint.shiftedWords(value.text, "prefix length", value.span));
    return;
  }
  const length = run.number(word, 0, addressBits(family));
  if (length !== undefined) run.setting.length = length;
}

/** `255.255.255.0` and `0xffffff00` alike; only masks without holes. */
function maskLength(text: string): number | undefined {
  const hex = /^0x[0-9a-f]{1,8}$/i.test(text) ? BigInt(text) : undefined;
  const quad = parseAddress(text);
  const mask = hex ?? (quad?.family === "inet" ? quad.value : undefined);
  if (mask === undefined) return undefined;
  const length = mask.toString(2).replace(/0+$/, "").length;
  const expected = mask === 0n ? 0n : ((1n << BigInt(length)) - 1n) << BigInt(32 - length);
  if (mask === 0n) return 0;
  return expected === mask ? length : undefined;
}

/** Takes a word for the address, or for the destination if there is an address; false if it is none. */
export function takeAddress(run: IfconfigRun, word: Word): boolean {
  const { setting } = run;
  const [, text = "", scope, slash] =
    /^([^%/]*)(%[a-z0-9]+)?(?:\/(\d{1,3}))?$/i.exec(word.text) ?? [];
  const address = parseAddress(text) ?? run.machine.hostAddress(text, setting.family);
  if (address === undefined || (scope !== undefined && address.family === "inet")) return false;
  const length = slash === undefined ? undefined : Number(slash);
  if (length !== undefined && length > addressBits(address.family)) return false;
  if (setting.address === undefined) {
    setting.address = address;
    setting.family = address.family;
    if (length !== undefined) setting.length = length;
  } else if (setting.address.family === address.family) {
    setting.peer = address.value;
  } else return false;
  return true;
}

/**
 * Sets the address that a command has collected, as the kernel does at its end.
 *
 * Without `alias` the first inet address is replaced; inet6 addresses are always added.
 */
export function setAddress({ draft, setting }: IfconfigRun): void {
  const { address } = setting;
  if (address === undefined) return;
  const { family, value } = address;
  const again = draft.addresses.some((it) => it.family === family && it.value === value);
  const others = again
    ? draft.addresses.filter((it) => it.family !== family || it.value !== value)
    : draft.addresses;
  if (setting.remove) {
    draft.addresses = others;
    return;
  }
  if (family === "inet" && value === 0n && isPointToPoint(draft)) {
    // PPP takes 0.0.0.0 and a destination of 0.0.0.1 for: ask the other end (pppoe(4))
    addAutomatic(draft, family);
    return;
  }
  const length = setting.length ?? defaultLength(family, value);
  const replaced = setting.alias ? undefined : others.find((it) => it.family === "inet");
  const kept = family === "inet" ? others.filter((it) => it !== replaced) : others;
  const full: InterfaceAddress = { family, value, length, ...ends(draft, setting, value, length) };
  const at = replaced === undefined || family !== "inet" ? kept.length : others.indexOf(replaced);
  draft.addresses = [...kept.slice(0, at), full, ...kept.slice(at)];
  draft.up = true;
}

function ends(
  draft: InterfaceDraft,
  setting: IfconfigRun["setting"],
  value: bigint,
  length: number,
): Pick<InterfaceAddress, "broadcast" | "peer"> {
  const peer = setting.peer;
  if (isPointToPoint(draft)) return peer === undefined ? {} : { peer };
  if (setting.family !== "inet") return {};
  if (setting.broadcast !== undefined) return { broadcast: setting.broadcast };
  const rest = (1n << BigInt(32 - length)) - 1n;
  return length < 31 && draft.kind !== "loopback" ? { broadcast: value | rest } : {};
}

/** Interfaces with one other end: a destination address counts only there. */
export function isPointToPoint({ name }: Pick<InterfaceDraft, "name">): boolean {
  return /^(?:gif|gre|mgre|tun|wg|pppoe|ppp|pppx|pppac|sec|rport|mpip|mpe)$/.test(driverOf(name));
}

/** inet: by class, as in_ifinit() does; inet6: 64 (ifconfig(8)). */
function defaultLength(family: Family, value: bigint): number {
  if (family === "inet6") return 64;
  if (value >> 31n === 0n) return 8;
  return value >> 30n === 2n ? 16 : 24;
}
