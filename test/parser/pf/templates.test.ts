import fc from "fast-check";
import { expect, test } from "vitest";
import type { Environment } from "../../../model/environment.ts";
import type { PfRule } from "../../../model/pf-rule.ts";
import { type PfReading, readPf } from "../../../parser/pf/read.ts";
import { ruleText } from "../../../parser/pf/rule-text.ts";
import { PASS } from "../../support/pass-rule.ts";

const NOTHING: Environment = { host: "test", interfaces: [], rtables: [] };
const FIELDS = Object.keys(PASS).filter(isField);

function isField(key: string): key is keyof PfRule {
  return key in PASS;
}

function read(text: string): PfReading {
  return readPf({ file: "pf.conf", text, optimize: "none" }, NOTHING);
}

/** Everything a rule says, and which part of its line that was. */
function content(rule: PfRule): unknown[] {
  const { column, length } = rule.origin.span;
  const says = FIELDS.filter((it) => it !== "number" && it !== "origin" && it !== "elements");
  return [ruleText(rule), column, length, ...says.map((it) => rule[it])];
}

const host = fc.constantFrom(
  "10.0.0.1",
  "10.0.0.255/24",
  "10.255.255.255/8",
  "255.255.255.255/0",
  "! 128.0.0.0/1",
  "0.0.0.0",
  "10.1.2.3/32",
  "10.1.2.3/33",
  "10.1.2.256",
  "10.1",
  "10",
  "fd00::1/64",
  "<table>",
  "(em0)",
  "any",
  "{ 10.0.0.1 10.0.0.2 }",
);

const port = fc.constantFrom(
  "",
  "port 0",
  "port 22",
  "port = 65535",
  "port 65536",
  "port != 80",
  "port > 1023",
  "port 80:90",
  "port 90:80",
  "port 10 >< 20",
  "port 20 <> 10",
  "port ssh",
  "port 022",
);

const part = <T extends string>(...words: T[]): fc.Arbitrary<T> => fc.constantFrom(...words);

const statement = fc
  .tuple(
    part("pass", "block", "match", "block return-rst", "block return"),
    part("", "in", "out"),
    part("", "log", "quick", "log (all) quick"),
    part(
      "",
      "on em0",
      "on vlan9",
      "on ! em0",
      "on interface15chars",
      "on interface_16char",
      "on egress",
    ),
    part("", "inet", "inet6"),
    part("", "proto tcp", "proto udp", "proto icmp", "proto { tcp udp }", "proto 6"),
    part("from", "from", "to"),
    host,
    port,
    part("to", ""),
    host,
    port,
    part(
      "",
      "",
      "keep state",
      "no state",
      "flags S/SA",
      "label x",
      'label "$srcaddr"',
      "user 5",
      "tag t",
    ),
  )
  .map(([action, direction, log, on, family, proto, first, from, p, to, dest, q, more]) => {
    const ends =
      first === "to" || to === "" ? `${first} ${from} ${p}` : `from ${from} ${p} to ${dest} ${q}`;
    return `${action} ${direction} ${log} ${on} ${family} ${proto} ${ends} ${more}`;
  });

const option = part("set block-policy return", "set block-policy drop", "set state-defaults pflow");

/** Statements that differ in few words meet the same template. */
const file = fc
  .array(fc.oneof({ weight: 9, arbitrary: statement }, { weight: 1, arbitrary: option }), {
    minLength: 1,
    maxLength: 8,
  })
  .chain((kinds) => fc.array(fc.constantFrom(...kinds), { minLength: 2, maxLength: 12 }))
  .chain((lines) => fc.tuple(...lines.map(varied)));

/** `line` with other values in the places of plain ones. */
function varied(line: string): fc.Arbitrary<string> {
  const address = part("10.0.0.1", "192.0.2.255", "0.0.0.0", "255.255.255.255", "1.2.3.4");
  return fc
    .tuple(
      address,
      part("0", "1", "8", "31", "32", "33"),
      part("1", "65535", "65536", "443"),
      part("em1", "ix0", "wg7"),
      fc.nat(3),
    )
    .map(([quad, length, number, name, what]) => {
      if (what === 0) return line.replace(/\d+\.\d+\.\d+\.\d+/, quad);
      if (what === 1) return line.replace(/\/\d+/, `/${length}`);
      if (what === 2) return line.replace(/(port\D*)\d+/, `$1${number}`);
      return line.replace(/on (! )?\w+/, `on ${name}`);
    });
}

/** What `line` alone makes of the options in front of it. */
function alone(options: readonly string[], line: string): PfReading {
  return read([...options, line, ""].join("\n"));
}

function rules({ main }: PfReading): readonly PfRule[] {
  return main.rulesets.get("")?.rules ?? [];
}

/** What was said, without the place. */
function said({ stderr }: PfReading): readonly string[] {
  return stderr.map((it) => it.replace(/^pf\.conf:\d+: /, ""));
}

test("a statement makes the same rules wherever it stands, and whatever stood before", () => {
  let compared = 0;
  fc.assert(
    fc.property(file, (lines) => {
      const options: string[] = [];
      const good: string[] = [];
      const expected: unknown[] = [];
      for (const line of lines) {
        const own = alone(options, line);
        if (own.accepted) {
          good.push(line);
          expected.push(...rules(own).map(content));
        } else {
          const last = read([...good, line, ""].join("\n"));
          expect(said(last)).toEqual(said(own));
          expect(last.accepted).toBe(false);
        }
        if (own.accepted && line.startsWith("set")) options.push(line);
      }
      const made = rules(read([...good, ""].join("\n")));
      expect(made.map(content)).toEqual(expected);
      compared += made.length;
    }),
    { numRuns: 1000, seed: 7 },
  );
  expect(compared).toBeGreaterThan(1000);
});

test("a rule like another one has its own place", () => {
  const [first, second] = rules(
    read("pass in on em0 from 10.0.0.1\npass in on em1 from 10.0.0.2\n"),
  );
  expect(first?.origin.span).toMatchObject({ line: 1, column: 1 });
  expect(second?.origin.span).toMatchObject({ line: 2, column: 1 });
  expect([first?.number, second?.number]).toEqual([0, 1]);
});
