import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { DatasetSpec } from "../learning/datasets/DatasetSpec.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { assertDealt, dealtRows } from "../tasks/dealtRows.ts";
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
  /** Of a task: its training samples, and which of them each device gets. */
  readonly #dealt = new Map<string, Promise<{ train: Dataset; rows: Uint32Array[] }>>();
  readonly #streams = new Map<string, Promise<Dataset>>();

  /** @param options - `devices`: how many share the data. */
  constructor(options: { devices: number }, modules: DealtStreamsModules) {
    this.#devices = options.devices;
    this.#modules = modules;
  }

  /**
   * What a device will sense in a task, in the order in which it does.
   *
   * @throws BaseError `DEVICE_WITHOUT_DATA` when the task deals it nothing, and the errors of `trainingData` and
   * `partition`.
   */
  stream(specDigest: string, device: number): Promise<Dataset> {
    const key = `${specDigest}/${device}`;
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = this.#select(specDigest, device);
      this.#streams.set(key, stream);
      // Whoever asks again may have put the files there.
      stream.catch(() => this.#streams.delete(key));
    }
    return stream;
  }

  /** Drops what was dealt out for a specification of which nobody here carries out a task any more. */
  forget(specDigest: string): void {
    this.#dealt.delete(specDigest);
    for (const key of this.#streams.keys()) if (key.startsWith(`${specDigest}/`)) this.#streams.delete(key);
  }

  async #select(specDigest: string, device: number): Promise<Dataset> {
    let dealt = this.#dealt.get(specDigest);
    if (dealt === undefined) {
      dealt = this.#deal(specDigest);
      this.#dealt.set(specDigest, dealt);
      dealt.catch(() => this.#dealt.delete(specDigest));
    }
    const { train, rows } = await dealt;
    assertDealt(rows, [device]);
    // Whose a sample is served the dealing and stays out of what leaves a device.
    return selectSamples({ ...train, clients: undefined }, rows[device]!);
  }

  async #deal(specDigest: string) {
    const { files, trainingData } = this.#modules;
    const spec = await files.spec(specDigest);
    const train = await trainingData(spec.dataset);
    return { train, rows: dealtRows(spec, train, this.#devices) };
  }
}
