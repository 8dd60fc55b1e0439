import type { Diagnostic } from "../../model/diagnostic.ts";
import type { InterfaceAddress } from "../../model/host.ts";
import { addressBits } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import type { InterfaceDraft, Said } from "../hostname/machine.ts";
import type { HostMachine } from "./machine.ts";

/**
 * Finds lines that cannot both hold, or that surely were not both meant; each finding names both.
 *
 * Of two VLANs with one tag on one parent the kernel brings up the first only (OB:if_vlan.c, vlan_up,
 * EADDRINUSE), of two carp interfaces with one vhid it takes the second for none (OB:if_carp.c).
 */
export function findContradictions(machine: HostMachine): void {
  const { interfaces } = machine;
  refuseSecond(machine, "vnetid", (it) => {
    const isTagged = (it.kind === "vlan" || it.kind === "svlan") && it.up;
    if (!isTagged || it.parent === undefined || it.vnetid === undefined) return undefined;
    return `${it.kind} ${it.vnetid} on ${it.parent}`;
  });
  refuseSecond(machine, "vhid", (it) => {
    const isCarp = it.kind === "carp" && it.up && it.parent !== undefined;
    return isCarp && it.vhid !== undefined ? `vhid ${it.vhid} on ${it.parent}` : undefined;
  });
  const owners = new Map<string, InterfaceDraft>();
  const networks = new Map<string, InterfaceDraft>();
  for (const it of interfaces) {
    if (it.kind === "loopback" || !it.up) continue;
    for (const address of it.addresses) {
      const isLinkLocal = address.family === "inet6" && address.value >> 118n === 0x3fan;
      const found = isLinkLocal ? undefined : sharedAddress(it, address, owners, networks);
      if (found !== undefined) machine.report([found]);
    }
  }
}

function sharedAddress(
  it: InterfaceDraft,
  { family, value, length }: InterfaceAddress,
  owners: Map<string, InterfaceDraft>,
  networks: Map<string, InterfaceDraft>,
): Diagnostic | undefined {
  const bits = addressBits(family);
  const place = `${family} ${it.rdomain}`;
  const same = firstWith(owners, `${place} ${value}`, it);
  const network = value >> BigInt(bits - length);
  const shares = firstWith(networks, `${place} ${length} ${network}`, it);
  if (same !== undefined) return twiceTheAddress(it, same);
  // the addresses of a carp group lie in the network of its carpdev
  const isOwn = it.parent === shares?.name || shares?.parent === it.name;
  return shares === undefined || isOwn || length >= bits - 1 ? undefined : oneNetwork(it, shares);
}

/** Brings down the later one of two that say the same. */
function refuseSecond(
  machine: HostMachine,
  said: Said,
  keyOf: (it: InterfaceDraft) => string | undefined,
): void {
  const seen = new Map<string, InterfaceDraft>();
  for (const it of machine.interfaces) {
    const key = keyOf(it);
    const first = key === undefined ? undefined : firstWith(seen, key, it);
    if (key === undefined || first === undefined) continue;
    it.up = false;
    const message = `${first.name} is ${key} already (${at(placeOf(first, said))}): the kernel refuses ${it.name}`;
    machine.report([warning("interface-twice", message, placeOf(it, said))]);
  }
}

/** The one that had the key before, if it is another interface. */
function firstWith(
  seen: Map<string, InterfaceDraft>,
  key: string,
  it: InterfaceDraft,
): InterfaceDraft | undefined {
  const first = seen.get(key);
  if (first === undefined) seen.set(key, it);
  return first === it ? undefined : first;
}

function twiceTheAddress(it: InterfaceDraft, first: InterfaceDraft): Diagnostic {
  const message = `${it.name} has an address that ${first.name} has too (${at(first.span)})`;
  return warning("address-twice", message, it.span);
}

function oneNetwork(it: InterfaceDraft, first: InterfaceDraft): Diagnostic {
  const message = `${it.name} and ${first.name} (${at(first.span)}) are in one network: packets to it leave on ${first.name}`;
  return warning("network-twice", message, it.span);
}

/** A switch of vm.conf(5) moves an interface that another file had put into another domain. */
export function movedBySwitch(
  machine: HostMachine,
  it: InterfaceDraft,
  rdomain: number,
  span: Span,
): void {
  const said = it.said.get("rdomain");
  if (said === undefined || it.rdomain === rdomain) return;
  const message = `vmd moves ${it.name} to rdomain ${rdomain}, and ${at(said)} says rdomain ${it.rdomain}`;
  machine.report([warning("rdomain-twice", message, span)]);
}

function placeOf(it: InterfaceDraft, said: Said): Span {
  return it.said.get(said) ?? it.span;
}

function at({ file, line }: Span): string {
  return `${file}:${line}`;
}

function warning(code: string, message: string, span: Span): Diagnostic {
  return { code, severity: "warning", message, span };
}
