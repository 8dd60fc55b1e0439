#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { buffer, text } from "node:stream/consumers";
import { terminalPaints } from "../report/paint.ts";
import { readableText } from "../report/readable.ts";
import { visible } from "../report/visible.ts";
import { hostPfFiles, pfFile } from "../site/pf-files.ts";
import { readHosts, readSite } from "../site/read-site.ts";
import { askWorker } from "./ask-worker.ts";
import { Exit, type Io } from "./io.ts";
import { nodeComplaint } from "./node-version.ts";
import { linesOf } from "./read-lines.ts";
import { replaceFile } from "./replace-file.ts";
import { run } from "./run.ts";
import { siteFileIn, writeSiteFile } from "./site-file.ts";
import { terminalWatcher } from "./terminal.ts";

const { argv, env, stderr, stdin, stdout } = process;

const watcher = terminalWatcher({
  isTerminal: stderr.isTTY === true,
  write: (string) => stderr.write(string),
  now: Date.now,
  onInterrupt: (action) => {
    process.on("SIGINT", action);
    return () => process.off("SIGINT", action);
  },
});

const about = packageJson();

const io: Io = {
  version: about.version,
  readSite: (path) => readSite(path, { today: new Date().toISOString().slice(0, 10) }),
  readHosts,
  siteFileIn,
  writeSiteFile,
  readPfFile: async (path) => {
    return path === "-" ? pfFile(".", (await buffer(stdin)).toString("latin1")) : pfFile(path);
  },
  readHostPfFiles: hostPfFiles,
  readFile,
  readLines: (path) => linesOf(path, stdin),
  writeFile,
  replaceFile,
  ask: askWorker(watcher),
  out: (string) => stdout.write(string),
  outBytes,
  err: (string) => stderr.write(string),
  paint: terminalPaints((env.NO_COLOR ?? "") !== "", argv.includes("--color")),
};

// a reader that has seen enough (`| head`) is no failure
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const complaint = nodeComplaint(process.versions.node, about.engines.node);
if (complaint !== undefined) stderr.write(complaint);
process.exitCode = complaint === undefined ? await run(argv.slice(2), io) : Exit.wrongInput;

async function readFile(path: string): Promise<string | undefined> {
  try {
    // standard input is read as a stream: a pipe that is still empty is no error
    return path === "-" ? await text(stdin) : readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function writeFile(name: string, contents: string): boolean {
  try {
    writeFileSync(name, contents);
    return true;
  } catch {
    return false;
  }
}

function outBytes(string: string): void {
  if (stdout.isTTY !== true) stdout.write(Buffer.from(string, "latin1"));
  else stdout.write(readableText(string).split("\n").map(visible).join("\n"));
}

/** From package.json, which lies one level up from a source and two from a compiled file. */
function packageJson(): {
  readonly version: string;
  readonly engines: { readonly node: string };
} {
  const up = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
  return JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8"));
}
