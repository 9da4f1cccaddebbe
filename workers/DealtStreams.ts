import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { DatasetSpec } from "../learning/datasets/DatasetSpec.ts";
import { partition } from "../learning/datasets/partition.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { decodeTaskSpec } from "../tasks/taskSpec.ts";

/** What data are dealt from. */
export interface DealtStreamsModules {
  storage: ContentStore;
  /** Training data of a data set. */
  trainingData: (dataset: DatasetSpec) => Promise<Dataset>;
}

/** What simulated devices sense: parts of a task's data set, dealt out by the task's seed. */
export class DealtStreams {
  readonly #devices: number;
  readonly #modules: DealtStreamsModules;
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
    stream ??= this.#deal(specDigest, device);
    this.#streams.set(key, stream);
    return stream;
  }

  async #deal(specDigest: string, device: number): Promise<Dataset> {
    const spec = decodeTaskSpec(await this.#modules.storage.get(specDigest as Digest));
    const data = await this.#modules.trainingData(spec.dataset);
    const random = new SeededRandom(spec.seed, "partition");
    const parts = partition(spec.partition, data, this.#devices, random);
    // Whose a sample is served the dealing and stays out of what leaves a device.
    return selectSamples({ ...data, clients: undefined }, parts[device]!);
  }
}
