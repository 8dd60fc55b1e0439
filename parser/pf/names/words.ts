/** Names of types of service, lower case. */
export const TOS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    af11: 0x28,
    af12: 0x30,
    af13: 0x38,
    af21: 0x48,
    af22: 0x50,
    af23: 0x58,
    af31: 0x68,
    af32: 0x70,
    af33: 0x78,
    af41: 0x88,
    af42: 0x90,
    af43: 0x98,
    critical: 0xa0,
    cs0: 0x00,
    cs1: 0x20,
    cs2: 0x40,
    cs3: 0x60,
    cs4: 0x80,
    cs5: 0xa0,
    cs6: 0xc0,
    cs7: 0xe0,
    ef: 0xb8,
    inetcontrol: 0xc0,
    lowdelay: 0x10,
    netcontrol: 0xe0,
    reliability: 0x04,
    throughput: 0x08,
  }),
);

/** Timeouts in the order pfctl prints them as state options; `frag` and `interval` are global only. */
export const STATE_TIMEOUTS: readonly string[] = [
  ..."tcp.first tcp.opening tcp.established tcp.closing tcp.finwait tcp.closed".split(" "),
  ..."udp.first udp.single udp.multiple icmp.first icmp.error".split(" "),
  ..."other.first other.single other.multiple adaptive.start adaptive.end".split(" "),
  ..."src.track tcp.tsdiff".split(" "),
];

export const GLOBAL_TIMEOUTS: readonly string[] = [...STATE_TIMEOUTS, "frag", "interval"];

/** Names of `set limit`. */
export const LIMITS: readonly string[] =
  "states src-nodes frags tables table-entries pktdelay-pkts anchors".split(" ");

/** Names of `set optimization`. */
export const OPTIMIZATIONS: readonly string[] =
  "normal satellite high-latency conservative aggressive".split(" ");

const SLOW: readonly number[] = [180, 35, 86_400, 905, 50, 95, 60];

/** The timeouts that `set optimization` sets. */
export const OPTIMIZED: readonly string[] = [...STATE_TIMEOUTS.slice(0, 6), "tcp.tsdiff"];

/** Their seconds. */
export const OPTIMIZED_TIMEOUTS: ReadonlyMap<string, readonly number[]> = new Map([
  ["normal", [120, 30, 86_400, 900, 45, 90, 30]],
  ["satellite", SLOW],
  ["high-latency", SLOW],
  ["conservative", [3600, 900, 432_000, 3600, 600, 180, 60]],
  ["aggressive", [30, 5, 18_000, 60, 30, 30, 10]],
]);
