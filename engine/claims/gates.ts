import type { Host } from "../../model/host.ts";
import type { PfTest } from "../path/points.ts";
import type { Reading } from "../sets/compile.ts";
import { type Gate, gateOf } from "../sets/gate.ts";
import type { PacketSets } from "../sets/packet-sets.ts";
import type { Label } from "./labels.ts";

/** Compiled pf tests, one per place, tag and receiving interface that a ruleset can tell apart. */
export class Gates {
  readonly #sets: PacketSets;
  readonly #reading: Reading;
  readonly #closed: ReadonlySet<string>;
  readonly #gates = new Map<string, Gate>();
  readonly #tests = new Map<Host, { readonly tags: boolean; readonly received: boolean }>();

  constructor(sets: PacketSets, reading: Reading, closed: ReadonlySet<string>) {
    this.#sets = sets;
    this.#reading = reading;
    this.#closed = closed;
  }

  /** The test that a packet with this label meets. */
  at(test: PfTest, label: Label): Gate {
    const { host, direction, interface: it, rdomain } = test;
    const { tags, received } = this.tracked(host);
    const tag = tags ? label.tag : "";
    const from = received && direction === "out" ? label.received : "";
    const key = [host.name, direction, it.name, rdomain, from, tag].join(" ");
    const known = this.#gates.get(key);
    if (known !== undefined) return known;
    const receivedOn = host.interfaces.find((other) => other.name === from);
    const asking = {
      sets: this.#sets,
      host,
      interface: it,
      direction,
      rdomain,
      closed: this.#closed,
      ...(receivedOn === undefined ? {} : { receivedOn }),
      ...(tag === "" ? {} : { tag }),
    };
    const gate = gateOf(asking, this.#reading);
    this.#gates.set(key, gate);
    return gate;
  }

  /** Whether rules of the host test tags, and receiving interfaces: only then labels carry them. */
  tracked(host: Host): { readonly tags: boolean; readonly received: boolean } {
    const known = this.#tests.get(host);
    if (known !== undefined) return known;
    const rules = [...host.ruleset.anchors.values()].flat();
    const tracked = {
      tags: rules.some((rule) => rule.tagged !== undefined),
      received: rules.some((rule) => rule.receivedOn !== undefined),
    };
    this.#tests.set(host, tracked);
    return tracked;
  }
}
