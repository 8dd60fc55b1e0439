import type { Interface } from "./host.ts";

/** What pfctl asks the running system when it reads a pf.conf, as a value. */
export interface Environment {
  /** Name of the host, for the scope of unread lines. */
  readonly host: string;
  /** In the order the system lists them: it decides the order of expansion. */
  readonly interfaces: readonly Interface[];
  /** Routing tables that exist besides 0. */
  readonly rtables: readonly number[];
  /** Users and their numbers; absent: those of every OpenBSD 7.8. */
  readonly users?: ReadonlyMap<string, number>;
  /** Groups and their numbers; absent: those of every OpenBSD 7.8. */
  readonly groups?: ReadonlyMap<string, number>;
  /** Services and their ports; absent: those of OpenBSD 7.8's services(5). */
  readonly services?: ReadonlyMap<string, number>;
  /** Host names and their addresses as written, in the order of the answer; absent: no name resolves. */
  readonly hosts?: ReadonlyMap<string, readonly string[]>;
}
