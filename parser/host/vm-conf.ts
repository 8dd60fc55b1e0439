import type { Guest } from "../../model/host.ts";
import { parseVm } from "../vm/parse.ts";
import type { VmReading } from "../vm/syntax.ts";
import { missingParents, startGuests } from "./guests.ts";
import type { HostFile } from "./input.ts";
import type { HostMachine } from "./machine.ts";
import { asWarnings, firstError, refused } from "./refused.ts";
import { hostFile } from "./rules.ts";

/** What vm.conf(5) comes to on a host. */
export interface GuestReading {
  readonly guests: readonly Guest[];
  /** Files that vm.conf includes. */
  readonly files: readonly HostFile[];
}

/**
 * Reads /etc/vm.conf and starts its machines. vmd refuses a file with an error as a whole: rc(8) goes
 * on, and there are no machines, taps and switches of it. A file that it includes and that is not here
 * is no error on the host, maybe: then the machines are there, and a bracket over the host.
 */
export function readGuests(machine: HostMachine, files: readonly HostFile[]): GuestReading {
  const file = files.find((it) => it.path === "/etc/vm.conf");
  if (file?.text === undefined) return { guests: [], files: [] };
  const reading = parseVm({
    file: file.file,
    text: file.text,
    include: (name) => {
      const found = hostFile(files, name);
      return found?.text === undefined ? undefined : { file: found.file, text: found.text };
    },
  });
  for (const { use, ...at } of reading.lines.readings) machine.lines.mark(at, use, at);
  return {
    guests: startedGuests(machine, reading),
    files: reading.included.flatMap((name) => hostFile(files, name) ?? []),
  };
}

function startedGuests(machine: HostMachine, reading: VmReading): readonly Guest[] {
  const diagnostics = [...reading.diagnostics, ...missingParents(reading)];
  const isMissing = ({ span }: (typeof diagnostics)[number]): boolean => {
    return reading.missing.includes(span);
  };
  if (firstError(diagnostics.filter((it) => !isMissing(it))) !== undefined) {
    const help = "what it would start is left out of the site: machines, their taps, its switches";
    const message = "vmd refuses this file, and rc(8) goes on without it";
    machine.report(refused(diagnostics, { code: "vm-refused", message, help }));
    return [];
  }
  machine.report(asWarnings(diagnostics));
  for (const span of reading.missing) {
    machine.leaveUnread({
      scope: "host",
      words: [{ text: "include", shell: false, span }],
      span,
      effect: "may define more switches and machines, in a file that is not here",
    });
  }
  return startGuests(machine, reading);
}
