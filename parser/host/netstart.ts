import type { Address } from "../../model/address.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { type Command, hostnameCommands } from "../hostname/commands.ts";
import * as complaint from "../hostname/diagnostics.ts";
import { runIfconfig } from "../hostname/ifconfig.ts";
import { isCloned, isGone, isInterfaceName, startOrder } from "../hostname/interface-kind.ts";
import type { InterfaceDraft, UnreadText } from "../hostname/machine.ts";
import { routeCommand } from "../hostname/route-command.ts";
import { shellCommands } from "../hostname/shell.ts";
import { type Gateway, parseMygate } from "../mygate.ts";
import type { HostFile } from "./input.ts";
import type { HostMachine } from "./machine.ts";
import { isOfInterface, type RouteRefusal, runRouteCommand } from "./routes.ts";

/** The interface that a hostname.if(5) file is for, if netstart(8) takes it for one. */
export function interfaceOfFile(path: string): string | undefined {
  const name = /^\/etc\/hostname\.([^/]+)$/.exec(path)?.[1];
  return name !== undefined && isInterfaceName(name) ? name : undefined;
}

/**
 * Configures all interfaces and default routes in the order of OpenBSD 7.8 etc/netstart.
 *
 * A command that fails leaves the ones after it in force.
 */
export function netstart(machine: HostMachine, files: readonly HostFile[]): void {
  const starts = files
    .flatMap((file) => {
      const name = interfaceOfFile(file.path);
      return name === undefined || file.text === undefined ? [] : [{ name, file, text: file.text }];
    })
    .toSorted((a, b) => (a.file.path < b.file.path ? -1 : 1));
  for (const { name, file } of starts) {
    if (isCloned(name) && !isGone(name) && !/^lo[1-9]/.test(name)) createFor(machine, name, file);
  }
  const inOrder = starts.toSorted((a, b) => startOrder(a.name) - startOrder(b.name));
  const early = inOrder.filter(({ name }) => startOrder(name) < 100);
  const late = inOrder.filter(({ name }) => startOrder(name) >= 100);
  for (const start of early) startInterface(machine, start);
  const mygate = files.find((file) => file.path === "/etc/mygate");
  if (mygate?.text !== undefined) setGateways(machine, mygate, mygate.text);
  for (const start of late) startInterface(machine, start);
}

interface Start {
  readonly name: string;
  readonly file: HostFile;
  readonly text: string;
}

function createFor(machine: HostMachine, name: string, { file, text = "" }: HostFile): void {
  const length = text.split("\n", 1)[0]?.trimEnd().length ?? 0;
  machine.create(name, { file, line: 1, column: 1, length: Math.max(1, length) });
}

function startInterface(machine: HostMachine, { name, file, text }: Start): void {
  const reading = hostnameCommands({ interface: name, file: file.file, text });
  const { commands, ignored, diagnostics } = reading;
  if (isGone(name)) {
    // `ifconfig IF create` fails, and netstart goes on with the next file
    machine.report([complaint.noDriver(name, { file: file.file, line: 1, column: 1, length: 1 })]);
    for (const { words } of [...commands, ...ignored]) machine.mark(words, "understood");
    return;
  }
  createFor(machine, name, file);
  machine.report(diagnostics);
  for (const { words } of ignored) machine.mark(words, "understood");
  for (const command of commands) runCommand(machine, command);
}

function runCommand(machine: HostMachine, command: Command): void {
  if (!command.certain) runMaybe(machine, command);
  else if (command.kind === "route") runRoute(machine, command);
  else if (command.kind === "sysctl") runSysctl(machine, command);
  else if (command.kind === "shell") runShell(machine, command);
  else {
    const draft = machine.interface(command.interface);
    if (draft !== undefined) runIfconfig(machine, draft, command);
    else runForeign(machine, command);
  }
}

/** Whether it runs is not known: what it could change is open. */
export function runMaybe(machine: HostMachine, command: Command): void {
  const { kind, words, span } = command;
  if (kind === "shell") runShell(machine, command);
  else if (kind === "route") {
    if (isHarmlessRoute(command)) machine.mark(words, "no effect", "route");
    else leave(machine, command, { scope: "routes", effect: "may or may not change a route" });
  } else if (kind === "sysctl") {
    leave(machine, command, { scope: "host", effect: "may or may not change a switch" });
  } else {
    const on = machine.interface(command.interface);
    const effect = `may or may not configure ${command.interface}`;
    machine.leaveUnread(
      on === undefined || changesMore(command)
        ? { scope: "host", effect, words, span }
        : { scope: "interface", on, effect, words, span },
    );
  }
}

/** Words that change what other interfaces do, or which routing domain and group this one is in. */
function changesMore({ words }: Command): boolean {
  return words.some(({ text, shell }) => {
    return shell || /^-?(?:rdomain|group|add|addspan|patch|parent|trunkport|rule)/.test(text);
  });
}

/** `!ifconfig IF …` of an interface that has no file of its own, or makes a new one. */
function runForeign(machine: HostMachine, command: Command): void {
  const { interface: name, words, span } = command;
  if (!isInterfaceName(name)) {
    const word = { text: name, shell: false, span };
    machine.mark([word, ...words], "understood");
    machine.diagnostics.push(complaint.noSuchInterface(name, span, undefined));
  } else if (!isCloned(name) || words[0]?.text === "create") {
    runIfconfig(machine, machine.create(name, span), command);
  } else leave(machine, command, { scope: "host", effect: "may configure any interface" });
}

