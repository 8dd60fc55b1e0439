import type { Environment } from "../../model/environment.ts";
import type { Relay } from "../../model/host.ts";
import type { PfRule } from "../../model/pf-rule.ts";
import type { Span } from "../../model/source.ts";
import { LikeRule } from "../pf/expansion/like-rule.ts";
import { readPf } from "../pf/read.ts";
import { isStarted } from "../rc-conf.ts";
import { parseRelayd } from "../relayd/parse.ts";
import type { RelaydReading } from "../relayd/syntax.ts";
import type { Setting } from "../sysctl.ts";
import type { AnchorFill, DaemonAnchors } from "./daemon-anchors.ts";
import type { HostFile } from "./input.ts";
import type { HostMachine } from "./machine.ts";
import { refused } from "./refused.ts";
import { type RelaydSetting, redirectAnchors, relaysOf } from "./relayd.ts";
import { hostFile } from "./rules.ts";

/** What is known of a host when its daemons start. */
export interface DaemonInput {
  readonly machine: HostMachine;
  readonly files: readonly HostFile[];
  readonly settings: ReadonlyMap<string, Setting> | undefined;
  readonly environment: Environment;
  readonly names: ReadonlyMap<string, readonly string[]>;
}

/** What daemons make of their own files. */
export interface DaemonReading {
  readonly anchors: readonly DaemonAnchors[];
  readonly relays: readonly Relay[];
  /** Files that were read. */
  readonly files: readonly HostFile[];
}

const TCP = 6;
const UDP = 17;

/** Reads the files of daemons that fill anchors: relayd(8), ftp-proxy(8), tftp-proxy(8), authpf(8). */
export function readDaemons(input: DaemonInput): DaemonReading {
  const relayd = readRelayd(input);
  const authpf = readAuthpf(input);
  const ftp = {
    protocol: TCP,
    effect: "holds what ftp-proxy loads for a session: TCP between two addresses, translated",
  };
  const tftp = {
    protocol: UDP,
    effect: "holds what tftp-proxy loads for a transfer: UDP between two addresses, translated",
  };
  const runs = (name: string): boolean => mayRun(input.settings, name);
  const hasFtp = runs("ftpproxy") || runs("ftpproxy6");
  return {
    anchors: [
      ...relayd.anchors,
      ...authpf.anchors,
      { path: "ftp-proxy", ...(hasFtp ? { narrowed: ftp } : { fills: [] }) },
      { path: "tftp-proxy", ...(runs("tftpproxy") ? { narrowed: tftp } : { fills: [] }) },
    ],
    relays: relayd.relays,
    files: [...relayd.files, ...authpf.files],
  };
}

/** Without an rc.conf.local every daemon may run. */
function mayRun(settings: ReadonlyMap<string, Setting> | undefined, daemon: string): boolean {
  return settings === undefined || isStarted(settings, daemon);
}

const NOTHING_HERE: DaemonReading = { anchors: [], relays: [], files: [] };

function readRelayd(input: DaemonInput): DaemonReading {
  const { machine, files, settings, environment, names } = input;
  if (!mayRun(settings, "relayd")) {
    return { ...NOTHING_HERE, anchors: [{ path: "relayd", fills: [] }] };
  }
  const file = files.find((it) => it.path === "/etc/relayd.conf");
  if (file?.text === undefined) return NOTHING_HERE;
  const reading = parseRelayd({
    file: file.file,
    text: file.text,
    include: (name) => {
      const found = hostFile(files, name);
      return found?.text === undefined ? undefined : { file: found.file, text: found.text };
    },
  });
  const from = [file, ...reading.included.flatMap((name) => hostFile(files, name) ?? [])];
  if (!reading.complete) {
    const help = "its relays and routes are left out, and what its anchors hold is open";
    const message = "relayd refuses this file, and rc(8) goes on without it";
    machine.report(refused(reading.diagnostics, { code: "relayd-refused", message, help }));
    return { ...NOTHING_HERE, files: from };
  }
  machine.report(reading.diagnostics);
  leaveRouters(machine, reading);
  const table = settings?.get("relayd_rtable")?.value ?? "0";
  const rtable = /^\d{1,3}$/.test(table) ? Number(table) : 0;
  const resolve = (name: string): readonly string[] | undefined => names.get(name.toLowerCase());
  const setting: RelaydSetting = { environment, resolve, rtable };
  const fills = redirectAnchors(reading, setting);
  return {
    anchors: fills === undefined ? [] : [{ path: "relayd", fills }],
    relays: relaysOf(reading, setting),
    files: from,
  };
}

