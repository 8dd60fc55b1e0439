import type { Family } from "../../model/packet.ts";

/** Request type, reply type, and whether they carry an identifier. */
export const ICMP_QUERIES: Readonly<
  Record<Family, readonly (readonly [number, number, boolean])[]>
> = {
  inet: [
    [8, 0, true],
    [13, 14, true],
    [15, 16, true],
    [17, 18, true],
    [33, 34, false],
    [35, 36, false],
    [10, 9, false],
  ],
  inet6: [
    [128, 129, true],
    [139, 140, false],
    [200, 201, false],
  ],
};
