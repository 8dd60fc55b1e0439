import { parseAddress } from "../../model/address-text.ts";
import type { Environment } from "../../model/environment.ts";
import type { Interface, InterfaceAddress } from "../../model/host.ts";
import { interfaceOf } from "./interface.ts";

/** The surroundings of a record in the recorded data. */
export interface RecordedEnv {
  readonly ifs: readonly RecordedInterface[];
  /** Pairs of rtable and rdomain. */
  readonly rtables: readonly (readonly number[])[];
}

export interface RecordedInterface {
  readonly n: string;
  /** Groups besides `all` and that of the driver. */
  readonly g?: readonly string[];
  readonly rd?: number;
  readonly loop?: number;
  readonly ptp?: number;
  /** `address/length`, or that and the peer. */
  readonly a?: readonly (string | readonly string[])[];
}

/** Users of the recorded system. */
const USERS: ReadonlyMap<string, number> = new Map([
  ["root", 0],
  ["alice", 1000],
  ["_unbound", 53],
]);

/** What pfctl would have asked the system that the record was made on. */
export function environmentOf(env: RecordedEnv, host = "fw"): Environment {
  return {
    host,
    interfaces: env.ifs.map(interfaceFrom),
    rtables: env.rtables.map(([id = 0]) => id).filter((id) => id !== 0),
    users: USERS,
  };
}

function interfaceFrom(it: RecordedInterface): Interface {
  const named = interfaceOf(it.n);
  const plain = it.loop !== 1 && it.ptp !== 1;
  return {
    ...named,
    kind: it.loop === 1 ? "loopback" : named.kind,
    groups: [...named.groups, ...(it.g ?? [])],
    rdomain: it.rd ?? 0,
    addresses: (it.a ?? []).map((address) => addressFrom(address, plain)),
  };
}

function addressFrom(recorded: string | readonly string[], plain: boolean): InterfaceAddress {
  const [text = "", peerText] = typeof recorded === "string" ? [recorded] : recorded;
  const [host = "", length = ""] = text.split("/");
  const address = parseAddress(host);
  if (address === undefined) throw new RangeError(`bad address ${text}`);
  const peer = peerText === undefined ? undefined : parseAddress(peerText)?.value;
  const bits = BigInt(32 - Number(length));
  const broadcast = address.value | ((1n << (bits < 0n ? 0n : bits)) - 1n);
  return {
    ...address,
    length: Number(length),
    ...(plain && address.family === "inet" ? { broadcast } : {}),
    ...(peer === undefined ? {} : { peer }),
  };
}