/** A `router` of relayd.conf(5) sets routes while a gateway answers. */
function leaveRouters(machine: HostMachine, { routers }: RelaydReading): void {
  for (const { text, span } of routers) {
    machine.leaveUnread({
      scope: "routes",
      words: [{ text: `router ${text}`, shell: false, span }],
      span,
      effect: "relayd sets and removes its routes at run time",
    });
  }
}

/** Files with the rules of authpf(8): of a user, of a group, or of everybody. */
const AUTHPF_RULES = /^\/etc\/authpf\/(?:(users|groups)\/([^/]+)\/)?authpf\.rules$/;

/**
 * authpf loads `authpf/USER(PID)` while somebody is logged in. The rules are in the files, with the
 * address that the user came from in `$user_ip`: here any address, and each rule may be there or not.
 */
function readAuthpf(input: DaemonInput): DaemonReading {
  const conf = input.files.find((it) => it.path === "/etc/authpf/authpf.conf");
  const files = input.files.filter((it) => AUTHPF_RULES.test(it.path));
  if (conf === undefined) return NOTHING_HERE;
  const path = /^\s*anchor\s*=\s*([\w./-]+)/m.exec(conf.text ?? "")?.[1] ?? "authpf";
  const fills: AnchorFill[] = [];
  for (const file of files) {
    const fill = authpfFill(input, file, path);
    if (fill === undefined) return NOTHING_HERE;
    fills.push(fill);
  }
  return { anchors: [{ path, fills }], relays: [], files: [conf, ...files] };
}

function authpfFill(
  { files, environment, names }: DaemonInput,
  file: HostFile,
  path: string,
): AnchorFill | undefined {
  const { text } = file;
  if (text === undefined) return undefined;
  const [, kind, name = "*"] = AUTHPF_RULES.exec(file.path) ?? [];
  const anchor = `${path}/${kind === "groups" ? `@${name}` : name}`;
  const { main, loaded, accepted, unread } = readPf(
    {
      ...{ file: file.file, text, anchor, optimize: "none", live: true },
      // `! any` is no pf.conf: a rule that negates the address is not taken for one of any
      defines: [
        ["user_ip", "any"],
        ["user_id", "user"],
      ],
      include: (wanted) => hostFile(files, wanted)?.text,
      resolve: (wanted) => names.get(wanted.toLowerCase()),
    },
    environment,
  );
  if (!accepted || loaded.length > 0 || unread.length > 0) return undefined;
  const rulesets = [...main.rulesets].map(([at, made]) => {
    const rules = made.rules.map((it): PfRule => ownPlace(it, file.file));
    return [at, { ...made, rules }] as const;
  });
  const configuration = { ...main, printed: [], rulesets: new Map(rulesets) };
  return { anchor, configuration, open: "is there only while a user of authpf is logged in" };
}

/** Spans of included files have no path in the site: they point at the file that includes them. */
function ownPlace(it: PfRule, file: string): PfRule {
  const rule = it instanceof LikeRule ? it.spelledOut() : it;
  const { span, includes } = rule.origin;
  const first: Span = includes[0] ?? span;
  return first.file === file ? { ...rule, origin: { ...rule.origin, span: first } } : rule;
}
