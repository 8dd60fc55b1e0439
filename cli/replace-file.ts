import {
  chmodSync,
  chownSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";

/**
 * Puts a text, a character a byte, in the place of a file that exists; whether that worked.
 *
 * Whoever reads the file sees the old bytes or the new ones. Mode and owner stay, and a symbolic
 * link leads where it did.
 */
export function replaceFile(path: string, text: string): boolean {
  let made: string | undefined;
  try {
    const real = realpathSync(path);
    const { mode, uid, gid } = statSync(real);
    const beside = `${real}.pfproof-${process.pid}`;
    writeFileSync(beside, "", { mode: 0o600, flag: "wx" });
    made = beside;
    writeFileSync(beside, text, { encoding: "latin1", flush: true });
    const owner = statSync(beside);
    if (owner.uid !== uid || owner.gid !== gid) chownSync(beside, uid, gid);
    chmodSync(beside, mode);
    renameSync(beside, real);
    return true;
  } catch {
    if (made !== undefined) rmSync(made, { force: true });
    return false;
  }
}
