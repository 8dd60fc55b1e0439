import { parseAddress, parsePrefix, printPrefix } from "../../model/address-text.ts";
import type { WireguardPeer } from "../../model/host.ts";
import type { Word } from "../config-lines.ts";
import * as complaint from "./diagnostics.ts";
import type { Handler, IfconfigRun } from "./ifconfig-run.ts";

/** Words of ifconfig(8) for wg(4): `wgpeer` says which peer the words behind it are for. */
export const WG_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [
    "wgport",
    (run, word) => {
      run.draft.wgPort = run.number(word, 0, 65535);
    },
  ],
  ["wgpeer", addPeer],
  ["-wgpeer", dropPeer],
  ["-wgpeerall", dropPeers],
  ["wgaip", allow],
  ["wgendpoint", setEndpoint],
]);

/** A peer that is named again is changed. */
function addPeer(run: IfconfigRun, word: Word): void {
  const key = run.value(word);
  if (key === undefined) return;
  if (key.shell) {
    run.unread([word, key], { effect: "may be any peer" });
    return;
  }
  const { wgPeers } = run.draft;
  run.draft.wgLast = key.text;
  if (wgPeers.has(key.text)) return;
  wgPeers.set(key.text, { key: key.text, allowed: [], span: word.span });
}

/** The peer that the words are for: the last one that `wgpeer` named. */
function lastPeer(run: IfconfigRun, word: Word): WireguardPeer | undefined {
  const peer = run.draft.wgPeers.get(run.draft.wgLast ?? "");
  if (peer === undefined) run.fail(complaint.noPeer(word.text, word.span));
  return peer;
}

/** An address that one peer has is taken from the others (OB:if_wg.c, wg_aip_add). */
function allow(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  const peer = value === undefined ? undefined : lastPeer(run, word);
  if (value === undefined || peer === undefined) return;
  const prefix = parsePrefix(value.text);
  if (prefix === undefined) {
    if (value.shell) run.unread([word, value], { effect: "may be any inner network" });
    else run.fail(complaint.badAddress(value.text, "an inner network", value.span));
    return;
  }
  const { wgNetworks } = run.draft;
  const text = printPrefix(prefix);
  wgNetworks.delete(text);
  wgNetworks.set(text, { prefix, peer: peer.key });
}

function dropPeer(run: IfconfigRun, word: Word): void {
  const key = run.value(word)?.text ?? "";
  const { wgPeers, wgNetworks } = run.draft;
  if (!wgPeers.delete(key)) return;
  for (const [text, { peer }] of wgNetworks) if (peer === key) wgNetworks.delete(text);
}

function dropPeers({ draft }: IfconfigRun): void {
  draft.wgPeers.clear();
  draft.wgNetworks.clear();
}

/** `wgendpoint ADDRESS PORT`; a name is looked up by the running system. */
function setEndpoint(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  const port = value === undefined ? undefined : run.number(word, 1, 65535);
  const peer = port === undefined ? undefined : lastPeer(run, word);
  if (value === undefined || port === undefined || peer === undefined) return;
  const { family } = run.setting;
  const address = parseAddress(value.text) ?? run.machine.hostAddress(value.text, family);
  if (address === undefined) {
    run.unread([word, value], { effect: "sends to an address that no file says" });
  } else {
    run.draft.wgPeers.set(peer.key, { ...peer, endpoint: { ...address, port } });
  }
}
