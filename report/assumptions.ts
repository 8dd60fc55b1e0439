import type { StandingAssumption } from "../model/check-answer.ts";

/** What every proof takes for granted (claims.md 7), in the words of the report. */
export const ASSUMPTIONS: Readonly<Record<StandingAssumption, string>> = {
  S1: "each host runs exactly the files that were read",
  S2: "no state made under an earlier ruleset, or while booting, is still alive",
  S3: "nobody changes pf, routes or interfaces by hand",
  S4: "cables are as site.yaml says",
  S5: "nobody knows the five-tuples of other zones' live states",
  S6: "hosts and devices outside the sending zone are not taken over",
  S7: "the kernel treats packets as recorded from OpenBSD 7.8",
  S8: "payloads do not matter, except those of tunnels whose ends are in the site",
};
