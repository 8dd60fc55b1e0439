/**
 * What to tell a user whose Node is older than `engines` of package.json asks for; nothing if it is not.
 *
 * npm only warns of that, and what fails later names no reason.
 *
 * @param running - as in `process.versions.node`
 * @param engines - `>=MAJOR.MINOR`
 */
export function nodeComplaint(running: string, engines: string): string | undefined {
  const wanted = engines.replace(/^>=/, "");
  const [major = 0, minor = 0] = numbersOf(running);
  const [least = 0, leastMinor = 0] = numbersOf(wanted);
  if (major > least || (major === least && minor >= leastMinor)) return undefined;
  return `pfproof needs Node ${wanted} or later, and this is ${running}\n`;
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map(Number);
}
