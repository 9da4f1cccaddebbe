import type { Track } from "../mathematics/mobility/Track.ts";
import { readTable } from "./table.ts";

/** A fix of a vehicle. */
export interface Fix {
  readonly seconds: number;
  readonly x: number;
  readonly y: number;
}

/** Vehicles of a SUMO trace at 1 Hz: columns `t_s`, `vehicle`, `x_m`, `y_m`. A gap of more than a second parts a track. */
export function readTracks(path: string): Track[] {
  const fixes = new Map<string, Fix[]>();
  for (const row of readTable(path, ["t_s", "vehicle", "x_m", "y_m"])) {
    const vehicle = row.text("vehicle");
    const known = fixes.get(vehicle) ?? [];
    fixes.set(vehicle, known);
    known.push({ seconds: row.number("t_s"), x: row.number("x_m"), y: row.number("y_m") });
  }
  return [...fixes.values()].flatMap((one) => tracksOf(one, 1));
}

/**
 * A vehicle's fixes as tracks at 1 Hz, interpolated along straight lines.
 *
 * @param mostGapSeconds - Where fixes are farther apart, a track ends and another one begins.
 */
export function tracksOf(fixes: readonly Fix[], mostGapSeconds: number): Track[] {
  const sorted = [...fixes].sort((a, b) => a.seconds - b.seconds);
  const parts: Fix[][] = [];
  for (const fix of sorted) {
    const part = parts.at(-1);
    const last = part?.at(-1);
    if (part === undefined || last === undefined || fix.seconds - last.seconds > mostGapSeconds)
      parts.push([fix]);
    else if (fix.seconds > last.seconds) part.push(fix);
  }
  return parts.filter((part) => part.length > 1).map(interpolated);
}

function interpolated(fixes: readonly Fix[]): Track {
  const first = Math.ceil(fixes[0]!.seconds);
  const length = Math.floor(fixes.at(-1)!.seconds) - first + 1;
  const x = new Float64Array(length);
  const y = new Float64Array(length);
  let next = 1;
  for (let t = 0; t < length; t++) {
    while (fixes[next]!.seconds < first + t) next++;
    const [a, b] = [fixes[next - 1]!, fixes[next]!];
    const share = (first + t - a.seconds) / (b.seconds - a.seconds);
    x[t] = a.x + share * (b.x - a.x);
    y[t] = a.y + share * (b.y - a.y);
  }
  return { firstSecond: first, x, y };
}
