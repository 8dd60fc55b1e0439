import { parsePrefix } from "../../model/address-text.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Guest } from "../../model/host.ts";
import type { Word } from "../config-lines.ts";
import { plugIn } from "../hostname/bridge-words.ts";
import { badGroup } from "../hostname/diagnostics.ts";
import { isGroupName } from "../hostname/interface-kind.ts";
import type { InterfaceDraft } from "../hostname/machine.ts";
import { nearestName } from "../nearest-name.ts";
import * as complaint from "../vm/diagnostics.ts";
import type { VmInterface, VmMachine, VmReading, VmSwitch } from "../vm/syntax.ts";
import { movedBySwitch } from "./contradictions.ts";
import type { HostMachine } from "./machine.ts";

/**
 * Makes the taps of all VMs of vm.conf(5), as vmd does when it starts them in order.
 *
 * Disabled VMs count too: vmctl(8) may start them. Follows OB:usr.sbin/vmd/priv.c:330-493.
 */
export function startGuests(machine: HostMachine, reading: VmReading): readonly Guest[] {
  for (const it of reading.switches) makeSwitch(machine, it);
  const taken = new Set(
    reading.machines.flatMap((vm) => vm.interfaces.flatMap((it) => it.tap ?? [])),
  );
  let free = 0;
  const nextTap = (): string => {
    while (taken.has(`tap${free}`)) free++;
    return `tap${free++}`;
  };
  return reading.machines.map((vm, index): Guest => {
    const interfaces = interfacesOf(reading, vm);
    const taps = interfaces.map((it, position) => {
      const tap = machine.create(it.tap ?? nextTap(), it.span);
      plug(machine, reading, { vm, it, tap });
      if (it.local) giveAddress(tap, reading, index + 1, position);
      return tap.name;
    });
    return { name: vm.name, taps, span: vm.span };
  });
}

/** vmd makes the bridge if no file did, and moves it to the switch's routing domain. */
function makeSwitch(machine: HostMachine, it: VmSwitch): void {
  if (it.interface === undefined) return;
  const bridge = machine.create(it.interface, it.span);
  bridge.up = it.up;
  if (it.rdomain !== undefined && machine.makeRdomain(it.rdomain, wordOf(it))) {
    movedBySwitch(machine, bridge, it.rdomain, it.span);
    bridge.rdomain = it.rdomain;
  }
}

/** Instances of machines that nobody defines: vmd refuses the whole file because of one. */
export function missingParents({ machines }: VmReading): readonly Diagnostic[] {
  return machines
    .filter((vm) => vm.instanceOf !== undefined && parentOf(vm, machines) === undefined)
    .map((vm) => complaint.missingParent(vm.instanceOf ?? "", vm.span));
}

function parentOf(vm: VmMachine, machines: readonly VmMachine[]): VmMachine | undefined {
  return machines.find((it) => it.name === vm.instanceOf && it !== vm);
}

/** An instance has its own interfaces, then those of its parent that it did not replace. */
function interfacesOf({ machines }: VmReading, vm: VmMachine): readonly VmInterface[] {
  if (vm.instanceOf === undefined) return vm.interfaces;
  const parent = parentOf(vm, machines);
  if (parent === undefined) return vm.interfaces;
  const inherited = parent.interfaces.slice(vm.interfaces.length);
  return [...vm.interfaces, ...inherited.map(({ tap: _, ...it }) => it)];
}

interface Plugging {
  readonly vm: VmMachine;
  readonly it: VmInterface;
  readonly tap: InterfaceDraft;
}

function plug(machine: HostMachine, reading: VmReading, { vm, it, tap }: Plugging): void {
  const attached = switchOf(machine, reading, it);
  tap.guest = vm.name;
  tap.up = it.up;
  tap.guestLladdr = it.lladdr;
  // only a block before the machine's hands its flags down (OB:usr.sbin/vmd/vmd.c:1223-1227)
  tap.locked = it.locked || (attached?.locked === true && attached.order < vm.order);
  if (attached?.locked === true && !tap.locked) {
    machine.diagnostics.push(complaint.lateSwitch(attached, vm.name, it.span));
  }
  if (attached?.interface !== undefined) {
    const bridge = machine.create(attached.interface, attached.span);
    if (machine.bridgeOf(tap.name) === undefined) plugIn(bridge, tap.name);
  }
  const groups = [...it.groups, ...(attached?.groups ?? [])];
  for (const name of groups.filter((group) => !isGroupName(group))) {
    machine.diagnostics.push(badGroup(name, it.span));
  }
  tap.groups = [...new Set([...tap.groups, ...groups.filter(isGroupName)])];
  setRdomain(machine, { vm, it, tap }, attached);
}

function switchOf(
  machine: HostMachine,
  { switches }: VmReading,
  it: VmInterface,
): VmSwitch | undefined {
  if (it.switch === undefined) return undefined;
  const { name, span } = it.switch;
  const found = switches.find((other) => other.name === name);
  if (found !== undefined) return found;
  const near = nearestName(
    name,
    switches.map((other) => other.name),
  );
  machine.diagnostics.push(complaint.missingSwitch(name, span, near));
  return undefined;
}

/**
 * The interface's own rdomain, else the switch's.
 *
 * A switch block before the vm block sets the inherited flag without the number, and vmd then takes
 * rdomain 0 (OB:vmd/priv.c:384-389; stack-semantics.md 3.9 trap b): not relied upon here.
 */
function setRdomain(
  machine: HostMachine,
  { vm, it, tap }: Plugging,
  attached: VmSwitch | undefined,
): void {
  const wanted = it.rdomain ?? attached?.rdomain;
  if (wanted === undefined || wanted === 0) return;
  if (!machine.makeRdomain(wanted, wordOf(it))) return;
  if (it.rdomain === undefined && attached !== undefined && attached.order < vm.order) {
    machine.leaveUnread({
      scope: "interface",
      on: tap,
      words: [wordOf({ span: attached.span, name: `switch ${attached.name} rdomain ${wanted}` })],
      span: it.span,
      effect: `inherits rdomain ${wanted} from a switch block before it: vmd may take rdomain 0 instead`,
      settle: `write \`rdomain ${wanted}\` into the interface block of vm ${vm.name}`,
    });
    return;
  }
  movedBySwitch(machine, tap, wanted, it.span);
  tap.rdomain = wanted;
}

/** `local interface`: host side PREFIX + vm·256 + (k+1)·2, a /31 (OB:vmd/priv.c:549-583). */
function giveAddress(tap: InterfaceDraft, reading: VmReading, vm: number, position: number): void {
  const prefix = parsePrefix(reading.localPrefix ?? "100.64.0.0/10");
  if (prefix?.family === "inet") {
    const value = prefix.value + BigInt(vm * 256 + (position + 1) * 2);
    tap.addresses = [{ family: "inet", value, length: 31 }];
  }
  if (reading.localInet6) tap.automatic = ["inet6"];
}

function wordOf({ span, name = "" }: Pick<VmInterface, "span"> & { readonly name?: string }): Word {
  return { text: name, shell: false, span };
}
