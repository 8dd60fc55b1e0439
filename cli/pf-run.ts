import { Random } from "../engine/claims/random.ts";
import { type Arrival, Kernel, type Load } from "../engine/kernel/kernel.ts";
import type { Outcome } from "../engine/kernel/outcome.ts";
import type { PfPacket } from "../model/pf-packet.ts";
import type { PfPacketStep, PfStep, PfTest, PfTrace } from "../model/pf-trace.ts";
import type { Span } from "../model/source.ts";
import type { PfScriptLine } from "../parser/pf-script-text.ts";
import { hasNoNextHop, mayAsk, type Open, openRules, type Tested } from "./pf-open.ts";
import { OutcomeReader } from "./pf-outcome.ts";
import { replyTo } from "./pf-reply.ts";
import type { PfSurroundings } from "./pf-surroundings.ts";

export interface PfRun {
  readonly load: Load;
  readonly around: PfSurroundings;
  readonly lines: readonly PfScriptLine[];
  readonly seed: number;
  /** Tell of every rule that was tested. */
  readonly explain: boolean;
  /** Text of the pf.conf, a character a byte, as people read it. */
  readonly text: (bytes: string) => string;
}

/** Puts a script to a pf that has just loaded its rules and has no states. */
export function runPf(run: PfRun): PfTrace {
  const simulation = new Simulation(run);
  const steps = run.lines.map((line) => simulation.step(line));
  return { steps, states: simulation.states };
}

interface Crossing {
  readonly direction: "in" | "out";
  readonly interface: string;
  readonly forwarded: boolean;
}

/** The packet before: what may answer it, and what may go on. A text says why there is none. */
interface Last {
  readonly number: number;
  readonly answered: PfPacket | string;
  readonly onward: PfPacket | string;
  /** pf made {@link onward} and does not look at it again. */
  readonly own: boolean;
}

const NONE = "there is no packet before";

class Simulation {
  readonly #run: PfRun;
  readonly #kernel: Kernel;
  readonly #reader: OutcomeReader;
  /** Whether the tested rules are wanted: to be told, or because some rule may ask too much. */
  readonly #listens: boolean;
  /** The fingerprints are those of the system. */
  readonly #stock: boolean;
  #draws = 0;
  #last: Last = { number: 0, answered: NONE, onward: NONE, own: false };

