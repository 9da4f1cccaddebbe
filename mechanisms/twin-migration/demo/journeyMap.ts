import { greatest, least } from "../../../numerics/extremes.ts";
import type { Setting } from "../parties/partyPlan.ts";
import { MOVED, type Move } from "./Journeys.ts";

/** Around what is drawn to scale, px; above it a strip for clouds, below it one for the legend. */
const MARGIN = 24;
const WIDTH = 900;
const MOST_HEIGHT = 1200;
const CLOUDS = 64;
const LINE = 16;
const LEGEND = [
  "Ways in the colour of the twin's host, grey without one. Clouds stand where there is room.",
  "A ring with the vehicle's number: its twin moves, in the colour of where to (red, crossed: failed).",
] as const;
/** Vehicles on one road are drawn beside each other: so far beyond where they are, px. */
const PADDING = 12;
/** What is written on ways stays readable. */
const HALO = 'paint-order="stroke" stroke="#ffffff" stroke-width="3" stroke-linejoin="round"';
/** As the environment draws its map (environment/renderWorld.ts). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"] as const;
const NOBODY = "#bbbbbb";
const INK = "#333333";
const FAILED = "#cc0000";

/**
 * Who moved where, as SVG: each vehicle's way in the colour of its twin's host, with a ring where its twin moved (red
 * and crossed where that failed), squares for edge servers with their coverage, and diamonds for clouds, which stand above
 * the map and not to scale, with their subchains. The map is as large as what is on it.
 */
