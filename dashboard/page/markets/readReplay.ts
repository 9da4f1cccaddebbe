import type { MarketReplay, TwinMap } from "../../api/MarketView.ts";

/** A file that is larger is not read: it would not fit beside the page. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads a recorded market out of a file of the viewer's.
 *
 * @throws Error with a sentence for people when it is none.
 */
export async function readReplay(file: File): Promise<MarketReplay> {
  if (file.size > MOST_BYTES) throw new Error(`${file.name} has more than ${MOST_BYTES / 1024 / 1024} MiB.`);
  let read: unknown;
  try {
    read = JSON.parse(await file.text());
  } catch {
    throw new Error(`${file.name} is no JSON.`);
  }
  if (!isReplay(read)) {
    throw new Error(
      `${file.name} is no recorded market: it needs "from", "until", "servers" and "migrations".`,
    );
  }
  return { ...read, map: isMap(read.map) ? read.map : null };
}

/** Whether there is all that is drawn; without, vehicles stand beside the servers. */
function isMap(map: unknown): map is TwinMap {
  if (typeof map !== "object" || map === null) return false;
  const { widthMetres, heightMetres, startAtMs, stepMs, steps, coverageMetres, servers, vehicles } =
    map as Partial<TwinMap>;
  return (
    [widthMetres, heightMetres, startAtMs, stepMs, steps, coverageMetres].every(Number.isFinite) &&
    Array.isArray(servers) &&
    Array.isArray(vehicles) &&
    vehicles.every((one) => Array.isArray(one?.x) && Array.isArray(one.y))
  );
}

function isReplay(read: unknown): read is MarketReplay {
  if (typeof read !== "object" || read === null) return false;
  const { from, until, servers, migrations } = read as Partial<MarketReplay>;
  return (
    Number.isFinite(from) &&
    Number.isFinite(until) &&
    from! <= until! &&
    Array.isArray(servers) &&
    servers.every((one) => typeof one?.address === "string" && typeof one.kind === "string") &&
    Array.isArray(migrations) &&
    migrations.every(
      (one) =>
        typeof one?.vehicle === "string" && Number.isFinite(one.requested?.at) && Array.isArray(one.steps),
    )
  );
}
