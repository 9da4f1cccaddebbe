import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { type CmapssEngine, parseCmapss, parseRemainingLives } from "./cmapssFiles.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";
import { defineDatasetKind } from "./DatasetKind.ts";
import { statisticsUnstated } from "./OwnSamples.ts";
import { type Statistics, statedStatisticsSchema } from "./SampleReader.ts";
import { standardized, statisticsOf } from "./standardization.ts";

/** Sensors that tell of degradation; the other seven are constant in FD001. */
const DEFAULT_SENSORS = [2, 3, 4, 7, 8, 9, 11, 12, 13, 14, 15, 17, 20, 21];

const schema = z
  .strictObject({
    kind: z.literal("cmapss").describe("Remaining useful life of turbofan engines."),
    subset: z
      .enum(["FD001", "FD002", "FD003", "FD004"])
      .default("FD001")
      .describe("Which of its four parts; FD002 and FD004 have six operating conditions, the others one."),
    window: z.int().min(1).max(128).default(30).describe("Cycles that one sample shows."),
    sensors: z
      .array(z.int().min(1).max(21))
      .min(1)
      .refine((sensors) => new Set(sensors).size === sensors.length, "a sensor is named twice")
      .default(DEFAULT_SENSORS)
      .describe("Sensors to learn from, 1 to 21."),
    stride: z.int().min(1).default(1).describe("Cycles from one training sample to the next."),
    cap: z
      .int()
      .min(1)
      .default(125)
      .describe("Largest remaining useful life, cycles: earlier than that no engine shows wear."),
    statistics: statedStatisticsSchema("one for each of `sensors`, by operating condition"),
  })
  .superRefine(({ sensors, statistics = {} }, context) => {
    for (const [condition, { length }] of Object.entries(statistics)) {
      if (length === sensors.length) continue;
      const message = `there are ${sensors.length} sensors and ${length} means and deviations`;
      context.addIssue({ code: "custom", path: ["statistics", condition], message });
    }
  });

type CmapssSpec = z.infer<typeof schema>;

/**
 * C-MAPSS: series of 21 sensors of turbofan engines that run to failure (Saxena,
 * Goebel, Simon, Eklund 2008). A sample is a window of cycles [window, sensors],
 * its target the remaining useful life at the window's end, piecewise linear:
 * min(cap, cycles left) (Heimes 2008; cap 125 as in Li, Ding, Sun 2018).
 *
 * Sensors are standardised by their mean and deviation over all training cycles;
 * in FD002 and FD004 over those of the same operating condition; where the
 * specification states them, by those. The test set has
 * one sample an engine, its last window, with the published remaining life,
 * capped too. An engine shorter than a window repeats its first cycle in front.
 * The natural client is the engine; samples are in the order of engine and cycle.
 */
export const cmapss = defineDatasetKind({
  schema,
  source:
    "C-MAPSS, the Turbofan Engine Degradation Simulation Data Set of NASA's Prognostics Center of Excellence",
  files: filesOf,
  shape: ({ window, sensors }) => ({ sampleShape: [window, sensors.length], classes: 0, client: "engine" }),

  async load(spec, read) {
    const [trainFile, testFile, livesFile] = filesOf(spec) as [string, string, string];
    const training = parseCmapss(trainFile, await read(trainFile));
    const testing = parseCmapss(testFile, await read(testFile));
    const lives = parseRemainingLives(livesFile, await read(livesFile));
    assertLives(testFile, testing, livesFile, lives);
    const statistics = spec.statistics ?? conditionStatistics(spec, training);
    return {
      train: datasetOf(spec, trainingWindows(spec, training, statistics)),
      test: datasetOf(spec, lastWindows(spec, testing, lives, statistics)),
    };
  },

  own: {
    files: (spec, side) => (side === "train" ? filesOf(spec).slice(0, 1) : filesOf(spec).slice(1)),

    async load(spec, side, { read }) {
      const { statistics } = spec;
      if (statistics === undefined) throw statisticsUnstated(spec.kind);
      const [trainFile, testFile, livesFile] = filesOf(spec) as [string, string, string];
      if (side === "train") {
        return datasetOf(
          spec,
          trainingWindows(spec, parseCmapss(trainFile, await read(trainFile)), statistics),
        );
      }
      const engines = parseCmapss(testFile, await read(testFile));
      const lives = parseRemainingLives(livesFile, await read(livesFile));
      assertLives(testFile, engines, livesFile, lives);
      return datasetOf(spec, lastWindows(spec, engines, lives, statistics));
    },
  },

  reader: {
    accepts: "a file in the form of test_FD00x.txt, of which the last window of each engine is taken",
    labels: "a file in the form of RUL_FD00x.txt",
    scale: 1,
    steps: ({ window, sensors, cap, subset }) => [
      `A sample is the last ${window} cycles of an engine, its first cycle repeated in front where it has fewer; of each cycle the sensors ${sensors.join(", ")}.`,
      `A reading becomes (value − mean) / deviation, by its sensor's statistics${subset === "FD001" || subset === "FD003" ? "" : " in the cycle's operating condition"}.`,
      `The target is the remaining useful life in cycles, at most ${cap}.`,
    ],

    async statistics(spec, read) {
      if (spec.statistics !== undefined) return spec.statistics;
      const [trainFile] = filesOf(spec) as [string];
      return conditionStatistics(spec, parseCmapss(trainFile, await read(trainFile)));
    },

    async read(spec, { name, bytes, labels }, statistics) {
      const engines = parseCmapss(name, bytes);
      const lives = labels && parseRemainingLives(labels.name, labels.bytes);
      if (lives !== undefined) assertLives(name, engines, labels!.name, lives);
      return {
        dataset: datasetOf(spec, lastWindows(spec, engines, lives, statistics)),
        isLabelled: lives !== undefined,
        names: engines.map(({ unit }) => `engine ${unit}`),
      };
    },
  },
});

