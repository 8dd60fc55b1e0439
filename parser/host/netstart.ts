import type { Address } from "../../model/address.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import { type Command, hostnameCommands } from "../hostname/commands.ts";
import { runIfconfig } from "../hostname/ifconfig.ts";
import { isCloned, isInterfaceName, startOrder } from "../hostname/interface-kind.ts";
import type { UnreadText } from "../hostname/machine.ts";
import { routeCommand } from "../hostname/route-command.ts";
import { type Gateway, parseMygate } from "../mygate.ts";
import type { HostFile } from "./input.ts";
import type { HostMachine } from "./machine.ts";
import { addRoute } from "./routes.ts";

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
    if (isCloned(name) && !/^lo[1-9]/.test(name)) createFor(machine, name, file);
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
  createFor(machine, name, file);
  const { commands, diagnostics } = hostnameCommands({ interface: name, file: file.file, text });
  machine.report(diagnostics);
  for (const command of commands) runCommand(machine, command);
}

function runCommand(machine: HostMachine, command: Command): void {
  if (command.kind === "route") runRoute(machine, command);
  else if (command.kind === "shell") runShell(machine, command);
  else {
    const draft = machine.interface(command.interface);
    if (draft !== undefined) runIfconfig(machine, draft, command);
    else runForeign(machine, command);
  }
}

/** `!ifconfig IF …` of an interface that has no file of its own, or makes a new one. */
function runForeign(machine: HostMachine, command: Command): void {
  const { interface: name, span } = command;
  if (isInterfaceName(name) && (!isCloned(name) || command.words[0]?.text === "create")) {
    runIfconfig(machine, machine.create(name, span), command);
  } else leave(machine, command, { scope: "host", effect: "may configure any interface" });
}

function runRoute(machine: HostMachine, command: Command): void {
  const route = routeCommand(command.words);
  if (route === undefined) {
    if (isHarmlessRoute(command)) return;
    leave(machine, command, { scope: "routes", effect: "may change where packets are sent" });
    return;
  }
  const refused = addRoute(machine, route, command.span);
  if (refused !== undefined) machine.diagnostics.push(routeRefused(refused, command.span));
}

function isHarmlessRoute({ words }: Command): boolean {
  return words.some((word) => /^(?:monitor|show|get|sourceaddr|nameserver)$/.test(word.text));
}

/** Commands that print, wait or write logs. */
const HARMLESS = /^(?:sleep|echo|print|printf|logger|true|:|date|wait)$/;

function runShell(machine: HostMachine, command: Command): void {
  const program = command.words[0]?.text.replace(/^.*\//, "") ?? "";
  const plain = command.words.every((word) => !word.shell);
  if (HARMLESS.test(program) && plain) return;
  leave(machine, command, { scope: "host", effect: "runs a command that may change anything" });
}

function leave(
  machine: HostMachine,
  { words, span }: Command,
  how: Pick<UnreadText, "scope" | "effect">,
): void {
  machine.leaveUnread({ ...how, words, span });
}

/** mygate(5) holds for families that no interface learns from the network. */
function setGateways(machine: HostMachine, { file }: HostFile, text: string): void {
  const { gateways, commands, diagnostics } = parseMygate(file, text);
  machine.report(diagnostics);
  for (const gateway of gateways) {
    const { family } = gateway.address;
    if (machine.interfaces.some((it) => it.learns.includes(family))) continue;
    setGateway(machine, gateway);
  }
  for (const { words, span } of commands) {
    leave(
      machine,
      { kind: "shell", interface: "", words, span },
      { scope: "host", effect: "runs a command that may change anything" },
    );
  }
}

function setGateway(machine: HostMachine, { address, interface: it, span }: Gateway): void {
  const command = {
    rtable: 0,
    prefix: { family: address.family, value: 0n, length: 0 },
    gateway: address satisfies Address,
    discards: false,
  };
  const refused = addRoute(
    machine,
    it === undefined ? command : { ...command, interface: it },
    span,
  );
  if (refused !== undefined) machine.diagnostics.push(routeRefused(refused, span));
}

function routeRefused(why: "no interface" | "no connected network", span: Span): Diagnostic {
  const message =
    why === "no interface"
      ? "the interface of this route does not exist: the kernel refuses it"
      : "the gateway lies on no network of an interface: the kernel refuses this route";
  return { code: "route-refused", severity: "warning", message, span };
}
