import { describe, expect, it } from "vitest";
import { printAddress } from "../../../model/address-text.ts";
import { hostFrom } from "../../support/site-files.ts";

const TWO_SWITCHES = `
switch "a" { interface bridge0 group tenant-a }
switch "b" {
  interface veb1
  rdomain 2
}
vm "web" {
  memory 512M
  disk "/home/vm/web.qcow2" format qcow2
  boot device disk
  interface { switch "a" locked lladdr fe:e1:ba:d0:00:01 group web }
  interface tap7 { switch "b", rdomain 2 }
}
vm db { disable interfaces 1 local interface }
`;

describe("guests of readHost", () => {
  it("makes taps, puts them in bridges, groups and rdomains", () => {
    const { host, diagnostics } = hostFrom({
      "vm.conf": TWO_SWITCHES,
      "hostname.bridge0": "up",
      "hostname.veb1": "up",
    });
    expect(diagnostics).toEqual([]);
    expect(host.guests.map((it) => [it.name, it.taps])).toEqual([
      ["web", ["tap0", "tap7"]],
      ["db", ["tap1", "tap2"]],
    ]);
    const tap = (name: string) => host.interfaces.find((it) => it.name === name);
    expect(tap("tap0")).toMatchObject({
      kind: "tap",
      guest: "web",
      up: true,
      rdomain: 0,
      groups: ["tap", "all", "web", "tenant-a"],
    });
    expect(tap("tap7")).toMatchObject({ guest: "web", rdomain: 2 });
    expect(tap("bridge0")?.members).toEqual(["tap0"]);
    expect(tap("veb1")).toMatchObject({ members: ["tap7"], rdomain: 2 });
    const [address] = tap("tap2")?.addresses ?? [];
    expect(address && `${printAddress(address)}/${address.length}`).toBe("100.64.2.4/31");
  });

  it("does not rely on an rdomain that a tap inherits from a switch before it", () => {
    const vm = (first: boolean): string => {
      const blocks = [
        'switch "s" { interface veb0 rdomain 3 }',
        'vm "v" { interface { switch "s" } }',
      ];
      return (first ? blocks : blocks.toReversed()).join("\n");
    };
    const before = hostFrom({ "vm.conf": vm(true) }).host.interfaces.find(
      (it) => it.name === "tap0",
    );
    expect(before?.unread.map((it) => it.scope.kind)).toEqual(["interface"]);
    const after = hostFrom({ "vm.conf": vm(false) }).host.interfaces.find(
      (it) => it.name === "tap0",
    );
    expect(after).toMatchObject({ rdomain: 3, unread: [] });
  });

  it("hands `locked lladdr` down from a switch before the machine only, with both lines", () => {
    const blocks = [
      'switch "s" { interface veb0 locked lladdr }',
      'vm "v" { interface { switch "s" lladdr fe:e1:ba:d0:0:1 } }',
    ];
    const tap = (text: string) => {
      const { host, diagnostics } = hostFrom({ "vm.conf": text });
      const it = host.interfaces.find((own) => own.name === "tap0");
      return [it?.locked, it?.guestLladdr, ...diagnostics.map((own) => own.message)];
    };
    expect(tap(blocks.join("\n"))).toEqual([true, "fe:e1:ba:d0:00:01"]);
    expect(tap(blocks.toReversed().join("\n"))).toEqual([
      false,
      "fe:e1:ba:d0:00:01",
      "`locked lladdr` of switch `s` (fw1/etc/vm.conf:2) does not hold for vm `v`, which stands before it",
    ]);
  });

  it("leaves a tap of a missing switch up and unattached", () => {
    const { host, diagnostics } = hostFrom({
      "vm.conf": 'switch "uplink" { interface bridge0 }\nvm "v" { interface { switch "uplnk" } }',
    });
    expect(diagnostics).toMatchObject([{ code: "vm-no-switch", help: "did you mean `uplink`?" }]);
    expect(host.interfaces.find((it) => it.kind === "bridge")?.members).toEqual([]);
  });

  it("gives an instance the interfaces of its parent", () => {
    const { host } = hostFrom({
      "vm.conf":
        'switch "s" { interface veb0 }\nvm "p" { interface { switch "s" } }\nvm "i" instance "p" { }',
    });
    expect(host.interfaces.find((it) => it.kind === "veb")?.members).toEqual(["tap0", "tap1"]);
  });

  it("reads macros and included files of the host", () => {
    const { host, diagnostics } = hostFrom({
      "vm.conf": 'dir="/etc/vm"\ninclude $dir/local.conf\ninclude "/etc/missing"',
      "vm/local.conf": 'vm "v" { interface tap }',
    });
    expect(host.guests.map((it) => it.name)).toEqual(["v"]);
    expect(host.guests[0]?.span.file).toBe("fw1/etc/vm/local.conf");
    expect(host.files.find((it) => it.file === "fw1/etc/vm/local.conf")?.use).toBe("read");
    expect(diagnostics.map((it) => it.code)).toEqual(["vm-include"]);
    expect(host.unread.map((it) => [it.scope.kind, it.span.line])).toEqual([["host", 3]]);
  });
});
