import { COMMON, type Command, type Option } from "./command.ts";

const EXIT_CODES = `Exit codes
  0  proved         every claim holds in every run; trace: the packet arrives; reach: yes
  1  violated       a script of packets breaks a claim; trace: the packet is stopped; reach: no
  2  wrong input    the question could not be asked
  3  undecided      an unread line matters, a limit was reached, or there was nothing to ask
`;

/** `pfproof --help`. */
export function generalHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `pfproof proves that a network segmented with pf keeps its zones apart, or shows the packets that cross.

Usage
  pfproof COMMAND [ARGUMENTS]

Commands
${list.join("")}
  pfproof COMMAND --help   arguments, options and examples of a command
  pfproof --version        the version

A SITE is a directory with the files of each host (etc/pf.conf, etc/hostname.*, …) and a site.yaml
that names zones and conduits; a directory of one host, and one pf.conf alone, are sites too.

Examples
${commands.flatMap((command) => command.examples.slice(0, 1).map(({ command: text }) => `  ${text}\n`)).join("")}
${EXIT_CODES}`;
}

/** `pfproof COMMAND --help`. */
export function commandHelp(command: Command): string {
  const usage = command.usage.map((form) => `  pfproof ${command.name} ${form}\n`);
  const about = command.about.map((line) => `${line}\n`);
  const examples = command.examples.map(({ command: text, says }) => `  ${text}\n      ${says}\n`);
  return `pfproof ${command.name}: ${command.summary}

Usage
${usage.join("")}
${about.join("")}
Options
${optionLines({ ...command.options, ...COMMON })}
Examples
${examples.join("")}
${EXIT_CODES}`;
}

function optionLines(options: Readonly<Record<string, Option>>): string {
  const rows = Object.entries(options).map(([name, { short, value, help }]): [string, string] => {
    const letter = short === undefined || name === "help" ? "" : `-${short}, `;
    return [`${letter}--${name}${value === undefined ? "" : ` ${value}`}`, help];
  });
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, help]) => `  ${name.padEnd(width)}  ${help}\n`).join("");
}
