import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import type { LineUses } from "../line-uses.ts";

/** A switch of vm.conf(5): a bridge(4) or veb(4) that taps are added to. */
export interface VmSwitch {
  readonly name: string;
  readonly interface?: string;
  readonly groups: readonly string[];
  readonly rdomain?: number;
  readonly up: boolean;
  /** `locked lladdr`: for interfaces of machines behind it in the file. */
  readonly locked: boolean;
  /** Position in the file among switches and machines: what comes first is inherited from. */
  readonly order: number;
  readonly span: Span;
}

export interface VmMachine {
  readonly name: string;
  readonly instanceOf?: string;
  readonly interfaces: readonly VmInterface[];
  readonly order: number;
  readonly span: Span;
}

export interface VmInterface {
  /** `tap3` if the file says which. */
  readonly tap?: string;
  /** vmd gives the host side an address and answers DHCP. */
  readonly local: boolean;
  readonly switch?: { readonly name: string; readonly span: Span };
  readonly groups: readonly string[];
  readonly rdomain?: number;
  readonly up: boolean;
  readonly locked: boolean;
  /** Absent: a random MAC address each time. */
  readonly lladdr?: string;
  readonly span: Span;
}

export interface VmReading {
  readonly switches: readonly VmSwitch[];
  readonly machines: readonly VmMachine[];
  /** `local prefix`, as written. */
  readonly localPrefix?: string;
  readonly localInet6: boolean;
  /** Names that `include` asked for. */
  readonly included: readonly string[];
  /** Of those, where the ones stand that nobody has: vmd refuses the whole file without them. */
  readonly missing: readonly Span[];
  /** What was made of the lines. */
  readonly lines: LineUses;
  readonly diagnostics: readonly Diagnostic[];
}

/** Text of an included file and the name it is shown under. */
export interface Included {
  readonly file: string;
  readonly text: string;
}
