import type { Family } from "./packet.ts";

/** ICMP types that have a word in pf.conf(5) and are common on the wire: word → type. */
export const ICMP_WORDS: Readonly<Record<Family, Readonly<Record<string, number>>>> = {
  inet: {
    echorep: 0,
    unreach: 3,
    squench: 4,
    redir: 5,
    echoreq: 8,
    routeradv: 9,
    routersol: 10,
    timex: 11,
    paramprob: 12,
    timereq: 13,
    timerep: 14,
  },
  inet6: {
    unreach: 1,
    toobig: 2,
    timex: 3,
    paramprob: 4,
    echoreq: 128,
    echorep: 129,
    routersol: 133,
    routeradv: 134,
    neighbrsol: 135,
    neighbradv: 136,
    redir: 137,
  },
};
