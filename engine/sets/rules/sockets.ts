import { TCP } from "../../../model/packet.ts";
import type { IdTest } from "../../../model/pf-rule.ts";
import { matchesId } from "../../kernel/ports.ts";
import type { Socket } from "../../kernel/surroundings.ts";
import { Cubes } from "../cubes.ts";
import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { FAMILY_VALUES, setAddress } from "./address-box.ts";
import { anything, type Bracket, both, exactly, within } from "./bracket.ts";
import { wholePorted } from "./headers.ts";
import type { Place, Source } from "./situation.ts";

/** Packets that share a socket, or one of the same user and group. */
export interface SocketClass {
  readonly socket: Socket | "none";
  readonly set: PacketSet;
}

/** Whose packets are whose (follows pf_socket_lookup and pf_match_rule, OpenBSD 7.8). */
export class Sockets {
  readonly #sets: PacketFunctions;
  readonly #place: Place;
  readonly #sockets: readonly Socket[];
  readonly #isKnown: boolean;
  #owners: PacketFunction | undefined;

  constructor(sets: PacketFunctions, { surroundings, knowsSockets }: Source, place: Place) {
    this.#sets = sets;
    this.#place = place;
    this.#sockets = surroundings.sockets.filter(({ rdomain }) => rdomain === place.rdomain);
    this.#isKnown = knowsSockets || place.forwarded || place.socket !== undefined;
  }

  /** Packets that meet tests of user and group: whole ones of TCP and UDP are put to them. */
  meeting(user: IdTest | undefined, group: IdTest | undefined): Bracket {
    const sets = this.#sets;
    const tested = both(sets, this.#meeting(user, "user"), this.#meeting(group, "group"));
    return within(sets, wholePorted(sets), tested);
  }

  /**
   * All packets by whose they are: for rules behind a translation, since the socket is always that
   * of the packet as it came.
   */
  classes(): readonly SocketClass[] {
    const sets = this.#sets;
    const classes = new Map<string, SocketClass>();
    for (const leaf of sets.leaves(this.#ownersFunction())) {
      const socket = this.#sockets[leaf - 1] ?? "none";
      const key = socket === "none" ? socket : `${socket.user} ${socket.group}`;
      const own = sets.where(this.#ownersFunction(), (it) => it === leaf);
      const before = classes.get(key)?.set ?? sets.empty;
      classes.set(key, { socket, set: sets.or(before, own) });
    }
    return [...classes.values()];
  }

  #meeting(test: IdTest | undefined, id: "user" | "group"): Bracket {
    const sets = this.#sets;
    if (test === undefined) return exactly(sets.all);
    if (test.account !== undefined || !this.#isKnown) return anything(sets);
    const given = this.#place.forwarded ? "none" : this.#place.socket;
    if (given !== undefined) {
      const holds = matchesId(test, given === "none" ? undefined : given[id]);
      return exactly(holds ? sets.all : sets.empty);
    }
    const holds = [undefined, ...this.#sockets].map((it) => matchesId(test, it?.[id]));
    return exactly(sets.where(this.#ownersFunction(), (leaf) => holds[leaf] === true));
  }

  /** By packet: number of its socket from 1 on; 0: none. */
  #ownersFunction(): PacketFunction {
    this.#owners ??= this.#sets.paint(this.#sets.always(0), this.#boxes());
    return this.#owners;
  }

  /** A connected one comes before one that is bound to the address, that before one bound to any. */
  #boxes(): Cubes {
    const cubes = new Cubes();
    const numbered = [...this.#sockets.entries()].toReversed();
    for (const [at, it] of numbered)
      if (isOpen(it) && it.local === 0n) this.#box(cubes, at + 1, it);
    for (const [at, it] of numbered) if (isOpen(it)) this.#localBox(cubes, at + 1, it);
    const [, foreign] = ENDS[this.#place.direction];
    for (const [at, it] of numbered) {
      if (it.foreign === undefined) continue;
      const box = this.#localBox(cubes, at + 1, it);
      setAddress(cubes, box, foreign, it.family, it.foreign, it.foreign);
      cubes.narrow(box, `${foreign}Port`, it.foreignPort, it.foreignPort);
    }
    return cubes;
  }

  #localBox(cubes: Cubes, leaf: number, socket: Socket): number {
    const box = this.#box(cubes, leaf, socket);
    const [local] = ENDS[this.#place.direction];
    setAddress(cubes, box, local, socket.family, socket.local, socket.local);
    return box;
  }

  #box(cubes: Cubes, leaf: number, { family, protocol, localPort }: Socket): number {
    const box = cubes.add(leaf);
    const [local] = ENDS[this.#place.direction];
    const value = FAMILY_VALUES[family];
    cubes.narrow(box, "family", value, value);
    cubes.narrow(box, "protocol", protocol, protocol);
    cubes.narrow(box, `${local}Port`, localPort, localPort);
    return box;
  }
}

/** The local and the foreign end of packets. */
const ENDS = { in: ["destination", "source"], out: ["source", "destination"] } as const;

/** A listening socket of TCP, or one of UDP that is not connected. */
function isOpen({ foreign, protocol }: Socket): boolean {
  return foreign === undefined || (protocol !== TCP && foreign === 0n);
}
