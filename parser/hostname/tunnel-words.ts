import { parseAddress } from "../../model/address-text.ts";
import type { Word } from "../config-lines.ts";
import * as complaint from "./diagnostics.ts";
import type { Handler, IfconfigRun } from "./ifconfig-run.ts";

/** The port of vxlan(4). */
const VXLAN_PORT = 4789;

/** Words of ifconfig(8) about the outer packets of vxlan(4), gif(4), etherip(4) and the gre(4) family. */
export const TUNNEL_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["tunnel", readTunnel],
  ["tunneladdr", readTunnelAddress],
  [
    "-tunnel",
    ({ draft }) => {
      draft.tunnel = undefined;
    },
  ],
  [
    "-tunneladdr",
    ({ draft }) => {
      draft.tunnel = undefined;
    },
  ],
  [
    "deletetunnel",
    ({ draft }) => {
      draft.tunnel = undefined;
    },
  ],
  ["tunneldomain", readTunnelDomain],
  [
    "-tunneldomain",
    ({ draft }) => {
      draft.tunnelTable = 0;
    },
  ],
  ["endpoint", readEndpoint],
  ["-endpoint", (run, word) => void run.value(word)],
]);

/** `tunnel S D[:port]`; a multicast D is learning mode, where frames of any source are accepted. */
function readTunnel(run: IfconfigRun, word: Word): void {
  const first = run.value(word);
  const second = run.value(word);
  if (first === undefined || second === undefined) return;
  if (first.shell || second.shell) {
    run.unread([word, first, second], { effect: "may be a tunnel to anywhere" });
    return;
  }
  const source = endOf(first);
  const destination = endOf(second);
  if (source === undefined || destination?.family !== source.family) {
    const wrong = source === undefined ? first : second;
    run.fail(complaint.badAddress(wrong.text, "an address of a tunnel end", wrong.span));
    return;
  }
  const port = destination.port ?? source.port ?? usualPort(run);
  const { family, value } = source;
  run.draft.tunnel = isMulticast(destination)
    ? { family, source: value, port }
    : { family, source: value, destination: destination.value, port };
}

/** Endpoint mode: no destination. */
function readTunnelAddress(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const source = value.shell ? undefined : endOf(value);
  if (source !== undefined) {
    const { family, value: address, port = usualPort(run) } = source;
    run.draft.tunnel = { family, source: address, port };
  } else if (value.shell) run.unread([word, value], { effect: "may be a tunnel to anywhere" });
  else run.fail(complaint.badAddress(value.text, "an address of a tunnel end", value.span));
}

function usualPort({ draft }: IfconfigRun): number {
  return draft.kind === "vxlan" ? VXLAN_PORT : 0;
}

function readTunnelDomain(run: IfconfigRun, word: Word): void {
  const table = run.number(word, 0, 255);
  if (table !== undefined) run.draft.tunnelTable = table;
}

/** A static entry for sending; frames are accepted from anybody all the same. */
function readEndpoint(run: IfconfigRun, word: Word): void {
  run.value(word);
  run.value(word);
}

interface End {
  readonly family: "inet" | "inet6";
  readonly value: bigint;
  readonly port?: number;
}

/** `192.0.2.1`, `192.0.2.1:4789`, `2001:db8::1`, `[2001:db8::1]:4789`. */
function endOf({ text }: Word): End | undefined {
  const bare = parseAddress(text);
  if (bare !== undefined) return bare;
  const parts = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const address = parseAddress(parts?.[1] ?? parts?.[2] ?? "");
  const port = Number(parts?.[3]);
  return address === undefined || port < 1 || port > 65535 ? undefined : { ...address, port };
}

function isMulticast({ family, value }: End): boolean {
  return family === "inet" ? value >> 28n === 0xen : value >> 120n === 0xffn;
}
