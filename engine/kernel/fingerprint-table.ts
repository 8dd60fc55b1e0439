/**
 * Signatures of the SYNs of operating systems: /etc/pf.os of OpenBSD 7.8, in its order.
 *
 * Below a class, one signature a line:
 *
 *     window TTL DF length options = version/subtype, version …
 *
 * - window: a number; `%n` a multiple of n; `Sn` n times the MSS, `Tn` n times the MTU; `*` any
 * - TTL: the first one, that of the sender
 * - DF: `df` don't fragment is set, `-` it is not
 * - length: bytes of the IPv4 packet, headers included
 * - options: those of TCP in their order. `N` no-op, `S` SACK permitted, `T` timestamp (`T0`: it is
 *   0), `Mx` MSS, `Wx` window scale, where x is a number, `%n` or `*`
 *
 * A version or subtype `a-b` also stands for every one from a to b.
 */
export const FINGERPRINT_TABLE = `
AIX
  45046 64 - 44 M* = 4.3
  16384 64 - 44 M512 = 4.3/2-3
  16384 64 - 60 M512NW%2NNT = 4.3/3, 5.1-5.2
  32768 64 - 60 M512NW%2NNT = 4.3/3, 5.1-5.2
  65535 64 - 60 M512NW%2NNT = 4.3/3, 5.1-5.2
  65535 64 - 64 M*NW1NNTNNS = 5.3/ML1
Linux
  512 64 - 44 M* = 2.0/3x
  16384 64 - 44 M* = 2.0/3x
  2 64 - 44 M* = 2.0/3x
  64 64 - 44 M* = 2.0/3x
  S4 64 df 60 M1360STNW0 = google
  S2 64 df 60 M*STNW0 = 2.4
  S3 64 df 60 M*STNW0 = 2.4/.18-21
  S4 64 df 60 M*STNW0 = 2.4, 2.6/.1-7
  S4 64 df 60 M*STNW5 = 2.6
  S4 64 df 60 M*STNW6 = 2.6
  S4 64 df 60 M*STNW7 = 2.6
  T4 64 df 60 M*STNW7 = 2.6
  S10 64 df 60 M*STNW4 = 3.0
  S3 64 df 60 M*STNW1 = 2.5
  S4 64 df 60 M*STNW1 = 2.5-2.6
  S3 64 df 60 M*STNW2 = 2.5
  S4 64 df 60 M*STNW2 = 2.5
  S20 64 df 60 M*STNW0 = 2.2/20-25
  S22 64 df 60 M*STNW0 = 2.2
  S11 64 df 60 M*STNW0 = 2.2
  S4 64 df 48 M1460NW0 = 2.4/cluster
  T4 64 df 60 M1412STNW0 = 2.4
  32767 64 df 60 M16396STNW0 = 2.4/lo0
  S8 64 df 60 M3884STNW0 = 2.2/lo0
  16384 64 df 60 M*STNW0 = 2.2/Opera
  32767 64 df 60 M*STNW0 = 2.4/Opera
  S4 64 df 52 M*NNSNW0 = 2.4/ts
  S22 64 df 52 M*NNSNW0 = 2.2/ts
FreeBSD
  16384 64 df 44 M* = 2.0-2.2, 3.0-3.5, 4.0-4.2
  16384 64 df 60 M*NW0NNT = 4.4
  1024 64 df 60 M*NW0NNT = 4.4
  57344 64 df 44 M* = 4.6-4.8/noRFC1323
  57344 64 df 60 M*NW0NNT = 4.6-4.9
  32768 64 df 60 M*NW0NNT = 4.8-4.11, 5.0-5.1
  65535 64 df 60 M*NW0NNT = 4.8-4.11, 5.0-5.2
  65535 64 df 60 M*NW1NNT = 4.7-4.11, 5.0-5.2
NetBSD
  16384 64 - 60 M*NW0NNT = 1.3
  65535 64 - 60 M*NW0NNT0 = 1.6/opera
  16384 64 - 60 M*NW0NNT0 = 1.6
  16384 64 df 60 M*NW0NNT0 = 1.6/df
  65535 64 df 60 M*NW1NNT0 = 1.6
  65535 64 df 60 M*NW0NNT0 = 1.6
  32768 64 df 60 M*NW0NNT0 = 1.6/randomization
OpenBSD
  16384 64 - 60 M*NW0NNT = 2.6
  16384 64 df 64 M*NNSNW0NNT = 3.0-4.8
  16384 64 - 64 M*NNSNW0NNT = 3.0-4.8/no-df
  57344 64 df 64 M*NNSNW0NNT = 3.3-4.0
  57344 64 - 64 M*NNSNW0NNT = 3.3-4.0/no-df
  65535 64 df 64 M*NNSNW0NNT = 3.0-4.0/opera
  16384 64 df 64 M*NNSNW3NNT = 4.9
  16384 64 - 64 M*NNSNW3NNT = 4.9/no-df
  16384 64 df 64 M*NNSNW6NNT = 6.1
  16384 64 - 64 M*NNSNW6NNT = 6.1/no-df
Solaris
  S17 64 df 64 NW3NNT0NNSM* = 8/RFC1323
  S17 64 df 48 NNSM* = 8
  S17 255 df 44 M* = 2.5-2.7
  S6 255 df 44 M* = 2.6-2.7
  S23 255 df 44 M* = 2.5/1
  S34 64 df 48 M*NNS = 2.9
  S44 255 df 44 M* = 2.7
SunOS
  4096 64 - 44 M1460 = 4.1
Solaris
  S34 64 df 52 M*NW0NNS = 10/beta
  32850 64 df 64 M*NNTNW1NNS = 10
IRIX
  49152 64 - 44 M* = 6.4
  61440 64 - 44 M* = 6.2-6.5
  49152 64 - 52 M*NW2NNS = 6.5/RFC1323
  49152 64 - 52 M*NW3NNS = 6.5/RFC1323
  61440 64 - 48 M*NNS = 6.5/12-21
  49152 64 - 48 M*NNS = 6.5/15-21
  49152 60 - 64 M*NW2NNTNNS = 6.5/IP27
Tru64
  32768 64 df 48 M*NW0 = 4.0
  32768 64 - 48 M*NW0 = 5.0
  8192 64 - 44 M1460 = 5.1/noRFC1323
  61440 64 - 48 M*NW0 = 5.1a/JP4
OpenVMS
  6144 64 df 60 M*NW0NNT = 7.2
MacOS
  16616 255 df 48 M*W0 = 7.3-7.6/OTTCP, 8.0-8.6/OTTCP
  16616 255 df 48 M*NNN = 8.1-8.6/OTTCP
  32768 255 df 48 M*W0N = 9.0-9.2
  65535 255 df 48 M*NNNN = 9.1
Windows
  8192 32 df 44 M* = 3.11
  S44 64 df 64 M*NW0NNT0NNS = 95
  8192 128 df 64 M*NW0NNT0NNS = 95/b
  S44 32 df 48 M*NNS = 98/lowTTL
  8192 32 df 48 M*NNS = 98/lowTTL
  %8192 64 df 48 M536NNS = 98
  %8192 128 df 48 M536NNS = 98
  S4 64 df 48 M*NNS = 98
  S6 64 df 48 M*NNS = 98
  S12 64 df 48 M*NNS = 98
  T30 64 df 64 M1460NW0NNT0NNS = 98
  32767 64 df 48 M*NNS = 98
  37300 64 df 48 M*NNS = 98
  46080 64 df 52 M*NW3NNS = 98/RFC1323
  65535 64 df 44 M* = 98/noSack
  S16 128 df 48 M*NNS = 98
  S16 128 df 64 M*NW0NNT0NNS = 98
  S26 128 df 48 M*NNS = 98
  T30 128 df 48 M*NNS = 98
  32767 128 df 52 M*NW0NNS = 98
  60352 128 df 48 M*NNS = 98
  60352 128 df 64 M*NW2NNT0NNS = 98
  T31 128 df 44 M1414 = NT/4.0
  64512 128 df 44 M1414 = NT/4.0
  8192 128 df 44 M* = NT/4.0
  65535 128 df 48 M*NNS = 2000/SP4, XP/SP1
  %8192 128 df 48 M*NNS = 2000/SP2+, XP/SP1
  S20 128 df 48 M*NNS = 2000, XP/SP3
  S45 128 df 48 M*NNS = 2000/SP4, XP/SP1
  40320 128 df 48 M*NNS = 2000/SP4
  S6 128 df 48 M*NNS = 2000/SP2, XP
  S12 128 df 48 M*NNS = XP/SP1
  S44 128 df 48 M*NNS = 2000/SP3, XP/SP1
  64512 128 df 48 M*NNS = 2000/SP3, XP/SP1
  32767 128 df 48 M*NNS = 2000/SP4, XP/SP1
  8192 128 df 52 M*NW2NNS = Vista
  S52 128 df 48 M1260NNS = 2000/cisco, XP/cisco
  65520 128 df 48 M*NNS = XP
  16384 128 df 52 M536NW0NNS = 2000/ZoneAlarm
  2048 255 - 40 none = .NET
  44620 64 - 48 M*NNS = ME
  S6 255 df 48 M536NNS = 95/winsock2
  32768 32 df 52 M1460NW0NNS = 2003/AS
HP-UX
  32768 64 df 44 M* = B.10.20
  32768 64 - 48 M*W0N = 11.0
  32768 64 df 48 M*W0N = 11.10, 11.11
  0 64 - 48 M*W0N = B.11.00/A
RISC OS
  12288 32 - 44 M536 = 3.70/4.10
BSD/OS
  8192 64 df 60 M1460NW0NNT = 3.1, 4.0-4.3
NewtonOS
  4096 64 - 44 M1420 = 2.1
NeXTSTEP
  S4 64 - 44 M1024 = 3.3
  S8 64 - 44 M512 = 3.3
BeOS
  1024 255 - 48 M*NW0 = 5.0-5.1
  12288 255 - 44 M1402 = 5.0
OS/400
  8192 64 df 60 M1440NW0NNT = VR4, VR5
  4096 64 df 60 M1440NW0NNT = V4R5/CF67032
ULTRIX
  16384 64 - 40 none = 4.5
QNX
  S16 64 - 44 M512
Novell
  16384 128 df 44 M1460 = NetWare/5.0
  6144 128 df 44 M1460 = IntranetWare/4.11
  6144 128 df 44 M1368 = BorderManager
  6144 128 df 52 M*W0NSNN = Netware/6
SCO
  S3 64 df 60 M1460NW0NNT = UnixWare/7.1
  S17 64 df 60 M1380NW0NNT = UnixWare/7.1
  S23 64 df 44 M1380 = OpenServer/5.0
DOS
  2048 255 - 44 M536 = WATTCP/1.05
  T2 255 - 44 M984 = WATTCP/1.05Arachne
OS/2
  S56 64 - 44 M512 = 4
  28672 64 - 44 M1460 = 4
TOPS-20
  0 64 - 44 M1460 = 7
FreeMiNT
  S44 255 - 44 M536 = 1/16A
Plan9
  65535 255 - 48 M1460W0N = 4
AMIGAOS
  16384 64 df 48 M1560NNS = 3.9
Checkpoint
  S12 64 df 44 M1460
  S12 64 df 48 NNSM1460
ExtremeWare
  4096 32 - 44 M1460 = 4.x
FortiNet
  S4 64 df 60 W0NSTM1460 = FortiGate/50
Eagle
  8192 64 df 44 M1460
LinkSys
  S52 128 df 48 M1260NNNN = WRV54G
Cisco
  4128 255 - 44 M*
  S8 255 - 44 M* = 12008
Alteon
  60352 128 df 64 M1460NW2NNTNNS = ACEswitch
Nortel
  64512 128 df 44 M1370 = Contivity Client
AOL
  S4 64 df 52 M1460NNSNW0 = web cache
NetApp
  32850 64 df 64 NW1NNTNNSM* = 5.x
  16384 64 df 64 M1460NNSNW0N = 5.3/1
  65535 64 - 64 M1460NNSNW*NNT = 5.3-5.5
  65535 64 - 60 M1460NW0NNT = CacheFlow
  8192 64 df 64 M1460NNSNW0NNT = 5.2/1
  20480 64 df 64 M1460NNSNW0NNT = 4.1
CacheFlow
  65535 64 - 60 M1460NW0NNT = 4.1
  8192 64 - 60 M1380NNNNNNT = 1.1
Cisco
  S4 64 - 48 M1460NNS = Content Engine
Dell
  27085 128 - 40 none = PowerApp cache
Inktomi
  65535 255 df 48 NW1M1460 = crawler
LookSmart
  S1 255 df 60 M1460STNW0 = ZyBorg
Proxyblocker
  16384 255 - 40 none
Redline
  65535 255 - 48 M*NNS
Spirent
  32696 128 - 40 M1460 = Avalanche
PalmOS
  S9 255 - 44 M536 = Tungsten/C
  S5 255 - 44 M536 = 3, 4
  S4 255 - 44 M536 = 3/5
  2948 255 - 44 M536 = 3/5
  S29 255 - 44 M536 = 5
  16384 255 - 44 M1398 = 5.2/Clie
  S14 255 - 44 M1350 = 5.2/Treo
SymbianOS
  S23 64 df 64 NW1NNTNNSM1460 = 7
  8192 255 - 44 M1460 = 6048
  8192 255 - 44 M536 = 9210
  S22 64 df 56 M1460TS = P800
  S36 64 df 56 M1360TS = 6600
Zaurus
  5840 64 df 60 M1452STNW1 = 3.10
PocketPC
  32768 128 df 64 M1460NW0NNT0NNS = 2002
Contiki
  S1 255 - 44 M346 = 1.1/rc0
Sega
  4096 128 - 44 M1460 = Dreamcast/3.0
  T5 64 - 44 M536 = Dreamcast/HKT-3020
Sony
  S22 64 df 44 M1460 = PS2
AXIS
  S12 64 - 44 M1452 = 5600/v5.64
Windows
  3100 32 df 44 M1460 = CE/2.0
NMAP
  1024 64 - 40 none = syn scan/1
  2048 64 - 40 none = syn scan/2
  3072 64 - 40 none = syn scan/3
  4096 64 - 40 none = syn scan/4
  1024 64 - 60 W10NM265T = OS/1
  2048 64 - 60 W10NM265T = OS/2
  3072 64 - 60 W10NM265T = OS/3
  4096 64 - 60 W10NM265T = OS/4
NAST
  32767 64 - 40 none
Windows
  * 128 df 52 M*NW0NNS = XP/RFC1323, 2000/RFC1323
  * 128 df 52 M*NW*NNS = XP/RFC1323, 2000/RFC1323
  * 128 df 64 M*NW0NNT0NNS = XP/RFC1323, 2000/RFC1323
  * 128 df 64 M*NW*NNT0NNS = XP/RFC1323
  * 128 df 48 M536NNS = 98
  * 128 df 48 M*NNS = XP, 2000
`;
