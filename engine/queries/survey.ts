import { printAddress } from "../../model/address-text.ts";
import type { Host, InterfaceAddress } from "../../model/host.ts";
import type { Survey, SurveyedPlace } from "../../model/survey.ts";
import type { Plan } from "../claims/plan.ts";
import type { Place } from "../path/places.ts";
import type { Attachment } from "../path/wiring.ts";

/** What the network of a plan consists of: zones, wires, places and files, all in a fixed order. */
export function surveyOf(plan: Plan): Survey {
  const { network, wiring, zones } = plan;
  const spans = new Map(network.zones.map((zone) => [zone.name, zone.span]));
  return {
    zones: zones.map((zone) => {
      const span = spans.get(zone.name);
      const places = zone.places.map(placeText);
      const surveyed = { name: zone.name, places, implicit: zone.implicit };
      return span === undefined ? surveyed : { ...surveyed, span };
    }),
    wires: wiring.wires.map((wire) => ({
      name: wire.name,
      ends: wire.attachments.map(endText),
      named: wire.named,
      zones: zones
        .filter((zone) => zone.places.some((it) => it.kind === "wire" && it.wire === wire))
        .map((zone) => zone.name),
    })),
    suspicions: wiring.suspicions.map(({ ends: [first, second], reason }) => {
      return { ends: [endText(first), endText(second)], reason };
    }),
    places: network.hosts.flatMap((host) => placesOf(plan, host)),
    files: network.hosts.map((host) => ({ host: host.name, files: host.files })),
  };
}

function placeText(place: Place): string {
  if (place.kind === "host") return place.host.name;
  const name = place.wire.name;
  if (place.cut === undefined) return name;
  const ranges = place.cut.map(({ family, first, last }) => {
    const text = printAddress({ family, value: first });
    return first === last ? text : `${text}-${printAddress({ family, value: last })}`;
  });
  return `${ranges.join(",")}@${name}`;
}

function endText({ host, interface: it }: Attachment): string {
  return `${host.name}:${it.name}`;
}

function placesOf(plan: Plan, host: Host): readonly SurveyedPlace[] {
  const own = plan.zones[plan.zoneOf.get(host) ?? -1]?.name;
  const itself: SurveyedPlace = {
    reference: host.name,
    host: host.name,
    kind: "host",
    rdomain: 0,
    addresses: [],
    automatic: [],
    groups: [],
    ...(own === undefined ? {} : { zone: own }),
  };
  const behind = host.interfaces.map((it): SurveyedPlace => {
    const wire = plan.wiring.wireOf(host.name, it.name);
    const zone = plan.zones.find((candidate) =>
      candidate.places.some((place) => place.kind === "wire" && place.wire === wire),
    );
    return {
      reference: `${host.name}:${it.name}`,
      host: host.name,
      interface: it.name,
      kind: it.kind,
      rdomain: it.rdomain,
      addresses: it.addresses.map(addressText),
      automatic: it.automatic,
      groups: it.groups,
      ...(wire === undefined || zone === undefined ? {} : { zone: zone.name }),
    };
  });
  return [itself, ...behind];
}

function addressText({ family, value, length }: InterfaceAddress): string {
  return `${printAddress({ family, value })}/${length}`;
}
