import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { DatasetSpec } from "../learning/datasets/DatasetSpec.ts";
import { partition } from "../learning/datasets/partition.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import type { SharedFiles } from "./SharedFiles.ts";

/** What data are dealt from. */
export interface DealtStreamsModules {
  files: SharedFiles;
  /** Training data of a data set. */
  trainingData: (dataset: DatasetSpec) => Promise<Dataset>;
}

/** What simulated devices sense: parts of a task's data set, dealt out by the task's seed. */
export class DealtStreams {
  readonly #devices: number;
  readonly #modules: DealtStreamsModules;
  /** By specification: the data set, and which of its samples each device gets. */
  readonly #deals = new Map<string, Promise<{ data: Dataset; parts: readonly Uint32Array[] }>>();
  readonly #streams = new Map<string, Promise<Dataset>>();

  /** @param options - `devices`: how many share the data. */
  constructor(options: { devices: number }, modules: DealtStreamsModules) {
    this.#devices = options.devices;
    this.#modules = modules;
  }

  /** What a device will sense in a task, in the order in which it does. */
  stream(specDigest: string, device: number): Promise<Dataset> {
    const key = `${specDigest}/${device}`;
    let stream = this.#streams.get(key);
    stream ??= this.#partOf(specDigest, device);
    this.#streams.set(key, stream);
    return stream;
  }

  async #partOf(specDigest: string, device: number): Promise<Dataset> {
    let deal = this.#deals.get(specDigest);
    deal ??= this.#deal(specDigest);
    this.#deals.set(specDigest, deal);
    const { data, parts } = await deal;
    // Whose a sample is served the dealing and stays out of what leaves a device.
    return selectSamples({ ...data, clients: undefined }, parts[device]!);
  }

  async #deal(specDigest: string): Promise<{ data: Dataset; parts: readonly Uint32Array[] }> {
    const { files, trainingData } = this.#modules;
    const spec = await files.spec(specDigest);
    const data = await trainingData(spec.dataset);
    const random = new SeededRandom(spec.seed, "partition");
    return { data, parts: partition(spec.partition, data, this.#devices, random) };
  }
}
