import { isDeepStrictEqual } from "node:util";
import type { LiveRule } from "../engine/kernel/live-rule.ts";
import type { Generated, LogRecord, Outcome } from "../engine/kernel/outcome.ts";
import { printAddress } from "../model/address-text.ts";
import type { PfPacket } from "../model/pf-packet.ts";
import type {
  OpenQuestion,
  PfLog,
  PfSent,
  PfTest,
  TestedRule,
  TracedRule,
} from "../model/pf-trace.ts";
import { ruleText } from "../parser/pf/rule-text.ts";
import { failedCriterion } from "./pf-explain.ts";
import type { Open, Tested } from "./pf-open.ts";

/** What is known of a crossing besides the simulator's outcome. */
export interface Watched {
  readonly open: readonly Open[];
  readonly drawn: boolean;
  /** Absent: not to be told. */
  readonly tested: readonly Tested[] | undefined;
}

interface Where {
  readonly direction: "in" | "out";
  readonly interface: string;
}

const NOTHING: Watched = { open: [], drawn: false, tested: undefined };

/** Names of reasons by their numbers, as `pfctl -si` and tcpdump(8) have them. */
const REASONS: readonly string[] = [
  "match",
  "bad-offset",
  "fragment",
  "short",
  "normalize",
  "memory",
  "bad-timestamp",
  "congestion",
  "ip-option",
  "proto-cksum",
  "state-mismatch",
  "state-insert",
  "state-limit",
  "src-limit",
  "synproxy",
  "translate",
  "no-route",
];

/** Puts outcomes of the simulator into words that leave it. */
export class OutcomeReader {
  readonly #text: (bytes: string) => string;
  /** One value a rule, however often it is told of. */
  readonly #rules = new Map<LiveRule, TracedRule>();

  constructor(text: (bytes: string) => string) {
    this.#text = text;
  }

  test(packet: PfPacket, where: Where, outcome: Outcome, watched: Watched): PfTest {
    const { verdict, rule, second, diverted, delay } = outcome;
    const isChanged = verdict === "pass" && !isDeepStrictEqual({ ...packet }, outcome.packet);
    return {
      verdict,
      by: deciderOf(outcome),
      rule: rule === undefined ? undefined : this.#rule(rule),
      state: STATES[outcome.state],
      matched: (outcome.matched ?? []).map((it) => this.#rule(it)),
      reason: outcome.reason === 0 ? "" : reasonName(outcome.reason),
      becomes: isChanged ? outcome.packet : undefined,
      delay,
      diverted,
      logs: outcome.logs.map(logOf),
      sent: outcome.generated.map(sentOf),
      second:
        second === undefined
          ? undefined
          : this.test(second.packet, where, { ...second, second: undefined }, NOTHING),
      tested:
        watched.tested === undefined
          ? undefined
          : this.#tested(packet, where, outcome, watched.tested),
      open: watched.open.map((it) => this.#question(it)),
      drawn: watched.drawn,
    };
  }

  #rule(live: LiveRule): TracedRule {
    const known = this.#rules.get(live);
    if (known !== undefined) return known;
    const { rule, number, anchor } = live;
    const { action, quick, origin } = rule;
    const text = this.#text(ruleText(rule));
    const made = { number, anchor: this.#text(anchor), action, quick, text, span: origin.span };
    this.#rules.set(live, made);
    return made;
  }

  #tested(
    packet: PfPacket,
    where: Where,
    outcome: Outcome,
    tested: readonly Tested[],
  ): readonly TestedRule[] {
    let tag = packet.tag;
    return tested.map(({ live, failed, at }) => {
      const { rule } = live;
      const it = { packet, ...where, tag, at };
      if (failed === undefined && rule.tag !== "") tag = rule.tag;
      const criterion = failed === undefined ? undefined : failedCriterion(rule, failed, it);
      const told = criterion === undefined ? undefined : this.#readable(criterion);
      return { rule: this.#rule(live), failed: told, decides: live === outcome.rule };
    });
  }

  #readable(it: NonNullable<TestedRule["failed"]>): TestedRule["failed"] {
    const given = it.given === undefined ? undefined : this.#text(it.given);
    return { ...it, wanted: this.#text(it.wanted), given };
  }

  #question({ what, live }: Open): OpenQuestion {
    const rule = live === undefined ? undefined : this.#rule(live);
    return { ...QUESTIONS[what], rule };
  }
}

const STATES = { none: "none", new: "made", hit: "found", dropped: "none" } as const;

const QUESTIONS: Readonly<Record<Open["what"], Omit<OpenQuestion, "rule">>> = {
  routes: {
    question: "only routes to the networks of the interfaces are known",
    help: 'give the others: --route "default via ADDRESS"',
  },
  sockets: {
    question: "nothing is known of sockets",
    help: "shown is what happens if nobody owns this one",
  },
  fingerprints: {
    question: "the file of `set fingerprints` is not read for its signatures",
    help: "shown is what those of the system say",
  },
  name: {
    question: "the address of a name is not known",
    help: "give it in the --interfaces file: `@host NAME ADDRESS…`",
  },
};

function deciderOf(outcome: Outcome): PfTest["by"] {
  const { decided, verdict, state, rule, generated } = outcome;
  if (!decided) return verdict === "pass" ? "skip" : "fragment";
  if (state === "dropped") return "headers";
  if (state === "hit") return "state";
  if (rule !== undefined) return "rule";
  const answered = verdict === "drop" && generated.some(({ kind }) => kind === "send");
  return answered ? "cookie" : "default";
}

function reasonName(reason: number): string {
  return REASONS[reason] ?? String(reason);
}

function logOf({ rule, inner, reason }: LogRecord): PfLog {
  return { rule, inner, reason: reasonName(reason) };
}

function sentOf(it: Generated): PfSent {
  switch (it.kind) {
    case "send":
      return { kind: "packet", packet: it.packet };
    case "icmp":
    case "divert":
      return it;
    case "routed": {
      const { family } = it.packet;
      return { ...it, gateway: printAddress({ family, value: it.gateway }) };
    }
    case "affwd":
    case "afout":
      return { kind: "translated", packet: it.packet, local: it.kind === "afout" };
  }
}
