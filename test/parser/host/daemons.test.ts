import { describe, expect, it } from "vitest";
import { HostPf } from "../../../engine/path/host-pf.ts";
import type { PfConf } from "../../../model/pf-conf.ts";
import { ruleText } from "../../../parser/pf/rule-text.ts";
import { hostFrom } from "../../support/site-files.ts";

const PF = 'anchor "relayd/*"\nanchor "ftp-proxy/*"\nanchor "tftp-proxy/*"\nanchor "authpf/*"\n';

const RELAYD = `table <web> { 10.1.0.1 web2 }
table <spare> { 10.1.0.9 }
redirect "www" {
	listen on 10.0.0.1 port http interface em0
	pftag WWW
	forward to <web> port 8080 check tcp
	forward to <spare> check tcp
}
`;

function confOf(texts: Readonly<Record<string, string>>): PfConf | undefined {
  return hostFrom({
    "hostname.em0": "inet 10.0.0.1/24",
    "hostname.em1": "inet autoconf",
    "pf.conf": PF,
    hosts: "10.1.0.2 web2\n",
    ...texts,
  }).host.pfConf;
}

/** What anchors below `path` hold: `anchor: rule`, `?` for one that need not be there, `*` for any. */
function heldBelow(conf: PfConf | undefined, path: string): readonly string[] {
  const open = new Map(conf?.openRules.map((it) => [`${it.anchor} ${it.number}`, it.what]));
  return (conf?.loaded ?? [])
    .flatMap((run) => [...run.rulesets])
    .filter(([anchor]) => anchor.startsWith(`${path}/`))
    .flatMap(([anchor, { rules }]) =>
      rules.map((rule) => {
        const what = open.get(`${anchor} ${rule.number}`);
        const mark = what === undefined ? "" : what === "match" ? "?" : "*";
        return `${anchor}${mark}: ${ruleText(rule)}`;
      }),
    );
}

const REDIRECTS: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "a table, its backup and a tag",
    RELAYD,
    [
      "relayd/www?: pass in quick on em0 on rdomain 0 inet proto tcp from any to 10.0.0.1 port = 80 flags S/SA tag WWW rdr-to <www> port 8080 round-robin",
    ],
  ],
  [
    "an interface and a port of its own",
    "table <w> { 10.1.0.1 }\nredirect r {\nlisten on em1 udp port 53\nforward to <w> check icmp\n}",
    [
      "relayd/r?: pass in quick on rdomain 0 proto udp from any to (em1) port = 53 rdr-to <r> port 53 round-robin",
    ],
  ],
  [
    "a range of ports, which it keeps",
    "table <w> { 10.1.0.1 }\nredirect r {\nlisten on 10.0.0.1 port 8000:8010\nforward to <w> check icmp\nsticky-address\n}",
    [
      "relayd/r?: pass in quick on rdomain 0 inet proto tcp from any to 10.0.0.1 port 8000:8010 flags S/SA rdr-to <r> round-robin sticky-address",
    ],
  ],
  [
    "match, which decides nothing",
    "table <w> { 10.1.0.1 }\nredirect r {\nlisten on 10.0.0.1 port 80\nmatch pftag T\nforward to <w> check icmp\n}",
    [
      "relayd/r?: match in on rdomain 0 inet proto tcp from any to 10.0.0.1 port = 80 flags S/SA tag T rdr-to <r> port 80 round-robin",
    ],
  ],
  [
    "route to",
    "table <w> { 10.1.0.1 }\nredirect r {\nlisten on 10.0.0.1 port 80\nroute to <w> check icmp interface em0\n}",
    [
      "relayd/r?: pass in quick on rdomain 0 inet proto tcp from any to 10.0.0.1 port = 80 flags any keep state (sloppy) route-to <r> round-robin",
    ],
  ],
  [
    "one that is disabled",
    "table <w> { 10.1.0.1 }\nredirect r {\nlisten on 10.0.0.1 port 80\nforward to <w> check icmp\ndisable\n}",
    [],
  ],
];

