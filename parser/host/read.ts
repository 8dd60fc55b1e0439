import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { Host, Interface, Route } from "../../model/host.ts";
import { parseHosts } from "../hosts.ts";
import type { LineReading } from "../line-uses.ts";
import { findContradictions } from "./contradictions.ts";
import { withDaemonAnchors } from "./daemon-anchors.ts";
import { readDaemons } from "./daemons.ts";
import { fileUses, type Inventory, isPfOff, leaveOthers } from "./file-uses.ts";
import type { HostFile, HostInput } from "./input.ts";
import { allRoutes, bracketLearned, checkInterfaces, finished } from "./interfaces.ts";
import { HostMachine } from "./machine.ts";
import { netstart } from "./netstart.ts";
import { isFreebsd } from "./other-files.ts";
import { type RulesReading, type RulesSetting, readRules } from "./rules.ts";
import { leaveScripts } from "./scripts.ts";
import { applySysctl, leavePackages, rcSettings, readSwitches } from "./settings.ts";
import { bracketUnmodelled } from "./unmodelled.ts";
import { readGuests } from "./vm-conf.ts";

export interface HostReading {
  readonly host: Host;
  readonly diagnostics: readonly Diagnostic[];
  /** What was made of every line of hostname.if, mygate, sysctl.conf, vm.conf and rc.conf.local. */
  readonly lines: readonly LineReading[];
}

/**
 * Reads all files of one host in the order of rc(8): sysctl, netstart, VMs, then pf.
 *
 * Never throws. What is not understood is an unread line of the host or of an interface; each file is
 * in `host.files` once, in the order given.
 */
export function readHost(input: HostInput): HostReading {
  const { files } = input;
  const at = { file: input.at, line: 1, column: 1, length: 1 };
  const names = parseHosts(byPath(files, "/etc/hosts")?.text ?? "");
  const machine = new HostMachine(input.name, at, names);
  const settings = rcSettings(machine, files);
  applySysctl(machine, byPath(files, "/etc/sysctl.conf"));
  netstart(machine, files);
  const { forwarding, switches } = readSwitches(machine, settings);
  const vm = readGuests(machine, files);
  leaveScripts(machine, files);
  findContradictions(machine);
  bracketUnmodelled(machine);
  bracketLearned(machine);
  checkInterfaces(machine);
  leavePackages(machine, settings);
  const routes = allRoutes(machine, { multicast: settings?.get("multicast")?.value === "YES" });
  const environment = environmentOf(input.name, finished(machine, routes), routes);
  const freebsd = isFreebsd(files);
  const setting = { files, environment, freebsd, isAlone: input.isPfConf === true };
  const rules = isPfOff({ settings }) ? undefined : rulesOf(setting);
  const daemons = readDaemons({ machine, files, settings, environment, names });
  const included = new Set([...vm.files, ...daemons.files, ...(rules?.included ?? [])]);
  const { diagnostics: said } = machine;
  const inventory: Inventory = { files, settings, freebsd, included, diagnostics: said };
  leaveOthers(machine, inventory);
  const { interfaces } = environment;
  const unread = [...machine.unread, ...interfaces.flatMap((it) => it.unread)];
  const host: Host = {
    name: input.name,
    interfaces,
    routes,
    forwarding,
    switches,
    guests: vm.guests,
    pfConf: rules && withDaemonAnchors(rules.conf, input.name, daemons.anchors),
    relays: daemons.relays,
    unread: machine.unread,
    files: fileUses(inventory, [...unread, ...(rules?.unread ?? [])]),
  };
  const diagnostics = [...machine.diagnostics, ...(rules?.diagnostics ?? [])];
  return { host, diagnostics, lines: machine.lines.readings };
}

function environmentOf(
  host: string,
  interfaces: readonly Interface[],
  routes: readonly Route[],
): Environment {
  const tables = [...interfaces.map((it) => it.rdomain), ...routes.map((it) => it.rtable)];
  const rtables = [...new Set(tables)].filter((id) => id > 0).toSorted((a, b) => a - b);
  return { host, interfaces, rtables };
}

function byPath(files: readonly HostFile[], path: string): HostFile | undefined {
  return files.find((file) => file.path === path);
}

/** Nothing if there is no pf.conf: everything passes then. */
function rulesOf(setting: RulesSetting): RulesReading | undefined {
  const pf = byPath(setting.files, "/etc/pf.conf");
  return pf?.text === undefined ? undefined : readRules({ ...pf, text: pf.text }, setting);
}
