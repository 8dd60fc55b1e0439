import type { IcmpHeader, KernelPacket, TcpHeader } from "../../../engine/kernel/packet.ts";
import { parseAddress } from "../../../model/address-text.ts";
import { ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";

export function address(text: string): bigint {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new RangeError(`no address: ${text}`);
  return parsed.value;
}

const UDP4: KernelPacket = {
  family: "inet",
  protocol: UDP,
  source: address("10.0.0.5"),
  destination: address("1.1.1.1"),
  tos: 0,
  ttl: 64,
  dontFragment: false,
  options: "none",
  routingHeader: -1,
  fragment: undefined,
  payload: 0,
  sourcePort: 1000,
  destinationPort: 53,
  tcp: undefined,
  icmp: undefined,
  goodChecksum: true,
  priority: 3,
  tag: "",
  rtable: 0,
  receivedOn: "",
};

const SYN: TcpHeader = {
  flags: 2,
  sequence: 1000,
  acknowledgment: 0,
  window: 65_535,
  mss: -1,
  windowScale: -1,
  sackPermitted: false,
  timestamp: -1,
  timestampEcho: -1,
};

const NO_PORTS = { sourcePort: 0, destinationPort: 0 };
const IN_6 = {
  family: "inet6",
  source: address("2001:db8::5"),
  destination: address("2001:db8::6"),
} as const;

/** UDP 10.0.0.5:1000 to 1.1.1.1:53 with some fields changed. */
export function udp4(fields: Partial<KernelPacket> = {}): KernelPacket {
  return { ...UDP4, ...fields };
}

/** UDP 2001:db8::5:1000 to 2001:db8::6:53. */
export function udp6(fields: Partial<KernelPacket> = {}): KernelPacket {
  return { ...UDP4, ...IN_6, ...fields };
}

export function tcp4(tcp: Partial<TcpHeader>, fields: Partial<KernelPacket> = {}): KernelPacket {
  return { ...UDP4, protocol: TCP, tcp: { ...SYN, ...tcp }, ...fields };
}

function header(type: number, fields: Partial<IcmpHeader>): IcmpHeader {
  return { type, code: 0, id: 3, mtu: 0, target: 0n, quoted: undefined, ...fields };
}

export function icmp4(
  type: number,
  icmp: Partial<IcmpHeader> = {},
  fields: Partial<KernelPacket> = {},
): KernelPacket {
  return { ...UDP4, ...NO_PORTS, protocol: ICMP, icmp: header(type, icmp), ...fields };
}

export function icmp6(
  type: number,
  icmp: Partial<IcmpHeader> = {},
  fields: Partial<KernelPacket> = {},
): KernelPacket {
  return { ...UDP4, ...IN_6, ...NO_PORTS, protocol: ICMP6, icmp: header(type, icmp), ...fields };
}
