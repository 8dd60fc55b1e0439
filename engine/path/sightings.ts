import type { KernelPacket } from "../kernel/packet.ts";
import { ACK, copyOf, FIN, SYN } from "../kernel/packet.ts";

/**
 * The TCP segments that zones have seen in one run.
 *
 * Where pf changes sequence numbers (`modulate`, `synproxy`, SYN cookies), the usual numbers do not
 * fit. A sender has seen the segment that it answers, and acknowledges what stood in it; who has
 * seen nothing keeps to the usual numbers, and fails where they are changed.
 */
export class Sightings {
  /** By zone and flow, the last segment. */
  readonly #last = new Map<string, KernelPacket>();

  forget(): void {
    this.#last.clear();
  }

  /** Something was delivered to a zone. */
  see(zone: number, packet: KernelPacket): void {
    if (packet.tcp !== undefined) this.#last.set(flowKey(zone, packet, false), packet);
  }

  /** The packet as a zone sends it that knows what it has seen. */
  known(zone: number, packet: KernelPacket): KernelPacket {
    return this.#quoting(zone, this.#answering(zone, packet));
  }

  #answering(zone: number, packet: KernelPacket): KernelPacket {
    const { tcp } = packet;
    const answered = this.#last.get(flowKey(zone, packet, true));
    if (tcp === undefined || answered === undefined || (tcp.flags & ACK) === 0) return packet;
    const made = copyOf(packet);
    if (made.tcp !== undefined) made.tcp.acknowledgment = endOf(answered);
    return made;
  }

  /** An error quotes the numbers of the segment that it is about. */
  #quoting(zone: number, packet: KernelPacket): KernelPacket {
    const quoted = packet.icmp?.quoted;
    if (quoted === undefined) return packet;
    const about = this.#last.get(flowKey(zone, { ...packet, ...quoted }, false));
    if (about?.tcp === undefined) return packet;
    const made = copyOf(packet);
    if (made.icmp?.quoted !== undefined) made.icmp.quoted.sequence = about.tcp.sequence;
    return made;
  }
}

/** The number behind the last byte; SYN and FIN count as one each. */
function endOf({ tcp, payload }: KernelPacket): number {
  const { flags, sequence } = tcp ?? { flags: 0, sequence: 0 };
  const length = payload + Number((flags & SYN) !== 0) + Number((flags & FIN) !== 0);
  return (sequence + length) >>> 0;
}

type Flow = Pick<
  KernelPacket,
  "family" | "source" | "destination" | "sourcePort" | "destinationPort"
>;

function flowKey(zone: number, it: Flow, turned: boolean): string {
  const ends = [`${it.source} ${it.sourcePort}`, `${it.destination} ${it.destinationPort}`];
  return `${zone} ${it.family} ${(turned ? ends.toReversed() : ends).join(" ")}`;
}
