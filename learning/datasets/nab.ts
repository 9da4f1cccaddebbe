import { z } from "zod";
import { shareOf, shareSchema } from "../../numerics/Share.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";
import { defineDatasetKind } from "./DatasetKind.ts";
import { type NabSeries, parseNabSeries, parseNabWindows } from "./nabFiles.ts";
import type { SampleReader } from "./SampleReader.ts";
import { standardized, statisticsOf } from "./standardization.ts";

const WINDOWS_FILE = "labels/combined_windows.json";

/** The machines of the benchmark's real series: an industrial machine, a room, and servers. */
const MACHINES = [
  "realKnownCause/machine_temperature_system_failure",
  "realKnownCause/ambient_temperature_system_failure",
  "realKnownCause/cpu_utilization_asg_misconfiguration",
  "realAWSCloudwatch/ec2_cpu_utilization_24ae8d",
  "realAWSCloudwatch/ec2_cpu_utilization_5f5533",
  "realAWSCloudwatch/ec2_cpu_utilization_77c1ca",
  "realAWSCloudwatch/ec2_cpu_utilization_825cc2",
  "realAWSCloudwatch/ec2_cpu_utilization_ac20cd",
  "realAWSCloudwatch/ec2_cpu_utilization_fe7f93",
  "realAWSCloudwatch/rds_cpu_utilization_cc0c53",
];

const schema = z.strictObject({
  kind: z.literal("nab").describe("Anomalies of machines."),
  series: z
    .array(z.string().regex(/^[A-Za-z0-9]+\/[A-Za-z0-9_-]+$/, "a series is named folder/name, without .csv"))
    .min(1)
    .max(64)
    .refine((series) => new Set(series).size === series.length, "a series is named twice")
    .default(MACHINES)
    .describe("Series to learn from, by folder and name."),
  window: z.int().min(1).max(1024).default(32).describe("Readings that one sample shows."),
  stride: z.int().min(1).default(4).describe("Readings from one sample to the next."),
  trainShare: shareSchema({ zero: false, one: false })
    .default(0.4)
    .describe("Share of each series, from its beginning, that is learned from; the rest is held out."),
});

type NabSpec = z.infer<typeof schema>;

/** NAB lets a detector adapt to this share of a series without judging it, and to no more than that of 5,000 readings. */
const PROBATION = { share: "0.15", most: 5000 };

/**
 * The Numenta Anomaly Benchmark: series of one reading a time, with the stretches
 * that people labelled anomalous (Lavin and Ahmad 2015). A sample is a window of
 * readings [window, 1], labelled 1 when its newest reading lies in an anomalous
 * stretch. Readings are standardised by the mean and deviation of the probationary
 * part of their series, as NAB has it: the first ⌊0.15 n⌋ of n, but at most 750.
 *
 * The windows that end in the first `trainShare` of a series are learned from,
 * without those that touch an anomalous stretch; the windows wholly in the rest
 * are held out, but for those that end in the probationary part, where nobody is
 * judged. The natural client is the series (its place in `series`); samples are in
 * the order of series and time.
 */
export const nab = defineDatasetKind({
  schema,
  source: "the Numenta Anomaly Benchmark (NAB) of Numenta, its folders data and labels",
  files: ({ series }) => [WINDOWS_FILE, ...series.map(fileOf)],
  shape: ({ window }) => ({ sampleShape: [window, 1], classes: 2, client: "series" }),

  async load(spec, read) {
    const anomalies = parseNabWindows(WINDOWS_FILE, await read(WINDOWS_FILE));
    const train: Window[] = [];
    const test: Window[] = [];
    for (const [client, name] of spec.series.entries()) {
      const stretches = stretchesOf(name, anomalies);
      const series = parseNabSeries(fileOf(name), await read(fileOf(name)), stretches);
      const { length } = series.values;
      const split = shareOf(spec.trainShare, length);
      if (split < spec.window || length - split < spec.window) {
        throw new BaseError("NAB_SHORT", `The series ${name} is too short for windows of ${spec.window}.`, {
          details: `${split} of its ${length} readings are learned from.`,
          next: "Use a smaller window, another trainShare, or leave the series out.",
        });
      }
      const probation = probationOf(length);
      const values = standardizedReadings(series, probation);
      for (let end = spec.window; end <= length; end += spec.stride) {
        const window = { client, values, end, anomalous: series.anomalous[end - 1]! };
        const start = end - spec.window;
        if (end <= split) {
          if (!series.anomalous.subarray(start, end).includes(1)) train.push(window);
        } else if (start >= split && end > probation) test.push(window);
      }
    }
    return { train: datasetOf(spec, train), test: datasetOf(spec, test) };
  },

  own: {
    files: () => [WINDOWS_FILE],

    /** Of the task's series those that are there: whole ones. */
    async load(spec, side, { read, present }) {
      const anomalies = parseNabWindows(WINDOWS_FILE, await read(WINDOWS_FILE));
      const there = await present(spec.series.map(fileOf));
      const windows: Window[] = [];
      for (const [client, name] of spec.series.entries()) {
        if (!there.includes(fileOf(name))) continue;
        const stretches = stretchesOf(name, anomalies);
        const series = parseNabSeries(fileOf(name), await read(fileOf(name)), stretches);
        const { length } = series.values;
        if (length < spec.window) throw tooShort(name, spec.window, `It has ${length} readings.`);
        const probation = probationOf(length);
        const values = standardizedReadings(series, probation);
        for (let end = spec.window; end <= length; end += spec.stride) {
          const touched = series.anomalous.subarray(end - spec.window, end).includes(1);
          if (side === "train" ? touched : end <= probation) continue;
          windows.push({ client, values, end, anomalous: series.anomalous[end - 1]! });
        }
      }
      return datasetOf(spec, windows);
    },
  },

  reader: seriesReader(),
});

