import { shortAddress } from "../../../reports/shortAddress.ts";
import type { TwinMap, TwinMigration, TwinServer } from "../../api/MarketView.ts";
import { useWidth } from "../charts/useWidth.ts";
import { hasMoved, twinsAt } from "./twinsAt.ts";

/** How long the outcome of a migration stays on the map, seconds. */
const SHOWN_SECONDS = 8;
const MARGIN = 26;
const CLOUDS = 58;

/** A server as it is drawn. */
interface Drawn {
  readonly address: string;
  readonly name: string;
  readonly cloud: boolean;
  readonly x: number;
  readonly y: number;
}

/**
 * Vehicles, servers and the twins between them at a time. With a map, things are where they are; without one, vehicles
 * stand around the server that has their twin. The table beside it says the same in words.
 */
export function TwinScene({
  map,
  servers,
  vehicles,
  migrations,
  at,
}: {
  map: TwinMap | null;
  servers: readonly TwinServer[];
  vehicles: readonly { address: string; name: string | null; host: string | null }[];
  migrations: readonly TwinMigration[];
  /** Unix seconds. */
  at: number;
}) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const twins = twinsAt(migrations, at);
  const hostOf = (address: string) =>
    twins.get(address)?.host ?? vehicles.find((one) => one.address === address)?.host ?? null;
  const wide = Math.max(1, width - 2 * MARGIN);
  const scale = map === null ? 1 : wide / Math.max(1, map.widthMetres);
  const mapHeight = map === null ? 300 : Math.min(520, Math.max(120, map.heightMetres * scale));
  const scaleY = map === null ? 1 : mapHeight / Math.max(1, map.heightMetres);
  const height = CLOUDS + mapHeight + 2 * MARGIN;
  const drawn = map === null ? inARow(servers, wide) : placed(map, scale, scaleY, wide);
  const placeOf = new Map(drawn.map((server) => [server.address, server]));
  const colourOf = (address: string | null) => {
    const i = drawn.findIndex((server) => server.address === address);
    return i === -1 ? "d0" : `d${(i % 6) + 1}`;
  };
  const step =
    map === null ? 0 : Math.min(map.steps - 1, Math.max(0, (1000 * at - map.startAtMs) / map.stepMs));
  const cars = map === null ? besideHosts(vehicles, hostOf, placeOf) : onTheMap(map, step, scale, scaleY);
  const moving = [...twins.values()].filter((twin) => twin.moving !== undefined).length;
  return (
    <div ref={ref} class="scene">
      {width === 0 ? null : (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${cars.length} vehicles, ${drawn.length} servers, ${moving} twins on their way`}
        >
          <rect
            class="ground"
            x={MARGIN - 12}
            y={CLOUDS + MARGIN - 12}
            width={wide + 24}
            height={mapHeight + 24}
            rx={10}
          />
          <clipPath id="ground">
            <rect
              x={MARGIN - 12}
              y={CLOUDS + MARGIN - 12}
              width={wide + 24}
              height={mapHeight + 24}
              rx={10}
            />
          </clipPath>
          {map === null
            ? null
            : drawn
                .filter(({ cloud }) => !cloud)
                .map(({ address, x, y }) => (
                  <ellipse
                    key={address}
                    class={`coverage ${colourOf(address)}`}
                    clip-path="url(#ground)"
                    cx={x}
                    cy={y}
                    rx={map.coverageMetres * scale}
                    ry={map.coverageMetres * scaleY}
                  />
                ))}
          {cars.map(({ address, x, y }) => {
            if (address === null) return null;
            const twin = twins.get(address);
            const host = placeOf.get(hostOf(address) ?? "");
            const to = placeOf.get(twin?.moving?.to ?? "");
            return (
              <g key={address}>
                {host === undefined ? null : (
                  <line class={`tie ${colourOf(host.address)}`} x1={x} y1={y} x2={host.x} y2={host.y} />
                )}
                {to === undefined || host === undefined ? null : (
                  <line class={`move ${colourOf(to.address)}`} x1={host.x} y1={host.y} x2={to.x} y2={to.y} />
                )}
                {to === undefined || host !== undefined ? null : (
                  <line class={`move ${colourOf(to.address)}`} x1={x} y1={y} x2={to.x} y2={to.y} />
                )}
              </g>
            );
          })}
          {drawn.map(({ address, name, cloud, x, y }) => (
            <g key={address} class={`server ${colourOf(address)}`}>
              <title>{`${name}, ${address}`}</title>
              <rect
                x={x - 8}
                y={y - 8}
                width={16}
                height={16}
                rx={cloud ? 2 : 4}
                {...(cloud ? { transform: `rotate(45 ${x} ${y})` } : {})}
              />
              <text {...labelPlace({ name, x, y }, cars)}>{name}</text>
            </g>
          ))}
          {cars.map(({ address, name, x, y }, i) => {
            const twin = address === null ? undefined : twins.get(address);
            const last = twin?.last;
            const told = last !== undefined && at - last.at < SHOWN_SECONDS ? last : undefined;
            return (
              <g key={address ?? i} class={`vehicle ${colourOf(address === null ? null : hostOf(address))}`}>
                <title>{`${name}${address === null ? "" : `, ${address}`}`}</title>
                {twin?.moving === undefined ? null : <circle class="pulse-ring pulse" cx={x} cy={y} r={13} />}
                <circle cx={x} cy={y} r={8} />
                <text x={x} y={y} text-anchor="middle" dominant-baseline="central">
                  {i + 1}
                </text>
                {told === undefined ? null : (
                  <text class={`outcome ${hasMoved(told.outcome) ? "good" : "bad"}`} x={x + 12} y={y - 10}>
                    {hasMoved(told.outcome) ? "✓" : "✗"} {told.outcome}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}

/** Where a server's name stands around it: above, unless vehicles are there and fewer of them elsewhere. */
function labelPlace(
  { name, x, y }: Pick<Drawn, "name" | "x" | "y">,
  cars: readonly Car[],
): { x: number; y: number; "text-anchor": "middle" | "start" | "end" } {
  const half = 3.5 * name.length;
  const places = [
    { x, y: y - 16, "text-anchor": "middle", middle: x },
    { x, y: y + 24, "text-anchor": "middle", middle: x },
    { x: x + 14, y: y + 4, "text-anchor": "start", middle: x + 14 + half },
    { x: x - 14, y: y + 4, "text-anchor": "end", middle: x - 14 - half },
  ] as const;
  const inTheWay = ({ middle, y: line }: (typeof places)[number]) =>
    cars.filter((car) => Math.abs(car.x - middle) < half + 9 && Math.abs(car.y - (line - 4)) < 15).length;
  const counts = places.map(inTheWay);
  const { middle: _, ...best } = places[counts.indexOf(Math.min(...counts))]!;
  return best;
}

interface Car {
  readonly address: string | null;
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** Where vehicles are between two steps. */
function onTheMap(map: TwinMap, step: number, scale: number, scaleY: number): Car[] {
  const before = Math.floor(step);
  const part = step - before;
  const between = (values: readonly number[]) => {
    const from = values[before] ?? 0;
    return from + part * ((values[before + 1] ?? from) - from);
  };
  return map.vehicles.map(({ address, name, x, y }) => ({
    address,
    name,
    x: MARGIN + between(x) * scale,
    // North is up.
    y: CLOUDS + MARGIN + (map.heightMetres - between(y)) * scaleY,
  }));
}

/** Edge servers where they stand, clouds in a strip above: they are nowhere in particular. */
function placed(map: TwinMap, scale: number, scaleY: number, wide: number): Drawn[] {
  const clouds = map.servers.filter(({ kind }) => kind === "Cloud").length;
  let cloud = 0;
  return map.servers.map(({ address, name, kind, x, y }) =>
    kind === "Cloud"
      ? { address, name, cloud: true, x: MARGIN + (wide * (cloud++ + 0.5)) / clouds, y: 38 }
      : {
          address,
          name,
          cloud: false,
          x: MARGIN + x * scale,
          y: CLOUDS + MARGIN + (map.heightMetres - y) * scaleY,
        },
  );
}

function inARow(servers: readonly TwinServer[], wide: number): Drawn[] {
  const rows = {
    cloud: servers.filter(({ kind }) => kind === "Cloud"),
    edge: servers.filter(({ kind }) => kind !== "Cloud"),
  };
  const draw = (those: readonly TwinServer[], y: number, cloud: boolean) =>
    those.map(({ address, name }, i) => ({
      address,
      name: name ?? shortAddress(address),
      cloud,
      x: MARGIN + (wide * (i + 0.5)) / those.length,
      y,
    }));
  return [...draw(rows.cloud, 38, true), ...draw(rows.edge, CLOUDS + MARGIN + 60, false)];
}

/** Without a map: vehicles in an arc below the server that has their twin; those without one at the bottom. */
function besideHosts(
  vehicles: readonly { address: string; name: string | null }[],
  hostOf: (address: string) => string | null,
  placeOf: ReadonlyMap<string, Drawn>,
): Car[] {
  const taken = new Map<string, number>();
  return vehicles.map(({ address, name }) => {
    const host = placeOf.get(hostOf(address) ?? "");
    const key = host?.address ?? "";
    const place = taken.get(key) ?? 0;
    taken.set(key, place + 1);
    const column = (place % 4) - 1.5;
    const row = Math.floor(place / 4);
    return {
      address,
      name: name ?? shortAddress(address),
      x: (host?.x ?? MARGIN + 60) + column * 24,
      y: (host === undefined ? CLOUDS + MARGIN + 220 : Math.max(host.y, CLOUDS + MARGIN) + 54) + row * 26,
    };
  });
}
