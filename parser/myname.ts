/** The host's own name without its domain (myname(5)), if it is one. */
export function parseMyname(text: string): string | undefined {
  const line = text.split("\n").find((it) => !/^\s*(?:#|$)/.test(it));
  const name = line?.trim().split(".")[0] ?? "";
  return /^[a-z0-9][a-z0-9_-]{0,62}$/i.test(name) && name !== "localhost" ? name : undefined;
}
