/**
 * pfproof as a library: read a site, ask about it, print what comes out; or put packets to one pf.
 *
 * A question never opens a file and never throws on what files say; reading is {@link readSite}.
 */
export { type Arrival, Kernel, type Load } from "./engine/kernel/kernel.ts";
export type { LiveRule } from "./engine/kernel/live-rule.ts";
export type { Generated, LogRecord, Outcome } from "./engine/kernel/outcome.ts";
export type { KernelPacket } from "./engine/kernel/packet.ts";
export type { KernelRoute, Socket, Surroundings } from "./engine/kernel/surroundings.ts";
export { type CheckOptions, check } from "./engine/queries/check.ts";
export { emissionAt, traceScript } from "./engine/queries/trace.ts";
export type {
  Emission,
  PairAnswer,
  Reason,
  Script,
  Step,
  Trace,
  Violation,
  ViolationClass,
} from "./model/answer.ts";
export type { CheckAnswer, Progress, TraceAnswer } from "./model/check-answer.ts";
export type { Diagnostic } from "./model/diagnostic.ts";
export type { Environment } from "./model/environment.ts";
export type { Host, Interface, Route } from "./model/host.ts";
export type { AdversaryLevel, Conduit, Network, Zone } from "./model/network.ts";
export type { Packet } from "./model/packet.ts";
export type {
  PfConfiguration,
  PfOptions,
  PfQueue,
  PfRule,
  PfTable,
} from "./model/pf-rule.ts";
export type { RequiredAnswer, RequiredFailure, ViaAnswer } from "./model/required.ts";
export type { Sources, Span } from "./model/source.ts";
export type { Unread } from "./model/unread.ts";
export { configurationText } from "./parser/pf/configuration-text.ts";
export { formatPf } from "./parser/pf/layout/format.ts";
export { type EngineReading, parsePf } from "./parser/pf/parse.ts";
export { type PfInput, type PfReading, readPf } from "./parser/pf/read.ts";
export { ruleText } from "./parser/pf/rule-text.ts";
export { readSite, type SiteReading } from "./site/read-site.ts";
