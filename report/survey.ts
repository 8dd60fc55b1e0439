import type { FileUse } from "../model/host.ts";
import type { HostFiles, Survey } from "../model/survey.ts";
import { join, type Paint, type Part, type Shown, shown } from "./paint.ts";
import { count, table } from "./table.ts";

/** Parts of a survey that `pfproof show` can be asked for. */
export const SURVEY_PARTS = ["zones", "wires", "places", "files"] as const;

export type SurveyPart = (typeof SURVEY_PARTS)[number];

/** One part of a survey as a table under its heading. */
export function surveyLines(survey: Survey, part: SurveyPart, paint: Paint): readonly Shown[] {
  switch (part) {
    case "zones":
      return zoneLines(survey, paint);
    case "wires":
      return wireLines(survey, paint);
    case "places":
      return placeLines(survey, paint);
    case "files":
      return survey.files.flatMap((host) => fileLines(host, paint));
  }
}

function zoneLines({ zones }: Survey, paint: Paint): readonly Shown[] {
  const rows = zones.map((zone): readonly Part[] => {
    const places = zone.places.length === 0 ? "nothing" : zone.places.join(", ");
    return [
      paint.strong(zone.name),
      zone.implicit ? `${places} (in no zone of site.yaml)` : places,
    ];
  });
  return [heading(count(zones.length, "zone"), paint), ...table(rows)];
}

function wireLines(survey: Survey, paint: Paint): readonly Shown[] {
  const { wires, suspicions } = survey;
  const rows = wires.map((wire): readonly Part[] => {
    const alone = wire.ends.length === 1 && wire.ends[0] === wire.name;
    const ends = alone ? "no other end" : wire.ends.join(", ") || "no interface";
    const others = wire.named.filter((name) => name !== wire.name);
    const named = others.length === 0 ? "" : `, with ${others.join(", ")}`;
    return [paint.strong(wire.name), ends + named, zoneText(survey, wire.zones)];
  });
  const open = suspicions.map(
    ({ ends, reason }) =>
      shown`  ${paint.open("?")} are ${ends[0]} and ${ends[1]} one wire? ${reason}; write \`wires:\` or \`apart:\``,
  );
  return [heading(count(wires.length, "wire"), paint), ...table(rows), ...open];
}

function placeLines(survey: Survey, paint: Paint): readonly Shown[] {
  const { places } = survey;
  const rows = places.map((place): readonly Part[] => {
    const missing = place.automatic.map((family) => `${family} from the network`);
    return [
      paint.strong(place.reference),
      place.kind,
      place.interface === undefined ? "" : `rdomain ${place.rdomain}`,
      zoneText(survey, place.zone === undefined ? [] : [place.zone]),
      [...place.addresses, ...missing].join(" "),
    ];
  });
  return [heading(count(places.length, "place"), paint), ...table(rows)];
}

/** The zones of a place; where nobody wrote a zone, `hosts` and `unplaced` say nothing. */
function zoneText({ zones }: Survey, names: readonly string[]): string {
  const silent = names.length === 0 || zones.every((zone) => zone.implicit);
  return silent ? "" : `zone ${names.join(", ")}`;
}

/** Every file of a host: read, in part with its unread lines, or not for us. */
export function fileLines({ host, files }: HostFiles, paint: Paint): readonly Shown[] {
  const rows = files.map((use): readonly Part[] => [use.file, usePart(use, paint)]);
  return [heading(`${count(files.length, "file")} of ${host}`, paint), ...table(rows)];
}

function usePart(use: FileUse, paint: Paint): Shown {
  const why = use.reason === undefined ? shown`` : shown`: ${use.reason}`;
  switch (use.use) {
    case "read":
      return paint.good("read");
    case "in part":
      return shown`${paint.open("in part")}, unread: ${linesText(use.lines)}${why}`;
    case "not for us":
      return shown`${paint.faint("not for us")}${why}`;
  }
}

/** `line 3`, `lines 3-5, 9`: consecutive lines are joined. */
export function linesText(lines: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const line of lines.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && line <= run[1] + 1) run[1] = line;
    else runs.push([line, line]);
  }
  const texts = runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return `${lines.length === 1 ? "line" : "lines"} ${texts.join(", ")}`;
}

/** One line for all files: how many were read, in part, and not for us. */
export function fileSummary(hosts: readonly HostFiles[]): Shown {
  const uses = hosts.flatMap((host) => host.files.map((file) => file.use));
  const parts = (["read", "in part", "not for us"] as const).map((use) => {
    return `${uses.filter((it) => it === use).length} ${use}`;
  });
  return join([`${count(uses.length, "file")}:`, parts.join(", ")], " ");
}

export function heading(text: string, paint: Paint): Shown {
  return paint.strong(text);
}
