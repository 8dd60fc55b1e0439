import type { Family } from "../../../model/packet.ts";
import { entriesOf, lazily, namesByNumber, numbersByName } from "./table.ts";

/** Names of ICMP types: `number:name …`; of several names of a number the first is printed. */
const TYPES = `
0:echorep 3:unreach 4:squench 5:redir 6:althost 8:echoreq 9:routeradv 10:routersol 11:timex
12:paramprob 13:timereq 14:timerep 15:inforeq 16:inforep 17:maskreq 18:maskrep 30:trace
31:dataconv 32:mobredir 33:ipv6-where 34:ipv6-here 35:mobregreq 36:mobregrep 39:skip 40:photuris`;
const TYPES6 = `
1:unreach 2:toobig 3:timex 4:paramprob 128:echoreq 129:echorep 130:groupqry 130:listqry
131:grouprep 131:listenrep 132:groupterm 132:listendone 133:routersol 134:routeradv
135:neighbrsol 136:neighbradv 137:redir 138:routrrenum 139:wrureq 139:fqdnreq 139:niqry
140:wrurep 140:fqdnrep 140:nirep 143:listenrepv2 200:mtraceresp 201:mtrace`;

/** Names of ICMP codes, a type a line. */
const CODES = `
unreach 0:net-unr 1:host-unr 2:proto-unr 3:port-unr 4:needfrag 5:srcfail 6:net-unk 7:host-unk 8:isolate 9:net-prohib 10:host-prohib 11:net-tos 12:host-tos 13:filter-prohib 14:host-preced 15:cutoff-preced
redir 0:redir-net 1:redir-host 2:redir-tos-net 3:redir-tos-host
routeradv 0:normal-adv 16:common-adv
timex 0:transit 1:reassemb
paramprob 0:badhead 1:optmiss 2:badlen
photuris 1:unknown-ind 2:auth-fail 3:decrypt-fail`;

const CODES6 = `
unreach 0:noroute-unr 1:admin-unr 2:beyond-unr 3:addr-unr 4:port-unr
timex 0:transit 1:reassemb
paramprob 0:badhead 1:nxthdr
redir 0:redironlink 1:redirrouter`;

interface Names {
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

const NONE: Names = { numbers: new Map(), names: new Map() };

const types = lazily((): Readonly<Record<Family, Names>> => {
  return { inet: namesOf(TYPES), inet6: namesOf(TYPES6) };
});
const codes = lazily((): Readonly<Record<Family, ReadonlyMap<number, Names>>> => {
  return { inet: codesOf("inet", CODES), inet6: codesOf("inet6", CODES6) };
});

/** Number of an ICMP type of `family` by name, exact case. */
export function icmpType(family: Family, name: string): number | undefined {
  return types()[family].numbers.get(name);
}

/** As pfctl prints it: the name, or the number of a type without one. */
export function icmpTypeName(family: Family, type: number): string {
  return types()[family].names.get(type) ?? String(type);
}

/** Number of a code of `type` by name. */
export function icmpCode(family: Family, type: number, name: string): number | undefined {
  return codesFor(family, type).numbers.get(name);
}

export function icmpCodeName(family: Family, type: number, code: number): string {
  return codesFor(family, type).names.get(code) ?? String(code);
}

function codesFor(family: Family, type: number): Names {
  return codes()[family].get(type) ?? NONE;
}

function codesOf(family: Family, table: string): ReadonlyMap<number, Names> {
  return new Map(
    table
      .trim()
      .split("\n")
      .map((line) => {
        const [type = "", ...words] = line.split(" ");
        return [types()[family].numbers.get(type) ?? -1, namesOf(words.join(" "))] as const;
      }),
  );
}

function namesOf(table: string): Names {
  const entries = entriesOf(table);
  return { numbers: numbersByName(entries), names: namesByNumber(entries) };
}
