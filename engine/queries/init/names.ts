import type { Host } from "../../../model/host.ts";
import type { InterfaceRemark } from "../../../model/init-answer.ts";
import { HOSTS_ZONE, UNPLACED_ZONE } from "../../path/places.ts";
import type { EndGroup } from "./group-ends.ts";
import type { WireEnd } from "./wire-ends.ts";

/**
 * Names for zones: those of hosts are the hosts' own, those of groups, rdomains and guests say which,
 * and a wire is called as its hostname.if(5) file calls it, else by its interface.
 *
 * Unique, and the same for the same files: of letters, digits and dashes, hosts excepted.
 */
export function zoneNames(
  hosts: readonly Host[],
  groups: readonly EndGroup[],
  remarks: readonly InterfaceRemark[],
): { readonly hosts: readonly string[]; readonly groups: readonly string[] } {
  const names = new UniqueNames();
  const several = hosts.length > 1;
  return {
    hosts: hosts.map(({ name }) => names.take([/^\d*$/.test(name) ? `host-${name}` : name])),
    groups: groups.map((group) => names.take(wishes(group, several, remarks))),
  };
}

class UniqueNames {
  readonly #taken = new Set([HOSTS_ZONE, UNPLACED_ZONE, "__proto__"]);

  /** The first wish that is free, else the last with a number. */
  take(wishes: readonly string[]): string {
    const last = wishes.at(-1) ?? "zone";
    let name = wishes.find((wish) => !this.#taken.has(wish));
    for (let more = 2; name === undefined; more++) {
      if (!this.#taken.has(`${last}-${more}`)) name = `${last}-${more}`;
    }
    this.#taken.add(name);
    return name;
  }
}

function wishes(
  group: EndGroup,
  several: boolean,
  remarks: readonly InterfaceRemark[],
): readonly string[] {
  const { kind, word } = group;
  const [first] = group.ends;
  if (first === undefined) return [];
  const on = (name: string): string => `${first.host.name}-${name}`;
  const own = [first.interface.name, on(first.interface.name)].slice(several ? 1 : 0);
  switch (kind) {
    case "internet":
    case "unused":
      return [kind, `${kind}-wires`];
    case "rdomain":
      return [...(several ? [] : [`rdomain${word}`]), on(`rdomain${word}`)];
    case "group":
      return [
        ...slug(word),
        ...slug(`${word}-rdomain${first.rdomain}`),
        on(slug(word)[0] ?? "group"),
      ];
    case "guest":
      return [...slug(word), ...slug(`vm-${word}`), ...own];
    case "trunk":
      return [...labelsOf(group, remarks), kind, on(kind), ...own];
    case "switch":
    case "wire": {
      const bridge = kind === "switch" ? first.switch?.name : undefined;
      const called = bridge === undefined ? own : [...(several ? [] : [bridge]), on(bridge)];
      return [...labelsOf(group, remarks), ...called];
    }
  }
}

/** Longer ones are sentences. */
const LONGEST_LABEL = 20;

/** What people call the wires, the host's own port of a switch first. */
function labelsOf({ ends }: EndGroup, remarks: readonly InterfaceRemark[]): readonly string[] {
  const interfaces = ends.flatMap((end) => namesAround(end).map((name) => ({ end, name })));
  return interfaces.flatMap(({ end, name }) => {
    const said = remarks.find((it) => it.host === end.host.name && it.interface === name);
    return slug(said?.label ?? "").filter((it) => it.length <= LONGEST_LABEL);
  });
}

function namesAround({ speakers, switch: bridge, interface: it }: WireEnd): readonly string[] {
  return [
    ...speakers.map(({ name }) => name),
    ...(bridge === undefined ? [] : [bridge.name]),
    it.name,
  ];
}

/** Text as a name: at most 32 letters, digits and dashes, the first a letter; nothing if none is left. */
function slug(text: string): readonly string[] {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const name = plain.slice(0, 32).replaceAll(/^[-\d]+|-+$/g, "");
  return name === "" ? [] : [name];
}
