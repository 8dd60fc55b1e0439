import type { Word } from "../config-lines.ts";
import * as complaint from "./diagnostics.ts";
import type { Handler, IfconfigRun } from "./ifconfig-run.ts";
import { isCloned, isGroupName } from "./interface-kind.ts";
import { macOf } from "./mac.ts";

/** Words of ifconfig(8) about the interface itself: state, groups, routing domain, VLAN. */
export const LINK_WORDS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [
    "up",
    ({ draft }, { span }) => {
      draft.up = true;
      draft.said.set("up", span);
    },
  ],
  [
    "down",
    ({ draft }, { span }) => {
      draft.up = false;
      draft.said.set("up", span);
    },
  ],
  ["rdomain", setRdomain],
  ["-rdomain", (run, word) => moveTo(run, 0, word)],
  ["group", addGroup],
  ["-group", dropGroup],
  [
    "link0",
    // on a veb(4) it lets VLAN-tagged frames pass between ports, on vxlan(4) it fixes the port
    ({ draft }) => {
      draft.link0 = true;
    },
  ],
  [
    "-link0",
    ({ draft }) => {
      draft.link0 = false;
    },
  ],
  [
    "link1",
    ({ draft }) => {
      draft.link1 = true;
    },
  ],
  [
    "-link1",
    ({ draft }) => {
      draft.link1 = false;
    },
  ],
  ["link2", setLink2],
  [
    "-link2",
    ({ draft }) => {
      draft.link2 = false;
    },
  ],
  [
    "monitor",
    ({ draft }) => {
      draft.monitor = true;
    },
  ],
  [
    "-monitor",
    ({ draft }) => {
      draft.monitor = false;
    },
  ],
  [
    "staticarp",
    ({ draft }) => {
      draft.staticArp = true;
    },
  ],
  [
    "-staticarp",
    ({ draft }) => {
      draft.staticArp = false;
    },
  ],
  ["lladdr", setMac],
  ["vnetid", setVnetid],
  [
    "-vnetid",
    ({ draft }) => {
      draft.vnetid = undefined;
    },
  ],
  ["vlan", setVnetid],
  ["parent", setParent],
  ["vlandev", setParent],
  [
    "-parent",
    ({ draft }) => {
      draft.parent = undefined;
    },
  ],
  [
    "-vlandev",
    ({ draft }) => {
      draft.parent = undefined;
    },
  ],
  [
    "destroy",
    ({ draft }) => {
      draft.up = false;
    },
  ],
]);

function setRdomain(run: IfconfigRun, word: Word): void {
  const id = run.number(word, 0, 255);
  if (id !== undefined) moveTo(run, id, word);
}

/** Moving an interface removes its addresses; a refused rdomain leaves it where it was (2.1). */
function moveTo(run: IfconfigRun, id: number, word: Word): void {
  const { draft, machine } = run;
  if (draft.rdomain === id) return;
  if (!machine.makeRdomain(id, word)) {
    run.failed = true;
    return;
  }
  if (draft.addresses.length > 0) {
    machine.diagnostics.push(complaint.rdomainDropsAddresses(draft.name, word.span));
  }
  draft.rdomain = id;
  draft.said.set("rdomain", word.span);
  draft.addresses = [];
}

function addGroup(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  if (value.shell) {
    run.unread([word, value], { effect: "may put the interface in any group" });
  } else if (!isGroupName(value.text)) {
    run.fail(complaint.badGroup(value.text, value.span));
  } else if (!run.draft.groups.includes(value.text)) {
    run.draft.groups = [...run.draft.groups, value.text];
  }
}

function dropGroup(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  run.draft.groups = run.draft.groups.filter((it) => it !== value.text || it === "all");
}

function setLink2(run: IfconfigRun, word: Word): void {
  run.draft.link2 = true;
  if (run.draft.kind !== "bridge") return;
  run.unread([word], { effect: "lets IPsec take packets out of the bridge and put them in" });
}

function setVnetid(run: IfconfigRun, word: Word): void {
  const { draft } = run;
  const any = run.peek()?.text === "any" && draft.kind === "other";
  if (any) {
    run.take();
    return;
  }
  const tagged = draft.kind === "vlan" || draft.kind === "svlan";
  const id = run.number(word, tagged ? 1 : 0, tagged ? 4094 : 0xffffff);
  if (id === undefined) return;
  draft.vnetid = id;
  draft.said.set("vnetid", word.span);
}

/** `lladdr random` leaves the address open: no file says it. */
function setMac(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  const mac = macOf(value.text);
  if (mac !== undefined) run.draft.lladdr = mac;
  else if (value.text === "random") run.draft.lladdr = undefined;
  else if (!value.shell) run.fail(complaint.badMac(value.text, value.span));
}

function setParent(run: IfconfigRun, word: Word): void {
  const value = run.value(word);
  if (value === undefined) return;
  if (value.shell) {
    run.unread([word, value], { effect: "may lie on any other interface" });
    return;
  }
  const parent = run.machine.existing(value);
  run.draft.said.set("parent", word.span);
  if (parent !== undefined) run.draft.parent = parent.name;
  else if (isCloned(value.text)) run.failed = true;
}
