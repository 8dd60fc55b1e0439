import type { KernelRoute, Socket, Surroundings } from "../../engine/kernel/surroundings.ts";
import { parsePrefix } from "../../model/address-text.ts";
import type { Environment } from "../../model/environment.ts";
import { type PfReading, readPf } from "../../parser/pf/read.ts";
import { environmentOf, type RecordedEnv } from "../support/environment.ts";
import { addressOf, protocolOf } from "./kernel-packets.ts";

/** What was around the recorded kernel (data/kernel/README.md, "env"). */
export interface KernelEnv extends RecordedEnv {
  /** Table, prefix, interface, gateway, and the label in cases; there are no other routes. */
  readonly routes: readonly (readonly [
    number,
    string,
    string,
    string | null,
    (string | undefined)?,
  ])[];
  readonly socks?: readonly RecordedSocket[];
}

export interface RecordedSocket {
  readonly pr: string;
  readonly l: string;
  readonly lp: number;
  readonly f?: string;
  readonly fp?: number;
  readonly uid: number;
  readonly gid: number;
}

/** What the kernel is told of a record's surroundings. */
export function surroundingsOf(env: KernelEnv): Surroundings {
  return {
    interfaces: environmentOf(env).interfaces,
    routes: env.routes.map(routeFrom),
    rtables: new Map(env.rtables.map(([id = 0, rdomain = 0]) => [id, rdomain])),
    sockets: (env.socks ?? []).map(socketFrom),
    forwarding: true,
  };
}

function routeFrom([rtable, text, name, gateway, label]: KernelEnv["routes"][number]): KernelRoute {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(`no prefix: ${text}`);
  return {
    rtable,
    prefix,
    interface: name,
    gateway: gateway === null ? undefined : addressOf(gateway),
    ...(label === undefined ? {} : { label }),
  };
}

function socketFrom({ pr, l, lp, f, fp = 0, uid, gid }: RecordedSocket): Socket {
  const local = addressOf(l);
  return {
    family: local.family,
    protocol: protocolOf(pr),
    local: local.value,
    localPort: lp,
    foreign: f === undefined ? undefined : addressOf(f).value,
    foreignPort: fp,
    rdomain: 0,
    user: uid,
    group: gid,
  };
}

/** The routing domain of an interface; 0 if there is none of that name. */
export function rdomainOf(env: KernelEnv, name: string | undefined): number {
  return env.ifs.find((it) => it.n === name)?.rd ?? 0;
}

/** Reads a text as pfctl did on the recorded host. */
export function readRules(
  text: string,
  environment: Environment,
  files: Readonly<Record<string, string>>,
  anchor: string,
): PfReading {
  const input = { file: "pf.conf", text, optimize: "none", live: true, anchor } as const;
  return readPf({ ...input, include: (name) => files[name] }, environment);
}

/** RangeError if pfctl would refuse the text. */
export function acceptedRules(...input: Parameters<typeof readRules>): PfReading {
  const reading = readRules(...input);
  if (!reading.accepted) throw new RangeError(`refused: ${reading.stderr.join(" ")}`);
  return reading;
}
