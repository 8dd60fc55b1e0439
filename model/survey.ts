import type { FileUse } from "./host.ts";
import type { Family } from "./packet.ts";
import type { Span } from "./source.ts";

/** What a network consists of, before any question is asked about it. */
export interface Survey {
  readonly zones: readonly SurveyedZone[];
  readonly wires: readonly SurveyedWire[];
  /** Interfaces that could be one wire, and no line says whether they are. */
  readonly suspicions: readonly SurveyedSuspicion[];
  readonly places: readonly SurveyedPlace[];
  /** What was made of every file, host by host. */
  readonly files: readonly HostFiles[];
}

export interface SurveyedZone {
  readonly name: string;
  /** References of design.md: `fw1`, `fw1:vlan10`, `10.20.0.0/24@fw1:vlan20`, `internet`. */
  readonly places: readonly string[];
  /** `hosts` and `unplaced`, which nobody wrote. */
  readonly implicit: boolean;
  readonly span?: Span;
}

/** One L2 segment or cloud, and the interfaces on it as `host:interface`. */
export interface SurveyedWire {
  readonly name: string;
  readonly ends: readonly string[];
  /** Cables, clouds and devices of site.yaml on it. */
  readonly named: readonly string[];
  readonly zones: readonly string[];
}

export interface SurveyedSuspicion {
  readonly ends: readonly [first: string, second: string];
  readonly reason: string;
}

/** Where packets may start or end: a host itself, or the wire behind one of its interfaces. */
export interface SurveyedPlace {
  readonly reference: string;
  readonly host: string;
  /** Absent for the host itself. */
  readonly interface?: string;
  readonly kind: string;
  readonly rdomain: number;
  /** As `192.0.2.1/24`. */
  readonly addresses: readonly string[];
  /** Families whose addresses are not in the files. */
  readonly automatic: readonly Family[];
  readonly groups: readonly string[];
  /** The zone that holds it, if one does. */
  readonly zone?: string;
}

export interface HostFiles {
  readonly host: string;
  readonly files: readonly FileUse[];
}
