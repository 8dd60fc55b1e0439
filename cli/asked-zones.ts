import { withZone, zoneNames } from "../engine/queries/reach/asked-zone.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Network } from "../model/network.ts";
import type { Span } from "../model/source.ts";
import { unknownName } from "../parser/site/diagnostics.ts";
import { parsePlace } from "../parser/site/place.ts";

/** A network that has the zones asked about, or why it has not. */
export type Asked = { readonly network: Network } | { readonly diagnostic: Diagnostic };

/** A word of the command line. */
interface Word {
  readonly text: string;
  readonly span: Span;
}

/** The network with zones that are called so: those of site.yaml, else places of these references. */
export function withAskedZones(network: Network, words: readonly Word[]): Asked {
  const zones = zoneNames(network);
  let made = network;
  for (const word of words) {
    const asked = zones.includes(word.text) ? { network: made } : withPlace(made, word, zones);
    if ("diagnostic" in asked) return asked;
    made = asked.network;
  }
  return { network: made };
}

function withPlace(network: Network, { text, span }: Word, zones: readonly string[]): Asked {
  const { clouds, cables, devices } = network;
  const names = new Set([...clouds, ...cables, ...devices].map((it) => it.name));
  const read = parsePlace(text, span, names);
  if ("diagnostic" in read) return read;
  const { place } = read;
  if (place.addresses !== undefined) {
    const message = `\`${text}\` is a part of a wire`;
    const help = "make it a zone of site.yaml to ask about it";
    return { diagnostic: { code: "place-unknown", severity: "error", message, span, help } };
  }
  const found = withZone(network, text, place);
  if (found !== undefined) return { network: found };
  return { diagnostic: unknownName("zone, and no place,", text, span, zones) };
}
