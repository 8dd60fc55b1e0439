import { TCP, UDP } from "../../../model/packet.ts";
import type { PfRule } from "../../../model/pf-rule.ts";
import { matchesInterface } from "../../kernel/interfaces.ts";
import type { LiveRule } from "../../kernel/live-rule.ts";
import { matchesPort } from "../../kernel/ports.ts";
import type { Surroundings } from "../../kernel/surroundings.ts";
import { FLAGS_MASK, FLAGS_SHIFT } from "./entries.ts";
import type { Residue } from "./forest-search.ts";
import type { PacketColumns } from "./packet-columns.ts";

/** Interface, ports and flags that rules ask for beyond the words of a key, of packets in columns. */
export class ColumnResidue implements Residue {
  readonly odd: Uint8Array;
  /** Row of packet 0 of the block. */
  first = 0;
  /** Orders count from the last rule. */
  backwards = false;
  readonly #rules: readonly LiveRule[];
  readonly #columns: PacketColumns;
  readonly #surroundings: Surroundings;
  /** By name as a rule has it: whether it means each of the columns' interfaces. */
  readonly #meant: Map<string, Uint8Array> = new Map();

  /** @param odd - of the packets of a block */
  constructor(
    rules: readonly LiveRule[],
    columns: PacketColumns,
    surroundings: Surroundings,
    odd: Uint8Array,
  ) {
    this.#rules = rules;
    this.#columns = columns;
    this.#surroundings = surroundings;
    this.odd = odd;
  }

  holds(order: number, at: number): boolean {
    const live = this.#rules[this.backwards ? this.#rules.length - 1 - order : order];
    if (live === undefined) return false;
    const { rule } = live;
    const row = this.first + at;
    const kind = this.#columns.kinds[row]!;
    return (
      this.#isOn(rule, this.#columns.places[row]!) &&
      hasFlags(rule, kind) &&
      this.#hasPorts(rule, kind & 0xff, row)
    );
  }

  #isOn({ interface: name, interfaceNegated }: PfRule, place: number): boolean {
    if (name === "") return true;
    let meant = this.#meant.get(name);
    if (meant === undefined) {
      meant = Uint8Array.from(this.#columns.interfaces, (it) => {
        return matchesInterface(this.#surroundings, it, name) ? 1 : 0;
      });
      this.#meant.set(name, meant);
    }
    return (meant[place] === 1) !== interfaceNegated;
  }

  #hasPorts({ source, destination }: PfRule, protocol: number, row: number): boolean {
    if (protocol !== TCP && protocol !== UDP) return true;
    return (
      matchesPort(source.port, this.#columns.sourcePorts[row]!) &&
      matchesPort(destination.port, this.#columns.destinationPorts[row]!)
    );
  }
}

/** Of the flags that columns have. */
function hasFlags({ flags, flagMask }: PfRule, kind: number): boolean {
  if ((kind & 0xff) !== TCP) return true;
  return (((kind >>> FLAGS_SHIFT) ^ flags) & flagMask & FLAGS_MASK) === 0;
}
