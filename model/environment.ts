import type { Interface } from "./host.ts";

/** What pfctl asks the running system when it reads a pf.conf, as a value. */
export interface Environment {
  /** Name of the host, for the scope of unread lines. */
  readonly host: string;
  /** In the order the system lists them: it decides the order of expansion. */
  readonly interfaces: readonly Interface[];
  /** Routing tables that exist besides 0. */
  readonly rtables: readonly number[];
}
