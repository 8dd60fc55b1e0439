import { basename } from "node:path";
import { parseMyname } from "../parser/myname.ts";

/** A host directory and what its files say of its name. */
export interface Nameable {
  readonly directory: string;
  /** Text of its /etc/myname. */
  readonly myname: string | undefined;
}

/**
 * Names hosts by their directories; the root of the site by its myname(5), else by its own directory.
 *
 * Names are unique: directories of the same name take their whole path, `a-fw` and `b-fw`.
 */
export function hostNames(hosts: readonly Nameable[], root: string): readonly string[] {
  const wished = hosts.map(({ directory, myname }) => {
    if (directory !== "") return plain(basename(directory));
    return parseMyname(myname ?? "") ?? plain(basename(root));
  });
  const taken = new Set<string>();
  return wished.map((name, index) => {
    const directory = hosts[index]?.directory ?? "";
    const shared = wished.filter((it) => it === name).length > 1;
    const first = shared && directory !== "" ? plain(directory.replaceAll("/", "-")) : name;
    let own = first;
    for (let more = 2; taken.has(own); more++) own = `${first}-${more}`;
    taken.add(own);
    return own;
  });
}

/** Only letters that references to places can have. */
function plain(text: string): string {
  return text.replaceAll(/[^\w.-]/g, "-") || "host";
}