describe("anchors of daemons", () => {
  it.each(REDIRECTS)("relayd: %s", (_, text, expected) => {
    expect(heldBelow(confOf({ "relayd.conf": text }), "relayd")).toEqual(expected);
  });

  it("gives the table of a redirect all hosts that may be up, and its rules relayd's rdomain", () => {
    const conf = confOf({
      "relayd.conf": RELAYD,
      "rc.conf.local": "relayd_flags=\nrelayd_rtable=0",
    });
    const host = { ...hostFrom({}).host, pfConf: conf };
    const kernel = new HostPf(host).kernel(() => 0);
    expect(kernel.table("relayd/www", "www")).toBeDefined();
    const [content] =
      conf?.loaded.find((it) => it.anchor === "relayd/www")?.tables[0]?.contents ?? [];
    expect(content).toMatchObject({ kind: "list", entries: { count: 3 } });
    const rules = conf?.loaded.flatMap((run) =>
      [...run.rulesets.values()].flatMap((it) => it.rules),
    );
    expect(rules?.find((it) => it.tag === "WWW")?.rdomain).toBe(0);
    const moved = confOf({
      "relayd.conf": RELAYD,
      "rc.conf.local": "relayd_flags=\nrelayd_rtable=4",
    });
    const own = moved?.loaded.flatMap((run) =>
      [...run.rulesets.values()].flatMap((it) => it.rules),
    );
    expect(own?.find((it) => it.tag === "WWW")?.rdomain).toBe(4);
  });

  it("points at the redirect, and says when its rules are there", () => {
    const conf = confOf({ "relayd.conf": RELAYD });
    const [unread] = conf?.openRules.find((it) => it.anchor === "relayd/www")?.unread ?? [];
    expect(unread).toMatchObject({
      id: "fw1/etc/relayd.conf:3",
      scope: { kind: "rule", anchor: "relayd/www" },
    });
    expect(conf?.unread).toContain(unread);
    // nothing is left of the line that might have done anything
    expect(conf?.openRules.filter((it) => it.anchor === "relayd/*")).toEqual([]);
    expect(conf?.unread.filter((it) => it.words === 'anchor "relayd/*"')).toEqual([]);
  });

  it.each([
    ["not started", { "relayd.conf": RELAYD, "rc.conf.local": "" }, []],
    ["with an error", { "relayd.conf": `${RELAYD}\nfrobnicate\n` }, ["relayd/**: match quick all"]],
    ["without a file", {}, ["relayd/**: match quick all"]],
    [
      "with a foreign word",
      { "relayd.conf": RELAYD.replace("WWW", '"a b"') },
      ["relayd/**: match quick all"],
    ],
  ] as const)("relayd %s", (_, texts, expected) => {
    expect(heldBelow(confOf(texts), "relayd")).toEqual(expected);
  });

  it("takes from a call without a wildcard only what that anchor holds", () => {
    const calls = 'anchor "relayd/www"\nanchor "relayd/other"\n';
    const held = heldBelow(confOf({ "relayd.conf": RELAYD, "pf.conf": calls }), "relayd");
    expect(held.map((it) => it.split(":")[0])).toEqual(["relayd/www?"]);
  });

  it("leaves anchors of that name in other anchors alone: no daemon fills them", () => {
    const inner = 'anchor "a" {\n anchor "relayd/*"\n}\n';
    const conf = confOf({ "relayd.conf": RELAYD, "pf.conf": inner });
    expect(conf?.openRules.map((it) => it.anchor)).toEqual(["a/relayd/*"]);
  });

  it.each([
    ["ftp-proxy", "ftpproxy_flags=", ["ftp-proxy/**: match quick proto tcp all"]],
    ["ftp-proxy", "ftpproxy6_flags=", ["ftp-proxy/**: match quick proto tcp all"]],
    ["ftp-proxy", "", []],
    ["ftp-proxy", "ftpproxy_flags=NO", []],
    ["tftp-proxy", "tftpproxy_flags=", ["tftp-proxy/**: match quick proto udp all"]],
    ["tftp-proxy", "", []],
  ])("%s with %j", (path, rc, expected) => {
    expect(heldBelow(confOf({ "rc.conf.local": rc }), path)).toEqual(expected);
  });

  it("authpf: rules of a user and of all, each may be there, from any address", () => {
    const held = heldBelow(
      confOf({
        "authpf/authpf.conf": "",
        "authpf/authpf.rules": "block in from $user_ip to 10.9.0.0/16\n",
        "authpf/users/bob/authpf.rules": "pass in proto tcp from $user_ip to any port { 22 80 }\n",
      }),
      "authpf",
    );
    expect(held).toEqual([
      "authpf/*?: block drop in inet from any to 10.9.0.0/16",
      "authpf/bob?: pass in proto tcp from any to any port = 22 flags S/SA",
      "authpf/bob?: pass in proto tcp from any to any port = 80 flags S/SA",
    ]);
  });

  it.each([
    ["without authpf.conf", { "authpf/authpf.rules": "pass in from $user_ip\n" }],
    [
      "with a negated address",
      { "authpf/authpf.conf": "", "authpf/authpf.rules": "block from ! $user_ip\n" },
    ],
    ["with a wrong line", { "authpf/authpf.conf": "", "authpf/authpf.rules": "pas in\n" }],
  ])("authpf %s stays open", (_, texts) => {
    expect(heldBelow(confOf(texts), "authpf")).toEqual(["authpf/**: match quick all"]);
  });

  it("authpf fills the anchor that its authpf.conf names", () => {
    const conf = confOf({
      "authpf/authpf.conf": "table=users\nanchor = gate\n",
      "authpf/authpf.rules": "pass in from $user_ip\n",
      "pf.conf": 'anchor "gate/*"\nanchor "authpf/*"\n',
    });
    expect(heldBelow(conf, "gate")).toEqual(
      ["gate/*?: pass in from any flags S/SA"].map((it) => it.replace("from any ", "all ")),
    );
    expect(heldBelow(conf, "authpf")).toEqual(["authpf/**: match quick all"]);
  });
});

