import { greatest } from "../../../numerics/extremes.ts";
import type { Setting } from "../parties/partyPlan.ts";
import { MOVED, type Move } from "./Journeys.ts";

/** Metres around the map, and the width of the picture, px. */
const MARGIN = 120;
const WIDTH = 900;
const LEGEND = 26;
/** As the environment draws its map (environment/renderWorld.ts). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"] as const;
const NOBODY = "#bbbbbb";
const INK = "#333333";
const FAILED = "#cc0000";

/**
 * Who moved where, as SVG: each vehicle's way in the colour of its twin's host, with a ring where its twin moved (red
 * and crossed where that failed), squares for edge servers and diamonds for clouds, with their subchains.
 */
export function journeyMap(
  setting: Setting,
  tracks: readonly { x: readonly number[]; y: readonly number[] }[],
  moves: readonly Move[],
  coverageMetres: number,
): string {
  const { site, servers } = setting;
  const edges = site.edgeX.length;
  const [serverX, serverY] = [
    [...site.edgeX, ...site.cloudX],
    [...site.edgeY, ...site.cloudY],
  ];
  const top = Math.max(site.heightMetres, greatest(serverY)) + MARGIN;
  const scale = WIDTH / (site.widthMetres + 2 * MARGIN);
  const height = Math.round((top + MARGIN) * scale) + LEGEND;
  // North is up.
  const px = (x: number) => ((x + MARGIN) * scale).toFixed(1);
  const py = (y: number) => ((top - y) * scale).toFixed(1);
  const placeOf = (name: string | undefined) => servers.findIndex((server) => server.name === name);
  const colour = (m: number) => (m < 0 ? NOBODY : COLOURS[m % COLOURS.length]!);
  const parts: string[] = [];
  const add = (text: string) => parts.push(text);
  const size = `width="${(site.widthMetres * scale).toFixed(1)}" height="${(site.heightMetres * scale).toFixed(1)}"`;
  add(`<rect x="${px(0)}" y="${py(site.heightMetres)}" ${size} fill="#f7f7f7" stroke="#bbbbbb"/>`);
  for (let j = 0; j < edges; j++) {
    const radius = (coverageMetres * scale).toFixed(1);
    add(
      `<circle cx="${px(serverX[j]!)}" cy="${py(serverY[j]!)}" r="${radius}" fill="${colour(j)}" fill-opacity="0.06" stroke="${colour(j)}" stroke-opacity="0.4"/>`,
    );
  }
  for (const [v, { x, y }] of tracks.entries()) {
    const own = moves.filter(({ vehicle }) => vehicle === `vehicle ${v + 1}`);
    const done = own.filter(({ ended }) => MOVED.includes(ended?.outcome));
    const shift = (v - (tracks.length - 1) / 2) * 2.2;
    const at = (step: number) =>
      `${(Number(px(x[step]!)) + shift).toFixed(1)},${(Number(py(y[step]!)) + shift).toFixed(1)}`;
    let from = 0;
    let host = -1;
    for (const { ended, to } of [...done, { ended: undefined, to: "" }]) {
      const until = ended === undefined ? x.length - 1 : Math.min(Math.max(ended.step, from), x.length - 1);
      const points = Array.from({ length: until - from + 1 }, (_, k) => at(from + k)).join(" ");
      add(
        `<polyline points="${points}" fill="none" stroke="${colour(host)}" stroke-width="2.4" stroke-opacity="0.85" stroke-linejoin="round"/>`,
      );
      [from, host] = [until, placeOf(to)];
    }
    add(
      `<text x="${at(0).split(",")[0]}" y="${at(0).split(",")[1]}" dx="4" dy="-4" font-size="10">${v + 1}</text>`,
    );
    for (const { step, to, ended } of own) {
      const [cx, cy] = at(Math.min(step, x.length - 1)).split(",");
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
    const [x, y] = [px(serverX[m]!), py(serverY[m]!)];
    const cloud = m >= edges;
    const turn = cloud ? ` transform="rotate(45 ${x} ${y})"` : "";
    const side = cloud ? 16 : 13;
    const corner = (value: string) => (Number(value) - side / 2).toFixed(1);
    add(
      `<rect x="${corner(x)}" y="${corner(y)}" width="${side}" height="${side}" fill="${colour(m)}" stroke="${INK}"${turn}/>`,
    );
    add(
      `<text x="${x}" y="${(Number(y) - 15).toFixed(1)}" text-anchor="middle" font-weight="bold">${name} (${chain})</text>`,
    );
  }
  const legend =
    "Ways in the colour of the twin's host; a ring with the vehicle's number: its twin moves, in the colour of where to (red, crossed: failed).";
  add(`<text x="12" y="${height - 10}">${legend}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}
