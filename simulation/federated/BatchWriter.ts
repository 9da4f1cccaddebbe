import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { portableRows } from "../../learning/training/portable.ts";
import { type ClientSamples, sampleCount } from "./FederatedClients.ts";
import type { ClientToFit, FitBatch, SentSamples } from "./FitLane.ts";

/** Makes clients messages to one thread: each shared data set goes to it once. */
export class BatchWriter {
  readonly #sent = new Map<Dataset, number>();

  /** The message, with the buffers in it that are to be moved. */
  write(clients: readonly ClientToFit[]): { batch: FitBatch; transferList: ArrayBuffer[] } {
    const datasets: Dataset[] = [];
    const transferList: ArrayBuffer[] = [];
    const sent = clients.map((client) => ({
      ...client,
      samples: this.#portable(client.samples, datasets, transferList),
    }));
    return { batch: { datasets, clients: sent }, transferList };
  }

  #portable(samples: ClientSamples, datasets: Dataset[], transferList: ArrayBuffer[]): SentSamples {
    if (!("rows" in samples)) return portableRows(samples, 0, sampleCount(samples), transferList);
    const { of, rows } = samples;
    if (!isShared(of)) return portableRows(selectSamples(of, rows), 0, rows.length, transferList);
    let number = this.#sent.get(of);
    if (number === undefined) {
      number = this.#sent.size;
      this.#sent.set(of, number);
      datasets.push({ ...of, clients: undefined, columns: undefined });
    }
    // A message would copy the whole buffer behind a view.
    return { of: number, rows: rows.byteLength === rows.buffer.byteLength ? rows : rows.slice() };
  }
}

/** Data in shared memory are the same for all threads; any others are copied to each. */
function isShared({ features, labels }: Dataset): boolean {
  return features.buffer instanceof SharedArrayBuffer && labels.buffer instanceof SharedArrayBuffer;
}
