/** A MAC address as ether_aton(3) takes it, in lower case with two digits a byte. */
export function macOf(text: string): string | undefined {
  if (!/^(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(text)) return undefined;
  return text
    .toLowerCase()
    .split(":")
    .map((byte) => byte.padStart(2, "0"))
    .join(":");
}