  constructor(run: PfRun) {
    const { load, around, seed } = run;
    const random = new Random(seed);
    this.#run = run;
    this.#reader = new OutcomeReader(run.text);
    this.#kernel = new Kernel(around.surroundings, (below) => {
      this.#draws++;
      return random.below(below);
    });
    this.#kernel.load(load);
    this.#stock = load.options.fingerprints === "";
    const all = [load.main, ...load.loaded].flatMap((it) => [...it.rulesets.values()]);
    this.#listens =
      run.explain || all.some(({ rules }) => rules.some((it) => mayAsk(it, this.#stock)));
  }

  get states(): number {
    return this.#kernel.states.count;
  }

  step(line: PfScriptLine): PfStep {
    const place = { span: line.span, line: line.line };
    switch (line.kind) {
      case "packet":
        return this.#cross(place, line.packet, line);
      case "reply":
        return this.#reply(place, line);
      case "forward":
        return this.#forward(place, line.interface);
      default:
        return { ...place, kind: "command", refused: !this.#command(line) };
    }
  }

  /** False: refused. */
  #command(line: Extract<PfScriptLine, { kind: "wait" | "flush" | "kill" | "table" }>): boolean {
    switch (line.kind) {
      case "wait":
        this.#kernel.advance(line.seconds);
        return true;
      case "flush":
        this.#kernel.kill(["-F", "states"]);
        return true;
      case "kill":
        this.#kernel.kill(line.args);
        return true;
      case "table":
        return this.#kernel.changeTable(line.operation, "", line.name, line.addresses);
    }
  }

  #reply(place: Place, line: Extract<PfScriptLine, { kind: "reply" }>): PfStep {
    const last = this.#last;
    const made =
      typeof last.answered === "string" ? last.answered : replyTo(last.answered, line.words);
    if (typeof made === "string") return this.#nothing(place, made);
    const receivedOn = line.direction === "in" ? line.interface : "";
    const step = this.#cross(place, { ...made, receivedOn }, { ...line, forwarded: false });
    return { ...step, answers: last.number };
  }

  #forward(place: Place, name: string): PfStep {
    const { onward: packet, own, number } = this.#last;
    if (typeof packet === "string") return this.#nothing(place, packet);
    if (packet.ttl <= 1) return this.#nothing(place, "its ttl is used up");
    const crossing = { direction: "out", interface: name, forwarded: true } as const;
    const onward = { ...packet, ttl: packet.ttl - 1 };
    const step = own ? this.#unseen(place, onward, crossing) : this.#cross(place, onward, crossing);
    return { ...step, continues: number };
  }

  #nothing(place: Place, reason: string): PfStep {
    const number = this.#last.number + 1;
    const none = `packet ${number} did not exist`;
    this.#last = { number, answered: none, onward: none, own: false };
    return { ...place, kind: "nothing", number, reason };
  }

  #unseen(place: Place, packet: PfPacket, crossing: Crossing): PfPacketStep {
    const number = this.#last.number + 1;
    this.#last = { number, answered: packet, onward: outAlready(number), own: false };
    return { ...packetStep(place, number, packet, crossing), test: OWN };
  }

  #cross(place: Place, packet: PfPacket, given: Crossing): PfPacketStep {
    const { direction, interface: on, forwarded } = given;
    const crossing = { direction, interface: on, forwarded };
    const number = this.#last.number + 1;
    const tested: Tested[] = [];
    const explain: Arrival["explain"] = (live, failed, now) => {
      tested.push({ live, failed, at: { ...now } });
    };
    this.#draws = 0;
    const listens = this.#listens ? { explain } : {};
    const outcome = this.#kernel.test(packet, { ...crossing, ...listens });
    const { around, explain: asked } = this.#run;
    const open = openRules(tested, packet, forwarded, around, this.#stock);
    const hop: readonly Open[] = hasNoNextHop(outcome, around)
      ? [{ what: "routes", live: outcome.rule }]
      : [];
    const test = this.#reader.test(packet, crossing, outcome, {
      open: [...open, ...hop],
      drawn: this.#draws > 0,
      tested: asked && tested.length > 0 ? tested : undefined,
    });
    this.#last = afterwards(number, outcome, direction);
    return { ...packetStep(place, number, packet, crossing), test };
  }
}

interface Place {
  readonly span: Span;
  readonly line: string;
}

function packetStep(
  place: Place,
  number: number,
  packet: PfPacket,
  crossing: Crossing,
): Omit<PfPacketStep, "test"> {
  const links = { answers: undefined, continues: undefined };
  return { ...place, kind: "packet", number, ...crossing, ...links, packet };
}

/** Whom a reply to this outcome answers, and what a router would send on. */
function afterwards(number: number, outcome: Outcome, direction: "in" | "out"): Last {
  const { verdict, packet, generated, diverted } = outcome;
  const last = { number, own: false };
  const sent = generated.findLast((it) => it.kind === "send")?.packet;
  if (verdict === "drop") {
    const dropped = `packet ${number} was dropped`;
    return { ...last, answered: sent ?? dropped, onward: dropped };
  }
  if (verdict === "pass") {
    const local = `packet ${number} went to a socket of this host`;
    const onward = direction === "out" ? outAlready(number) : diverted ? local : packet;
    return { ...last, answered: packet, onward };
  }
  for (const it of generated) {
    if (it.kind === "affwd") return { number, answered: it.packet, onward: it.packet, own: true };
    if (it.kind === "afout") {
      return { ...last, answered: it.packet, onward: `packet ${number} was for this host` };
    }
    if (it.kind === "routed") {
      return { ...last, answered: it.packet, onward: `pf sent packet ${number} out itself` };
    }
  }
  const taken = `pf kept packet ${number}`;
  return { ...last, answered: sent ?? taken, onward: taken };
}

function outAlready(number: number): string {
  return `packet ${number} went out`;
}

const OWN: PfTest = {
  verdict: "pass",
  by: "own",
  rule: undefined,
  state: "none",
  matched: [],
  reason: "",
  becomes: undefined,
  delay: 0,
  diverted: false,
  logs: [],
  sent: [],
  second: undefined,
  tested: undefined,
  open: [],
  drawn: false,
};
