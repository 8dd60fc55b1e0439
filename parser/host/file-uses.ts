import type { Diagnostic } from "../../model/diagnostic.ts";
import type { FileUse } from "../../model/host.ts";
import type { Unread } from "../../model/unread.ts";
import type { Setting } from "../sysctl.ts";
import type { HostFile } from "./input.ts";
import type { HostMachine } from "./machine.ts";
import { interfaceOfFile } from "./netstart.ts";
import { FREEBSD, otherFile } from "./other-files.ts";
import { isScript } from "./scripts.ts";

/** The files of a host, and what is known before each is looked at. */
export interface Inventory {
  readonly files: readonly HostFile[];
  /** rc.conf.local(8); nothing if the host has none: then every daemon may run. */
  readonly settings: ReadonlyMap<string, Setting> | undefined;
  readonly freebsd: boolean;
  /** Files that pf.conf or vm.conf include. */
  readonly included: ReadonlySet<HostFile>;
  /** What readers have said so far. */
  readonly diagnostics: readonly Diagnostic[];
}

const READ: ReadonlySet<string> = new Set([
  "/etc/pf.conf",
  "/etc/sysctl.conf",
  "/etc/mygate",
  "/etc/vm.conf",
  "/etc/rc.conf",
  "/etc/rc.conf.local",
]);

/** Opens the brackets of files that no reader takes and that may open paths all the same. */
export function leaveOthers(machine: HostMachine, inventory: Inventory): void {
  for (const file of inventory.files) {
    const { opens, use } = otherFile(file, inventory);
    const foreign = use.reason === FREEBSD;
    if (opens === undefined || (isRead(file, inventory) && !foreign)) continue;
    const span = { file: file.file, line: 1, column: 1, length: 1 };
    const words = [{ text: file.path, shell: false, span }];
    machine.leaveUnread({ ...opens, words, span, isLine: false });
  }
}

/** What was made of every file, in the order given; a missing pf.conf comes last. */
export function fileUses(inventory: Inventory, unread: readonly Unread[]): readonly FileUse[] {
  const uses = inventory.files.map((file) => fileUse(file, inventory, unread));
  if (inventory.files.some((file) => file.path === "/etc/pf.conf")) return uses;
  const reason = "there is none: pf is off and everything passes";
  return [...uses, { file: "/etc/pf.conf", use: "not for us", lines: [], reason }];
}

/** Whether rc(8) leaves pf off. */
export function isPfOff({ settings }: Pick<Inventory, "settings">): boolean {
  return settings?.get("pf")?.value.toUpperCase() === "NO";
}

function isRead(file: HostFile, { included }: Inventory): boolean {
  const isOwn = READ.has(file.path) || interfaceOfFile(file.path) !== undefined;
  return isOwn || isScript(file) || included.has(file);
}

function fileUse(file: HostFile, inventory: Inventory, unread: readonly Unread[]): FileUse {
  if (file.path === "/etc/pf.conf" && isPfOff(inventory)) {
    const reason = "pf=NO in rc.conf.local: pf is off and everything passes";
    return { file: file.file, use: "not for us", lines: [], reason };
  }
  const refusal = refusalOf(file, inventory);
  if (refusal !== undefined) {
    return { file: file.file, use: "not for us", lines: [], reason: refusal };
  }
  return isRead(file, inventory) ? useOf(file, unread) : otherFile(file, inventory).use;
}

/** Why nothing of a file is in force; of a pf.conf the bracket says it. */
function refusalOf({ file }: HostFile, { diagnostics }: Inventory): string | undefined {
  return diagnostics.find(({ code, span }) => {
    return (code === "vm-refused" || code === "relayd-refused") && span.file === file;
  })?.message;
}

/** `in part` if lines of it are unread. */
function useOf(file: HostFile, unread: readonly Unread[]): FileUse {
  if (file.text === undefined) {
    const reason = file.reason ?? "not readable as text";
    return { file: file.file, use: "not for us", lines: [], reason };
  }
  const open = unread.filter((it) => it.span.file === file.file && it.scope.kind !== "nothing");
  const lines = [...new Set(open.map((it) => it.span.line))].toSorted((a, b) => a - b);
  const [first] = open;
  return first === undefined
    ? { file: file.file, use: "read", lines: [] }
    : { file: file.file, use: "in part", lines, reason: reasonOf(open.length, first) };
}

function reasonOf(count: number, first: Unread): string {
  const words = first.words === "" ? first.effect : `\`${first.words}\` ${first.effect}`;
  return count === 1 ? words : `${words}, and ${count - 1} more`;
}
