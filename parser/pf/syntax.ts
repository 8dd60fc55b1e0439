import type { IToken } from "chevrotain";
import type { Family } from "../../model/packet.ts";

/** One statement of pf.conf as written: lists unsplit, names not looked up. */
export type StatementSyntax =
  | RuleSyntax
  | AntispoofSyntax
  | TableSyntax
  | SetSyntax
  | { readonly kind: "macro"; readonly name: IToken; readonly value: readonly IToken[] }
  | { readonly kind: "include"; readonly file: IToken }
  | { readonly kind: "load"; readonly name: IToken | undefined; readonly file: readonly IToken[] }
  | { readonly kind: "queue"; readonly name: IToken; readonly parent: boolean }
  | { readonly kind: "close" };

/** A filter rule or an anchor rule. */
export interface RuleSyntax {
  readonly kind: "rule";
  readonly action: "pass" | "block" | "match" | "anchor";
  readonly block?: BlockSyntax | undefined;
  /** `anchor` only. */
  readonly name?: IToken | undefined;
  readonly opensBody?: boolean;
  readonly direction: "in" | "out" | undefined;
  readonly log: readonly LogSyntax[] | undefined;
  readonly quick: boolean;
  readonly on: readonly InterfaceSyntax[];
  readonly family: Family | undefined;
  readonly protocols: readonly IToken[];
  readonly source: EndpointSyntax;
  readonly os: readonly IToken[];
  readonly destination: EndpointSyntax;
  readonly options: readonly OptionSyntax[];
}

export interface BlockSyntax {
  readonly how: "drop" | "return" | "return-rst" | "return-icmp" | "return-icmp6";
  readonly ttl?: IToken | undefined;
  /** Codes in parentheses, in order. */
  readonly codes: readonly IToken[];
}

export interface LogSyntax {
  readonly what: "all" | "matches" | "user" | "to";
  readonly to?: readonly IToken[];
}

export interface InterfaceSyntax {
  readonly negated: boolean;
  readonly kind: "name" | "any" | "rdomain";
  readonly token: IToken;
}

export interface EndpointSyntax {
  /** Empty: any. */
  readonly hosts: readonly HostSyntax[];
  readonly ports: readonly TestSyntax[];
}

export interface HostSyntax {
  readonly kind:
    | "any"
    | "name"
    | "range"
    | "dynamic"
    | "table"
    | "route"
    | "no-route"
    | "urpf-failed";
  readonly negated: boolean;
  readonly token: IToken;
  /** Of a range. */
  readonly last?: IToken;
  readonly mask?: IToken;
}

/** A port, user or group test: `operator` is empty for a bare value or range. */
export interface TestSyntax {
  readonly operator: string;
  readonly first: IToken;
  readonly second?: IToken | undefined;
}

export interface IcmpSyntax {
  readonly type: IToken;
  readonly code: IToken | undefined;
}

export type OptionSyntax = { readonly token: IToken } & (
  | { readonly kind: "user" | "group"; readonly tests: readonly TestSyntax[] }
  | {
      readonly kind: "flags";
      readonly set?: IToken | undefined;
      readonly mask?: IToken | undefined;
    }
  | { readonly kind: "icmp-type" | "icmp6-type"; readonly items: readonly IcmpSyntax[] }
  | { readonly kind: "tos" | "prio" | "label" | "probability" | "rtable"; readonly value: IToken }
  | { readonly kind: "fragment" | "allow-opts" | "once" }
  | { readonly kind: "divert-reply" }
  | { readonly kind: "tag"; readonly words: readonly IToken[] }
  | { readonly kind: "tagged"; readonly words: readonly IToken[]; readonly negated: boolean }
  | StateSyntax
  | { readonly kind: "set"; readonly settings: readonly SettingSyntax[] }
  | { readonly kind: "divert-to"; readonly host: IToken; readonly port: IToken }
  | { readonly kind: "divert-packet"; readonly port: IToken }
  | { readonly kind: "scrub"; readonly items: readonly ScrubSyntax[] }
  | TranslationSyntax
  | { readonly kind: "received-on"; readonly interface: InterfaceSyntax }
  | { readonly kind: "max-pkt-rate"; readonly packets: IToken; readonly seconds: IToken }
);

export interface StateSyntax {
  readonly kind: "state";
  readonly mode: "none" | "keep" | "modulate" | "synproxy";
  readonly options: readonly StateOptionSyntax[];
}

/** `name` is the keyword, or `timeout` for `tcp.first 30` (the name is then the first value). */
export interface StateOptionSyntax {
  readonly name: string;
  readonly token: IToken;
  readonly values: readonly IToken[];
}

export interface SettingSyntax {
  readonly kind: "prio" | "queue" | "tos" | "delay";
  readonly token: IToken;
  readonly values: readonly IToken[];
}

export interface ScrubSyntax {
  readonly token: IToken;
  readonly value?: IToken | undefined;
}

/** `pools` are one, but two for `af-to … from … to …`. */
export interface TranslationSyntax {
  readonly kind: "nat-to" | "rdr-to" | "binat-to" | "af-to" | "route-to" | "reply-to" | "dup-to";
  readonly family?: Family | undefined;
  readonly pools: readonly PoolSyntax[];
}

export interface PoolSyntax {
  readonly braced: boolean;
  readonly hosts: readonly HostSyntax[];
  readonly port: IToken | undefined;
  readonly options: readonly PoolOptionSyntax[];
}

export interface PoolOptionSyntax {
  readonly token: IToken;
  /** Key of `source-hash`. */
  readonly key: readonly IToken[];
}

export interface AntispoofSyntax {
  readonly kind: "antispoof";
  readonly log: readonly LogSyntax[] | undefined;
  readonly quick: boolean;
  readonly interfaces: readonly (InterfaceSyntax & { readonly dynamic: boolean })[];
  readonly family: Family | undefined;
  readonly options: readonly { readonly kind: "label" | "rtable"; readonly value: IToken }[];
}

export interface TableSyntax {
  readonly kind: "table";
  readonly name: IToken;
  readonly options: readonly IToken[];
  /** Initialisers in written order. */
  readonly contents: readonly TableContentSyntax[];
}

export type TableContentSyntax =
  | { readonly kind: "file"; readonly file: IToken }
  | { readonly kind: "hosts"; readonly hosts: readonly HostSyntax[] };

export interface SetSyntax {
  readonly kind: "set";
  /** Keyword behind `set`. */
  readonly option: IToken;
  readonly values: readonly IToken[];
  /** `set skip on`. */
  readonly interfaces?: readonly InterfaceSyntax[];
  /** `set state-defaults`. */
  readonly state?: readonly StateOptionSyntax[];
}
