import type { Watcher } from "./ask-worker.ts";

/** Milliseconds before the first word of progress. */
const PATIENCE = 1000;

/** What {@link terminalWatcher} needs of a process. */
export interface Terminal {
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly now: () => number;
  readonly onInterrupt: (action: () => void) => () => void;
}

/** Shows progress on one line of a terminal, after a second; elsewhere it shows nothing. */
export function terminalWatcher(terminal: Terminal): Watcher {
  const start = terminal.now();
  let visible = false;
  const show = (text: string): void => {
    visible = true;
    terminal.write(`\r${text}\x1b[K`);
  };
  return {
    show: (phase, done, total) => {
      if (!terminal.isTerminal || terminal.now() - start < PATIENCE) return;
      const part = total > 0 ? ` ${done} of ${total}` : done > 0 ? ` ${done}` : "";
      show(`${phase}${part} … Ctrl-C answers with what is known`);
    },
    end: () => {
      if (visible) terminal.write("\r\x1b[K");
    },
    onStop: terminal.onInterrupt,
  };
}
