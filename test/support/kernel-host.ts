import { Random } from "../../engine/claims/random.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import type { Outcome } from "../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { Environment } from "../../model/environment.ts";
import { type KernelStep, packetOf } from "../conformance/kernel-packets.ts";
import {
  acceptedRules,
  type KernelEnv,
  rdomainOf,
  surroundingsOf,
} from "../conformance/kernel-surroundings.ts";
import { environmentOf } from "./environment.ts";

/** A firewall of two tenants in rdomain 0 and two more, of which vlan31 has the same network, in 1. */
export const TENANTS: KernelEnv = {
  ifs: [
    { n: "lo0", loop: 1, a: ["127.0.0.1/8", "::1/128"] },
    { n: "em0", g: ["egress"], a: ["192.0.2.1/24", "2001:db8::1/64"] },
    { n: "vlan10", g: ["tenant"], a: ["10.10.0.1/24", "2001:db8:10::1/64"] },
    { n: "vlan20", g: ["tenant"], a: ["10.20.0.1/24", "2001:db8:20::1/64"] },
    { n: "vlan30", rd: 1, a: ["10.30.0.1/24", "2001:db8:30::1/64"] },
    { n: "vlan31", rd: 1, a: ["10.20.0.1/24", "2001:db8:20::1/64"] },
  ],
  rtables: [
    [0, 0],
    [1, 1],
    [2, 0],
  ],
  routes: [
    [0, "0.0.0.0/0", "em0", "192.0.2.254", "uplink"],
    [0, "::/0", "em0", "2001:db8::fe", "uplink"],
    [0, "192.0.2.0/24", "em0", null],
    [0, "2001:db8::/64", "em0", null],
    [0, "10.10.0.0/24", "vlan10", null],
    [0, "2001:db8:10::/64", "vlan10", null],
    [0, "10.20.0.0/24", "vlan20", null],
    [0, "2001:db8:20::/64", "vlan20", null],
    [1, "10.30.0.0/24", "vlan30", null],
    [1, "10.20.0.0/24", "vlan31", null],
    [1, "2001:db8:30::/64", "vlan30", null],
    [1, "2001:db8:20::/64", "vlan31", null],
  ],
  socks: [
    { pr: "tcp", l: "192.0.2.1", lp: 22, uid: 0, gid: 0 },
    { pr: "udp", l: "0.0.0.0", lp: 53, uid: 53, gid: 53 },
  ],
};

/** pf on {@link TENANTS}, or elsewhere, that has loaded a pf.conf as text. */
export class KernelHost {
  readonly kernel: Kernel;
  readonly #env: KernelEnv;
  readonly #environment: Environment;

  constructor(text: string, env: KernelEnv = TENANTS, seed = 1) {
    const random = new Random(seed);
    this.#env = env;
    this.#environment = environmentOf(env);
    this.kernel = new Kernel(surroundingsOf(env), (below) => random.below(below));
    this.kernel.load(acceptedRules(text, this.#environment, {}, ""));
  }

  /** Puts the text of an anchor into it. */
  loadAnchor(path: string, text: string): void {
    this.kernel.loadAnchor(acceptedRules(text, this.#environment, {}, path));
  }

  enter(name: string, packet: KernelPacket): Outcome {
    const entering = { ...packet, rtable: rdomainOf(this.#env, name), receivedOn: name };
    return this.kernel.test(entering, { direction: "in", interface: name, forwarded: false });
  }

  /** A packet that was made here, or that `from` let in, leaves. */
  leave(name: string, packet: KernelPacket, from?: string): Outcome {
    const leaving = { ...packet, receivedOn: from ?? "" };
    const forwarded = from !== undefined;
    return this.kernel.test(leaving, { direction: "out", interface: name, forwarded });
  }

  /** In on one interface, and if it passes out on another; what was decided at each. */
  forward(from: string, to: string, packet: KernelPacket): readonly Outcome[] {
    const entered = this.enter(from, packet);
    if (entered.verdict !== "pass") return [entered];
    return [entered, this.leave(to, entered.packet, from)];
  }
}

/** `PROTO SOURCE PORT DESTINATION PORT`, other fields as a recorded packet has them. */
export function packetFrom(text: string, fields: Partial<KernelStep> = {}): KernelPacket {
  const [pr = "", s = "", sp = "0", t = "", dp = "0"] = text.split(" ");
  return packetOf({ pr, s, sp: Number(sp), t, dp: Number(dp), ...fields }, 0);
}

/** What an answer to a packet looks like, as it comes back to where the packet went. */
export function replyTo(packet: KernelPacket): KernelPacket {
  const { tcp, icmp } = packet;
  return {
    ...packet,
    source: packet.destination,
    destination: packet.source,
    sourcePort: packet.destinationPort,
    destinationPort: packet.sourcePort,
    tag: "",
    tcp: tcp && {
      ...tcp,
      flags: SYN_ACK,
      sequence: 70_000,
      acknowledgment: (tcp.sequence + packet.payload + 1) >>> 0,
    },
    icmp: icmp && { ...icmp, type: REPLIES.get(icmp.type) ?? icmp.type },
  };
}

const SYN_ACK = 18;
/** Type of the reply by that of the query: echo and timestamp, echo of ICMPv6. */
const REPLIES: ReadonlyMap<number, number> = new Map([
  [8, 0],
  [13, 14],
  [128, 129],
]);

/** `pass 3 new`, `drop -`: verdict, deciding rule (`anchor#2` in an anchor) and what came of a state. */
export function told({ verdict, rule, state }: Outcome): string {
  const by = rule === undefined ? "-" : nameOf(rule);
  return state === "none" || state === "dropped" ? `${verdict} ${by}` : `${verdict} ${by} ${state}`;
}

export function nameOf({ anchor, number }: LiveRule): string {
  return anchor === "" ? String(number) : `${anchor}#${number}`;
}
