import { lazily } from "./table.ts";

/**
 * Operating systems of OpenBSD 7.8's pf.os(5): `class=version:subtype:subtype,version …`, in the
 * order of the file and each name once.
 */
const STOCK_TABLE = `
AIX=4.3:2-3:3,5.1-5.2,5.3:ML1
Linux=2.0:3x,google,2.4:.18-21:cluster:lo0:Opera:ts,2.6:.1-7,3.0,2.5,2.5-2.6
Linux=2.2:20-25:lo0:Opera:ts
FreeBSD=2.0-2.2,3.0-3.5,4.0-4.2,4.4,4.6-4.8:noRFC1323,4.6-4.9,4.8-4.11,5.0-5.1,5.0-5.2,4.7-4.11
NetBSD=1.3,1.6:opera:df:randomization
OpenBSD=2.6,3.0-4.8:no-df,3.3-4.0:no-df,3.0-4.0:opera,4.9:no-df,6.1:no-df
Solaris=8:RFC1323,2.5-2.7,2.6-2.7,2.5:1,2.9,2.7,10:beta
SunOS=4.1
IRIX=6.4,6.2-6.5,6.5:RFC1323:12-21:15-21:IP27
Tru64=4.0,5.0,5.1:noRFC1323,5.1a:JP4
OpenVMS=7.2
MacOS=7.3-7.6:OTTCP,8.0-8.6:OTTCP,8.1-8.6:OTTCP,9.0-9.2,9.1
Windows=3.11,95:b:winsock2,98:lowTTL:RFC1323:noSack,NT:4.0
Windows=2000:SP4:SP2+:SP2:SP3:cisco:ZoneAlarm:RFC1323,XP:SP1:SP3:cisco:RFC1323,Vista,.NET,ME
Windows=2003:AS,CE:2.0
HP-UX=B.10.20,11.0,11.10,11.11,B.11.00:A
RISC OS=3.70:4.10
BSD/OS=3.1,4.0-4.3
NewtonOS=2.1
NeXTSTEP=3.3
BeOS=5.0-5.1,5.0
OS/400=VR4,VR5,V4R5:CF67032
ULTRIX=4.5
QNX
Novell=NetWare:5.0,IntranetWare:4.11,BorderManager,Netware:6
SCO=UnixWare:7.1,OpenServer:5.0
DOS=WATTCP:1.05:1.05Arachne
OS/2=4
TOPS-20=7
FreeMiNT=1:16A
Plan9=4
AMIGAOS=3.9
Checkpoint
ExtremeWare=4.x
FortiNet=FortiGate:50
Eagle
LinkSys=WRV54G
Cisco=12008,Content Engine
Alteon=ACEswitch
Nortel=Contivity Client
AOL=web cache
NetApp=5.x,5.3:1,5.3-5.5,CacheFlow,5.2:1,4.1
CacheFlow=4.1,1.1
Dell=PowerApp cache
Inktomi=crawler
LookSmart=ZyBorg
Proxyblocker
Redline
Spirent=Avalanche
PalmOS=Tungsten:C,3:5,4,5,5.2:Clie:Treo
SymbianOS=7,6048,9210,P800,6600
Zaurus=3.10
PocketPC=2002
Contiki=1.1:rc0
Sega=Dreamcast:3.0:HKT-3020
Sony=PS2
AXIS=5600:v5.64
NMAP=syn scan:1:2:3:4,OS:1:2:3:4
NAST`;

/** How many fingerprints pfctl counts in the stock file. */
export const STOCK_FINGERPRINTS = 714;

/** What pfctl knows of a pf.os(5). Keys are lower case: names are compared without case. */
export interface Fingerprints {
  readonly classes: ReadonlyMap<string, OsClass>;
  /** As `pfctl -vv` says it. */
  readonly count: number;
}

interface OsClass {
  readonly name: string;
  readonly versions: Map<string, OsVersion>;
}

interface OsVersion {
  readonly name: string;
  readonly subtypes: Map<string, string>;
}

