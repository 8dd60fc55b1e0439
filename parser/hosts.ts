import { parseAddress } from "../model/address-text.ts";
import { configLines } from "./config-lines.ts";

/** Reads hosts(5): name → addresses, as written and in the order of the lines. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { words } of configLines("hosts", text)) {
    const [address, ...own] = words.map((word) => word.text);
    if (address === undefined || parseAddress(address) === undefined) continue;
    for (const name of own) {
      const known = names.get(name.toLowerCase());
      if (known === undefined) names.set(name.toLowerCase(), [address]);
      else known.push(address);
    }
  }
  return names;
}
