import { configLines, type Line, type Word } from "../config-lines.ts";
import { shellCommands } from "../hostname/shell.ts";
import type { HostFile } from "./input.ts";
import type { HostMachine } from "./machine.ts";
import { runMaybe } from "./netstart.ts";

/** Scripts that rc(8) runs behind netstart and pf.conf. */
const SCRIPTS: ReadonlySet<string> = new Set([
  "/etc/rc.local",
  "/etc/rc.securelevel",
  "/etc/rc.firsttime",
]);

export function isScript({ path }: Pick<HostFile, "path">): boolean {
  return SCRIPTS.has(path);
}

/**
 * Opens a bracket for each command of a script of rc(8) that may change something, as wide as what it
 * may change. Whether it runs is never asked: it comes late, and nothing that is read depends on it.
 */
export function leaveScripts(machine: HostMachine, files: readonly HostFile[]): void {
  for (const { path, file, text } of files.filter(isScript)) {
    if (text === undefined) {
      const span = { file, line: 1, column: 1, length: 1 };
      const words = [{ text: path, shell: false, span }];
      const effect = "runs commands that may change anything";
      machine.leaveUnread({ scope: "host", effect, words, span, isLine: false });
      continue;
    }
    const all = oneLine(configLines(file, text));
    if (all === undefined) continue;
    for (const command of shellCommands(NO_INTERFACE, all)) {
      const span = command.words[0]?.span ?? command.span;
      runMaybe(machine, { ...command, certain: false, span });
    }
  }
}

/** Only netstart puts a name in for `$if`: here it stays a variable, whose value nobody knows. */
const NO_INTERFACE = "$if";

/** The lines of a script as one, so that an `if` finds its `fi`; undefined if there are none. */
function oneLine(lines: readonly Line[]): Line | undefined {
  const [first] = lines;
  if (first === undefined) return undefined;
  const words = lines.flatMap((line, at): readonly Word[] => {
    return at === 0 ? line.words : [endOfLine(line), ...line.words];
  });
  return { words, span: first.span };
}

function endOfLine({ span }: Line): Word {
  return { text: ";", raw: ";", shell: true, span: { ...span, length: 1 } };
}
