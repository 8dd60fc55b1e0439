import { parseAddress, parsePrefix } from "../../model/address-text.ts";
import type { Host, Interface, Route } from "../../model/host.ts";
import { parsePf } from "../../parser/pf/parse.ts";
import { environmentOf, type RecordedInterface } from "./environment.ts";
import { hostOf } from "./network.ts";

/** A host in a few lines: interfaces, routes and pf.conf as text. */
export interface SmallHost {
  readonly interfaces: readonly (RecordedInterface & {
    readonly more?: Partial<Interface>;
  })[];
  /** `rtable` is 0 unless given. */
  readonly routes: readonly (readonly [prefix: string, name: string, gateway?: string])[];
  readonly rules: readonly string[];
  /** Statements that pfctl refuses are left open, as on a site. */
  readonly mayBeWrong?: true;
  /** Routing tables, each with its domain; table 0 is there. */
  readonly rtables?: readonly (readonly [table: number, domain: number])[];
}

/** A host that forwards; throws if its pf.conf has an error, unless that may be. */
export function smallHost(
  name: string,
  { interfaces, routes, rules, rtables = [], mayBeWrong }: SmallHost,
): Host {
  const read = environmentOf({ ifs: interfaces, rtables });
  const environment = {
    ...read,
    interfaces: read.interfaces.map((it, at) => ({ ...it, ...interfaces[at]?.more })),
  };
  const text = `${rules.join("\n")}\n`;
  const { conf, diagnostics } = parsePf(
    { file: `${name}/etc/pf.conf`, text, optimize: "none" },
    environment,
  );
  const wrong = diagnostics.find((it) => it.severity === "error");
  if (wrong !== undefined && mayBeWrong !== true) throw new Error(`${wrong.message}\n${text}`);
  return hostOf(name, environment.interfaces, routes.flatMap(routeOf), conf);
}

function routeOf([text, name, gateway]: readonly [string, string, string?]): readonly Route[] {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return [];
  const route: Route = { rtable: 0, prefix, interface: name, local: false };
  const via = gateway === undefined ? undefined : parseAddress(gateway)?.value;
  return [via === undefined ? route : { ...route, gateway: via }];
}
