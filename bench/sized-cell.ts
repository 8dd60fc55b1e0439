import { spawnSync } from "node:child_process";
import { env, execPath } from "node:process";

/** What the script of a cell prints for a size, run in a process of its own. */
export function sizedCell<T>(
  script: string,
  size: number,
  variables: Readonly<Record<string, string>> = {},
): T {
  const { stdout } = spawnSync(execPath, [script, `${size}`], {
    encoding: "utf8",
    env: { ...env, ...variables },
  });
  return JSON.parse(stdout) as T;
}
