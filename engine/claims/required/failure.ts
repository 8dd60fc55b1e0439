import { printAddress } from "../../../model/address-text.ts";
import type { Emission, Step } from "../../../model/answer.ts";
import { type Packet, TCP, UDP } from "../../../model/packet.ts";
import type { RequiredFailure } from "../../../model/required.ts";
import { deathOf, type Played } from "./play.ts";

/** Where a played flow dies, and what would mend it. */
export function failureOf(played: Played): RequiredFailure {
  const isReply = played.came === "there";
  const trace = played.traces.at(-1) ?? { steps: [] };
  const packet = played.script.at(-1);
  const { step, decides } = isReply && played.script.length === 1 ? NOT_SENT : deathOf(trace);
  const what = isReply ? "its reply" : "the opening packet";
  const where = step === undefined ? "does not get there by any route" : endOf(step);
  const mend = mendOf(step, isReply, played.script, packet);
  return { text: `${what} ${where}`, ...(decides && { decides }), mend };
}

const NOT_SENT = { step: undefined, decides: undefined };

/** A neighbour discovery message that is dropped, and what would mend it. */
export function discoveryFailure(
  kind: "solicitation" | "advertisement",
  played: Pick<Played, "traces">,
): RequiredFailure {
  const { step, decides } = deathOf(played.traces.at(-1) ?? { steps: [] });
  const word = kind === "solicitation" ? "neighbrsol" : "neighbradv";
  const where = step === undefined ? "does not arrive" : endOf(step);
  const on = step?.kind === "test" ? `${step.direction} on ${step.interface} ` : "";
  return {
    text: `no neighbour is found: the ${kind} ${where}`,
    ...(decides && { decides }),
    mend: `pass ${on}inet6 proto icmp6 icmp6-type ${word}`,
  };
}

function endOf(step: Step): string {
  switch (step.kind) {
    case "test": {
      const rule = step.by === "default" ? ", where no rule matches" : "";
      return `is dropped ${step.direction} on ${step.interface} of ${step.host}${rule}`;
    }
    case "dropped":
      return `ends at ${step.host}: ${step.reason}`;
    default:
      return "does not arrive";
  }
}

function mendOf(
  step: Step | undefined,
  isReply: boolean,
  script: readonly Emission[],
  last: Emission | undefined,
): string {
  if (step?.kind === "test") {
    if (!isReply) return passing(step.direction, step.interface, step.packet);
    return (
      "let the rule that passes the opening packet keep state, floating if the reply comes in " +
      `elsewhere; or ${passing(step.direction, step.interface, step.packet)}`
    );
  }
  const { family, destination } = last?.packet ?? script[0]?.packet ?? NOWHERE;
  const to = printAddress({ family, value: destination });
  if (step?.kind !== "dropped") return `a route, or a wire, that leads to ${to}`;
  if (step.reason === "not forwarded") return `forwarding of ${family} on ${step.host}`;
  return `a route to ${to} on ${step.host}`;
}

const NOWHERE = { family: "inet", destination: 0n } as const;

/** The rule that would let a packet pass. */
function passing(direction: "in" | "out", name: string, packet: Packet): string {
  const { family, protocol, source, destination, destinationPort } = packet;
  const ends = [source, destination].map((value) => printAddress({ family, value }));
  const ported = protocol === TCP || protocol === UDP;
  const proto = protocol === TCP ? "tcp" : protocol === UDP ? "udp" : otherProtocol(packet);
  const port = ported ? ` port ${destinationPort}` : "";
  return `pass ${direction} on ${name} ${family} proto ${proto} from ${ends[0]} to ${ends[1]}${port}`;
}

function otherProtocol({ protocol }: Packet): string {
  return protocol === 1 ? "icmp" : protocol === 58 ? "icmp6" : String(protocol);
}
