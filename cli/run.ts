import { parseArgs } from "node:util";
import { nearestName } from "../parser/nearest-name.ts";
import { noAnswerJson } from "../report/json.ts";
import { shown } from "../report/paint.ts";
import { COMMON, type Command, type Given, UsageError } from "./command.ts";
import { checkCommand } from "./commands/check.ts";
import { fmtCommand } from "./commands/fmt.ts";
import { initCommand } from "./commands/init.ts";
import { printCommand } from "./commands/print.ts";
import { reachCommand } from "./commands/reach.ts";
import { showCommand } from "./commands/show.ts";
import { traceCommand } from "./commands/trace.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { EngineStopped, Exit, type Io } from "./io.ts";

const COMMANDS: readonly Command[] = [
  initCommand,
  checkCommand,
  reachCommand,
  traceCommand,
  showCommand,
  printCommand,
  fmtCommand,
];

/** Runs one command line, without the program's name; never throws for what the user wrote. */
export async function run(argv: readonly string[], io: Io): Promise<Exit> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    io.err(generalHelp(COMMANDS));
    return Exit.wrongInput;
  }
  if (name === "--help" || name === "-h") {
    io.out(generalHelp(COMMANDS));
    return Exit.proved;
  }
  if (name === "--version") {
    io.out(`${io.version}\n`);
    return Exit.proved;
  }
  const command = COMMANDS.find((it) => it.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((it) => it.name);
    const near = nearestName(name, names);
    const meant = near === undefined ? names.join(", ") : `did you mean \`${near}\`?`;
    return complain(`\`${name}\` is not a command`, `${meant} See pfproof --help`, io);
  }
  return runCommand(command, rest, io);
}

async function runCommand(command: Command, argv: readonly string[], io: Io): Promise<Exit> {
  try {
    const given = parseCommandLine(command, argv);
    if (given.values.help === true) {
      io.out(commandHelp(command));
      return Exit.proved;
    }
    return await command.run(given, io);
  } catch (error) {
    if (error instanceof UsageError) {
      return complain(error.message, `pfproof ${command.name} --help`, io);
    }
    if (argv.includes("--json")) io.out(noAnswerJson(command.name));
    return giveUp(error, io);
  }
}

/** No answer is an open question, whoever is to blame: exit code 1 would claim a violation. */
function giveUp(error: unknown, io: Io): Exit {
  const { open } = io.paint.err;
  const [what, why] =
    error instanceof EngineStopped
      ? ["the engine gave no answer", error.message]
      : ["an error in pfproof", error instanceof Error ? `${error.stack}` : `${error}`];
  io.err(`${shown`${open("undecided")}: ${what}: `.text}${lines(why)}\n`);
  return Exit.undecided;
}

/** A stack trace keeps its lines; everything else of it is made visible. */
function lines(message: string): string {
  return message
    .split("\n")
    .map((line) => shown`${line}`.text)
    .join("\n");
}

function parseCommandLine(command: Command, argv: readonly string[]): Given {
  const options = { ...command.options, ...COMMON };
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple = false }]) => [
      name,
      short === undefined ? { type, multiple } : { type, multiple, short },
    ]),
  );
  try {
    const { positionals, values } = parseArgs({
      args: [...argv],
      options: config,
      allowPositionals: true,
    });
    return { positionals, values: values as Given["values"] };
  } catch (error) {
    // parseArgs explains itself in its first sentence; the rest is about its own API
    const [sentence] = error instanceof Error ? error.message.split(". ") : [String(error)];
    throw new UsageError(`${sentence}`);
  }
}

function complain(message: string, help: string, io: Io): Exit {
  const { bad } = io.paint.err;
  io.err(`${shown`${bad("error")}: ${message}`.text}\n  = help: ${help}\n`);
  return Exit.wrongInput;
}
