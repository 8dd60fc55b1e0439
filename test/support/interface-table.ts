import { parseAddress } from "../../model/address-text.ts";
import type { Environment } from "../../model/environment.ts";
import type { Interface, InterfaceAddress } from "../../model/host.ts";
import { interfaceOf } from "./interface.ts";

/** The surroundings that a recorded run of pfctl was given. */
export interface InterfaceTable {
  readonly environment: Environment;
  /** The only names that resolve. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
}

/** Reads `NAME [group=G]… [inet A/N [broadcast X] [peer X]]… [inet6 X/N]…`, one interface a line. */
export function environmentOfTable(text: string, host = "fw"): InterfaceTable {
  const lines = text.split("\n").filter((it) => it.trim() !== "" && !it.startsWith("#"));
  const hosts = new Map<string, readonly string[]>();
  const rtables: number[] = [];
  const interfaces: Interface[] = [];
  for (const line of lines) {
    const [first = "", ...words] = line.trim().split(/\s+/);
    if (first === "@host") hosts.set(words[0] ?? "", words.slice(1));
    else if (first === "@rtable") rtables.push(...rtableNumbers(words));
    else if (!first.startsWith("@")) interfaces.push(interfaceFrom(first, words));
  }
  return { environment: { host, interfaces, rtables }, hosts };
}

function rtableNumbers(words: readonly string[]): readonly number[] {
  return words[0] === "all" ? Array.from({ length: 255 }, (_, at) => at + 1) : words.map(Number);
}

function interfaceFrom(name: string, words: readonly string[]): Interface {
  const addresses: InterfaceAddress[] = [];
  const named = interfaceOf(name);
  const groups = words.flatMap((it) => (it.startsWith("group=") ? [it.slice(6)] : []));
  words.forEach((word, at) => {
    if (word !== "inet" && word !== "inet6") return;
    const [value = "", length = ""] = (words[at + 1] ?? "").split("/");
    const address = parseAddress(value);
    if (address === undefined) throw new RangeError(`bad address ${value}`);
    const more = words.slice(at + 2, at + 6);
    const end = more.findIndex((it) => it === "inet" || it === "inet6");
    const own = end < 0 ? more : more.slice(0, end);
    addresses.push({ ...address, length: Number(length), ...marked(address, length, own, name) });
  });
  return { ...named, groups: ["all", ...groups], addresses };
}

function marked(
  { family, value }: Pick<InterfaceAddress, "family" | "value">,
  length: string,
  words: readonly string[],
  name: string,
): Partial<InterfaceAddress> {
  const after = (word: string): bigint | undefined => {
    const at = words.indexOf(word);
    return at < 0 ? undefined : parseAddress(words[at + 1] ?? "")?.value;
  };
  const peer = after("peer");
  const ones = value | ((1n << BigInt(Math.max(0, 32 - Number(length)))) - 1n);
  const plain = family === "inet" && peer === undefined && !name.startsWith("lo");
  const broadcast = after("broadcast") ?? (plain ? ones : undefined);
  return {
    ...(broadcast === undefined ? {} : { broadcast }),
    ...(peer === undefined ? {} : { peer }),
  };
}
