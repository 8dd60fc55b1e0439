import { addressBits, type Family } from "../../model/packet.ts";
import type { Context } from "./context.ts";
import type { Combination } from "./expand.ts";
import { resolveName } from "./hosts.ts";
import { printScrub, printSettings } from "./packet-changes.ts";
import { printTest, type RuleExtras } from "./print.ts";
import type { RuleStatement } from "./rule-statement.ts";
import type { Pools } from "./rule-writer.ts";
import { portRange } from "./tests.ts";

/** The words of one combination that the model has no place for. */
export function extrasOf(
  context: Context,
  statement: RuleStatement,
  it: Combination,
  pools: Pools,
  family: Family | undefined,
): RuleExtras {
  const { syntax, options, state, log, answer, calls } = statement;
  const anchor = syntax.action === "anchor";
  const changes = [
    options.prio === undefined ? "" : ` prio ${options.prio}`,
    options.packetRate ? ` max-pkt-rate ${options.packetRate}` : "",
    printSettings(options.settings),
  ].join("");
  const keeps = syntax.action === "pass" && options.state?.mode !== "none";
  const user = it.user === undefined ? "" : ` user ${it.user}`;
  const group = it.group === undefined ? "" : ` group ${it.group}`;
  const reassembles = options.divert?.kind === "divert-packet" && context.reassemble;
  const scrub = reassembles ? { ...options.scrub, reassemble: "reassemble tcp" } : options.scrub;
  return {
    action: syntax.action,
    answer: answer.text(family),
    ...(calls === undefined ? {} : { anchorName: calls.name }),
    log: log ?? "",
    os: it.os === undefined ? "" : ` os "${it.os}"`,
    identity: user + group,
    changes,
    stateBefore: keeps ? state.before : [],
    stateAfter: keeps ? state.after : [],
    scrub: printScrub(scrub),
    divert: anchor ? "" : divertText(context, statement, family),
    translation: anchor ? "" : translationText(statement, pools),
    route: pools.route === undefined ? "" : ` ${statement.route?.kind ?? ""} ${pools.route.text}`,
  };
}

/** The first that applies: a rule with both prints only `nat-to`. */
function translationText({ options }: RuleStatement, { afTo, nat, rdr }: Pools): string {
  if (afTo.length > 0) {
    const target = options.afTo?.family ?? "inet";
    return ` af-to ${target} from ${afTo.map((it) => it.text).join(" to ")}`;
  }
  if (nat !== undefined) return ` nat-to ${nat.text}`;
  return rdr === undefined ? "" : ` rdr-to ${rdr.text}`;
}

function divertText(
  context: Context,
  { options }: RuleStatement,
  family: Family | undefined,
): string {
  const { divert } = options;
  switch (divert?.kind) {
    case undefined:
      return "";
    case "divert-reply":
      return " divert-reply";
    case "divert-packet":
      return ` divert-packet port ${portRange(context, divert.port)?.first ?? 0}`;
    case "divert-to": {
      const hosts = resolveName(context, { token: divert.host }) ?? [];
      const host = hosts.find((it) => it.family === family) ?? hosts[0];
      const port = portRange(context, divert.port)?.first ?? 0;
      const text = host === undefined ? "" : printTest(withoutMask(host.test), family);
      return ` divert-to ${text} port ${port}`;
    }
  }
}

function withoutMask(test: Parameters<typeof printTest>[0]): Parameters<typeof printTest>[0] {
  if (test.kind !== "prefix") return test;
  const { prefix } = test;
  return { kind: "prefix", prefix: { ...prefix, length: addressBits(prefix.family) } };
}