function runRoute(machine: HostMachine, command: Command): void {
  const route = routeCommand(command.words);
  if (route === undefined) {
    if (isHarmlessRoute(command)) machine.mark(command.words, "no effect", "route");
    else leave(machine, command, { scope: "routes", effect: "may change where packets are sent" });
    return;
  }
  machine.mark(command.words, "understood");
  const refused = runRouteCommand(machine, route, command.span);
  if (refused === "no such route" && isOfInterface(machine, route)) {
    const effect = "changes a route that an address or the network has made";
    leave(machine, command, { scope: "routes", effect });
  } else if (refused !== undefined) machine.diagnostics.push(routeRefused(refused, command.span));
}

function isHarmlessRoute({ words }: Command): boolean {
  const verb = words.find((word) => !word.text.startsWith("-"))?.text;
  return verb !== undefined && /^(?:monitor|show|get|sourceaddr|nameserver)$/.test(verb);
}

/** `sysctl [-q] name=value …`; values that it only prints change nothing. */
function runSysctl(machine: HostMachine, command: Command): void {
  const { words } = command;
  if (words.some((word) => word.shell)) {
    leave(machine, command, { scope: "host", effect: "may change any switch" });
    return;
  }
  for (const { text, span } of words) {
    const [, name, value] = /^([a-z0-9._-]+)=(.*)$/i.exec(text) ?? [];
    if (name === undefined || value === undefined) continue;
    const key = name.toLowerCase();
    machine.sysctl.set(key, { name: key, value: value.trim(), span });
  }
  machine.mark(words, "understood");
}

/**
 * Commands that print, wait, look or write logs, or end others; those that set sound, consoles, power
 * and limits of processes; those that fill the caches of ARP and neighbour discovery, where a fixed
 * entry only narrows who is believed; and wpa_supplicant, which speaks to a wireless network and
 * carries nothing.
 */
export const HARMLESS_COMMANDS: readonly string[] = (
  "sleep echo print printf logger true false : date wait [ [[ test cat ls grep arp ndp hostname " +
  "mkdir chmod chown touch kill pkill wpa_supplicant sndioctl mixerctl wsconsctl apm ulimit umask"
).split(" ");

/** A variable of the shell that no program looks at: those are in capitals. */
const ASSIGNMENT = /^[a-z_]+=[\w./-]*$/;

function runShell(machine: HostMachine, command: Command): void {
  const { words } = command;
  const program = words[0]?.text.replace(/^\/(?:usr\/(?:local\/)?)?s?bin\//, "") ?? "";
  const plain = words.every((word) => !word.shell);
  if (HARMLESS_COMMANDS.includes(program) && plain) machine.mark(words, "no effect", program);
  else if (plain && words.every(({ text }) => ASSIGNMENT.test(text))) {
    machine.mark(words, "no effect", "=");
  } else
    leave(machine, command, { scope: "host", effect: "runs a command that may change anything" });
}

function leave(
  machine: HostMachine,
  { words, span }: Command,
  how: Pick<UnreadText, "scope" | "effect">,
): void {
  machine.leaveUnread({ ...how, words, span });
}

/**
 * mygate(5) holds for families that no interface learns from the network.
 *
 * Its `!` commands are split into words and no more: no shell runs them (netstart, defaultroute).
 */
function setGateways(machine: HostMachine, { file }: HostFile, text: string): void {
  const { entries, diagnostics } = parseMygate(file, text);
  machine.report(diagnostics);
  for (const entry of entries) {
    if (entry.kind === "command") {
      const { words } = entry.line;
      const isPlain = words.every((word) => !word.shell);
      const effect = "runs a command that may change anything";
      if (!isPlain) machine.leaveUnread({ scope: "host", effect, ...entry.line });
      else for (const it of shellCommands("", entry.line)) runCommand(machine, it);
    } else if (entry.kind === "refused") machine.lines.mark(entry.span, "understood");
    else {
      machine.lines.mark(entry.span, "understood");
      const learns = machine.interfaces.find((it) => it.learns.includes(entry.address.family));
      if (learns === undefined) setGateway(machine, entry);
      else machine.diagnostics.push(ignoredGateway(learns, entry));
    }
  }
}

/** Two files disagree about who gives the default route: the finding names both lines. */
function ignoredGateway(learns: InterfaceDraft, { address, span }: Gateway): Diagnostic {
  const { file, line } = learns.said.get(address.family) ?? learns.span;
  return {
    code: "mygate-ignored",
    severity: "warning",
    message: `netstart does not take this gateway: ${learns.name} gets its ${address.family} addresses from the network (${file}:${line})`,
    span,
    help: "leave one of the two out",
  };
}

function setGateway(machine: HostMachine, { address, interface: it, span }: Gateway): void {
  const command = {
    rtable: 0,
    prefix: { family: address.family, value: 0n, length: 0 },
    gateway: address satisfies Address,
    verb: "add" as const,
  };
  const refused = runRouteCommand(
    machine,
    it === undefined ? command : { ...command, interface: it },
    span,
  );
  if (refused !== undefined) machine.diagnostics.push(routeRefused(refused, span));
}

function routeRefused(why: RouteRefusal, span: Span): Diagnostic {
  return { code: "route-refused", severity: "warning", message: refusalText(why), span };
}

function refusalText(why: RouteRefusal): string {
  if (why === "no interface") {
    return "the interface of this route does not exist: the kernel refuses it";
  }
  if (why === "no connected network") {
    return "the gateway lies on no network of an interface: the kernel refuses this route";
  }
  if (why === "no such route") return "there is no such route: the kernel changes nothing";
  return `there is a route to this network already (${why.there.file}:${why.there.line}): the kernel refuses another`;
}