const stock = lazily((): Fingerprints => {
  const classes = new Map<string, OsClass>();
  for (const line of STOCK_TABLE.trim().split("\n")) {
    const [name = "", versions = ""] = line.split("=");
    for (const entry of versions.split(",")) {
      const [version = "", ...subtypes] = entry.split(":");
      for (const subtype of ["", ...subtypes]) add(classes, name, version, subtype);
    }
  }
  return { classes, count: STOCK_FINGERPRINTS };
});

/** Reads a pf.os(5) for `set fingerprints`; lines with too few fields are left out. */
export function readFingerprints(text: string): Fingerprints {
  const classes = new Map<string, OsClass>();
  let added = 0;
  for (const line of text.split("\n")) {
    const [, , , , , name, version, subtype, description] = line
      .replace(/#.*/, "")
      .split(":")
      .map((field) => field.trim());
    if (!name || version === undefined || subtype === undefined || description === undefined) {
      continue;
    }
    // marks of p0f: `@` is a generic signature, `*` one without details
    added += add(classes, name.replace(/^[@*]/, ""), version, subtype);
  }
  // pfctl counts every one twice
  return { classes, count: 2 * added };
}

/**
 * The name of an `os` test as pfctl prints it (spec 18.10): the class, version and subtype in the
 * spelling of the file, `unknown`, or `nomatch` for a name that is not in it.
 */
export function fingerprintName(name: string, known: Fingerprints = stock()): string {
  const wanted = name.toLowerCase();
  if (wanted === "unknown") return "unknown";
  const whole = known.classes.get(wanted);
  if (whole !== undefined) return whole.name;
  const blank = wanted.indexOf(" ");
  const found = blank < 0 ? undefined : known.classes.get(wanted.slice(0, blank));
  if (found === undefined) return "nomatch";
  const rest = wanted.slice(blank + 1);
  const version = found.versions.get(rest);
  if (version !== undefined) return `${found.name} ${version.name}`;
  return subtypeName(found, rest) ?? "nomatch";
}

/** Version, a connector and a subtype; the version that came last in the file is tried first. */
function subtypeName({ name, versions }: OsClass, rest: string): string | undefined {
  for (const [key, version] of [...versions].toReversed()) {
    if (!rest.startsWith(key) || !/^[. \t-]/.test(rest.slice(key.length))) continue;
    const subtype = version.subtypes.get(rest.slice(key.length + 1));
    if (subtype === undefined) continue;
    const dotted = version.name.includes(".") && !version.name.includes(" ");
    return `${name} ${version.name}${dotted && /^\d/.test(subtype) ? "." : " "}${subtype}`;
  }
  return undefined;
}

/**
 * Adds a name and, before it, those of a range: `2.5-2.7` stands for itself and for 2.5, 2.6, 2.7.
 *
 * @returns how many names, repetitions included
 */
function add(
  classes: Map<string, OsClass>,
  name: string,
  version: string,
  subtype: string,
): number {
  let added = 1;
  for (const one of rangeOf(version)) added += add(classes, name, one, subtype);
  for (const one of rangeOf(subtype)) added += add(classes, name, version, one);
  const known = entry(classes, name, () => ({ name, versions: new Map() }));
  if (version === "") return added;
  const { subtypes } = entry(known.versions, version, () => ({
    name: version,
    subtypes: new Map(),
  }));
  if (subtype !== "") entry(subtypes, subtype, () => subtype);
  return added;
}

/** `A-B` and `M.A-M.B`, where M is one digit, A at most two and B at most three. */
function rangeOf(text: string): readonly string[] {
  const parts = /^(\d\.)?(\d{1,2})-(\d\.)?(\d{1,3})$/.exec(text);
  if (parts === null || parts[1] !== parts[3]) return [];
  const [, major = "", first, , last] = parts;
  const length = Math.max(0, Number(last) - Number(first) + 1);
  return Array.from({ length }, (_, at) => `${major}${Number(first) + at}`);
}

function entry<T>(known: Map<string, T>, name: string, make: () => T): T {
  const key = name.toLowerCase();
  const old = known.get(key);
  if (old !== undefined) return old;
  const made = make();
  known.set(key, made);
  return made;
}
