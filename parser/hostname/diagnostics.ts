import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import type { InterfaceDraft } from "./machine.ts";

/** What can be wrong with a hostname.if(5) file: one function a complaint. */

export function afterDhcp(span: Span): Diagnostic {
  return warning("hostname-dhcp-words", "netstart ignores words after `dhcp`", span, {
    help: "put them on lines of their own",
  });
}

export function strayDest(span: Span): Diagnostic {
  return warning(
    "hostname-dest",
    "`dest` patches the line before it, and that has no address",
    span,
    {
      help: "write `dest ADDRESS` right after the `inet` line",
    },
  );
}

export function badAddress(word: string, what: string, span: Span): Diagnostic {
  return warning("hostname-address", `\`${word}\` is not ${what}`, span, {
    help: "write `inet 10.0.0.1 255.255.255.0` or `inet6 2001:db8::1 64`",
  });
}

/** `inet A M description x`: netstart writes `broadcast description`. */
export function shiftedWords(word: string, slot: string, span: Span): Diagnostic {
  return warning(
    "hostname-slot",
    `\`${word}\` stands in the place of the ${slot}: ifconfig refuses the whole line`,
    span,
    { help: "put it on a line of its own" },
  );
}

export function needsValue(word: string, span: Span): Diagnostic {
  return warning("hostname-value", `\`${word}\` needs a value`, span, {});
}

export function badValue(word: string, value: string, range: string, span: Span): Diagnostic {
  return warning("hostname-value", `\`${value}\` is not a value of \`${word}\``, span, {
    help: `write ${range}`,
  });
}

export function badMac(word: string, span: Span): Diagnostic {
  return warning("hostname-mac", `\`${word}\` is not a MAC address`, span, {
    help: "write six bytes: `fe:e1:ba:d0:00:01`",
  });
}

/** OB:sys/net/if.c, if_addgroup: EINVAL. */
export function badGroup(name: string, span: Span): Diagnostic {
  return warning(
    "group-name",
    `\`${name}\` cannot be the name of an interface group: the kernel refuses it`,
    span,
    { help: "at most 15 characters, and the last one is no digit: `tenant-a`, not `tenant-1`" },
  );
}

export function noSuchInterface(name: string, span: Span, near: string | undefined): Diagnostic {
  return warning("interface-missing", `no line creates the interface \`${name}\``, span, {
    help: near === undefined ? `write a hostname.${name}` : `did you mean \`${near}\`?`,
  });
}

export function noDriver(name: string, span: Span): Diagnostic {
  return warning("interface-gone", `OpenBSD 7.8 has no interface like \`${name}\``, span, {
    help: "netstart leaves this file out",
  });
}

export function alreadyMember(name: string, bridge: string, span: Span): Diagnostic {
  return warning("bridge-busy", `\`${name}\` is already a member of \`${bridge}\``, span, {
    help: "an interface can be in one bridge only: the kernel refuses this line",
  });
}

export function alreadyPort(name: string, of: string, span: Span): Diagnostic {
  return warning("trunk-busy", `\`${name}\` is a port of ${of}`, span, {
    help: "an interface can be a port once: the kernel refuses this line",
  });
}

/** OB:if_bridge.c, if_veb.c: ENOENT; the port stays as open as it was (L91). */
export function notAMember(word: string, name: string, bridge: string, span: Span): Diagnostic {
  return warning(
    "bridge-no-member",
    `\`${name}\` is no member of \`${bridge}\` yet: \`${word}\` is refused and nothing is closed`,
    span,
    { help: `write \`add ${name}\` before it` },
  );
}

export function badBridgeRule(what: string, span: Span): Diagnostic {
  return warning(
    "bridge-rule",
    `${what}: ifconfig refuses the rule, and every frame passes`,
    span,
    {
      help: "rule block|pass [in|out] on IF [src MAC] [dst MAC] [tag NAME] [arp|rarp [request|reply] [sha MAC] [spa IP] [tha MAC] [tpa IP]]",
    },
  );
}

/** OB:sbin/ifconfig/ifconfig.c: "wgpeer not set". */
export function noPeer(word: string, span: Span): Diagnostic {
  return warning(
    "wg-no-peer",
    `\`${word}\` stands before any \`wgpeer\`: ifconfig refuses the whole line`,
    span,
    { help: "write `wgpeer KEY` on the same line, before it" },
  );
}

/** OB:if_tpmr.c: ENOSPC. */
export function tpmrFull(name: string, span: Span): Diagnostic {
  return warning("tpmr-full", `\`${name}\` has two ports already`, span, {
    help: "the kernel refuses this line",
  });
}

export function notAnEnd(name: string, driver: string, span: Span): Diagnostic {
  return warning("pair-end", `\`${name}\` is not another ${driver}(4) interface`, span, {
    help: `name another ${driver} interface`,
  });
}

export function endBusy(name: string, peer: string, span: Span): Diagnostic {
  return warning("pair-busy", `\`${name}\` is joined to \`${peer}\` already`, span, {
    help: "the kernel refuses this line",
  });
}

export function commentInSlot(word: string, span: Span): Diagnostic {
  return warning(
    "hostname-comment",
    `netstart puts \`${word}\` before this comment: ifconfig refuses the whole line`,
    span,
    { help: "put the comment on a line of its own" },
  );
}

/** OpenBSD 7.8's ifconfig has no such word and takes it for an address. */
export function goneWord(word: string, instead: string, span: Span): Diagnostic {
  return warning(
    "hostname-gone",
    `\`${word}\` is no word of ifconfig any more: it refuses the whole line`,
    span,
    { help: instead },
  );
}

export function notBridgeable(name: string, span: Span): Diagnostic {
  return warning("bridge-member", `\`${name}\` cannot be a member of a bridge`, span, {});
}

export function rdomainRefused(id: number, span: Span): Diagnostic {
  return warning(
    "rdomain-refused",
    `routing table ${id} has routes before any interface is in rdomain ${id}: the kernel refuses`,
    span,
    { help: "set the rdomain before `!route -T`; the interface stays where it was" },
  );
}

export function rdomainDropsAddresses(name: string, span: Span): Diagnostic {
  return warning("rdomain-order", `\`rdomain\` removes the addresses of \`${name}\``, span, {
    help: "make `rdomain` the first line of the file",
  });
}

/** Hardware that other files name, and that no file sets up. */
export function neverUp(name: string, span: Span): Diagnostic {
  return warning("interface-down", `\`${name}\` is never set up: no packet passes it`, span, {
    help: `write a hostname.${name} with \`up\``,
  });
}

export function incomplete(name: string, what: string, span: Span): Diagnostic {
  return warning(
    "interface-incomplete",
    `\`${name}\` has no ${what}: no packet passes it`,
    span,
    {},
  );
}

/** Two files: the one that gives the port away, and the one that gives it addresses. */
export function deadAddress(
  name: string,
  { name: bridge, kind, span: { file } }: Pick<InterfaceDraft, "name" | "kind" | "span">,
  span: Span,
): Diagnostic {
  const message = `\`${name}\` is a port of \`${bridge}\` (${file}): its addresses are dead`;
  const isVeb = kind === "veb";
  const help = isVeb ? "give them to a vport(4) interface of the veb" : `give them to ${bridge}`;
  return warning("port-address", message, span, { help });
}

function warning(
  code: string,
  message: string,
  span: Span,
  more: { readonly help?: string },
): Diagnostic {
  return { code, severity: "warning", message, span, ...more };
}
