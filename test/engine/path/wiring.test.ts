import { describe, expect, it } from "vitest";
import { wiringOf } from "../../../engine/path/wiring.ts";
import type { Host, Interface } from "../../../model/host.ts";
import type { Cable, Network } from "../../../model/network.ts";
import { interfaceOf } from "../../support/interface.ts";
import { hostOf, NOWHERE, networkOf } from "../../support/network.ts";

function host(name: string, ...interfaces: readonly Interface[]): Host {
  return hostOf(name, interfaces, []);
}

function cable(...ends: readonly string[]): Cable {
  return {
    name: ends.join(" "),
    ends: ends.map((end) => {
      const [of = "", it = ""] = end.split(":");
      return { host: of, interface: it, span: NOWHERE };
    }),
  };
}

/** Ends that are on one wire, a line each; wires of one end are left out. */
function wires(hosts: readonly Host[], ...cables: readonly Cable[]): readonly string[] {
  const network: Network = { ...networkOf(hosts, {}, []), cables };
  return wiringOf(network)
    .wires.map((wire) => wire.attachments.map((it) => `${it.host.name}:${it.interface.name}`))
    .filter((ends) => ends.length > 1)
    .map((ends) => ends.join(" "));
}

const vlan = (
  name: string,
  tag: number,
  parent: string,
  more: Partial<Interface> = {},
): Interface => interfaceOf(name, { vnetid: tag, parent, ...more });

describe("wiringOf", () => {
  it("joins VLANs of one tag on one cable, and no others", () => {
    const a = host("a", interfaceOf("em0"), vlan("vlan10", 10, "em0"), vlan("vlan20", 20, "em0"));
    const b = host("b", interfaceOf("em1"), vlan("vlan1", 10, "em1"), vlan("vlan2", 30, "em1"));
    expect(wires([a, b], cable("a:em0", "b:em1"))).toEqual(["a:em0 b:em1", "a:vlan10 b:vlan1"]);
    expect(wires([a, b])).toEqual([]);
  });

  it("tells 802.1Q tags from 802.1ad ones", () => {
    const a = host("a", interfaceOf("em0"), vlan("vlan10", 10, "em0"));
    const b = host("b", interfaceOf("em1"), vlan("svlan10", 10, "em1"));
    expect(wires([a, b], cable("a:em0", "b:em1"))).toEqual(["a:em0 b:em1"]);
  });

  it("joins VLANs in VLANs", () => {
    const inner = (name: string): Host =>
      host(name, interfaceOf("em0"), vlan("svlan1", 7, "em0"), vlan("vlan1", 10, "svlan1"));
    expect(wires([inner("a"), inner("b")], cable("a:em0", "b:em0"))).toEqual([
      "a:em0 b:em0",
      "a:svlan1 b:svlan1",
      "a:vlan1 b:vlan1",
    ]);
  });

  it("takes a port of a trunk for the trunk, and carp for its carpdev", () => {
    const trunk = interfaceOf("trunk0", { members: ["em0", "em1"] });
    const carp = interfaceOf("carp0", { parent: "trunk0" });
    const a = host(
      "a",
      ...[interfaceOf("em0"), interfaceOf("em1"), trunk, carp, vlan("vlan10", 10, "trunk0")],
    );
    const b = host("b", interfaceOf("em0"), vlan("vlan10", 10, "em0"));
    expect(wires([a, b], cable("a:em1", "b:em0"))).toEqual(["a:trunk0 b:em0", "a:vlan10 b:vlan10"]);
    const network = networkOf([a, b], {}, []);
    const { wireOf } = wiringOf(network);
    expect(wireOf("a", "carp0")).toBe(wireOf("a", "em0"));
    expect(wireOf("a", "em1")?.attachments.map((it) => it.interface.name)).toEqual(["trunk0"]);
  });

  it("joins patched pairs, where nobody else is", () => {
    const a = host(
      "a",
      interfaceOf("pair1", { peer: "pair2" }),
      interfaceOf("pair2", { rdomain: 2 }),
    );
    expect(wires([a])).toEqual(["a:pair1 a:pair2"]);
    const { wires: all } = wiringOf(networkOf([a], {}, []));
    expect(all.map((it) => it.internal)).toEqual([true]);
  });

  it("carries tags through a bridge that no vlan interface takes", () => {
    const bridge = interfaceOf("bridge0", { members: ["em0", "em1"] });
    const a = host("a", interfaceOf("em0"), vlan("vlan10", 10, "em0"));
    const b = host("b", interfaceOf("em0"), vlan("vlan10", 10, "em0"));
    const plain = host("sw", interfaceOf("em0"), interfaceOf("em1"), bridge);
    const cables = [cable("a:em0", "sw:em0"), cable("b:em0", "sw:em1")];
    expect(wires([a, b, plain], ...cables)).toContain("a:vlan10 b:vlan10");
    const taking = host(
      "sw",
      ...plain.interfaces,
      ...["em0", "em1"].map((it) => vlan(`v${it}`, 10, it, { kind: "vlan" })),
    );
    expect(wires([a, b, taking], ...cables)).not.toContain("a:vlan10 b:vlan10");
    const veb = { ...bridge, kind: "veb", name: "veb0" } as const;
    const closed = host("sw", interfaceOf("em0"), interfaceOf("em1"), veb);
    expect(wires([a, b, closed], ...cables)).not.toContain("a:vlan10 b:vlan10");
    const open = host("sw", interfaceOf("em0"), interfaceOf("em1"), { ...veb, link0: true });
    expect(wires([a, b, open], ...cables)).toContain("a:vlan10 b:vlan10");
  });

  it("suspects interfaces of two hosts in one subnet, unless they are kept apart", () => {
    const of = (name: string, value: bigint): Host => {
      const addresses = [{ family: "inet", value, length: 24 } as const];
      return host(name, interfaceOf("em0", { addresses }), interfaceOf("em1", { addresses }));
    };
    const hosts = [of("a", 0x0a000001n), of("b", 0x0a000002n), of("c", 0x0a000101n)];
    const network = networkOf(hosts, {}, []);
    expect(wiringOf(network).suspicions.map(({ id }) => id)).toEqual([
      "wire a:em0 b:em0",
      "wire a:em0 b:em1",
      "wire a:em1 b:em0",
      "wire a:em1 b:em1",
    ]);
    const apart = [cable("a:em0", "b:em0").ends];
    expect(wiringOf({ ...network, apart }).suspicions.length).toBe(3);
  });
});
