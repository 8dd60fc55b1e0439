import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRelayd } from "../../../parser/relayd/parse.ts";
import { underlined } from "../../support/site-files.ts";

/** Errors, with what is underlined: relayd would not start. */
const WRONG: readonly (readonly [string, readonly string[]])[] = [
  ['redirct "r" { }', ["relayd-word: redirct"]],
  ["table web { 10.0.0.1 }", ["relayd-table: table"]],
  ["table <web> { }", ["relayd-missing: web"]],
  ["table <a> { 10.0.0.1 }\ntable <a> { 10.0.0.2 }", ["relayd-twice: a"]],
  ['redirect "r"\nlog all', ['relayd-block: "r"']],
  ['redirect "r" { listen on 10.0.0.1 port 80\n}', ['relayd-missing: "r"']],
  ['redirect "r" { forward to <web> }', ["relayd-no-table: web", 'relayd-missing: "r"']],
  ['redirect "r" { listen on 10.0.0.1\n}', ["relayd-value: listen", 'relayd-missing: "r"']],
  ['redirect "r" { lissten on x }', ["relayd-word: lissten", 'relayd-missing: "r"']],
  [
    'table <w> { 10.0.0.1 }\nredirect "a/b" { listen on 10.0.0.1 port 80\nforward to <w>\n}',
    ['relayd-name: "a/b"'],
  ],
  ['relay "x" { forward to 10.0.0.1 port 80\n}', ['relayd-missing: "x"']],
  ['include "/etc/none"', ['relayd-include: "/etc/none"']],
];

const WHOLE = `
# a comment
ext = "10.0.0.1"
table <web> { 10.1.0.1, 10.1.0.2 retry 2 ip ttl 1, $ext priority 3 }
table <spare> disable { 127.0.0.1 }
log state changes
interval 5
timeout 2000
prefork 3
agentx
http protocol "https" {
	match request header append "X" value "$REMOTE_ADDR"
	tcp { nodelay, sack, \\
	  backlog 100 }
	tls { keypair "a" }
}
protocol plain { }
redirect "www" {
	listen on $ext tcp port http interface em0 pflog
	listen on 2001:db8::1 port 8000:8010
	match pftag RELAYD
	forward to <web> port 8080 mode least-states check http "/" code 200
	forward to <spare> check icmp
	session timeout 30
	sticky-address
}
redirect off { listen on $ext port 1
	route to <web> check tcp interface em1
	disable
}
relay "tls" {
	listen on $ext port 443 tls
	protocol "https"
	transparent forward with tls to <web> port 443 mode loadbalance check tcp
}
relay "proxy" { listen on 127.0.0.1 port 8080
	forward to nat lookup
}
relay "ssh" {
	listen on $ext port 2222
	forward to 10.1.0.9 port 22
}
router "anycast" {
	route 10.10.10.10/32
	forward to <web> check tcp
}
`;

describe("parseRelayd", () => {
  it.each(WRONG)("complains about %j", (text, expected) => {
    const { diagnostics, complete } = parseRelayd({ file: "relayd.conf", text });
    expect(underlined(diagnostics, new Map([["relayd.conf", text]]))).toEqual(expected);
    expect(complete).toBe(false);
  });

  it("reads every word that decides a path", () => {
    const reading = parseRelayd({ file: "relayd.conf", text: WHOLE });
    expect(reading.diagnostics).toEqual([]);
    const [www, off] = reading.redirects;
    expect(www).toMatchObject({
      name: "www",
      listeners: [
        { address: { text: "10.0.0.1" }, protocol: "tcp", port: "http", interface: "em0" },
        { address: { text: "2001:db8::1" }, protocol: "tcp", port: "8000:8010" },
      ],
      tag: "RELAYD",
      matches: true,
      sticky: true,
      mode: "least-states",
      routes: false,
      disabled: false,
    });
    const hosts = www?.targets.map((it) => it.hosts.map(({ text }) => text));
    expect(hosts).toEqual([["10.1.0.1", "10.1.0.2", "10.0.0.1"], ["127.0.0.1"]]);
    expect(www?.targets[0]?.port).toBe("8080");
    expect(off).toMatchObject({ routes: true, disabled: true, targets: [{ interface: "em1" }] });
    expect(reading.relays).toMatchObject([
      { name: "tls", transparent: true, targets: [{ port: "443" }], anyDestination: false },
      { name: "proxy", targets: [], anyDestination: true, transparent: false },
      { name: "ssh", targets: [{ hosts: [{ text: "10.1.0.9" }], port: "22" }] },
    ]);
    expect(reading.routers).toMatchObject([{ text: "anycast" }]);
  });

  it("follows includes, with their macros and tables, and ends those that go round", () => {
    const files = new Map([
      ["a", 'table <w> { $x }\ninclude "b"'],
      ["b", 'include "a"'],
    ]);
    const reading = parseRelayd({
      file: "relayd.conf",
      text: 'x = "10.0.0.1"\ninclude "a"\nredirect r { listen on $x port 1\nforward to <w>\n}',
      include: (name) => ({ file: name, text: files.get(name) ?? "" }),
    });
    expect(reading.diagnostics.map((it) => it.code)).toEqual(["relayd-include"]);
    expect(reading.redirects[0]?.targets[0]?.hosts[0]?.text).toBe("10.0.0.1");
    expect(reading.included).toEqual(["a", "b", "a"]);
  });

  it("opens no more than a hundred included files, however they name each other", () => {
    let opened = 0;
    parseRelayd({
      file: "0",
      text: 'include "1"\ninclude "1"',
      include: (name) => {
        opened++;
        const next = `include "${Number(name) + 1}"`;
        return { file: name, text: `${next}\n${next}` };
      },
    });
    expect(opened).toBeLessThan(1000);
  });

  it("reads any text", () => {
    const word = fc.constantFrom(
      ...'table < > redirect relay router { } , = " x $x include listen on port forward to \n'.split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(word, { maxLength: 60 }).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(text, (it) => {
        for (const { span } of parseRelayd({ file: "f", text: it }).diagnostics) {
          expect(span.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
