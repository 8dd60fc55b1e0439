import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseVm } from "../../../parser/vm/parse.ts";
import { underlined } from "../../support/site-files.ts";

const WRONG: readonly (readonly [string, readonly string[]])[] = [
  ['switch "s" { }', ['vm-switch: "s"']],
  ['vm "v" { memroy 1G }', ["vm-word: memroy"]],
  ['vm "v" { interface { rdomain x } }', ["vm-value: x"]],
  ['vm "v"', ["vm-block: vm"]],
  ['vm "v" { }\nvm "v" { }', ['vm-twice: "v"']],
  ["frobnicate { a b }\nvm v { }", ["vm-word: frobnicate"]],
  ['vm "v" { interface { swich "s" } }', ["vm-word: swich"]],
];

describe("parseVm", () => {
  it.each(WRONG)("complains about %j", (text, expected) => {
    const { diagnostics } = parseVm({ file: "vm.conf", text });
    expect(underlined(diagnostics, new Map([["vm.conf", text]]))).toEqual(expected);
  });

  it("accepts every word of the manual", () => {
    const text = `
socket owner :wheel
staggered start parallel 2 delay 10
local prefix 192.168.128.0/18
local inet6 prefix fd00::/64
agentx context "x"
switch "s" { enable interface bridge0 group g locked lladdr rdomain 1 up }
vm "v" instance "p" {
  enable sev disk "/a" boot "/bsd" cdrom "/c" memory 1G owner root:wheel
  allow instance { boot, disk, memory }
  interfaces 2
  interface switch "s", up
}
vm "p" { }
`;
    const { diagnostics, localPrefix, localInet6, machines } = parseVm({ file: "f", text });
    expect(diagnostics).toEqual([]);
    expect(localPrefix).toBe("192.168.128.0/18");
    expect(localInet6).toBe(true);
    expect(machines[0]?.interfaces).toHaveLength(3);
  });

  it("ends an include that goes round", () => {
    const text = 'include "a"';
    const { diagnostics } = parseVm({
      file: "vm.conf",
      text,
      include: () => ({ file: "a", text }),
    });
    expect(diagnostics.map((it) => it.code)).toEqual(["vm-include"]);
  });

  it("reads any text", () => {
    const word = fc.constantFrom(
      ...'vm switch interface { } , " x include local \n $m = m'.split(" "),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(word, { maxLength: 60 }).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(text, (it) => {
        for (const { span } of parseVm({ file: "f", text: it }).diagnostics) {
          expect(span.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
