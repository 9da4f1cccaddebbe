import { kappaOf } from "../energy.ts";
import type { References } from "../experience.ts";
import { MigrationError } from "../MigrationError.ts";
import type { Site } from "../mobility/Site.ts";
import type { MigrationParameters } from "../parameters.ts";
import { type Link, receivedHz } from "../radio.ts";
import type { Limits } from "../success.ts";

/** Vehicles, RSUs and clouds that the paper has: capacities are meant for so many an RSU and a cloud. */
const VEHICLES_AN_EDGE = 10;
const VEHICLES_A_CLOUD = 100 / 3;
/** Worth of a unit for a vehicle: its least, and what is added for the high class and at the end of a coverage, $/MB. */
export const WORTH = { least: 0.8, highClass: 0.4, leaving: 0.6, leavingSeconds: 10 } as const;

/**
 * V vehicles, J edges and I clouds with everything that does not change: smaller instances scale bandwidth, cores,
 * capacity and sizes of twins, so that load and times stay those of 100/10/3. Servers are counted edges first.
 */
export class Instance {
  readonly vehicles: number;
  readonly edges: number;
  readonly clouds: number;
  /** M = J + I. */
  readonly servers: number;
  readonly parameters: MigrationParameters;
  readonly site: Site;
  /** c_e and c_c. */
  readonly edgeScale: number;
  readonly cloudScale: number;
  /** Limits of success and references of objectives, those in $ scaled. */
  readonly limits: Limits;
  readonly references: References;
  /** Of each server. [M] */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly bandwidthHz: Float64Array;
  readonly cores: Int32Array;
  /** Work of the low class that is there whoever is hosted, cycles/s; included in loads. */
  readonly standingHz: Float64Array;
  readonly leastHz: Float64Array;
  readonly greatestHz: Float64Array;
  readonly kappa: Float64Array;
  readonly units: Float64Array;
  readonly unitCost: Float64Array;
  /** The cloud (from 0) that an edge buys from: the nearest. [J] */
  readonly suppliers: Int32Array;
  /** What server n receives from server m over the backhaul, over the density of noise, Hz. [M · M] */
  readonly backhaul: Float64Array;
  /** 1 where two servers are adjacent in the graph. [M · M] */
  readonly adjacent: Uint8Array;
  readonly roadside: Link;
  readonly uplink: Link;

  constructor(vehicles: number, site: Site, parameters: MigrationParameters) {
    const edges = site.edgeX.length;
    const clouds = site.cloudX.length;
    const servers = edges + clouds;
    this.vehicles = vehicles;
    this.edges = edges;
    this.clouds = clouds;
    this.servers = servers;
    this.parameters = parameters;
    this.site = site;
    const p = parameters;
    if (p.game && p.greatestRetail > WORTH.least) {
      throw new MigrationError("DOMAIN", "th_max must be below what a unit is worth to every vehicle", {
        details: `It is ${p.greatestRetail}; the least worth is ${WORTH.least} $/MB.`,
      });
    }
    if (p.leastWholesale < p.edgeUnitCost) {
      throw new MigrationError("DOMAIN", "wh_min must be at least c_edge", {
        details: `They are ${p.leastWholesale} and ${p.edgeUnitCost}.`,
      });
    }
    this.edgeScale = p.scaled ? vehicles / edges / VEHICLES_AN_EDGE : 1;
    this.cloudScale = p.scaled ? vehicles / clouds / VEHICLES_A_CLOUD : 1;
    this.limits = { ...p, priceLimit: p.priceLimit * this.edgeScale };
    this.references = { ...p, costReference: p.costReference * this.edgeScale };
    const each = (edge: number, cloud: number) =>
      Float64Array.from({ length: servers }, (_, m) => (m < edges ? edge : cloud));
    this.x = Float64Array.from({ length: servers }, (_, m) =>
      m < edges ? site.edgeX[m]! : site.cloudX[m - edges]!,
    );
    this.y = Float64Array.from({ length: servers }, (_, m) =>
      m < edges ? site.edgeY[m]! : site.cloudY[m - edges]!,
    );
    this.bandwidthHz = each(p.edgeBandwidthHz * this.edgeScale, p.cloudBandwidthHz * this.cloudScale);
    const scaledCores = each(p.edgeCores * this.edgeScale, p.cloudCores * this.cloudScale);
    this.cores = Int32Array.from(scaledCores, (cores) => Math.max(1, roundHalfToEven(cores)));
    this.standingHz = new Float64Array(servers);
    for (let j = 0; j < edges; j++) this.standingHz[j] = (site.standingHz?.[j] ?? 0) * this.edgeScale;
    this.leastHz = each(p.leastEdgeHz, p.leastCloudHz);
    this.greatestHz = each(p.greatestEdgeHz, p.greatestCloudHz);
    this.kappa = each(
      kappaOf(p.peakEdgeWatts, p.idleEdgeWatts, p.edgeCores, p.greatestEdgeHz),
      kappaOf(p.peakCloudWatts, p.idleCloudWatts, p.cloudCores, p.greatestCloudHz),
    );
    this.units = each(p.edgeUnits * this.edgeScale, p.cloudUnits * this.cloudScale);
    this.unitCost = each(p.edgeUnitCost, p.cloudUnitCost);
    const metres = (m: number, n: number) => {
      const [dx, dy] = [this.x[m]! - this.x[n]!, this.y[m]! - this.y[n]!];
      return Math.sqrt(dx * dx + dy * dy);
    };
    this.suppliers = Int32Array.from({ length: edges }, (_, j) => {
      let nearest = 0;
      for (let i = 1; i < clouds; i++) if (metres(j, edges + i) < metres(j, edges + nearest)) nearest = i;
      return nearest;
    });
    const backhaul = { watts: p.roadsideWatts, gain: p.backhaulGain, exponent: p.backhaulExponent };
    this.roadside = { watts: p.vehicleWatts, gain: p.roadsideGain, exponent: p.roadsideExponent };
    this.uplink = { watts: p.vehicleWatts, gain: p.cloudGain, exponent: p.cloudExponent };
    this.backhaul = new Float64Array(servers * servers);
    this.adjacent = new Uint8Array(servers * servers);
    for (let m = 0; m < servers; m++) {
      for (let n = 0; n < servers; n++) {
        if (m === n) continue;
        const distance = metres(m, n);
        this.backhaul[m * servers + n] = receivedHz(backhaul, p.noiseWattsPerHz, distance);
        const [aCloud, bCloud] = [m >= edges, n >= edges];
        const near = aCloud !== bCloud || (!aCloud && distance < site.neighbourMetres);
        this.adjacent[m * servers + n] = near ? 1 : 0;
      }
    }
  }
}

/** To the nearest whole number, halves to the even one. */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
