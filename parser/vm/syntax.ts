import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";

/** A switch of vm.conf(5): a bridge(4) or veb(4) that taps are added to. */
export interface VmSwitch {
  readonly name: string;
  readonly interface?: string;
  readonly groups: readonly string[];
  readonly rdomain?: number;
  readonly up: boolean;
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
  readonly diagnostics: readonly Diagnostic[];
}

/** Text of an included file and the name it is shown under. */
export interface Included {
  readonly file: string;
  readonly text: string;
}
