import type { Origin, PfEndpoint, PfRule } from "../../../model/pf-rule.ts";

/**
 * A rule that is another one but for its interface, addresses and ports, and what is written of a
 * rule later on. It holds only these: 100,000 plain rules share a few hundred of the rest.
 */
export class LikeRule implements PfRule {
  number = 0;
  readonly interface: string;
  source: PfEndpoint;
  destination: PfEndpoint;
  label: string;
  tag: string;
  tagged: string;
  readonly origin: Origin;
  readonly #like: PfRule;

  constructor(
    like: PfRule,
    name: string,
    source: PfEndpoint,
    destination: PfEndpoint,
    origin: Origin,
  ) {
    this.interface = name;
    this.source = source;
    this.destination = destination;
    this.label = like.label;
    this.tag = like.tag;
    this.tagged = like.tagged;
    this.origin = origin;
    this.#like = like;
  }

  /** The same as plain data, which can be copied and sent. */
  spelledOut(): PfRule {
    const { number, source, destination, label, tag, tagged, origin } = this;
    const own = { number, interface: this.interface, source, destination, label, tag, tagged };
    return { ...this.#like, ...own, origin };
  }

  get action(): PfRule["action"] {
    return this.#like.action;
  }

  get answer(): PfRule["answer"] {
    return this.#like.answer;
  }

  get direction(): PfRule["direction"] {
    return this.#like.direction;
  }

  get quick(): PfRule["quick"] {
    return this.#like.quick;
  }

  get log(): PfRule["log"] {
    return this.#like.log;
  }

  get interfaceNegated(): PfRule["interfaceNegated"] {
    return this.#like.interfaceNegated;
  }

  get rdomain(): PfRule["rdomain"] {
    return this.#like.rdomain;
  }

  get family(): PfRule["family"] {
    return this.#like.family;
  }

  get protocol(): PfRule["protocol"] {
    return this.#like.protocol;
  }

  get os(): PfRule["os"] {
    return this.#like.os;
  }

  get receivedOn(): PfRule["receivedOn"] {
    return this.#like.receivedOn;
  }

  get user(): PfRule["user"] {
    return this.#like.user;
  }

  get group(): PfRule["group"] {
    return this.#like.group;
  }

  get flags(): PfRule["flags"] {
    return this.#like.flags;
  }

  get flagMask(): PfRule["flagMask"] {
    return this.#like.flagMask;
  }

  get icmpType(): PfRule["icmpType"] {
    return this.#like.icmpType;
  }

  get icmpCode(): PfRule["icmpCode"] {
    return this.#like.icmpCode;
  }

  get tos(): PfRule["tos"] {
    return this.#like.tos;
  }

  get prio(): PfRule["prio"] {
    return this.#like.prio;
  }

  get packetRate(): PfRule["packetRate"] {
    return this.#like.packetRate;
  }

  get set(): PfRule["set"] {
    return this.#like.set;
  }

  get state(): PfRule["state"] {
    return this.#like.state;
  }

  get stateOptions(): PfRule["stateOptions"] {
    return this.#like.stateOptions;
  }

  get probability(): PfRule["probability"] {
    return this.#like.probability;
  }

  get fragment(): PfRule["fragment"] {
    return this.#like.fragment;
  }

  get allowOptions(): PfRule["allowOptions"] {
    return this.#like.allowOptions;
  }

  get once(): PfRule["once"] {
    return this.#like.once;
  }

  get scrub(): PfRule["scrub"] {
    return this.#like.scrub;
  }

  get taggedNegated(): PfRule["taggedNegated"] {
    return this.#like.taggedNegated;
  }

  get rtable(): PfRule["rtable"] {
    return this.#like.rtable;
  }

  get divert(): PfRule["divert"] {
    return this.#like.divert;
  }

  get nat(): PfRule["nat"] {
    return this.#like.nat;
  }

  get rdr(): PfRule["rdr"] {
    return this.#like.rdr;
  }

  get route(): PfRule["route"] {
    return this.#like.route;
  }

  get routeKind(): PfRule["routeKind"] {
    return this.#like.routeKind;
  }

  get afTo(): PfRule["afTo"] {
    return this.#like.afTo;
  }

  get anchor(): PfRule["anchor"] {
    return this.#like.anchor;
  }

  get elements(): PfRule["elements"] {
    return this.#like.elements;
  }
}
