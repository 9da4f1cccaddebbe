import { greatest } from "../../../numerics/extremes.ts";
import type { World } from "../mathematics/world/World.ts";

/** Metres around the map, and the width of the picture, px. */
const MARGIN = 120;
const WIDTH = 800;
/** Colours of servers, over and over: Okabe and Ito's, which all eyes tell apart. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"] as const;
const INK = "#333333";

/**
 * The map as SVG: circles are coverages, squares edge servers, diamonds clouds; arrows are vehicles in the colour of
 * their twins' host, with a line to it, dashed to where a migration goes. A red ring is a host out of coverage.
 */
export function renderWorld(world: World): string {
  const { instance, mobility } = world;
  const { site, servers, edges, vehicles, parameters } = instance;
  const top = Math.max(site.heightMetres, greatest(instance.y)) + MARGIN;
  const metresWide = site.widthMetres + 2 * MARGIN;
  const scale = WIDTH / metresWide;
  const height = Math.round((top + MARGIN) * scale);
  // North is up.
  const px = (x: number) => ((x + MARGIN) * scale).toFixed(1);
  const py = (y: number) => ((top - y) * scale).toFixed(1);
  const colour = (m: number) => COLOURS[m % COLOURS.length]!;
  const parts: string[] = [];
  const add = (text: string) => parts.push(text);
  const mapTop = py(site.heightMetres);
  const mapSize = `width="${(site.widthMetres * scale).toFixed(1)}" height="${(site.heightMetres * scale).toFixed(1)}"`;
  add(`<rect x="${px(0)}" y="${mapTop}" ${mapSize} fill="#f7f7f7" stroke="#bbbbbb"/>`);
  for (let j = 0; j < edges; j++) {
    const radius = (parameters.coverageMetres * scale).toFixed(1);
    add(
      `<circle cx="${px(instance.x[j]!)}" cy="${py(instance.y[j]!)}" r="${radius}" fill="${colour(j)}" fill-opacity="0.07" stroke="${colour(j)}" stroke-opacity="0.4"/>`,
    );
  }
  for (let v = 0; v < vehicles; v++) {
    const [x, y] = [px(mobility.x[v]!), py(mobility.y[v]!)];
    const line = (m: number, dashed: boolean) =>
      `<line x1="${x}" y1="${y}" x2="${px(instance.x[m]!)}" y2="${py(instance.y[m]!)}" stroke="${colour(m)}" stroke-opacity="${dashed ? 0.9 : 0.35}"${dashed ? ' stroke-dasharray="5 4"' : ""}/>`;
    add(line(world.host[v]!, false));
    if (world.goingTo[v]! >= 0) add(line(world.goingTo[v]!, true));
  }
  for (let m = 0; m < servers; m++) {
    const [x, y] = [px(instance.x[m]!), py(instance.y[m]!)];
    const cloud = m >= edges;
    const turn = cloud ? ` transform="rotate(45 ${x} ${y})"` : "";
    const size = cloud ? 16 : 12;
    const corner = (value: string) => (Number(value) - size / 2).toFixed(1);
    add(
      `<rect x="${corner(x)}" y="${corner(y)}" width="${size}" height="${size}" fill="${colour(m)}" stroke="${INK}"${turn}/>`,
    );
    const name = cloud ? `cloud ${m - edges + 1}` : `edge ${m + 1}`;
    const used = `${Math.round(100 * world.used[m]!)} %`;
    add(
      `<text x="${x}" y="${(Number(y) - 16).toFixed(1)}" text-anchor="middle">${name}: ${used}, $${world.theta[m]!.toFixed(3)}</text>`,
    );
  }
  for (let v = 0; v < vehicles; v++) {
    const [x, y] = [px(mobility.x[v]!), py(mobility.y[v]!)];
    const angle = (Math.atan2(-mobility.headingY[v]!, mobility.headingX[v]!) * 180) / Math.PI;
    if (world.overdue[v]! > 0) {
      add(`<circle cx="${x}" cy="${y}" r="10" fill="none" stroke="#cc0000" stroke-width="2"/>`);
    }
    add(
      `<path d="M7 0 L-5 4.5 L-2.5 0 L-5 -4.5 Z" transform="translate(${x} ${y}) rotate(${angle.toFixed(1)})" fill="${colour(world.host[v]!)}" stroke="${INK}" stroke-width="0.7"/>`,
    );
  }
  const { attempts, successes, missed } = world.totals;
  const caption = `step ${world.steps}: ${successes} of ${attempts} migrations succeeded, ${missed} missed`;
  add(`<text x="12" y="${height - 12}">${caption}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}
