import type { Address, Prefix } from "../../model/address.ts";
import type { Interface } from "../../model/host.ts";
import type { Family } from "../../model/packet.ts";

/** What pf asks the kernel around it. */
export interface Surroundings {
  readonly interfaces: readonly Interface[];
  readonly routes: readonly KernelRoute[];
  /** Routing domain of each rtable; one that is absent is that of its own number. */
  readonly rtables: ReadonlyMap<number, number>;
  readonly sockets: readonly Socket[];
  /** net.inet.ip.forwarding and net.inet6.ip6.forwarding. */
  readonly forwarding: boolean;
}

export interface KernelRoute {
  readonly rtable: number;
  readonly prefix: Prefix;
  readonly interface: string;
  readonly gateway: Address | undefined;
  readonly label?: string;
}

/** A local socket; without a foreign end it listens. An address of 0 is any. */
export interface Socket {
  readonly family: Family;
  readonly protocol: number;
  readonly local: bigint;
  readonly localPort: number;
  readonly foreign: bigint | undefined;
  readonly foreignPort: number;
  readonly rdomain: number;
  readonly user: number;
  readonly group: number;
}
