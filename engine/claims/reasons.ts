import type { Reason } from "../../model/answer.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import { Closure } from "./closure.ts";
import { judge } from "./judge.ts";
import type { OpenBracket, Plan } from "./plan.ts";

/** More brackets than this are not closed one at a time. */
const CLOSED_SINGLY = 24;

/**
 * Why a pair is undecided: the brackets on its bad may-paths, found by closing them one at a time.
 *
 * A bracket is a reason if closing it alone proves the pair. If no single one does, brackets are closed one
 * after another until the pair is proved, and those that were needed are the reasons.
 */
export function reasonsFor(
  plan: Plan,
  sets: PacketFunctions,
  pair: { readonly from: number; readonly to: number; readonly poll: (() => void) | undefined },
): readonly Reason[] {
  const { brackets } = plan;
  const holds = (closed: readonly OpenBracket[]): boolean => {
    const ids = new Set(closed.map((bracket) => bracket.id));
    const options = { reading: "may" as const, closed: ids };
    const closure = new Closure(plan, sets, pair.poll ? { ...options, poll: pair.poll } : options);
    return judge(closure.run(), pair.from, pair.to).suspects.length === 0;
  };
  if (brackets.length === 0 || !holds(brackets)) return [unconfirmed(brackets)];
  if (brackets.length > CLOSED_SINGLY) return brackets.map(reasonOf);
  const alone = brackets.filter((bracket) => holds([bracket]));
  if (alone.length > 0) return alone.map(reasonOf);
  let needed = [...brackets];
  for (const bracket of brackets) {
    const fewer = needed.filter((it) => it !== bracket);
    if (holds(fewer)) needed = fewer;
  }
  return needed.map(reasonOf);
}

function reasonOf(bracket: OpenBracket): Reason {
  if (bracket.kind === "wire") {
    return { text: bracket.suspicion.reason, settle: "write `wires:` or `apart:` in site.yaml" };
  }
  const { unread } = bracket;
  return { text: unread.effect, span: unread.span, unread, settle: unread.settle };
}

/** A path that exists as far as sets can tell, and that no script of the simulator showed. */
function unconfirmed(brackets: readonly OpenBracket[]): Reason {
  const open = brackets.length === 0 ? "" : ", even with every open line taken as written";
  return {
    text: `a path is possible as far as packet sets tell${open}, and no script of four packets that was tried shows it`,
    settle: "report it with the site: the sets are wider than the kernel here",
  };
}