/** The anomalous stretches of a series. @throws BaseError `NAB_SERIES`. */
function stretchesOf(name: string, anomalies: ReturnType<typeof parseNabWindows>) {
  const stretches = anomalies.get(`${name}.csv`);
  if (stretches !== undefined) return stretches;
  throw new BaseError("NAB_SERIES", `${WINDOWS_FILE} does not know the series ${name}.`, {
    next: "Correct the data set's series: they are named folder/name, without .csv.",
  });
}

function tooShort(name: string, window: number, details: string): BaseError {
  return new BaseError("NAB_SHORT", `The series ${name} is too short for windows of ${window}.`, { details });
}

function seriesReader(): SampleReader<NabSpec> {
  return {
    accepts: "a series in the form of NAB's (timestamp,value)",
    labels: "combined_windows.json, if it knows the series by its folder and name",
    scale: 1,
    steps: ({ window, stride }) => [
      `A sample is ${window} readings of a series, a new one every ${stride} readings.`,
      "A reading becomes (value − mean) / deviation, by the first ⌊0.15 n⌋ of the series' n readings, at most 750; by all of them where those do not change.",
    ],
    classNames: () => ["normal", "anomalous"],

    async read(spec, { name, bytes, labels }) {
      const anomalies = labels && parseNabWindows(labels.name, labels.bytes);
      const known = anomalies && [...anomalies].find(([series]) => isSeries(name, series));
      if (labels !== undefined && known === undefined) {
        throw new BaseError("NAB_SERIES", `${labels.name} does not know the series ${name}.`, {
          next: "Keep the series in a folder and under a name as there, or leave out --labels.",
        });
      }
      const series = parseNabSeries(name, bytes, known?.[1] ?? []);
      const { length } = series.values;
      if (length < spec.window) throw tooShort(name, spec.window, `It has ${length} readings.`);
      const values = standardizedReadings(series, probationOf(length));
      const windows: Window[] = [];
      for (let end = spec.window; end <= length; end += spec.stride) {
        windows.push({ client: 0, values, end, anomalous: series.anomalous[end - 1]! });
      }
      return {
        dataset: datasetOf(spec, windows),
        isLabelled: known !== undefined,
        names: windows.map(({ end }) => `readings ${end - spec.window + 1} to ${end}`),
      };
    },
  };
}

/** Whether a path is that of a series, which is named folder/name.csv. */
function isSeries(path: string, series: string): boolean {
  const slashes = path.replaceAll("\\", "/");
  return slashes === series || slashes.endsWith(`/${series}`);
}

function probationOf(length: number): number {
  return shareOf(PROBATION.share, Math.min(length, PROBATION.most));
}

/** A sample: the readings of a series before `end`. */
interface Window {
  readonly client: number;
  readonly values: Float32Array;
  readonly end: number;
  /** 1 or 0. */
  readonly anomalous: number;
}

function fileOf(series: string): string {
  return `data/${series}.csv`;
}

/** @param probation - Readings of the probationary part. */
function standardizedReadings({ values }: NabSeries, probation: number): Float32Array {
  let statistics = statisticsOf(values.subarray(0, probation));
  // A machine at rest so far tells no scale: then that of its whole series counts.
  if (statistics.deviation === 0) statistics = statisticsOf(values);
  return Float32Array.from(values, (value) => standardized(value, statistics));
}

function datasetOf({ window }: NabSpec, windows: readonly Window[]): Dataset {
  const features = new Float32Array(windows.length * window);
  for (const [i, { values, end }] of windows.entries()) {
    features.set(values.subarray(end - window, end), i * window);
  }
  const dataset = {
    features,
    sampleShape: [window, 1],
    scale: 1,
    labels: Uint8Array.from(windows, ({ anomalous }) => anomalous),
    classes: 2,
    clients: Uint32Array.from(windows, ({ client }) => client),
  };
  assertDataset(dataset);
  return dataset;
}