export function journeyMap(
  setting: Setting,
  tracks: readonly { x: readonly number[]; y: readonly number[] }[],
  moves: readonly Move[],
  coverageMetres: number,
): string {
  const { site, servers } = setting;
  const edges = site.edgeX.length;
  const xs = [
    ...site.edgeX.flatMap((x) => [x - coverageMetres, x + coverageMetres]),
    ...tracks.flatMap(({ x }) => x),
  ];
  const ys = [
    ...site.edgeY.flatMap((y) => [y - coverageMetres, y + coverageMetres]),
    ...tracks.flatMap(({ y }) => y),
  ];
  const [left, right, bottom, top] = [least(xs), greatest(xs), least(ys), greatest(ys)];
  const scale = Math.min((WIDTH - 2 * MARGIN) / (right - left), (MOST_HEIGHT - 2 * MARGIN) / (top - bottom));
  const wide = (right - left) * scale;
  const aside = (WIDTH - wide) / 2;
  const height = Math.round((top - bottom) * scale) + 2 * MARGIN + CLOUDS + LINE * LEGEND.length + 6;
  // North is up.
  const px = (x: number) => (aside + (x - left) * scale).toFixed(1);
  const py = (y: number) => (CLOUDS + MARGIN + (top - y) * scale).toFixed(1);
  /** Where a server stands in the picture. */
  const at = (m: number): readonly [string, string] =>
    m < edges
      ? [px(site.edgeX[m]!), py(site.edgeY[m]!)]
      : [((WIDTH * (m - edges + 0.5)) / (servers.length - edges)).toFixed(1), (CLOUDS - 24).toFixed(1)];
  const placeOf = (name: string | undefined) => servers.findIndex((server) => server.name === name);
  const colour = (m: number) => (m < 0 ? NOBODY : COLOURS[m % COLOURS.length]!);
  const parts: string[] = [];
  const add = (text: string) => parts.push(text);
  const frame = {
    x: (aside - PADDING).toFixed(1),
    y: (CLOUDS + MARGIN - PADDING).toFixed(1),
    width: (wide + 2 * PADDING).toFixed(1),
    height: ((top - bottom) * scale + 2 * PADDING).toFixed(1),
  };
  add(
    `<rect x="${frame.x}" y="${frame.y}" width="${frame.width}" height="${frame.height}" fill="#f7f7f7" stroke="#bbbbbb"/>`,
  );
  for (let j = 0; j < edges; j++) {
    const radius = (coverageMetres * scale).toFixed(1);
    const [cx, cy] = at(j);
    add(
      `<circle cx="${cx}" cy="${cy}" r="${radius}" fill="${colour(j)}" fill-opacity="0.06" stroke="${colour(j)}" stroke-opacity="0.4"/>`,
    );
  }
  for (const [v, { x, y }] of tracks.entries()) {
    const own = moves.filter(({ vehicle }) => vehicle === `vehicle ${v + 1}`);
    const done = own.filter(({ ended }) => MOVED.includes(ended?.outcome));
    const shift = (v - (tracks.length - 1) / 2) * 2.2;
    const placed = (step: number) =>
      `${(Number(px(x[step]!)) + shift).toFixed(1)},${(Number(py(y[step]!)) + shift).toFixed(1)}`;
    let from = 0;
    let host = -1;
    for (const { ended, to } of [...done, { ended: undefined, to: "" }]) {
      const until = ended === undefined ? x.length - 1 : Math.min(Math.max(ended.step, from), x.length - 1);
      const points = Array.from({ length: until - from + 1 }, (_, k) => placed(from + k)).join(" ");
      add(
        `<polyline points="${points}" fill="none" stroke="${colour(host)}" stroke-width="2.4" stroke-opacity="0.85" stroke-linejoin="round"/>`,
      );
      [from, host] = [until, placeOf(to)];
    }
    // Where it begins, unless a ring with its number is there.
    if (
      !own.some(
        ({ step, ended }) => step * metresAStep({ x, y }) * scale < 16 && MOVED.includes(ended?.outcome),
      )
    ) {
      const [tx, ty] = placed(0).split(",");
      add(`<text x="${tx}" y="${ty}" dx="4" dy="-4" font-size="10" ${HALO}>${v + 1}</text>`);
    }
    for (const { step, to, ended } of own) {
      const [cx, cy] = placed(Math.min(step, x.length - 1)).split(",");
      const good = MOVED.includes(ended?.outcome);
      const stroke = good ? colour(placeOf(to)) : FAILED;
      add(`<circle cx="${cx}" cy="${cy}" r="7" fill="#ffffff" stroke="${stroke}" stroke-width="2.2"/>`);
      if (good) add(`<text x="${cx}" y="${cy}" dy="3" text-anchor="middle" font-size="8">${v + 1}</text>`);
      if (!good) {
        add(
          `<path d="M-3.4 -3.4 L3.4 3.4 M-3.4 3.4 L3.4 -3.4" transform="translate(${cx} ${cy})" stroke="${FAILED}" stroke-width="1.6"/>`,
        );
      }
    }
  }
  for (const [m, { name, chain }] of servers.entries()) {
    const [x, y] = at(m);
    const cloud = m >= edges;
    const turn = cloud ? ` transform="rotate(45 ${x} ${y})"` : "";
    const side = cloud ? 16 : 13;
    const corner = (value: string) => (Number(value) - side / 2).toFixed(1);
    add(
      `<rect x="${corner(x)}" y="${corner(y)}" width="${side}" height="${side}" fill="${colour(m)}" stroke="${INK}"${turn}/>`,
    );
    add(
      `<text x="${x}" y="${(Number(y) - 15).toFixed(1)}" text-anchor="middle" font-weight="bold" ${HALO}>${name} (${chain})</text>`,
    );
  }
  for (const [line, text] of LEGEND.entries()) {
    add(`<text x="12" y="${height - 12 - LINE * (LEGEND.length - 1 - line)}">${text}</text>`);
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

/** How far a track goes in a step, m, in the mean of its first few. */
function metresAStep({ x, y }: { x: readonly number[]; y: readonly number[] }): number {
  const last = Math.min(5, x.length - 1);
  return last < 1 ? 0 : Math.hypot(x[last]! - x[0]!, y[last]! - y[0]!) / last;
}