/** @throws BaseError `CMAPSS_LIVES` unless there is one remaining life an engine. */
function assertLives(
  file: string,
  engines: readonly CmapssEngine[],
  livesFile: string,
  lives: readonly number[],
): void {
  if (lives.length === engines.length) return;
  throw new BaseError("CMAPSS_LIVES", `${file} and ${livesFile} do not belong together.`, {
    details: `There are ${engines.length} engines and ${lives.length} remaining lives.`,
  });
}

/** The last window of each engine; 0 for a remaining life that is not known. */
function lastWindows(
  spec: CmapssSpec,
  engines: readonly CmapssEngine[],
  lives: readonly number[] | undefined,
  statistics: Statistics,
): Window[] {
  return engines.map((engine, i) => {
    const series = standardizedSeries(spec, engine, statistics);
    const life = lives === undefined ? 0 : Math.min(spec.cap, lives[i]!);
    return { unit: engine.unit, series, end: engine.cycles.length, life };
  });
}

function filesOf({ subset }: CmapssSpec): string[] {
  return [`train_${subset}.txt`, `test_${subset}.txt`, `RUL_${subset}.txt`];
}

/** Windows of engines that ran to failure, one every `stride` cycles. */
function trainingWindows(
  spec: CmapssSpec,
  engines: readonly CmapssEngine[],
  statistics: Statistics,
): Window[] {
  const { window, stride, cap } = spec;
  return engines.flatMap((engine): Window[] => {
    const series = standardizedSeries(spec, engine, statistics);
    const cycles = engine.cycles.length;
    const first = Math.min(window, cycles);
    return Array.from({ length: Math.floor((cycles - first) / stride) + 1 }, (_, step) => {
      const end = first + step * stride;
      return { unit: engine.unit, series, end, life: Math.min(cap, cycles - end) };
    });
  });
}

/** A sample: the cycles of an engine before `end`. */
interface Window {
  readonly unit: number;
  /** Shape [cycles, sensors]. */
  readonly series: Float32Array;
  readonly end: number;
  /** Remaining useful life at `end`, cycles. */
  readonly life: number;
}

function datasetOf({ window, sensors }: CmapssSpec, windows: readonly Window[]): Dataset {
  const width = sensors.length;
  const features = new Float32Array(windows.length * window * width);
  let target = 0;
  for (const { series, end } of windows) {
    for (let cycle = end - window; cycle < end; cycle++) {
      const source = Math.max(0, cycle) * width;
      features.set(series.subarray(source, source + width), target);
      target += width;
    }
  }
  const dataset = {
    features,
    sampleShape: [window, width],
    scale: 1,
    labels: Float32Array.from(windows, ({ life }) => life),
    classes: 0,
    clients: Uint32Array.from(windows, ({ unit }) => unit),
  };
  assertDataset(dataset);
  return dataset;
}

/** Statistics of each chosen sensor, by operating condition. */
function conditionStatistics(spec: CmapssSpec, engines: readonly CmapssEngine[]): Statistics {
  const cycles = engines.flatMap((engine) => engine.cycles);
  for (const sensor of spec.sensors) {
    const first = cycles[0]?.sensors[sensor - 1];
    if (cycles.some(({ sensors }) => sensors[sensor - 1] !== first)) continue;
    throw new BaseError("CMAPSS_CONSTANT_SENSOR", `Sensor ${sensor} is ${first} in every training cycle.`, {
      details: `Nothing can be learned from it in ${spec.subset}.`,
      next: "Leave it out of the data set's sensors.",
    });
  }
  const byCondition = Map.groupBy(cycles, ({ settings }) => conditionOf(spec, settings));
  return Object.fromEntries(
    [...byCondition].map(([condition, ofCondition]) => [
      condition,
      spec.sensors.map((sensor) => statisticsOf(ofCondition.map(({ sensors }) => sensors[sensor - 1]!))),
    ]),
  );
}

/** The six conditions of FD002 and FD004 are altitude and throttle, up to noise below a half. */
function conditionOf({ subset }: CmapssSpec, settings: readonly number[]): string {
  if (subset === "FD001" || subset === "FD003") return "only";
  return `altitude ${Math.round(settings[0]!)}, throttle ${Math.round(settings[2]!)}`;
}

/** The chosen sensors of all cycles of an engine, shape [cycles, sensors]. */
function standardizedSeries(
  spec: CmapssSpec,
  { unit, cycles }: CmapssEngine,
  byCondition: Statistics,
): Float32Array {
  const series = new Float32Array(cycles.length * spec.sensors.length);
  for (const [cycle, { settings, sensors }] of cycles.entries()) {
    const condition = conditionOf(spec, settings);
    const statistics = Object.hasOwn(byCondition, condition) ? byCondition[condition] : undefined;
    if (statistics === undefined) {
      throw new BaseError(
        "CMAPSS_CONDITION",
        `Engine ${unit} runs in a condition that no training engine knows.`,
        { details: `Cycle ${cycle + 1} is at ${condition}.`, next: "Take files of the same subset." },
      );
    }
    for (const [i, sensor] of spec.sensors.entries()) {
      series[cycle * spec.sensors.length + i] = standardized(sensors[sensor - 1]!, statistics[i]!);
    }
  }
  return series;
}