describe("relays of relayd.conf", () => {
  it("are data: listeners, backends, and whether the client's address is kept", () => {
    const text = `table <w> { 10.1.0.1 web2 nowhere }
relay "tls" {
	listen on em0 port 443 tls
	transparent forward to <w> port 8443 check tcp
}
relay "proxy" {
	listen on em1 port 8080
	forward to nat lookup
}
relay off {
	listen on em1 port 1
	forward to 10.0.0.9 port 1
	disable
}
`;
    const { relays } = hostFrom({
      "hostname.em0": "inet 10.0.0.1/24",
      "hostname.em1": "inet autoconf",
      "relayd.conf": text,
      hosts: "10.1.0.2 web2\n",
    }).host;
    const at = (value: bigint) => ({ family: "inet", value });
    expect(relays).toMatchObject([
      {
        name: "tls",
        listeners: [{ address: at(0x0a000001n), ports: [443, 443] }],
        backends: [
          { address: at(0x0a010001n), ports: [8443, 8443] },
          { address: at(0x0a010002n), ports: [8443, 8443] },
          { ports: [8443, 8443] },
        ],
        transparent: true,
        anyDestination: false,
      },
      { name: "proxy", listeners: [{ ports: [8080, 8080] }], backends: [], anyDestination: true },
    ]);
    // nobody knows these addresses: they are any
    expect(relays[0]?.backends[2]).not.toHaveProperty("address");
    expect(relays[1]?.listeners[0]).not.toHaveProperty("address");
  });

  it("opens the routes of a router block", () => {
    const text =
      "table <w> { 10.1.0.1 }\nrouter r {\nroute 10.9.0.0/16\nforward to <w> check icmp\n}";
    expect(hostFrom({ "relayd.conf": text }).host.unread).toMatchObject([
      { scope: { kind: "routes" } },
    ]);
  });
});
